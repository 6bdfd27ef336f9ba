//! Reading one batch: keys in order, for each its vals in order, for each its times.

use crate::{IntoOwned, Timestamp};

/// A position among the keys and vals of some storage.
///
/// The cursor is apart from what it reads, which is passed to each call: it must be the same each time. No call panics
/// on an exhausted cursor or empty storage, except [`key`](Cursor::key) and [`val`](Cursor::val).
///
/// Stepping, seeking and rewinding keys puts the vals at the start of the key reached, also when a seek does not move.
/// With no valid key there is no valid val, and [`map_times`](Cursor::map_times) visits nothing. Stepping past the last
/// val leaves the key valid.
///
/// Several batches as one ([`CursorList`](crate::CursorList)) visit all updates of a `(key, val)` pair, batch by batch:
/// times may repeat, and may sum to zero.
pub trait Cursor {
    /// The forms of the keys.
    type Key: IntoOwned;
    /// The forms of the vals.
    type Val: IntoOwned;
    /// The times.
    type Time: Timestamp;
    /// The differences.
    type Diff: 'static;
    /// What is read.
    type Storage;

    /// Whether the cursor is at a key.
    fn key_valid(&self, storage: &Self::Storage) -> bool;

    /// Whether the cursor is at a key and a val.
    fn val_valid(&self, storage: &Self::Storage) -> bool;

    /// The key.
    ///
    /// # Panics
    /// If the cursor is past the last key.
    #[track_caller]
    fn key<'a>(&self, storage: &'a Self::Storage) -> CursorKeyRef<'a, Self> {
        self.get_key(storage).expect("the cursor is past the last key: check `key_valid`, or use `get_key`")
    }

    /// The val.
    ///
    /// # Panics
    /// If the cursor is past the key's last val, or past the last key.
    #[track_caller]
    fn val<'a>(&self, storage: &'a Self::Storage) -> CursorValRef<'a, Self> {
        self.get_val(storage)
            .expect("the cursor is past the key's last val: check `val_valid`, or use `get_val`")
    }

    /// The key, if the cursor is at one.
    fn get_key<'a>(&self, storage: &'a Self::Storage) -> Option<CursorKeyRef<'a, Self>>;

    /// The val, if the cursor is at one.
    fn get_val<'a>(&self, storage: &'a Self::Storage) -> Option<CursorValRef<'a, Self>>;

    /// Visits the times and differences of the current key and val.
    fn map_times(&mut self, storage: &Self::Storage, logic: impl FnMut(&Self::Time, &Self::Diff));

    /// Moves to the next key, if there is one, and to its first val.
    fn step_key(&mut self, storage: &Self::Storage);

    /// Moves forward to the first key not less than `key`, and to its first val. Logarithmic in the distance.
    fn seek_key(&mut self, storage: &Self::Storage, key: CursorKeyRef<'_, Self>);

    /// Moves to the next val of the key, if there is one.
    fn step_val(&mut self, storage: &Self::Storage);

    /// Moves forward to the key's first val not less than `val`. Logarithmic in the distance.
    fn seek_val(&mut self, storage: &Self::Storage, val: CursorValRef<'_, Self>);

    /// Moves to the first key and its first val.
    fn rewind_keys(&mut self, storage: &Self::Storage);

    /// Moves to the first val of the key.
    fn rewind_vals(&mut self, storage: &Self::Storage);

    /// As [`seek_key`](Cursor::seek_key), to an owned key.
    fn seek_key_owned(&mut self, storage: &Self::Storage, key: &CursorKey<Self>) {
        self.seek_key(storage, Self::Key::borrow_as(key));
    }

    /// All updates from the start, in order of key and val. Copies everything: for tests and small data.
    fn to_updates(
        &mut self,
        storage: &Self::Storage,
    ) -> Vec<((CursorKey<Self>, CursorVal<Self>), Self::Time, Self::Diff)>
    where
        Self::Diff: Clone,
    {
        let mut updates = Vec::new();
        self.rewind_keys(storage);
        while let Some(key) = self.get_key(storage) {
            while let Some(val) = self.get_val(storage) {
                let (key, val) = (Self::Key::reborrow(key), Self::Val::reborrow(val));
                self.map_times(storage, |t, d| {
                    let data = (Self::Key::into_owned(key), Self::Val::into_owned(val));
                    updates.push((data, t.clone(), d.clone()));
                });
                self.step_val(storage);
            }
            self.step_key(storage);
        }
        updates
    }
}

/// The owned key of a cursor.
pub type CursorKey<C> = <<C as Cursor>::Key as IntoOwned>::Owned;
/// The key of a cursor as it is read.
pub type CursorKeyRef<'a, C> = <<C as Cursor>::Key as IntoOwned>::ReadItem<'a>;
/// The owned val of a cursor.
pub type CursorVal<C> = <<C as Cursor>::Val as IntoOwned>::Owned;
/// The val of a cursor as it is read.
pub type CursorValRef<'a, C> = <<C as Cursor>::Val as IntoOwned>::ReadItem<'a>;
/// The time of a cursor.
pub type CursorTime<C> = <C as Cursor>::Time;
/// The difference of a cursor.
pub type CursorDiff<C> = <C as Cursor>::Diff;
