//! Reading one batch: keys in order, for each its vals in order, for each its times.

use crate::{IntoOwned, Timestamp};

/// How many keys [`Cursor::find_keys`] seeks at once.
pub(crate) const SOUGHT: usize = 16;

/// What the words of items say of their order. A word stands for an item in comparisons that are to be cheap.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Words {
    /// Nothing: all words are equal.
    None,
    /// Different words order as the items do; equal words say nothing.
    Lossy,
    /// Words order and equal as the items do.
    Exact,
}

/// Where a key, or the first one greater, is: a range of positions that only the cursor that made it understands.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// Every key before is less.
    pub lo: usize,
    /// The key at this position, if there is one, is not less.
    pub hi: usize,
    /// Where to look first.
    pub guess: usize,
    /// In how many bytes, at the beginning, all keys of the window agree with the one that is sought.
    pub depth: usize,
}

/// A position among the keys and vals of some storage.
///
/// The cursor is apart from what it reads, which is passed to each call: it must be the same each time. No call panics
/// on an exhausted cursor or empty storage, except [`key`](Cursor::key) and [`val`](Cursor::val).
///
/// Stepping, seeking and rewinding keys puts the vals at the start of the key reached, also when a seek does not move.
/// With no valid key there is no valid val, and [`map_times`](Cursor::map_times) visits nothing. Stepping past the last
/// val leaves the key valid.
///
/// Cursors go back as well: what [`step_key_back`](Cursor::step_key_back) returns says whether it moved, so that no
/// position before the first key is needed.
///
/// Several batches as one ([`CursorList`](crate::CursorList)) visit all updates of a `(key, val)` pair, batch by batch:
/// times may repeat, and may sum to zero. [`View`](crate::View) reads what they sum to.
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
    #[inline(always)]
    #[track_caller]
    fn key<'a>(&self, storage: &'a Self::Storage) -> CursorKeyRef<'a, Self> {
        self.get_key(storage).expect("the cursor is past the last key: check `key_valid`, or use `get_key`")
    }

    /// The val.
    ///
    /// # Panics
    /// If the cursor is past the key's last val, or past the last key.
    #[inline(always)]
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

    /// Moves to the key before, and to its first val: from past the last key to the last. Returns `false` if there is none
    /// before; the cursor is then at the first key and its first val.
    ///
    /// All keys, the greatest first:
    ///
    /// ```
    /// # use arrangement::{Antichain, BatchReader, Batcher, OrdValSpine, Pipeline};
    /// use arrangement::Cursor;
    ///
    /// # type Index = OrdValSpine<u64, u64, u64, i64>;
    /// # let mut batcher = <Index as Pipeline>::Batcher::new();
    /// # batcher.push(&mut vec![((1, 10), 0, 1), ((2, 20), 0, 1)]);
    /// # let batch = batcher.seal::<<Index as Pipeline>::Builder>(Antichain::from_elem(1));
    /// let mut cursor = batch.cursor();
    /// cursor.end_keys(&batch);
    /// let mut keys = Vec::new();
    /// while cursor.step_key_back(&batch) {
    ///     keys.push(*cursor.key(&batch));
    /// }
    /// assert_eq!(keys, [2, 1]);
    /// ```
    fn step_key_back(&mut self, storage: &Self::Storage) -> bool;

    /// Moves past the last key.
    ///
    /// ```
    /// # use arrangement::{Antichain, BatchReader, Batcher, OrdValSpine, Pipeline};
    /// use arrangement::Cursor;
    ///
    /// # type Index = OrdValSpine<u64, u64, u64, i64>;
    /// # let mut batcher = <Index as Pipeline>::Batcher::new();
    /// # batcher.push(&mut [(1, 10), (1, 11), (1, 12), (5, 50), (9, 90)].map(|data| (data, 0, 1)).to_vec());
    /// # let batch = batcher.seal::<<Index as Pipeline>::Builder>(Antichain::from_elem(1));
    /// let mut cursor = batch.cursor();
    /// cursor.end_keys(&batch);
    /// assert_eq!(cursor.get_key(&batch), None);
    /// ```
    fn end_keys(&mut self, storage: &Self::Storage);

    /// Moves to the val before: from past the key's last val to the last. Returns `false`, and does not move, if there is
    /// none before.
    ///
    /// ```
    /// # use arrangement::{Antichain, BatchReader, Batcher, OrdValSpine, Pipeline};
    /// use arrangement::Cursor;
    ///
    /// # type Index = OrdValSpine<u64, u64, u64, i64>;
    /// # let mut batcher = <Index as Pipeline>::Batcher::new();
    /// # batcher.push(&mut [(1, 10), (1, 11), (1, 12), (5, 50), (9, 90)].map(|data| (data, 0, 1)).to_vec());
    /// # let batch = batcher.seal::<<Index as Pipeline>::Builder>(Antichain::from_elem(1));
    /// let mut cursor = batch.cursor();
    /// cursor.end_vals(&batch);
    /// let mut vals = Vec::new();
    /// while cursor.step_val_back(&batch) {
    ///     vals.push(*cursor.val(&batch));
    /// }
    /// assert_eq!(vals, [12, 11, 10]);
    /// ```
    fn step_val_back(&mut self, storage: &Self::Storage) -> bool;

    /// Moves past the last val of the key.
    ///
    /// ```
    /// # use arrangement::{Antichain, BatchReader, Batcher, OrdValSpine, Pipeline};
    /// use arrangement::Cursor;
    ///
    /// # type Index = OrdValSpine<u64, u64, u64, i64>;
    /// # let mut batcher = <Index as Pipeline>::Batcher::new();
    /// # batcher.push(&mut [(1, 10), (1, 11), (1, 12), (5, 50), (9, 90)].map(|data| (data, 0, 1)).to_vec());
    /// # let batch = batcher.seal::<<Index as Pipeline>::Builder>(Antichain::from_elem(1));
    /// let mut cursor = batch.cursor();
    /// cursor.end_vals(&batch);
    /// assert_eq!((cursor.get_key(&batch), cursor.get_val(&batch)), (Some(&1), None));
    /// ```
    fn end_vals(&mut self, storage: &Self::Storage);

    /// Moves to the last key not greater than `key`, from wherever the cursor is, and to its first val. Returns `false` if
    /// there is none; the cursor is then at the first key. Costs a seek and a step.
    ///
    /// ```
    /// # use arrangement::{Antichain, BatchReader, Batcher, OrdValSpine, Pipeline};
    /// use arrangement::Cursor;
    ///
    /// # type Index = OrdValSpine<u64, u64, u64, i64>;
    /// # let mut batcher = <Index as Pipeline>::Batcher::new();
    /// # batcher.push(&mut [(1, 10), (1, 11), (1, 12), (5, 50), (9, 90)].map(|data| (data, 0, 1)).to_vec());
    /// # let batch = batcher.seal::<<Index as Pipeline>::Builder>(Antichain::from_elem(1));
    /// let mut cursor = batch.cursor();
    /// assert!(cursor.seek_key_back(&batch, &7));
    /// assert_eq!(cursor.get_key(&batch), Some(&5));
    /// assert!(!cursor.seek_key_back(&batch, &0));
    /// ```
    fn seek_key_back(&mut self, storage: &Self::Storage, key: CursorKeyRef<'_, Self>) -> bool {
        self.rewind_keys(storage);
        self.seek_key(storage, Self::Key::reborrow(key));
        let found =
            self.get_key(storage).is_some_and(|at| Self::Key::reborrow(at) == Self::Key::reborrow(key));
        found || self.step_key_back(storage)
    }

    /// Moves to the key's last val not greater than `val`, from wherever the cursor is among the vals. Returns `false` if
    /// there is none; the cursor is then at the first val.
    ///
    /// ```
    /// # use arrangement::{Antichain, BatchReader, Batcher, OrdValSpine, Pipeline};
    /// use arrangement::Cursor;
    ///
    /// # type Index = OrdValSpine<u64, u64, u64, i64>;
    /// # let mut batcher = <Index as Pipeline>::Batcher::new();
    /// # batcher.push(&mut [(1, 10), (1, 11), (1, 12), (5, 50), (9, 90)].map(|data| (data, 0, 1)).to_vec());
    /// # let batch = batcher.seal::<<Index as Pipeline>::Builder>(Antichain::from_elem(1));
    /// let mut cursor = batch.cursor();
    /// assert!(cursor.seek_val_back(&batch, &15));
    /// assert_eq!(cursor.get_val(&batch), Some(&12));
    /// ```
    fn seek_val_back(&mut self, storage: &Self::Storage, val: CursorValRef<'_, Self>) -> bool {
        self.rewind_vals(storage);
        self.seek_val(storage, Self::Val::reborrow(val));
        let found =
            self.get_val(storage).is_some_and(|at| Self::Val::reborrow(at) == Self::Val::reborrow(val));
        found || self.step_val_back(storage)
    }

    /// Moves forward to the first key for which `before` is false, and to its first val. `before` must hold for a first
    /// part of the keys only. By default key by key; cursors over columns take a number of looks logarithmic in the
    /// distance.
    ///
    /// This finds what no key says: where those end that begin with a prefix, say.
    ///
    /// ```
    /// # use arrangement::{Antichain, BatchReader, Batcher, OrdValSpine, Pipeline};
    /// use arrangement::Cursor;
    ///
    /// # type Index = OrdValSpine<u64, u64, u64, i64>;
    /// # let mut batcher = <Index as Pipeline>::Batcher::new();
    /// # batcher.push(&mut [(1, 10), (1, 11), (1, 12), (5, 50), (9, 90)].map(|data| (data, 0, 1)).to_vec());
    /// # let batch = batcher.seal::<<Index as Pipeline>::Builder>(Antichain::from_elem(1));
    /// let mut cursor = batch.cursor();
    /// cursor.skip_keys_while(&batch, |key| key * key < 30);
    /// assert_eq!(cursor.get_key(&batch), Some(&9));
    /// ```
    fn skip_keys_while(&mut self, storage: &Self::Storage, before: impl Fn(CursorKeyRef<'_, Self>) -> bool) {
        self.rewind_vals(storage);
        while self.get_key(storage).is_some_and(|key| before(Self::Key::reborrow(key))) {
            self.step_key(storage);
        }
    }

    /// Moves forward to the key's first val for which `before` is false, as
    /// [`skip_keys_while`](Cursor::skip_keys_while) does among keys.
    ///
    /// ```
    /// # use arrangement::{Antichain, BatchReader, Batcher, OrdValSpine, Pipeline};
    /// use arrangement::Cursor;
    ///
    /// # type Index = OrdValSpine<u64, u64, u64, i64>;
    /// # let mut batcher = <Index as Pipeline>::Batcher::new();
    /// # batcher.push(&mut [(1, 10), (1, 11), (1, 12), (5, 50), (9, 90)].map(|data| (data, 0, 1)).to_vec());
    /// # let batch = batcher.seal::<<Index as Pipeline>::Builder>(Antichain::from_elem(1));
    /// let mut cursor = batch.cursor();
    /// cursor.skip_vals_while(&batch, |val| val / 11 == 0);
    /// assert_eq!(cursor.get_val(&batch), Some(&11));
    /// ```
    fn skip_vals_while(&mut self, storage: &Self::Storage, before: impl Fn(CursorValRef<'_, Self>) -> bool) {
        while self.get_val(storage).is_some_and(|val| before(Self::Val::reborrow(val))) {
            self.step_val(storage);
        }
    }

    /// As [`seek_key`](Cursor::seek_key), and returns how many keys were passed; `None` if the cursor can't tell. Several
    /// batches as one count the keys of each.
    ///
    /// ```
    /// # use arrangement::{Antichain, BatchReader, Batcher, OrdValSpine, Pipeline};
    /// use arrangement::Cursor;
    ///
    /// # type Index = OrdValSpine<u64, u64, u64, i64>;
    /// # let mut batcher = <Index as Pipeline>::Batcher::new();
    /// # batcher.push(&mut [(1, 10), (1, 11), (1, 12), (5, 50), (9, 90)].map(|data| (data, 0, 1)).to_vec());
    /// # let batch = batcher.seal::<<Index as Pipeline>::Builder>(Antichain::from_elem(1));
    /// let mut cursor = batch.cursor();
    /// assert_eq!(cursor.seek_key_counted(&batch, &6), Some(2));
    /// assert_eq!(cursor.seek_key_counted(&batch, &6), Some(0));
    /// ```
    fn seek_key_counted(&mut self, storage: &Self::Storage, key: CursorKeyRef<'_, Self>) -> Option<usize> {
        let before = self.keys_ahead(storage)?;
        self.seek_key(storage, key);
        Some(before - self.keys_ahead(storage)?)
    }

    /// Moves to a key, be it before or after where the cursor is, and returns whether it is there. If it is not, where the
    /// cursor then is is left open: rewind it, or find another key.
    ///
    /// Cheaper than to rewind and seek: several batches as one need not find out which key comes next.
    fn find_key(&mut self, storage: &Self::Storage, key: CursorKeyRef<'_, Self>) -> bool {
        self.rewind_keys(storage);
        self.seek_key(storage, Self::Key::reborrow(key));
        self.get_key(storage).is_some_and(|at| Self::Key::reborrow(at) == Self::Key::reborrow(key))
    }

    /// Finds each of many keys, in any order, as [`find_key`](Cursor::find_key) does, and has `logic` read those that are
    /// there: it is given the index of the key, and the cursor at it. The cursor is left anywhere: rewind it, or find
    /// another key.
    ///
    /// Several keys are on their way at once, so that their waits for memory overlap: cheaper than one after the other
    /// where keys are spread over more memory than caches hold.
    fn find_keys<'a>(
        &mut self,
        storage: &Self::Storage,
        keys: impl IntoIterator<Item = CursorKeyRef<'a, Self>>,
        mut logic: impl FnMut(usize, &mut Self),
    ) where
        Self: Sized,
    {
        let mut keys = keys.into_iter().enumerate();
        loop {
            let mut sought = [None; SOUGHT];
            let (mut count, mut touched) = (0, 0);
            self.rewind_keys(storage);
            for (place, (index, key)) in sought.iter_mut().zip(&mut keys) {
                *place = Some((index, key, self.window(storage, Self::Key::reborrow(key))));
                count += 1;
            }
            for (.., window) in sought.iter().flatten() {
                touched ^= self.touch(storage, window);
            }
            std::hint::black_box(touched);
            for (index, key, window) in sought.into_iter().flatten() {
                self.rewind_keys(storage);
                self.seek_key_within(storage, Self::Key::reborrow(key), window);
                if self.get_key(storage).is_some_and(|at| Self::Key::reborrow(at) == Self::Key::reborrow(key))
                {
                    logic(index, self);
                }
            }
            if count < SOUGHT {
                return;
            }
        }
    }

    /// Visits the vals, times and differences of the current key, from the current val on, and leaves the cursor past the
    /// key's last val. Several batches as one give the vals of one batch after those of another.
    ///
    /// Faster than to step from val to val.
    fn visit_key(
        &mut self,
        storage: &Self::Storage,
        mut logic: impl FnMut(CursorValRef<'_, Self>, &Self::Time, &Self::Diff),
    ) {
        while let Some(val) = self.get_val(storage) {
            self.map_times(storage, |time, diff| logic(Self::Val::reborrow(val), time, diff));
            self.step_val(storage);
        }
    }

    /// Visits what is left of the current key as [`visit_key`](Cursor::visit_key) does, with the key, if there is one, and
    /// steps to the next.
    fn visit_step(
        &mut self,
        storage: &Self::Storage,
        mut logic: impl FnMut(CursorKeyRef<'_, Self>, CursorValRef<'_, Self>, &Self::Time, &Self::Diff),
    ) {
        if let Some(key) = self.get_key(storage) {
            self.visit_key(storage, |val, time, diff| logic(Self::Key::reborrow(key), val, time, diff));
            self.step_key(storage);
        }
    }

    /// Visits all updates from the current key and val on, in order of keys, and each key's as
    /// [`visit_key`](Cursor::visit_key) does. Leaves the cursor past the last key.
    ///
    /// The fastest way to read everything.
    fn visit(
        &mut self,
        storage: &Self::Storage,
        mut logic: impl FnMut(CursorKeyRef<'_, Self>, CursorValRef<'_, Self>, &Self::Time, &Self::Diff),
    ) {
        while self.key_valid(storage) {
            self.visit_step(storage, &mut logic);
        }
    }

    /// Where [`seek_key`](Cursor::seek_key) would have to look, as far as that can be told without reading many keys. Does not
    /// move the cursor, and may be asked for several keys before one is sought.
    fn window(&self, _storage: &Self::Storage, _key: CursorKeyRef<'_, Self>) -> Window {
        Window::default()
    }

    /// Reads a few keys of a window, so that they are at hand when it is searched. Returns something made of them, so
    /// that the reading can't be left out.
    fn touch(&self, _storage: &Self::Storage, _window: &Window) -> u64 {
        0
    }

    /// As [`seek_key`](Cursor::seek_key), by what [`window`](Cursor::window) told of this key at this place.
    fn seek_key_within(&mut self, storage: &Self::Storage, key: CursorKeyRef<'_, Self>, _window: Window) {
        self.seek_key(storage, key);
    }

    /// The hash by which [`may_find`](Cursor::may_find) is asked for a key; `None` of keys of which nothing is known so.
    fn key_hash(_key: CursorKeyRef<'_, Self>) -> Option<u64> {
        None
    }

    /// Whether there may be a key of this hash: `false` is certain. Says nothing of where the cursor is, or would be.
    ///
    /// Several batches as one ask this before they look for a key in each. A storage may take the first questions as a sign
    /// that it is worth its while to prepare for more.
    fn may_find(&self, _storage: &Self::Storage, _hash: u64) -> bool {
        true
    }

    /// How many keys there are from the current one on; `None` if the cursor can't look ahead, in which case the methods
    /// below, which serve to plan the steps of several cursors at once, are not called.
    fn keys_ahead(&self, _storage: &Self::Storage) -> Option<usize> {
        None
    }

    /// The key so many steps ahead.
    ///
    /// # Panics
    /// If there are not so many.
    fn key_ahead<'a>(&self, storage: &'a Self::Storage, _steps: usize) -> CursorKeyRef<'a, Self> {
        self.key(storage)
    }

    /// The number of bytes with which two keys begin, 0 if they are not ordered byte by byte.
    fn shared_prefix(_a: CursorKeyRef<'_, Self>, _b: CursorKeyRef<'_, Self>) -> usize {
        0
    }

    /// Appends the words of the next `count` keys, which agree in their first `depth` bytes.
    ///
    /// # Panics
    /// If there are not so many.
    fn key_words(&self, _: &Self::Storage, _count: usize, _depth: usize, _words: &mut Vec<u64>) -> Words {
        Words::None
    }

    /// Appends the words of the current key's vals, from the current one on, but no more than `most`, and returns how many
    /// vals there are from the current one on. Returns `None`, and appends nothing, if there are no
    /// [exact](Words::Exact) words.
    fn val_words(&self, _storage: &Self::Storage, _most: usize, _words: &mut Vec<u64>) -> Option<usize> {
        None
    }

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
