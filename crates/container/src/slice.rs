//! The column of strings or slices: their contents end to end, and where each ends.

use crate::container::{BatchContainer, CopyDraining};
use crate::offsets::OffsetList;
use crate::plan::SECOND;
use crate::vec::{has_spare, shrink};
use crate::words::{Words, bytes_word, common_prefix};
use arrangement_trace::{IntoOwned, Prefix, Sizes};
use std::any::{Any, TypeId};
use std::fmt::Debug;
use std::hint::select_unpredictable;
use std::ops::Range;
use timely::container::PushInto;

/// An unsized sequence that [`SliceContainer`] can hold: `str` and `[T]`.
pub trait Unsized: Ord + Debug + ToOwned<Owned: Ord + Clone + Debug + 'static> + 'static {
    /// What holds the contents of many, end to end.
    type Buffer: Default + Debug;
    /// The length of a buffer, in the units of its positions.
    fn buffer_len(buffer: &Self::Buffer) -> usize;
    /// The size of a buffer.
    fn buffer_sizes(buffer: &Self::Buffer) -> Sizes;
    /// A buffer with room.
    fn buffer_with_capacity(len: usize) -> Self::Buffer;
    /// Makes further room.
    fn buffer_reserve(buffer: &mut Self::Buffer, additional: usize);
    /// Empties a buffer.
    fn buffer_clear(buffer: &mut Self::Buffer);
    /// Gives back spare capacity, if it is more than one part in 64.
    fn buffer_shrink(buffer: &mut Self::Buffer);
    /// The item between two positions.
    fn slice(buffer: &Self::Buffer, range: Range<usize>) -> &Self;
    /// Appends an item.
    fn append_to(&self, buffer: &mut Self::Buffer);
    /// What the words of items say: see [`BatchContainer::words`].
    fn words() -> Words;
    /// The word of an item: see [`BatchContainer::word`].
    fn word(&self, depth: usize) -> u64;
    /// The number of items or bytes with which both begin.
    fn common_prefix(&self, other: &Self) -> usize;
}

impl Unsized for str {
    type Buffer = String;
    #[inline(always)]
    fn buffer_len(buffer: &String) -> usize {
        buffer.len()
    }
    fn buffer_sizes(buffer: &String) -> Sizes {
        Sizes::of_buffer(buffer.len(), 1, buffer.capacity())
    }
    fn buffer_with_capacity(len: usize) -> String {
        String::with_capacity(len)
    }
    fn buffer_reserve(buffer: &mut String, additional: usize) {
        buffer.reserve(additional);
    }
    fn buffer_clear(buffer: &mut String) {
        buffer.clear();
    }
    fn buffer_shrink(buffer: &mut String) {
        if has_spare(buffer.len(), buffer.capacity()) {
            buffer.shrink_to_fit();
        }
    }
    #[inline(always)]
    fn slice(buffer: &String, range: Range<usize>) -> &str {
        &buffer[range]
    }
    #[inline(always)]
    fn append_to(&self, buffer: &mut String) {
        buffer.push_str(self);
    }
    fn words() -> Words {
        Words::Lossy
    }
    #[inline(always)]
    fn word(&self, depth: usize) -> u64 {
        bytes_word(self.as_bytes(), depth)
    }
    fn common_prefix(&self, other: &Self) -> usize {
        common_prefix(self.as_bytes(), other.as_bytes())
    }
}

impl<T: Ord + Clone + Debug + 'static> Unsized for [T] {
    type Buffer = Vec<T>;
    #[inline(always)]
    fn buffer_len(buffer: &Vec<T>) -> usize {
        buffer.len()
    }
    fn buffer_sizes(buffer: &Vec<T>) -> Sizes {
        Sizes::of_vec(buffer)
    }
    fn buffer_with_capacity(len: usize) -> Vec<T> {
        Vec::with_capacity(len)
    }
    fn buffer_reserve(buffer: &mut Vec<T>, additional: usize) {
        buffer.reserve(additional);
    }
    fn buffer_clear(buffer: &mut Vec<T>) {
        buffer.clear();
    }
    fn buffer_shrink(buffer: &mut Vec<T>) {
        shrink(buffer);
    }
    #[inline(always)]
    fn slice(buffer: &Vec<T>, range: Range<usize>) -> &[T] {
        &buffer[range]
    }
    #[inline(always)]
    fn append_to(&self, buffer: &mut Vec<T>) {
        buffer.extend_from_slice(self);
    }
    fn words() -> Words {
        if TypeId::of::<T>() == TypeId::of::<u8>() { Words::Lossy } else { Words::None }
    }
    #[inline(always)]
    fn word(&self, depth: usize) -> u64 {
        let byte = |item: &T| (item as &dyn Any).downcast_ref::<u8>().copied().unwrap_or(0);
        let rest = self.get(depth..).unwrap_or_default();
        rest.iter().take(8).enumerate().fold(0, |word, (k, item)| word | (byte(item) as u64) << (56 - 8 * k))
    }
    fn common_prefix(&self, other: &Self) -> usize {
        self.iter().zip(other).take_while(|(a, b)| a == b).count()
    }
}

