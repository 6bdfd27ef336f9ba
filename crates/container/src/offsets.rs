//! Where the items of one level begin in the next.

use crate::vec::shrink;
use arrangement_trace::Sizes;
use std::ops::Range;

/// The narrow integer of an [`OffsetList`].
pub trait Offset: Copy + 'static {
    /// The narrow form, if the offset fits.
    fn narrow(offset: usize) -> Option<Self>;
    /// The offset.
    fn widen(self) -> usize;
}

macro_rules! offset {
    ($($t:ty)*) => {
        $(impl Offset for $t {
            #[inline(always)]
            fn narrow(offset: usize) -> Option<Self> {
                offset.try_into().ok()
            }
            #[inline(always)]
            fn widen(self) -> usize {
                self as usize
            }
        })*
    };
}
offset!(u8 u16 u32);

/// A list of offsets: a regular beginning that costs nothing, then narrow entries while they fit, then wide ones.
///
/// ```text
/// 0, s, 2s, .. | last, last, ..   | narrow: Vec<u32> | wide: Vec<u64>
/// count items  | repeats of that  |                  | all that follows the first that is too large
/// ```
///
/// Keys with one val each, and vals with one update each, so take no offsets at all; leading zeros are the regular
/// beginning of stride zero. Offsets may be pushed in any order; once the wide entries have begun, all go there. The
/// narrow type is a parameter so that a test can overflow it cheaply.
#[derive(Clone, Debug, Default)]
pub struct OffsetList<S = u32> {
    pub(crate) stride: usize,
    pub(crate) count: usize,
    pub(crate) repeats: usize,
    pub(crate) narrow: Vec<S>,
    pub(crate) wide: Vec<u64>,
    /// How many entries there will be, as far as that is known.
    pub(crate) expected: usize,
}

/// Lists are equal if their entries are.
impl<S: Offset> PartialEq for OffsetList<S> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl<S: Offset> Eq for OffsetList<S> {}

impl<S: Offset> OffsetList<S> {
    /// A list without entries.
    pub fn new() -> Self {
        Self::with_capacity(0)
    }

    /// A list without entries that won't reallocate for so many. Nothing is reserved before the first irregular one.
    pub fn with_capacity(entries: usize) -> Self {
        OffsetList {
            stride: 0,
            count: 0,
            repeats: 0,
            narrow: Vec::new(),
            wide: Vec::new(),
            expected: entries,
        }
    }

