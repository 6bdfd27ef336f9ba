//! The column that is a plain vector.

use crate::container::{BatchContainer, Draining};
use crate::plan::{Plan, SECOND, interleave_by, interleave_by_words};
use crate::words::{self, Words};
use arrangement_trace::Sizes;
use std::fmt::Debug;
use std::hint::select_unpredictable;
use std::mem::needs_drop;
use std::ops::Range;

impl<T: Ord + Clone + Debug + 'static> BatchContainer for Vec<T> {
    type Draining = std::vec::IntoIter<T>;

    #[inline(always)]
    fn len(&self) -> usize {
        Vec::len(self)
    }
    #[inline(always)]
    fn index(&self, index: usize) -> &T {
        &self[index]
    }
    #[inline(always)]
    fn push(&mut self, item: &T) {
        Vec::push(self, item.clone());
    }
    #[inline(always)]
    fn push_owned(&mut self, item: T) {
        Vec::push(self, item);
    }
    fn clear(&mut self) {
        Vec::clear(self);
    }
    fn with_capacity(items: usize) -> Self {
        Vec::with_capacity(items)
    }
    fn merge_capacity(a: &Self, b: &Self) -> Self {
        Vec::with_capacity(a.len() + b.len())
    }
    fn shrink(&mut self) {
        shrink(self);
    }
    fn release(&mut self, items: usize) -> bool {
        if needs_drop::<T>() {
            self.truncate(self.len().saturating_sub(items));
        }
        needs_drop::<T>() && !self.is_empty()
    }
    fn sizes(&self) -> Sizes {
        Sizes::of_vec(self)
    }
    fn extend_from_range(&mut self, source: &Self, range: Range<usize>) {
        self.extend_from_slice(&source[range]);
    }
    fn append(&mut self, source: &mut Self) {
        Vec::append(self, source);
    }
    #[inline(never)]
    fn gather(&mut self, first: &Self, second: &Self, bases: (usize, usize), plan: &[u32]) {
        let (first, second) = (&first[bases.0..], &second[bases.1..]);
        self.extend(plan.iter().map(|&position| {
            let source = select_unpredictable(position & SECOND != 0, second, first);
            source[(position & !SECOND) as usize].clone()
        }));
    }
    fn take_ordered(&mut self, source: &mut Self, order: &[u32]) {
        if needs_drop::<T>() {
            // Items that own something are moved.
            let mut items: Vec<Option<T>> = std::mem::take(source).into_iter().map(Some).collect();
            self.extend(order.iter().map(|&at| items[at as usize].take().expect("no position occurs twice")));
            // Drops the others, and keeps the buffer for what comes next, as no item is left to be put elsewhere.
            *source = items.into_iter().filter_map(|_| None).collect();
        } else {
            self.reserve(order.len());
            let mut parts = order.chunks_exact(4);
            for part in parts.by_ref() {
                let item = |k: usize| source[part[k] as usize].clone();
                self.extend([item(0), item(1), item(2), item(3)]);
            }
            self.extend(parts.remainder().iter().map(|&at| source[at as usize].clone()));
            source.clear();
        }
    }
    #[inline(never)]
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
        let (first, second) = (&first[..first_range.end], &second[..second_range.end]);
        interleave_by(|i, j| first[i].cmp(&second[j]), first_range, second_range, bases, max, plan)
    }
    fn is_strictly_ascending(&self) -> bool {
        self.is_sorted_by(|a, b| a < b)
    }
    fn keep_repeats(&self, flags: &mut [bool]) -> usize {
        if !needs_drop::<T>() && self.windows(2).filter(|pair| pair[0] == pair[1]).count() == 0 {
            // What owns nothing is compared at once much faster than with its flag.
            flags.iter_mut().skip(1).for_each(|flag| *flag = false);
            return 0;
        }
        let mut left = 0;
        for (pair, flag) in self.windows(2).zip(&mut flags[1..]) {
            *flag &= pair[0] == pair[1];
            left += *flag as usize;
        }
        left
    }
    #[inline(always)]
    fn words() -> Words {
        words::of_type::<T>()
    }
    #[inline(always)]
    fn word(item: &T, depth: usize) -> u64 {
        words::of(item, depth)
    }
    #[inline(always)]
    fn common_prefix(a: &T, b: &T) -> Option<usize> {
        Some(words::common_prefix(words::bytes(a)?, words::bytes(b)?))
    }
}

impl<T: Ord + Clone + Debug + 'static> Draining<Vec<T>> for std::vec::IntoIter<T> {
    fn new(column: Vec<T>) -> Self {
        column.into_iter()
    }
    #[inline(always)]
    fn len(&self) -> usize {
        ExactSizeIterator::len(self)
    }
    #[inline(always)]
    fn index(&self, index: usize) -> &T {
        &self.as_slice()[index]
    }
    #[inline]
    fn drain_into(&mut self, count: usize, target: &mut Vec<T>) {
        if needs_drop::<T>() {
            target.extend(self.by_ref().take(count));
        } else if count > 0 {
            target.extend_from_slice(&self.as_slice()[..count]);
            self.nth(count - 1);
        }
    }
}

/// Gives back the spare capacity of a vector if it is more than one part in 64.
pub(crate) fn shrink<T>(vec: &mut Vec<T>) {
    if has_spare(vec.len(), vec.capacity()) {
        vec.shrink_to_fit();
    }
}

/// Whether so much is spare that it is worth giving back.
pub(crate) fn has_spare(len: usize, capacity: usize) -> bool {
    capacity - len > capacity / 64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::rc::Rc;

    #[test]
    fn items_that_own_something_are_dropped_bit_by_bit() {
        let item = Rc::new(5);
        let mut column = vec![item.clone(); 100];
        assert!(column.release(0) && column.release(40));
        assert_eq!((column.len(), Rc::strong_count(&item)), (60, 61));
        assert!(!column.release(1000));
        assert_eq!(Rc::strong_count(&item), 1);
        assert!(!vec![5; 100].release(10));
    }

    proptest! {
        #[test]
        fn ordered_items_are_moved_or_copied_alike(len in 0usize..40, seed in any::<u64>(), keep in 0usize..40) {
            let mut order: Vec<u32> = (0..len as u32).collect();
            let mut state = seed;
            for at in (1..len).rev() {
                state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                order.swap(at, (state >> 33) as usize % (at + 1));
            }
            let keep = keep.min(len);
            let expected: Vec<u32> = order[..keep].to_vec();
            let mut owning: Vec<String> = (0..len).map(|x| x.to_string()).collect();
            let mut plain: Vec<u32> = (0..len as u32).collect();
            let mut strings = Vec::new();
            strings.take_ordered(&mut owning, &expected);
            let mut numbers = Vec::new();
            numbers.take_ordered(&mut plain, &expected);
            prop_assert_eq!(&numbers, &expected);
            prop_assert_eq!(strings, expected.iter().map(|x| x.to_string()).collect::<Vec<_>>());
            prop_assert!(owning.is_empty() && plain.is_empty());
            // What is staged next needs no new buffers.
            prop_assert!(owning.capacity() >= len && plain.capacity() >= len);
        }
    }
}