/// So many items of a plan are gathered at once.
const GATHERED: usize = 64;

/// A column of `str` or `[T]`: contents end to end, and where each ends.
///
/// ```text
/// ends      4     8     11
/// contents  b a s h d a s h z s h
/// ```
///
/// An item costs its contents and four bytes (eight in columns beyond 4 GiB; none where all are equally long).
/// Copying a range is one copy of contents and one of ends.
#[derive(Debug)]
pub struct SliceContainer<B: Unsized + ?Sized> {
    /// Where each item begins, and the last one ends.
    pub(crate) bounds: OffsetList,
    pub(crate) contents: B::Buffer,
}

impl<B: Unsized + ?Sized> Default for SliceContainer<B> {
    fn default() -> Self {
        Self::with_contents(0, B::Buffer::default())
    }
}

impl<B: Unsized + ?Sized> SliceContainer<B> {
    fn with_contents(items: usize, contents: B::Buffer) -> Self {
        let mut bounds = OffsetList::with_capacity(items + 1);
        bounds.push(0);
        SliceContainer { bounds, contents }
    }

    #[inline(always)]
    fn range(&self, index: usize) -> Range<usize> {
        self.bounds.range(index)
    }

    /// Gathers what a plan says, `range` telling where in its source a planned item lies.
    #[inline(always)]
    fn gather_by(&mut self, first: &Self, second: &Self, plan: &[u32], range: impl Fn(u32) -> Range<usize>) {
        // All items of a part are looked up before the first is copied, so that their cache misses overlap.
        let mut items = [B::slice(&first.contents, 0..0); GATHERED];
        let mut ends = [0; GATHERED];
        for part in plan.chunks(GATHERED) {
            let base = B::buffer_len(&self.contents);
            let mut total = 0;
            for ((&position, item), end) in part.iter().zip(&mut items).zip(&mut ends) {
                let source = select_unpredictable(position & SECOND != 0, second, first);
                let range = range(position);
                total += range.len();
                *end = total as u32;
                *item = B::slice(&source.contents, range);
            }
            B::buffer_reserve(&mut self.contents, total);
            if u32::try_from(total).is_ok() {
                items[..part.len()].iter().for_each(|item| item.append_to(&mut self.contents));
                self.bounds.extend_ends(base, &ends[..part.len()]);
            } else {
                items[..part.len()].iter().for_each(|item| self.push(item));
            }
        }
    }
}

impl<B: Unsized + ?Sized> IntoOwned for SliceContainer<B> {
    type Owned = B::Owned;
    type ReadItem<'a> = &'a B;
    #[inline(always)]
    fn reborrow<'b, 'a: 'b>(item: &'a B) -> &'b B {
        item
    }
    fn into_owned(item: &B) -> B::Owned {
        item.to_owned()
    }
    #[inline(always)]
    fn borrow_as(owned: &B::Owned) -> &B {
        std::borrow::Borrow::borrow(owned)
    }
    fn clone_onto(item: &B, owned: &mut B::Owned) {
        item.clone_into(owned);
    }
}

impl<B: Unsized + ?Sized> BatchContainer for SliceContainer<B> {
    type Draining = CopyDraining<Self>;

