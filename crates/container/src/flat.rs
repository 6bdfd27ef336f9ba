//! The column over flatcontainer's regions.
//!
//! All of this workspace's dealing with flatcontainer is here.

use crate::chunk::{BuilderInput, Columns};
use crate::container::{BatchContainer, CopyDraining};
use crate::layout::Layout;
use crate::updates::Updates;
use crate::vec::shrink;
use crate::words::{self, ByContainer, SortWords, Words};
use arrangement_trace::{Algebra, IntoOwned, Native, Prefix, Sizes, Timestamp};
use flatcontainer::{IntoOwned as _, Push, Region, SliceRegion, StringRegion};
use std::fmt::Debug;
use std::marker::PhantomData;
use timely::container::PushInto;

/// A column of the items of a flatcontainer region.
pub struct FlatStack<R: Region> {
    indices: Vec<R::Index>,
    region: R,
}

impl<R: Region> Default for FlatStack<R> {
    fn default() -> Self {
        FlatStack { indices: Vec::new(), region: R::default() }
    }
}

impl<R: Region> Debug for FlatStack<R>
where
    for<'a> R::ReadItem<'a>: Debug,
{
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.indices.iter().map(|&index| self.region.index(index))).finish()
    }
}

impl<R> IntoOwned for FlatStack<R>
where
    R: Region + 'static,
    R::Owned: Ord + Clone + Debug + 'static,
    for<'a> <R as Region>::ReadItem<'a>: Copy + Ord + Debug,
{
    type Owned = R::Owned;
    type ReadItem<'a> = R::ReadItem<'a>;
    #[inline(always)]
    fn reborrow<'b, 'a: 'b>(item: R::ReadItem<'a>) -> R::ReadItem<'b> {
        R::reborrow(item)
    }
    fn into_owned(item: R::ReadItem<'_>) -> R::Owned {
        item.into_owned()
    }
    #[inline(always)]
    fn borrow_as(owned: &R::Owned) -> R::ReadItem<'_> {
        flatcontainer::IntoOwned::borrow_as(owned)
    }
    fn clone_onto(item: R::ReadItem<'_>, owned: &mut R::Owned) {
        item.clone_onto(owned);
    }
}

impl Prefix<str> for FlatStack<StringRegion> {
    fn starts_with(item: &str, prefix: &str) -> bool {
        item.starts_with(prefix)
    }
}

impl<R> Prefix<[R::Owned]> for FlatStack<SliceRegion<R>>
where
    R: Region + 'static,
    R::Owned: Ord + Clone + Debug + 'static,
    for<'a> <R as Region>::ReadItem<'a>: Copy + Ord + Debug,
{
    fn starts_with(item: Self::ReadItem<'_>, prefix: &[R::Owned]) -> bool {
        let begins = |(item, owned)| R::reborrow(item) == flatcontainer::IntoOwned::borrow_as(owned);
        prefix.len() <= item.len() && item.iter().zip(prefix).all(begins)
    }
}

impl<R> BatchContainer for FlatStack<R>
where
    R: Region + 'static,
    R::Owned: Ord + Clone + Debug + 'static,
    for<'a> R: Push<<R as Region>::ReadItem<'a>>,
    for<'a> <R as Region>::ReadItem<'a>: Copy + Ord + Debug,
{
    type Draining = CopyDraining<Self>;

    #[inline(always)]
    fn len(&self) -> usize {
        self.indices.len()
    }
    #[inline(always)]
    fn index(&self, index: usize) -> R::ReadItem<'_> {
        self.region.index(self.indices[index])
    }
    #[inline(always)]
    fn push(&mut self, item: R::ReadItem<'_>) {
        let index = self.region.push(item);
        self.indices.push(index);
    }
    fn clear(&mut self) {
        self.indices.clear();
        self.region.clear();
    }
    fn with_capacity(items: usize) -> Self {
        FlatStack { indices: Vec::with_capacity(items), region: R::default() }
    }
    fn merge_capacity(a: &Self, b: &Self) -> Self {
        FlatStack {
            indices: Vec::with_capacity(a.len() + b.len()),
            region: R::merge_regions([&a.region, &b.region].into_iter()),
        }
    }
    fn shrink(&mut self) {
        shrink(&mut self.indices);
    }
    fn sizes(&self) -> Sizes {
        let mut sizes = Sizes::of_vec(&self.indices);
        self.region.heap_size(|used, reserved| sizes = sizes.with(Sizes::of_buffer(used, 1, reserved)));
        sizes
    }
    fn words() -> Words {
        // A region shows its items in a form of its own. Those that a word holds whole are made anew at no cost; from
        // others, as strings, that would take an allocation each.
        match words::of_type::<R::Owned>() {
            Words::Exact => Words::Exact,
            _ => Words::None,
        }
    }
    #[inline(always)]
    fn word(item: R::ReadItem<'_>, _depth: usize) -> u64 {
        match Self::words() {
            Words::Exact => words::of(&<Self as IntoOwned>::into_owned(item), 0),
            _ => 0,
        }
    }
}

