//! Reading a batch.

use crate::ord::OrdStorage;
use crate::vals::{NoVals, ValLevel, Vals};
use arrangement_container::{BatchContainer, Layout, UpdateLevel};
use arrangement_trace::{Cursor, CursorKeyRef, CursorValRef};
use std::fmt;
use std::marker::PhantomData;

/// Where a cursor is: plain data, to be kept, compared, and resumed on the same storage.
///
/// Positions order as what they point to.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The index of the key; that of the last and one more, past the last.
    pub key: usize,
    /// The index of the val among those of the key.
    pub val: usize,
}

/// A cursor over an [`OrdStorage`].
///
/// It is a [`Position`]: seeking a key looks at keys only, and where its vals begin is looked up when they are asked
/// for.
pub struct OrdCursor<L, V> {
    position: Position,
    _storage: PhantomData<fn() -> (L, V)>,
}

/// A cursor over keys with vals.
pub type OrdValCursor<L> = OrdCursor<L, Vals<<L as Layout>::Val>>;
/// A cursor over keys alone. Its val is `&()`.
pub type OrdKeyCursor<L> = OrdCursor<L, NoVals>;

impl<L, V> OrdCursor<L, V> {
    /// Where the cursor is.
    pub fn position(&self) -> Position {
        self.position
    }

    /// Moves to a position, which [`position`](OrdCursor::position) gave on the same storage. One that lies beyond is as
    /// one past the last key.
    pub fn resume(&mut self, position: Position) {
        self.position = position;
    }
}

impl<L, V> Default for OrdCursor<L, V> {
    fn default() -> Self {
        OrdCursor { position: Position::default(), _storage: PhantomData }
    }
}

impl<L, V> Clone for OrdCursor<L, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<L, V> Copy for OrdCursor<L, V> {}

impl<L, V> fmt::Debug for OrdCursor<L, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OrdCursor").field(&self.position).finish()
    }
}

impl<L: Layout, V: ValLevel<L::Val>> OrdCursor<L, V> {
    /// The index of the val among all of the storage, if the cursor is at one.
    #[inline(always)]
    fn at_val(&self, storage: &OrdStorage<L, V>) -> Option<usize> {
        if self.position.key >= storage.keys.len() {
            return None;
        }
        let bounds = storage.vals.bounds(self.position.key);
        let val = bounds.start.saturating_add(self.position.val);
        (val < bounds.end).then_some(val)
    }
}

impl<L: Layout, V: ValLevel<L::Val>> Cursor for OrdCursor<L, V> {
    type Key = L::Key;
    type Val = V::Vals;
    type Time = L::Time;
    type Diff = L::Diff;
    type Storage = OrdStorage<L, V>;

    #[inline]
    fn key_valid(&self, storage: &Self::Storage) -> bool {
        self.position.key < storage.keys.len()
    }
    #[inline]
    fn val_valid(&self, storage: &Self::Storage) -> bool {
        self.at_val(storage).is_some()
    }
    #[inline]
    fn get_key<'a>(&self, storage: &'a Self::Storage) -> Option<CursorKeyRef<'a, Self>> {
        self.key_valid(storage).then(|| storage.keys.index(self.position.key))
    }
    #[inline]
    fn get_val<'a>(&self, storage: &'a Self::Storage) -> Option<CursorValRef<'a, Self>> {
        self.at_val(storage).map(|val| storage.vals.vals().index(val))
    }
    #[inline]
    fn map_times(&mut self, storage: &Self::Storage, logic: impl FnMut(&L::Time, &L::Diff)) {
        if let Some(val) = self.at_val(storage) {
            storage.updates.for_each(storage.updates.bounds(val), logic);
        }
    }
    #[inline]
    fn step_key(&mut self, storage: &Self::Storage) {
        let key = self.position.key.saturating_add(1).min(storage.keys.len());
        self.position = Position { key, val: 0 };
    }
    #[inline]
    fn seek_key(&mut self, storage: &Self::Storage, key: CursorKeyRef<'_, Self>) {
        let key = storage.keys.gallop(self.position.key, storage.keys.len(), key);
        self.position = Position { key, val: 0 };
    }
    #[inline]
    fn step_val(&mut self, storage: &Self::Storage) {
        if self.val_valid(storage) {
            self.position.val += 1;
        }
    }
    #[inline]
    fn seek_val(&mut self, storage: &Self::Storage, val: CursorValRef<'_, Self>) {
        if let Some(at) = self.at_val(storage) {
            let end = storage.vals.bounds(self.position.key).end;
            self.position.val += storage.vals.vals().gallop(at, end, val) - at;
        }
    }
    #[inline]
    fn rewind_keys(&mut self, _: &Self::Storage) {
        self.position = Position::default();
    }
    #[inline]
    fn rewind_vals(&mut self, _: &Self::Storage) {
        self.position.val = 0;
    }
}