    /// The number of offsets.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.count + self.repeats + self.narrow.len() + self.wide.len()
    }

    /// Whether there are no offsets.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The offset at a position.
    ///
    /// # Panics
    /// If the position is not below the length.
    #[inline(always)]
    pub fn index(&self, index: usize) -> usize {
        if index < self.count { index * self.stride } else { self.index_irregular(index - self.count) }
    }

    /// The offsets at a position and the next, as a range.
    ///
    /// # Panics
    /// If the next position is not below the length.
    #[inline(always)]
    pub fn range(&self, index: usize) -> Range<usize> {
        if index + 1 < self.count {
            return index * self.stride..(index + 1) * self.stride;
        }
        let narrow = index.wrapping_sub(self.count + self.repeats);
        match self.narrow.get(narrow..narrow.wrapping_add(2)) {
            Some(bounds) => bounds[0].widen()..bounds[1].widen(),
            None => self.range_anywhere(index),
        }
    }

    /// As [`range`](OffsetList::range), wherever the entries are. Apart from it, so that loops over many stay short.
    #[inline(never)]
    fn range_anywhere(&self, index: usize) -> Range<usize> {
        self.index(index)..self.index(index + 1)
    }

    #[inline]
    fn index_irregular(&self, index: usize) -> usize {
        match index.checked_sub(self.repeats) {
            None => (self.count - 1) * self.stride,
            Some(index) => match self.narrow.get(index) {
                Some(offset) => offset.widen(),
                None => self.wide[index - self.narrow.len()] as usize,
            },
        }
    }

    /// The last offset, if there is one.
    #[inline(always)]
    pub fn last(&self) -> Option<usize> {
        match (self.wide.last(), self.narrow.last()) {
            (Some(&offset), _) => Some(offset as usize),
            (None, Some(&offset)) => Some(offset.widen()),
            (None, None) => self.count.checked_sub(1).map(|steps| steps * self.stride),
        }
    }

    /// All offsets in turn.
    pub fn iter(&self) -> impl Iterator<Item = usize> {
        (0..self.len()).map(|index| self.index(index))
    }

    /// The stride of the entries `lo..=hi`, if they are known to be regular: then entry `lo + k` is `k` strides beyond
    /// entry `lo`.
    #[inline(always)]
    pub fn stride(&self, hi: usize) -> Option<usize> {
        (hi < self.count).then_some(self.stride)
    }

    /// How many steps from entry to entry, at the beginning, are known to be of this stride.
    pub fn regular(&self, stride: usize) -> usize {
        if self.stride == stride { self.count.saturating_sub(1) } else { 0 }
    }

    /// The entries from `lo` on, if all of them are narrow: so that a loop over many need not ask where each is.
    #[inline]
    pub fn narrow_from(&self, lo: usize) -> Option<&[S]> {
        match lo.checked_sub(self.count + self.repeats) {
            Some(lo) if self.wide.is_empty() => self.narrow.get(lo..),
            _ => None,
        }
    }

    /// Appends an offset.
    #[inline(always)]
    pub fn push(&mut self, offset: usize) {
        match S::narrow(offset) {
            Some(narrow) if !self.narrow.is_empty() && self.wide.is_empty() => self.narrow.push(narrow),
            _ => self.push_slow(offset),
        }
    }

    /// Appends an offset at the beginning, or where entries are wide.
    #[inline(never)]
    fn push_slow(&mut self, offset: usize) {
        if !self.wide.is_empty() {
            self.wide.push(offset as u64);
        } else if !self.narrow.is_empty() {
            self.push_tail(offset);
        } else if self.repeats == 0 && self.count == 1 {
            (self.stride, self.count) = (offset, 2);
        } else if self.repeats == 0 && offset == self.stride * self.count {
            self.count += 1;
        } else if self.count > 0 && offset == self.stride * (self.count - 1) {
            self.repeats += 1;
        } else {
            self.push_tail(offset);
        }
    }

    fn push_tail(&mut self, offset: usize) {
        if !self.is_irregular() {
            self.narrow.reserve_exact(self.expected.saturating_sub(self.len()));
        }
        match S::narrow(offset) {
            Some(narrow) => self.narrow.push(narrow),
            None => self.wide.push(offset as u64),
        }
    }

    /// Whether all further entries are irregular.
    fn is_irregular(&self) -> bool {
        !self.narrow.is_empty() || !self.wide.is_empty()
    }

    /// Appends `first`, `first + stride`, …: `count` entries. A regular beginning that so goes on costs nothing.
    pub fn push_regular(&mut self, first: usize, stride: usize, count: usize) {
        let mut done = 0;
        while done < count && !self.is_irregular() {
            self.push(first + done * stride);
            done += 1;
            let regular = self.repeats == 0 && self.count > 1 && self.stride == stride;
            let repeating = self.repeats > 0 && stride == 0;
            if !self.is_irregular() && regular {
                self.count += count - done;
                return;
            }
            if !self.is_irregular() && repeating {
                self.repeats += count - done;
                return;
            }
        }
        self.extend_tail((done..count).map(|k| first + k * stride));
    }

    /// Appends entries to a list whose beginning is over.
    fn extend_tail(&mut self, offsets: impl Iterator<Item = usize>) {
        for offset in offsets {
            self.push(offset);
        }
    }

    /// Appends the entries `lo..hi` of another list, each moved by `delta`.
    pub fn extend_shifted(&mut self, source: &Self, lo: usize, hi: usize, delta: isize) {
        let shift = |offset: usize| offset.wrapping_add_signed(delta);
        let mut at = lo;
        if at < hi.min(source.count) {
            let end = hi.min(source.count);
            self.push_regular(shift(source.index(at)), source.stride, end - at);
            at = end;
        }
        if at < hi.min(source.count + source.repeats) {
            let end = hi.min(source.count + source.repeats);
            self.push_regular(shift(source.index(at)), 0, end - at);
            at = end;
        }
        while at < hi && !self.is_irregular() {
            self.push(shift(source.index(at)));
            at += 1;
        }
        let tail = at - (source.count + source.repeats).min(at);
        let narrow_end = (hi - (source.count + source.repeats).min(hi)).min(source.narrow.len());
        if tail < narrow_end {
            let fits = self.wide.is_empty();
            let entries = &source.narrow[tail..narrow_end];
            // Offsets of one level never descend, so the last says whether all fit.
            if fits && S::narrow(shift(entries[entries.len() - 1].widen())).is_some() {
                self.narrow.extend(entries.iter().map(|x| narrowed::<S>(shift(x.widen()))));
            } else {
                self.extend_tail(entries.iter().map(|x| shift(x.widen())));
            }
            at += narrow_end - tail;
        }
        self.extend_tail((at..hi).map(|at| shift(source.index(at))));
    }

    /// Appends `base + end` for each end, which ascend.
    pub fn extend_ends(&mut self, base: usize, ends: &[u32]) {
        let mut done = 0;
        while done < ends.len() && !self.is_irregular() {
            self.push(base + ends[done] as usize);
            done += 1;
        }
        let ends = &ends[done..];
        let Some(&last) = ends.last() else { return };
        if self.wide.is_empty() && S::narrow(base + last as usize).is_some() {
            self.narrow.extend(ends.iter().map(|end| narrowed::<S>(base + *end as usize)));
        } else {
            self.extend_tail(ends.iter().map(|end| base + *end as usize));
        }
    }

    /// Removes all entries, keeping allocations.
    pub fn clear(&mut self) {
        (self.stride, self.count, self.repeats) = (0, 0, 0);
        self.narrow.clear();
        self.wide.clear();
    }

    /// Gives back what is reserved and not used, if it is more than one part in 64.
    pub fn shrink(&mut self) {
        shrink(&mut self.narrow);
        shrink(&mut self.wide);
    }

    /// The size; `records` counts the entries.
    pub fn sizes(&self) -> Sizes {
        let heap = Sizes::of_vec(&self.narrow) + Sizes::of_vec(&self.wide);
        Sizes { records: self.len(), ..heap }
    }
}