/// Takes whatever the region takes.
impl<T, R: Region + Push<T>> PushInto<T> for FlatStack<R> {
    fn push_into(&mut self, item: T) {
        let index = self.region.push(item);
        self.indices.push(index);
    }
}

/// Updates as input, their keys and vals in flatcontainer regions: a container to fill without owned items.
///
/// ```
/// use arrangement_container::FlatUpdates;
/// use flatcontainer::StringRegion;
/// let mut updates = FlatUpdates::<StringRegion, StringRegion, u64, i64>::default();
/// updates.push(("key", "val"), 0, 1);
/// assert_eq!(updates.len(), 1);
/// ```
pub struct FlatUpdates<KR: Region, VR: Region, T, R> {
    keys: FlatStack<KR>,
    vals: FlatStack<VR>,
    times: Vec<T>,
    diffs: Vec<R>,
}

impl<KR: Region, VR: Region, T, R> Default for FlatUpdates<KR, VR, T, R> {
    fn default() -> Self {
        FlatUpdates {
            keys: FlatStack::default(),
            vals: FlatStack::default(),
            times: Vec::new(),
            diffs: Vec::new(),
        }
    }
}

impl<KR: Region, VR: Region, T, R> Debug for FlatUpdates<KR, VR, T, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FlatUpdates({} updates)", self.len())
    }
}

impl<KR: Region, VR: Region, T, R> FlatUpdates<KR, VR, T, R> {
    /// Appends an update, whose key and val are whatever the regions take.
    pub fn push<K, V>(&mut self, (key, val): (K, V), time: T, diff: R)
    where
        KR: Push<K>,
        VR: Push<V>,
    {
        self.keys.push_into(key);
        self.vals.push_into(val);
        self.times.push(time);
        self.diffs.push(diff);
    }

    /// The number of updates.
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// Whether there are no updates.
    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }
}

impl<KR, VR, T, R> BuilderInput<FlatStack<KR>, FlatStack<VR>, T, R> for FlatUpdates<KR, VR, T, R>
where
    KR: Region + 'static,
    VR: Region + 'static,
    FlatStack<KR>: BatchContainer,
    FlatStack<VR>: BatchContainer,
    T: Ord + Clone + Debug + 'static,
    R: Ord + Clone + 'static,
{
    fn updates_len(&self) -> usize {
        self.len()
    }
    fn drain_into(
        &mut self,
        columns: &mut Columns<FlatStack<KR>, FlatStack<VR>, T, R>,
        room: usize,
        full: &mut dyn FnMut(&mut Columns<FlatStack<KR>, FlatStack<VR>, T, R>),
    ) {
        let mut at = 0;
        while at < self.times.len() {
            let end = self.times.len().min(at.saturating_add(room.saturating_sub(columns.len()).max(1)));
            columns.keys.extend_from_range(&self.keys, at..end);
            columns.vals.extend_from_range(&self.vals, at..end);
            for (time, diff) in self.times[at..end].iter().zip(&self.diffs[at..end]) {
                columns.times.push(time.clone());
                columns.diffs.push(diff.clone());
            }
            at = end;
            if columns.len() >= room {
                full(columns);
            }
        }
        self.keys.clear();
        self.vals.clear();
        self.times.clear();
        self.diffs.clear();
    }
}

/// The layout whose keys and vals are in flatcontainer regions, and whose input is any container `C` with items that
/// the regions take.
///
/// Times and differences stay outside of regions: flatcontainer has none for timely's `Product`, and lets nobody add one.
pub struct FlatLayout<KR, VR, T, R, C, A = Native, W = ByContainer>(PhantomData<(KR, VR, T, R, C, A, W)>);

impl<KR, VR, T, R, C, A, W> Debug for FlatLayout<KR, VR, T, R, C, A, W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FlatLayout")
    }
}

impl<KR, VR, T, R, C, A, W> Layout for FlatLayout<KR, VR, T, R, C, A, W>
where
    KR: Region + 'static,
    VR: Region + 'static,
    FlatStack<KR>: BatchContainer,
    FlatStack<VR>: BatchContainer,
    T: Timestamp,
    R: Ord + Clone + 'static,
    C: BuilderInput<FlatStack<KR>, FlatStack<VR>, T, R>,
    A: Algebra<T, R>,
    W: SortWords<FlatStack<KR>> + SortWords<FlatStack<VR>>,
{
    type Key = FlatStack<KR>;
    type Val = FlatStack<VR>;
    type Time = T;
    type Diff = R;
    type Algebra = A;
    type Updates = Updates<T, R, A>;
    type Words = W;
    type Input = C;
}

#[cfg(test)]
mod tests {
    use super::*;
    use flatcontainer::{MirrorRegion, StringRegion};

    #[test]
    fn words_of_flat_numbers_order_as_they_do() {
        type Numbers = FlatStack<MirrorRegion<i64>>;
        assert_eq!(Numbers::words(), Words::Exact);
        let numbers = [i64::MIN, -1, 0, 1, i64::MAX];
        assert!(numbers.is_sorted_by_key(|number| Numbers::word(*number, 0)));
        assert_eq!(FlatStack::<StringRegion>::words(), Words::None);
    }
}