    #[inline(always)]
    fn len(&self) -> usize {
        self.bounds.len() - 1
    }
    #[inline(always)]
    fn index(&self, index: usize) -> &B {
        B::slice(&self.contents, self.range(index))
    }
    #[inline(always)]
    fn push(&mut self, item: &B) {
        item.append_to(&mut self.contents);
        self.bounds.push(B::buffer_len(&self.contents));
    }
    fn clear(&mut self) {
        B::buffer_clear(&mut self.contents);
        self.bounds.clear();
        self.bounds.push(0);
    }
    fn with_capacity(_: usize) -> Self {
        Self::default()
    }
    fn merge_capacity(a: &Self, b: &Self) -> Self {
        let contents = B::buffer_with_capacity(B::buffer_len(&a.contents) + B::buffer_len(&b.contents));
        Self::with_contents(a.len() + b.len(), contents)
    }
    fn shrink(&mut self) {
        B::buffer_shrink(&mut self.contents);
        self.bounds.shrink();
    }
    fn sizes(&self) -> Sizes {
        let contents = B::buffer_sizes(&self.contents);
        Sizes { records: self.len(), ..contents.with(self.bounds.sizes()) }
    }
    fn extend_from_range(&mut self, source: &Self, range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        let (start, end) = (source.bounds.index(range.start), source.bounds.index(range.end));
        let delta = B::buffer_len(&self.contents) as isize - start as isize;
        B::slice(&source.contents, start..end).append_to(&mut self.contents);
        self.bounds.extend_shifted(&source.bounds, range.start + 1, range.end + 1, delta);
    }
    fn gather(&mut self, first: &Self, second: &Self, bases: (usize, usize), plan: &[u32]) {
        match (first.bounds.narrow_from(bases.0), second.bounds.narrow_from(bases.1)) {
            (Some(a), Some(b)) => self.gather_by(first, second, plan, |position| {
                let bounds = select_unpredictable(position & SECOND != 0, b, a);
                let at = (position & !SECOND) as usize;
                bounds[at] as usize..bounds[at + 1] as usize
            }),
            _ => self.gather_by(first, second, plan, |position| {
                let from_second = position & SECOND != 0;
                let source = select_unpredictable(from_second, second, first);
                let base = select_unpredictable(from_second, bases.1, bases.0);
                source.range(base + (position & !SECOND) as usize)
            }),
        }
    }
    fn words() -> Words {
        B::words()
    }
    #[inline(always)]
    fn word(item: &B, depth: usize) -> u64 {
        item.word(depth)
    }
    fn common_prefix(a: &B, b: &B) -> Option<usize> {
        (B::words() != Words::None).then(|| a.common_prefix(b))
    }
}

impl Prefix<str> for SliceContainer<str> {
    fn starts_with(item: &str, prefix: &str) -> bool {
        item.starts_with(prefix)
    }
}

impl<T: Ord + Clone + Debug + 'static> Prefix<[T]> for SliceContainer<[T]> {
    fn starts_with(item: &[T], prefix: &[T]) -> bool {
        item.starts_with(prefix)
    }
}

impl<B: Unsized + ?Sized> PushInto<&B> for SliceContainer<B> {
    fn push_into(&mut self, item: &B) {
        self.push(item);
    }
}

impl PushInto<String> for SliceContainer<str> {
    fn push_into(&mut self, item: String) {
        self.push(&item);
    }
}

impl<T: Ord + Clone + Debug + 'static> PushInto<Vec<T>> for SliceContainer<[T]> {
    fn push_into(&mut self, item: Vec<T>) {
        self.push(&item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_and_slices_are_read_back_and_copied_by_range() {
        let words = ["", "a", "bc", "", "déjà", "xyz"];
        let mut column = SliceContainer::<str>::default();
        words.iter().for_each(|w| column.push(w));
        let mut copy = SliceContainer::<str>::default();
        copy.push("first");
        copy.extend_from_range(&column, 1..5);
        copy.gather(&column, &column, (0, 3), &[5, SECOND | 1]);
        let read: Vec<_> = (0..copy.len()).map(|i| copy.index(i)).collect();
        assert_eq!(read, ["first", "a", "bc", "", "déjà", "xyz", "déjà"]);

        let mut pairs = SliceContainer::<[(u8, String)]>::default();
        pairs.push(&[(1, "x".into())]);
        pairs.push(&[]);
        assert_eq!(pairs.index(0), &[(1, "x".to_string())]);
        assert!(pairs.index(1).is_empty());
        assert_eq!(SliceContainer::<[u8]>::words(), Words::Lossy);
        assert_eq!(SliceContainer::<[u16]>::words(), Words::None);
        assert_eq!(SliceContainer::<[u8]>::word(&[1, 2], 1), 2 << 56);
    }
}
