//! The column over columnation's regions: items whose parts lie end to end in a few large allocations.
//!
//! All of this workspace's dealing with columnation is here, and the one unsafe call it asks for.
#![allow(unsafe_code)]

use crate::container::{BatchContainer, CopyDraining};
use crate::layout::{Layout, Update};
use crate::updates::Updates;
use crate::vec::shrink;
use crate::words::{self, ByContainer, SortWords, Words};
use arrangement_trace::{Algebra, Data, IntoOwned, Native, Prefix, Sizes};
use columnation::{Columnation, Region};
use std::fmt::Debug;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::Range;
use timely::container::PushInto;

/// A column whose items own memory of a common region: reading gives `&T`, without a pointer per item to the
/// allocator.
///
/// An item of a `TimelyStack<String>` costs its three words and its bytes.
pub struct TimelyStack<T: Columnation> {
    /// Items whose heap parts belong to `region`: they must never be dropped, nor outlive it.
    items: Vec<ManuallyDrop<T>>,
    region: T::InnerRegion,
}

impl<T: Columnation> Default for TimelyStack<T> {
    fn default() -> Self {
        TimelyStack { items: Vec::new(), region: T::InnerRegion::default() }
    }
}

/// A region of nested items holds copies that own memory of another region: it frees its buffers without dropping what
/// is in them only when it is cleared.
impl<T: Columnation> Drop for TimelyStack<T> {
    fn drop(&mut self) {
        self.items.clear();
        self.region.clear();
    }
}

impl<T: Columnation + Debug> Debug for TimelyStack<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.items.iter().map(|item| &**item)).finish()
    }
}

impl<T: Columnation + Ord + Clone + Debug + 'static> IntoOwned for TimelyStack<T> {
    type Owned = T;
    type ReadItem<'a> = &'a T;
    #[inline(always)]
    fn reborrow<'b, 'a: 'b>(item: &'a T) -> &'b T {
        item
    }
    fn into_owned(item: &T) -> T {
        item.clone()
    }
    #[inline(always)]
    fn borrow_as(owned: &T) -> &T {
        owned
    }
    fn clone_onto(item: &T, owned: &mut T) {
        owned.clone_from(item);
    }
}

impl<T: Columnation + Ord + Clone + Debug + 'static> BatchContainer for TimelyStack<T> {
    type Draining = CopyDraining<Self>;

    #[inline(always)]
    fn len(&self) -> usize {
        self.items.len()
    }
    #[inline(always)]
    fn index(&self, index: usize) -> &T {
        &self.items[index]
    }
    #[inline(always)]
    fn push(&mut self, item: &T) {
        // The copy refers to memory of the region; `clear` empties `items` before the region.
        // SAFETY: it stays in `items`, beside the region, is handed out only by reference, and is never dropped.
        let copy = unsafe { self.region.copy(item) };
        self.items.push(ManuallyDrop::new(copy));
    }
    fn clear(&mut self) {
        self.items.clear();
        self.region.clear();
    }
    fn with_capacity(items: usize) -> Self {
        TimelyStack { items: Vec::with_capacity(items), region: T::InnerRegion::default() }
    }
    fn merge_capacity(a: &Self, b: &Self) -> Self {
        let mut stack = Self::with_capacity(a.len() + b.len());
        stack.region.reserve_regions([&a.region, &b.region].into_iter());
        stack
    }
    fn shrink(&mut self) {
        shrink(&mut self.items);
    }
    fn sizes(&self) -> Sizes {
        let mut sizes = Sizes::of_vec(&self.items);
        self.region.heap_size(|used, reserved| sizes = sizes.with(Sizes::of_buffer(used, 1, reserved)));
        sizes
    }
    fn extend_from_range(&mut self, source: &Self, range: Range<usize>) {
        let items = source.items[range].iter().map(|item| &**item);
        self.items.reserve(items.len());
        self.region.reserve_items(items.clone());
        for item in items {
            self.push(item);
        }
    }
    fn words() -> Words {
        words::of_type::<T>()
    }
    #[inline(always)]
    fn word(item: &T, depth: usize) -> u64 {
        words::of(item, depth)
    }
    fn common_prefix(a: &T, b: &T) -> Option<usize> {
        Some(words::common_prefix(words::bytes(a)?, words::bytes(b)?))
    }
}

impl Prefix<str> for TimelyStack<String> {
    fn starts_with(item: &String, prefix: &str) -> bool {
        item.starts_with(prefix)
    }
}

impl<T: Columnation + Ord + Clone + Debug + 'static> Prefix<[T]> for TimelyStack<Vec<T>> {
    fn starts_with(item: &Vec<T>, prefix: &[T]) -> bool {
        item.starts_with(prefix)
    }
}

impl<T: Columnation + Ord + Clone + Debug + 'static> PushInto<T> for TimelyStack<T> {
    fn push_into(&mut self, item: T) {
        self.push(&item);
    }
}

impl<T: Columnation + Ord + Clone + Debug + 'static> PushInto<&T> for TimelyStack<T> {
    fn push_into(&mut self, item: &T) {
        self.push(item);
    }
}

/// What a layout over columnation regions takes as keys and vals. Nobody implements it: every type with a region has it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no columnation region",
    note = "implement `columnation::Columnation` for it (types that are `Copy` take `columnation::CopyRegion`), or take \
            a layout over vectors, such as `OrdValSpine`, which needs no region"
)]
pub trait StackItem: Columnation + Data {}

#[diagnostic::do_not_recommend]
impl<T: Columnation + Data> StackItem for T {}

/// The layout whose keys and vals are columnation stacks, for updates `U = ((K, V), T, R)`.
pub struct TStack<U, A = Native, W = ByContainer>(PhantomData<(U, A, W)>);

impl<U, A, W> Debug for TStack<U, A, W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TStack")
    }
}

impl<U, A, W> Layout for TStack<U, A, W>
where
    U: Update<Key: StackItem, Val: StackItem>,
    A: Algebra<U::Time, U::Diff>,
    W: SortWords<TimelyStack<U::Key>> + SortWords<TimelyStack<U::Val>>,
{
    type Key = TimelyStack<U::Key>;
    type Val = TimelyStack<U::Val>;
    type Time = U::Time;
    type Diff = U::Diff;
    type Algebra = A;
    type Updates = Updates<U::Time, U::Diff, A>;
    type Words = W;
    type Input = Vec<((U::Key, U::Val), U::Time, U::Diff)>;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R33: items of ragged and nested heap parts, cleared and used again, under a memory checker.
    #[test]
    fn r33_stacks_hold_nested_items_and_can_be_reused() {
        let mut stack = TimelyStack::<Vec<String>>::default();
        for round in 0..3usize {
            let items: Vec<Vec<String>> =
                (0..50).map(|i| (0..i % 5).map(|j| "x".repeat(i * j * round)).collect()).collect();
            for item in &items {
                stack.push(item);
            }
            let mut copy = TimelyStack::merge_capacity(&stack, &stack);
            copy.extend_from_range(&stack, 10..50);
            copy.extend_from_range(&stack, 0..10);
            assert_eq!(copy.index(0), &items[10]);
            assert_eq!(copy.index(49), &items[9]);
            let mut taken = TimelyStack::default();
            let order: Vec<u32> = (30..50).rev().collect();
            taken.take_ordered(&mut copy, &order);
            assert_eq!(taken.index(0), &items[9]);
            assert_eq!((taken.len(), copy.len()), (20, 0));
            stack.clear();
        }
        assert!(stack.is_empty());
    }
}
