//! The storage of a batch, once for keys with vals and for keys alone.

use crate::cursor::OrdCursor;
use crate::filter::KeyFilter;
use crate::index::{KeyIndex, word_span};
use crate::merge::OrdMerger;
use crate::vals::{NoVals, ValLevel, Vals};
use arrangement_container::{BatchContainer, Layout, UpdateLevel};
use arrangement_trace::{AntichainRef, IntoOwned, PartSizes, RcShare, SharedBatch, Storage};
use std::fmt;

/// Keys, vals and updates in the columns of a layout.
pub struct OrdStorage<L: Layout, V> {
    /// The keys, in order.
    pub keys: L::Key,
    /// The vals of each key.
    pub vals: V,
    /// The times and differences of each val.
    pub updates: L::Updates,
    /// Where keys are, for seeks.
    pub(crate) index: KeyIndex,
    /// Which keys there surely are not.
    pub(crate) filter: KeyFilter,
}

/// The storage of keys with vals.
pub type OrdValStorage<L> = OrdStorage<L, Vals<<L as Layout>::Val>>;
/// The storage of keys alone.
pub type OrdKeyStorage<L> = OrdStorage<L, NoVals>;
/// A batch of keys with vals.
pub type OrdValBatch<L, P = RcShare> = SharedBatch<OrdValStorage<L>, P>;
/// A batch of keys alone: its updates are `((K, ()), T, R)`.
pub type OrdKeyBatch<L, P = RcShare> = SharedBatch<OrdKeyStorage<L>, P>;

impl<L: Layout, V: ValLevel<L::Val>> Default for OrdStorage<L, V> {
    fn default() -> Self {
        OrdStorage::of(L::Key::default(), V::default(), L::Updates::default())
    }
}

impl<L: Layout, V: fmt::Debug> fmt::Debug for OrdStorage<L, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys: Vec<_> = (0..self.keys.len()).map(|key| L::Key::into_owned(self.keys.index(key))).collect();
        f.debug_struct("OrdStorage")
            .field("keys", &keys)
            .field("vals", &self.vals)
            .field("updates", &self.updates)
            .finish()
    }
}

impl<L: Layout, V: ValLevel<L::Val>> OrdStorage<L, V> {
    /// A storage of these columns, without an index.
    pub(crate) fn of(keys: L::Key, vals: V, updates: L::Updates) -> Self {
        OrdStorage { keys, vals, updates, index: KeyIndex::default(), filter: KeyFilter::default() }
    }

    /// Makes the index.
    pub(crate) fn make_index(&mut self) {
        let bytes = Storage::sizes(self).total().bytes_used;
        let (keys, span) = (self.keys.len(), word_span::<L::Key, L::Words>(&self.keys));
        self.index = KeyIndex::for_keys::<L::Key, L::Words>(keys, bytes / keys.max(1), span);
        self.index.finish::<L::Key, L::Words>(&self.keys);
    }

    /// The number of keys.
    pub fn keys_len(&self) -> usize {
        self.keys.len()
    }

    /// The number of distinct `(key, val)` pairs.
    pub fn vals_len(&self) -> usize {
        self.vals.vals().len()
    }
}

impl<L: Layout, V: ValLevel<L::Val>> Storage for OrdStorage<L, V> {
    type Key = L::Key;
    type Val = V::Vals;
    type Time = L::Time;
    type Diff = L::Diff;
    type Algebra = L::Algebra;
    type Cursor = OrdCursor<L, V>;
    type Merger = OrdMerger<L, V>;

    fn updates_len(&self) -> usize {
        self.updates.len()
    }
    fn is_advanced(&self, since: AntichainRef<'_, L::Time>) -> bool {
        self.updates.is_advanced(since)
    }
    fn release(&mut self, updates: usize) -> bool {
        let keys = self.keys.release(updates);
        self.vals.vals_mut().release(updates) || keys
    }
    fn sizes(&self) -> PartSizes {
        PartSizes {
            keys: self.keys.sizes().with(self.index.sizes()).with(self.filter.sizes()),
            vals: self.vals.sizes(),
            updates: self.updates.sizes(),
        }
    }
}
