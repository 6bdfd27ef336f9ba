//! One column of items: access by position, and operations on ranges.

use crate::plan::{Plan, SECOND, interleave_by, interleave_by_words};
use crate::words::Words;
use arrangement_trace::{IntoOwned, Sizes};
use std::hint::select_unpredictable;
use std::ops::Range;

/// A column: a sequence of items that is appended to and read by position.
///
/// An implementor must write the methods without a body; all others have defaults that go item by item, to be
/// overridden where the container can move many at once. Implementations for `Vec<T>` and
/// [`SliceContainer`](crate::SliceContainer) are worked examples of the two kinds, without and with items of varying
/// length. A column kept to by one batch may be read by many threads; only its owner appends.
pub trait BatchContainer: IntoOwned + Default {
    /// The column while it is consumed from the front. [`CopyDraining`] serves where items can't be moved out.
    type Draining: Draining<Self>;

    /// The number of items.
    fn len(&self) -> usize;

    /// Whether there are no items.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The item at a position.
    ///
    /// # Panics
    /// If the position is not below the length.
    fn index(&self, index: usize) -> Self::ReadItem<'_>;

    /// The last item, if there is one.
    fn last(&self) -> Option<Self::ReadItem<'_>> {
        self.len().checked_sub(1).map(|last| self.index(last))
    }

    /// Appends an item.
    fn push(&mut self, item: Self::ReadItem<'_>);

    /// Appends an owned item, moving it where that is possible.
    fn push_owned(&mut self, item: Self::Owned) {
        self.push(Self::borrow_as(&item));
    }

    /// Removes all items, keeping allocations.
    fn clear(&mut self);

    /// A column that takes so many items without reallocating, as far as that can be known from their number.
    fn with_capacity(items: usize) -> Self;

    /// A column that takes the items of two others without reallocating.
    fn merge_capacity(a: &Self, b: &Self) -> Self;

    /// Gives back what is reserved and not used, if it is more than one part in 64.
    fn shrink(&mut self) {}

    /// Drops up to so many items from the end, if dropping each takes a step, and returns whether there are more. So a
    /// large column that is of no further use can be dropped bit by bit.
    ///
    /// By default nothing is done, which suits columns whose memory is in a few large pieces. These are best freed whole:
    /// cut to size again and again, they leave holes for the allocator to give back all at once.
    fn release(&mut self, _items: usize) -> bool {
        false
    }

    /// The size. Heap that items own by themselves, as a `String` in a `Vec` does, is not seen.
    fn sizes(&self) -> Sizes;

    /// Appends a range of another column.
    fn extend_from_range(&mut self, source: &Self, range: Range<usize>) {
        for index in range {
            self.push(source.index(index));
        }
    }

    /// Moves all items of another column to the end of this one.
    fn append(&mut self, source: &mut Self) {
        self.extend_from_range(source, 0..source.len());
        source.clear();
    }

    /// Appends what a plan says, from two columns, with positions relative to `bases`.
    fn gather(&mut self, first: &Self, second: &Self, bases: (usize, usize), plan: &[u32]) {
        for &position in plan {
            let from_second = position & SECOND != 0;
            let source = select_unpredictable(from_second, second, first);
            let base = select_unpredictable(from_second, bases.1, bases.0);
            self.push(source.index(base + (position & !SECOND) as usize));
        }
    }

    /// Moves the items of `source` at some positions, no two of which are the same, to the end of this column, in that
    /// order. The others are dropped, and `source` is left empty.
    fn take_ordered(&mut self, source: &mut Self, order: &[u32]) {
        self.gather(source, source, (0, 0), order);
        source.clear();
    }

    /// The first position in `lo..hi` whose item does not satisfy the predicate, which holds for a first part of the
    /// range only. By exponential search from `lo`: logarithmic in the distance.
    #[inline]
    fn advance(&self, mut lo: usize, hi: usize, before: impl Fn(Self::ReadItem<'_>) -> bool) -> usize {
        if lo >= hi || !before(self.index(lo)) {
            return lo;
        }
        let mut step = 1;
        while lo + step < hi && before(self.index(lo + step)) {
            lo += step;
            step <<= 1;
        }
        step >>= 1;
        while step > 0 {
            if lo + step < hi && before(self.index(lo + step)) {
                lo += step;
            }
            step >>= 1;
        }
        lo + 1
    }

    /// The first position in `lo..hi` whose item is not less than `target`, as by [`advance`](BatchContainer::advance).
    #[inline]
    fn gallop(&self, lo: usize, hi: usize, target: Self::ReadItem<'_>) -> usize {
        self.advance(lo, hi, |item| Self::reborrow(item) < Self::reborrow(target))
    }

    /// Plans the merge of two sorted ranges, with positions relative to `bases`: see [`interleave_by`].
    #[allow(clippy::too_many_arguments)]
    fn interleave(
        first: &Self,
        first_range: Range<usize>,
        second: &Self,
        second_range: Range<usize>,
        bases: (usize, usize),
        max: usize,
        plan: &mut Plan,
    ) -> (usize, usize) {
        if Self::words() == Words::Lossy {
            return interleave_by_words(first, first_range, second, second_range, bases, max, plan);
        }
        interleave_by(
            |i, j| Self::reborrow(first.index(i)).cmp(&Self::reborrow(second.index(j))),
            first_range,
            second_range,
            bases,
            max,
            plan,
        )
    }

    /// Whether each item is greater than the one before. Stops at the first that is not.
    fn is_strictly_ascending(&self) -> bool {
        (1..self.len()).all(|index| self.index(index - 1) < self.index(index))
    }

    /// Clears the flags of the positions whose item differs from the one before; `flags[k]` stands for position `k`,
    /// and position 0 is not looked at. Returns how many flags are left set, of those from 1 on.
    fn keep_repeats(&self, flags: &mut [bool]) -> usize {
        let mut left = 0;
        for (index, flag) in flags.iter_mut().enumerate().skip(1) {
            *flag = *flag && self.index(index) == self.index(index - 1);
            left += *flag as usize;
        }
        left
    }

    /// How [`word`](BatchContainer::word) relates to the order of items.
    fn words() -> Words {
        Words::None
    }

    /// A word that orders as the item does: among items whose first `depth` bytes are equal, `a <= b` implies
    /// `word(a) <= word(b)`. [`words`](BatchContainer::words) says whether the converse holds too. Only items with
    /// a [`common_prefix`](BatchContainer::common_prefix) are ever asked for a depth other than 0.
    fn word(_item: Self::ReadItem<'_>, _depth: usize) -> u64 {
        0
    }

    /// The number of bytes with which both items begin, for items that are ordered byte by byte.
    fn common_prefix(_a: Self::ReadItem<'_>, _b: Self::ReadItem<'_>) -> Option<usize> {
        None
    }
}

/// A column that is consumed from the front.
pub trait Draining<C: BatchContainer> {
    /// Starts to consume a column.
    fn new(column: C) -> Self;

    /// The number of items left.
    fn len(&self) -> usize;

    /// Whether no items are left.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The item at a position, counted from the first that is left.
    fn index(&self, index: usize) -> C::ReadItem<'_>;

    /// Moves the next `count` items to the end of a column.
    fn drain_into(&mut self, count: usize, target: &mut C);
}

/// Consumes a column by copying its items.
#[derive(Debug)]
pub struct CopyDraining<C> {
    column: C,
    at: usize,
}

impl<C: BatchContainer> Draining<C> for CopyDraining<C> {
    fn new(column: C) -> Self {
        CopyDraining { column, at: 0 }
    }
    fn len(&self) -> usize {
        self.column.len() - self.at
    }
    fn index(&self, index: usize) -> C::ReadItem<'_> {
        self.column.index(self.at + index)
    }
    fn drain_into(&mut self, count: usize, target: &mut C) {
        target.extend_from_range(&self.column, self.at..self.at + count);
        self.at += count;
    }
}