/// The narrow form of an offset that is known to fit.
#[inline(always)]
fn narrowed<S: Offset>(offset: usize) -> S {
    S::narrow(offset).expect("offsets ascend, and the last one fits")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn list<S: Offset>(offsets: &[usize]) -> OffsetList<S> {
        let mut list = OffsetList::new();
        for &offset in offsets {
            list.push(offset);
        }
        list
    }

    /// R28 and R29: all regions, and the switch from narrow to wide, after which small offsets stay wide.
    #[test]
    fn r28_offsets_of_every_kind_are_read_back() {
        let max = u32::MAX as usize;
        for offsets in [
            vec![],
            vec![0, 0, 0],
            vec![0, 0, 5],
            vec![5, 0],
            vec![0, 3, 6, 9, 9, 9, 12],
            vec![max, max + 1, max + 2, 7],
            vec![0, max, max + 1, 3, 4],
        ] {
            let list = list::<u32>(&offsets);
            assert_eq!(list.len(), offsets.len());
            assert_eq!(list.iter().collect::<Vec<_>>(), offsets);
            assert_eq!(list.last(), offsets.last().copied());
        }
        let mixed = list::<u32>(&[1, max + 1, 2]);
        assert_eq!((mixed.narrow.len(), mixed.wide.len()), (1, 2));
    }

    #[test]
    fn r29_a_tiny_offset_type_widens_and_never_panics() {
        let offsets: Vec<usize> = (0..1000).map(|x| x * 3 + x % 2).collect();
        assert_eq!(list::<u8>(&offsets).iter().collect::<Vec<_>>(), offsets);
        let mut shifted = list::<u8>(&[0, 1]);
        shifted.extend_shifted(&list::<u8>(&[0, 7, 9, 200, 250]), 1, 5, 100);
        assert_eq!(shifted.iter().collect::<Vec<_>>(), [0, 1, 107, 109, 300, 350]);
    }

    #[test]
    fn regular_strides_take_no_memory() {
        let mut list = OffsetList::<u32>::new();
        list.push_regular(0, 1, 1_000_000);
        list.push_regular(1_000_000, 1, 1_000_000);
        assert_eq!(list.index(1_999_999), 1_999_999);
        assert_eq!(list.sizes().bytes_reserved, 0);
        assert_eq!(self::list::<u32>(&[0; 100]).sizes().bytes_reserved, 0);
    }

    proptest! {
        #[test]
        fn bulk_operations_equal_single_pushes(
            pieces in prop::collection::vec((0usize..4, 0usize..6, 0usize..5), 0..8),
            start in 0usize..2,
        ) {
            let (mut bulk, mut single) = (OffsetList::<u8>::new(), Vec::new());
            if start == 0 {
                bulk.push(0);
                single.push(0);
            }
            for (kind, count, stride) in pieces {
                let last = single.last().copied().unwrap_or(0);
                match kind {
                    0 => {
                        bulk.push_regular(last, stride, count);
                        single.extend((0..count).map(|k| last + k * stride));
                    }
                    1 => {
                        let ends: Vec<u32> = (0..count).map(|k| (k * k * stride) as u32).collect();
                        bulk.extend_ends(last, &ends);
                        single.extend(ends.iter().map(|e| last + *e as usize));
                    }
                    2 => {
                        bulk.push(last + stride);
                        single.push(last + stride);
                    }
                    _ => {
                        let source = bulk.clone();
                        let lo = source.len() / (stride + 1);
                        if lo < source.len() {
                            let delta = last as isize - source.index(lo) as isize;
                            bulk.extend_shifted(&source, lo, source.len(), delta);
                            let copied: Vec<_> =
                                source.iter().skip(lo).map(|x| x.wrapping_add_signed(delta)).collect();
                            single.extend(copied);
                        }
                    }
                }
                prop_assert_eq!(bulk.iter().collect::<Vec<_>>(), single.clone());
                prop_assert_eq!(bulk.last(), single.last().copied());
                for lo in 0..bulk.len() {
                    if let Some(narrow) = bulk.narrow_from(lo) {
                        let entries: Vec<usize> = narrow.iter().map(|x| x.widen()).collect();
                        prop_assert_eq!(&entries, &single[lo..]);
                    }
                }
                for hi in 1..bulk.len() {
                    if let Some(stride) = bulk.stride(hi) {
                        prop_assert_eq!(single[hi] - single[hi - 1], stride);
                    }
                }
            }
        }
    }
}
