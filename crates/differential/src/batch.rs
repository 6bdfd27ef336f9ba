//! Batches as differential dataflow reads them: newtypes that hand each call on, and no copy of the data.

use arrangement_container::BatchContainer;
use arrangement_trace::{Cursor as _, CursorKeyRef, CursorValRef, IntoOwned, RcShare, Share, Storage};
use differential_dataflow::difference::Semigroup;
use differential_dataflow::lattice::Lattice;
use differential_dataflow::trace;
use std::fmt;
use std::marker::PhantomData;

/// Storage that differential dataflow can read: any of ours, if its times and differences have the traits of
/// differential dataflow.
///
/// Implemented for all there is; not to be implemented by hand.
pub trait Stored:
    Storage<Key: BatchContainer, Val: BatchContainer, Time: Lattice, Diff: Semigroup + Ord + 'static>
{
}

impl<S> Stored for S where
    S: Storage<Key: BatchContainer, Val: BatchContainer, Time: Lattice, Diff: Semigroup + Ord + 'static>
{
}

/// The contents of a batch, shared: what streams of arranged data carry and traces hold. Never empty.
pub struct Batch<S: Stored, P: Share = RcShare>(pub(crate) P::Of<S>);

impl<S: Stored, P: Share> Batch<S, P> {
    /// The contents.
    pub fn storage(&self) -> &S {
        &self.0
    }
}

impl<S: Stored, P: Share> Clone for Batch<S, P> {
    fn clone(&self) -> Self {
        Batch(self.0.clone())
    }
}

impl<S: Stored, P: Share> fmt::Debug for Batch<S, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Batch({} updates)", self.0.updates_len())
    }
}

impl<S: Stored, P: Share> trace::Navigable for Batch<S, P> {
    type Cursor = Cursor<S, P>;

    #[inline]
    fn cursor(&self) -> Cursor<S, P> {
        Cursor { inner: S::Cursor::default(), share: PhantomData }
    }
}

/// A cursor over a [`Batch`].
pub struct Cursor<S: Stored, P = RcShare> {
    inner: S::Cursor,
    share: PhantomData<fn() -> P>,
}

impl<S: Stored<Cursor: fmt::Debug>, P> fmt::Debug for Cursor<S, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Cursor").field(&self.inner).finish()
    }
}

impl<S: Stored, P: Share> trace::Cursor for Cursor<S, P> {
    type Storage = Batch<S, P>;
    type Key<'a> = CursorKeyRef<'a, S::Cursor>;
    type ValOwn = <S::Val as IntoOwned>::Owned;
    type Val<'a> = CursorValRef<'a, S::Cursor>;
    type Time = S::Time;
    type TimeGat<'a> = &'a S::Time;
    type Diff = S::Diff;
    type DiffGat<'a> = &'a S::Diff;
    type KeyContainer = Column<S::Key>;
    type ValContainer = Column<S::Val>;
    type TimeContainer = Vec<S::Time>;
    type DiffContainer = Vec<S::Diff>;

    #[inline(always)]
    fn key_valid(&self, batch: &Batch<S, P>) -> bool {
        self.inner.key_valid(&batch.0)
    }
    #[inline(always)]
    fn val_valid(&self, batch: &Batch<S, P>) -> bool {
        self.inner.val_valid(&batch.0)
    }
    #[inline(always)]
    fn key<'a>(&self, batch: &'a Batch<S, P>) -> Self::Key<'a> {
        self.inner.key(&batch.0)
    }
    #[inline(always)]
    fn val<'a>(&self, batch: &'a Batch<S, P>) -> Self::Val<'a> {
        self.inner.val(&batch.0)
    }
    #[inline(always)]
    fn get_key<'a>(&self, batch: &'a Batch<S, P>) -> Option<Self::Key<'a>> {
        self.inner.get_key(&batch.0)
    }
    #[inline(always)]
    fn get_val<'a>(&self, batch: &'a Batch<S, P>) -> Option<Self::Val<'a>> {
        self.inner.get_val(&batch.0)
    }
    #[inline(always)]
    fn map_times<F: FnMut(&S::Time, &S::Diff)>(&mut self, batch: &Batch<S, P>, logic: F) {
        self.inner.map_times(&batch.0, logic);
    }
    #[inline(always)]
    fn step_key(&mut self, batch: &Batch<S, P>) {
        self.inner.step_key(&batch.0);
    }
    #[inline]
    fn seek_key(&mut self, batch: &Batch<S, P>, key: Self::Key<'_>) {
        self.inner.seek_key(&batch.0, key);
    }
    #[inline(always)]
    fn step_val(&mut self, batch: &Batch<S, P>) {
        self.inner.step_val(&batch.0);
    }
    #[inline]
    fn seek_val(&mut self, batch: &Batch<S, P>, val: Self::Val<'_>) {
        self.inner.seek_val(&batch.0, val);
    }
    #[inline]
    fn rewind_keys(&mut self, batch: &Batch<S, P>) {
        self.inner.rewind_keys(&batch.0);
    }
    #[inline]
    fn rewind_vals(&mut self, batch: &Batch<S, P>) {
        self.inner.rewind_vals(&batch.0);
    }
}

/// A column of ours as one of differential dataflow's, whose operators keep keys in it.
#[derive(Debug)]
pub struct Column<C>(C);

impl<C: BatchContainer> trace::implementations::BatchContainer for Column<C> {
    type Owned = C::Owned;
    type ReadItem<'a> = C::ReadItem<'a>;

    #[inline(always)]
    fn into_owned<'a>(item: C::ReadItem<'a>) -> C::Owned {
        C::into_owned(item)
    }
    #[inline(always)]
    fn clone_onto<'a>(item: C::ReadItem<'a>, owned: &mut C::Owned) {
        C::clone_onto(item, owned);
    }
    fn push_ref(&mut self, item: C::ReadItem<'_>) {
        self.0.push(item);
    }
    fn push_own(&mut self, item: &C::Owned) {
        self.0.push(C::borrow_as(item));
    }
    fn clear(&mut self) {
        self.0.clear();
    }
    fn with_capacity(items: usize) -> Self {
        Column(C::with_capacity(items))
    }
    fn merge_capacity(a: &Self, b: &Self) -> Self {
        Column(C::merge_capacity(&a.0, &b.0))
    }
    #[inline(always)]
    fn reborrow<'b, 'a: 'b>(item: C::ReadItem<'a>) -> C::ReadItem<'b> {
        C::reborrow(item)
    }
    #[inline(always)]
    fn index(&self, index: usize) -> C::ReadItem<'_> {
        self.0.index(index)
    }
    #[inline(always)]
    fn len(&self) -> usize {
        self.0.len()
    }
}
