//! The level of vals: offsets and vals, or nothing at all.

use arrangement_container::{BatchContainer, OffsetList, Starts};
use arrangement_trace::Sizes;
use std::cmp::Ordering;
use std::fmt;
use std::ops::Range;

/// The vals of each key. `C` is the column of vals that a layout names and that chunks bring.
///
/// Sealed in spirit: [`Vals`] and [`NoVals`] are the two there are. Keys are *closed* one after the other, each with the
/// vals that were pushed since the one before.
pub trait ValLevel<C: BatchContainer>: Default + 'static {
    /// The column in which vals are read.
    type Vals: BatchContainer;

    /// A level with room for so many keys and vals.
    fn with_capacity(keys: usize, vals: usize) -> Self;
    /// A level with room for the vals of two others.
    fn merge_capacity(a: &Self, b: &Self) -> Self;
    /// The vals of all keys, end to end.
    fn vals(&self) -> &Self::Vals;
    /// The vals, to append to.
    fn vals_mut(&mut self) -> &mut Self::Vals;
    /// The positions of a key's vals.
    fn bounds(&self, key: usize) -> Range<usize>;
    /// The number of vals of closed keys.
    fn closed(&self) -> usize;
    /// Orders the last val before a val of a chunk; as less, if there is none.
    fn compare_last(&self, val: C::ReadItem<'_>) -> Ordering;
    /// Closes a key after each of these numbers of vals, which count from the last one closed.
    fn close_keys_at(&mut self, ends: &[u32]);
    /// Closes so many keys of one val each.
    fn close_units(&mut self, keys: usize);
    /// Closes keys as another level did, whose vals were appended here just now, moved by `delta`.
    fn close_keys_like(&mut self, source: &Self, keys: Range<usize>, delta: isize);
    /// Appends the vals of a chunk at some rows, which ascend; `None` stands for all. `key_starts` says which of those
    /// appended begin a key.
    fn append(&mut self, vals: &mut C, rows: Option<&[u32]>, key_starts: Starts<'_>);
    /// Ends the last key, and gives back what is reserved and not used.
    fn finish_build(&mut self);
    /// Gives back what is reserved and not used.
    fn shrink(&mut self);
    /// The size; `records` counts vals.
    fn sizes(&self) -> Sizes;
}

/// Offsets and vals.
pub struct Vals<C> {
    /// Where the vals of each key begin. Entry 0 is there from the start.
    pub(crate) offsets: OffsetList,
    pub(crate) vals: C,
}

impl<C: BatchContainer> Default for Vals<C> {
    fn default() -> Self {
        Self::of(0, C::default())
    }
}

impl<C: BatchContainer> Vals<C> {
    fn of(keys: usize, vals: C) -> Self {
        let mut offsets = OffsetList::with_capacity(keys + 1);
        offsets.push(0);
        Vals { offsets, vals }
    }

    fn last(&self) -> usize {
        self.offsets.last().unwrap_or(0)
    }
}

impl<C> fmt::Debug for Vals<C>
where
    C: BatchContainer,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries((0..self.vals.len()).map(|val| C::into_owned(self.vals.index(val)))).finish()
    }
}

impl<C: BatchContainer> ValLevel<C> for Vals<C> {
    type Vals = C;

    fn with_capacity(keys: usize, vals: usize) -> Self {
        Self::of(keys, C::with_capacity(vals))
    }
    fn merge_capacity(a: &Self, b: &Self) -> Self {
        Self::of(a.offsets.len() + b.offsets.len() - 2, C::merge_capacity(&a.vals, &b.vals))
    }
    #[inline(always)]
    fn vals(&self) -> &C {
        &self.vals
    }
    fn vals_mut(&mut self) -> &mut C {
        &mut self.vals
    }
    #[inline(always)]
    fn bounds(&self, key: usize) -> Range<usize> {
        self.offsets.range(key)
    }
    fn closed(&self) -> usize {
        self.last()
    }
    fn compare_last(&self, val: C::ReadItem<'_>) -> Ordering {
        match self.vals.last() {
            Some(last) => C::reborrow(last).cmp(&C::reborrow(val)),
            None => Ordering::Less,
        }
    }
    fn close_keys_at(&mut self, ends: &[u32]) {
        self.offsets.extend_ends(self.last(), ends);
    }
    fn close_units(&mut self, keys: usize) {
        self.offsets.push_regular(self.last() + 1, 1, keys);
    }
    fn close_keys_like(&mut self, source: &Self, keys: Range<usize>, delta: isize) {
        self.offsets.extend_shifted(&source.offsets, keys.start + 1, keys.end + 1, delta);
    }
    fn append(&mut self, vals: &mut C, rows: Option<&[u32]>, key_starts: Starts<'_>) {
        let base = self.vals.len();
        match rows {
            None => self.vals.append(vals),
            Some(rows) => self.vals.take_ordered(vals, rows),
        }
        // A key is ended where the next begins; before the very first there is none to end.
        match key_starts {
            Starts::All if base == 0 => self.offsets.push_regular(1, 1, self.vals.len().saturating_sub(1)),
            Starts::All => self.offsets.push_regular(base, 1, self.vals.len() - base),
            Starts::At(starts) => {
                self.offsets.extend_ends(base, starts.get((base == 0) as usize..).unwrap_or_default());
            }
        }
    }
    fn finish_build(&mut self) {
        if !self.vals.is_empty() {
            self.offsets.push(self.vals.len());
        }
        self.shrink();
    }
    fn shrink(&mut self) {
        self.vals.shrink();
        self.offsets.shrink();
    }
    fn sizes(&self) -> Sizes {
        self.vals.sizes().with(self.offsets.sizes())
    }
}

/// No vals: each key has the one val `()`, which takes no memory.
#[derive(Debug, Default)]
pub struct NoVals {
    pub(crate) vals: Vec<()>,
    pub(crate) closed: usize,
}

impl<C: BatchContainer<Owned = ()>> ValLevel<C> for NoVals {
    type Vals = Vec<()>;

    fn with_capacity(_: usize, _: usize) -> Self {
        NoVals::default()
    }
    fn merge_capacity(_: &Self, _: &Self) -> Self {
        NoVals::default()
    }
    #[inline(always)]
    fn vals(&self) -> &Vec<()> {
        &self.vals
    }
    fn vals_mut(&mut self) -> &mut Vec<()> {
        &mut self.vals
    }
    #[inline(always)]
    fn bounds(&self, key: usize) -> Range<usize> {
        key..key + 1
    }
    fn closed(&self) -> usize {
        self.closed
    }
    fn compare_last(&self, _: C::ReadItem<'_>) -> Ordering {
        if self.vals.is_empty() { Ordering::Less } else { Ordering::Equal }
    }
    fn close_keys_at(&mut self, ends: &[u32]) {
        self.closed += ends.len();
    }
    fn close_units(&mut self, keys: usize) {
        self.closed += keys;
    }
    fn close_keys_like(&mut self, _: &Self, keys: Range<usize>, _: isize) {
        self.closed += keys.len();
    }
    fn append(&mut self, vals: &mut C, rows: Option<&[u32]>, _: Starts<'_>) {
        let added = rows.map_or(vals.len(), <[u32]>::len);
        vals.clear();
        self.vals.resize(self.vals.len() + added, ());
        self.closed += added;
    }
    fn finish_build(&mut self) {}
    fn shrink(&mut self) {}
    fn sizes(&self) -> Sizes {
        Sizes { records: self.vals.len(), ..Sizes::default() }
    }
}
