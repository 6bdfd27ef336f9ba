//! Batches: the traits, and the pair of a description and shared storage that implements them for any storage.

use crate::cursor::{Cursor, CursorKeyRef, CursorValRef, Window, Words};
use crate::description::show;
use crate::{Algebra, Antichain, AntichainRef, Description, IntoOwned, PartSizes, Timestamp};
use std::fmt;
use std::ops::Deref;

/// Whether fueled work has ended.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Progress {
    /// All is done.
    Done,
    /// There is more to do, for which the fuel did not suffice.
    Working,
}

/// An immutable set of updates that can be read.
pub trait BatchReader: Sized {
    /// The forms of the keys.
    type Key: IntoOwned;
    /// The forms of the vals.
    type Val: IntoOwned;
    /// The times.
    type Time: Timestamp;
    /// The differences.
    type Diff: Clone + 'static;
    /// How times and differences are reckoned with, by which readers sum.
    type Algebra: Algebra<Self::Time, Self::Diff>;
    /// The cursor, to be used with this batch as its storage.
    type Cursor: Cursor<Storage = Self, Key = Self::Key, Val = Self::Val, Time = Self::Time, Diff = Self::Diff>
        + Clone;

    /// A cursor at the first key and val.
    fn cursor(&self) -> Self::Cursor;

    /// The number of updates.
    fn len(&self) -> usize;

    /// Whether there are no updates.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bounds in time.
    fn description(&self) -> &Description<Self::Time>;

    /// The first times in the batch.
    fn lower(&self) -> &Antichain<Self::Time> {
        self.description().lower()
    }

    /// The first times no longer in the batch.
    fn upper(&self) -> &Antichain<Self::Time> {
        self.description().upper()
    }

    /// The frontier at or beyond which the times are exact.
    fn since(&self) -> &Antichain<Self::Time> {
        self.description().since()
    }
}

/// A batch that a trace can hold: clones share their contents, bounds can be extended, two can be merged.
pub trait Batch: BatchReader + Clone + 'static {
    /// Merges two batches, a bounded amount at a time.
    type Merger: Merger<Self>;

    /// A batch without updates. Costs no more than its description.
    fn empty(description: Description<Self::Time>) -> Self;

    /// The same updates under another description, shared, not copied.
    fn with_description(&self, description: Description<Self::Time>) -> Self;

    /// Drops what about so many updates own, of a batch that is of no further use, and returns whether there is more. So a
    /// large batch can be dropped bit by bit: once this returns `false`, dropping what is left takes a few steps.
    ///
    /// What others hold too is left alone. By default nothing is dropped early.
    fn release(&mut self, _updates: usize) -> bool {
        false
    }

    /// Starts to merge this batch with the one that follows it, advancing times by `frontier`.
    ///
    /// The result's `since` is the join of both sinces and the frontier, fixed now.
    ///
    /// # Panics
    /// If `self.upper()` is not `next.lower()`.
    fn begin_merge(&self, next: &Self, frontier: AntichainRef<'_, Self::Time>) -> Self::Merger {
        assert!(
            self.upper() == next.lower(),
            "can't merge batches that don't meet: the older ends at {}, the newer starts at {}",
            show(self.upper()),
            show(next.lower()),
        );
        Self::Merger::new(self, next, frontier)
    }

    /// The sizes by part. Costs a look at each column, none at its items.
    fn sizes(&self) -> PartSizes;
}

/// A merge in progress.
///
/// Implementors charge fuel for updates they *read*, from either input, so that a merge in which all cancels costs what
/// it works; and they stop near the fuel they are given, inside a key if need be. The result must not depend on how
/// the fuel was cut.
pub trait Merger<B: BatchReader> {
    /// Starts a merge of two batches that meet. Callers use [`Batch::begin_merge`], which checks that they do.
    fn new(older: &B, newer: &B, frontier: AntichainRef<'_, B::Time>) -> Self;

    /// Works until done or until about `fuel` updates were read, reducing `fuel` by those that were.
    ///
    /// The batches must be the ones that the merge began with.
    fn work(&mut self, older: &B, newer: &B, fuel: &mut usize) -> Progress;

    /// The merged batch.
    ///
    /// # Panics
    /// If the last call of [`work`](Merger::work) did not return [`Progress::Done`].
    fn done(self) -> B;

    /// The sizes of what was merged so far.
    fn sizes(&self) -> PartSizes;
}

/// Makes a batch of sorted, consolidated chunks.
pub trait Builder: Sized {
    /// A chunk.
    type Input;
    /// The times.
    type Time: Timestamp;
    /// The batch.
    type Output;

    /// A builder that won't reallocate for so many keys, distinct `(key, val)` pairs and updates.
    fn with_capacity(keys: usize, vals: usize, updates: usize) -> Self;

    /// A builder without hints.
    fn new() -> Self {
        Self::with_capacity(0, 0, 0)
    }

    /// Appends a chunk, whose updates must come after all before; it may continue their last key and val. The chunk
    /// is left empty, with such of its buffers as can serve again.
    ///
    /// # Panics
    /// In debug and `validate` builds, if an update is out of order, repeated, or of difference zero: the message
    /// shows the first such update and the one before.
    fn push(&mut self, chunk: &mut Self::Input);

    /// As [`push`](Builder::push), by a caller who knows that no two updates of the chunk have the same key, as sorting
    /// tells: so a builder needs not compare them again. The first may still continue the last key before.
    ///
    /// # Panics
    /// As [`push`](Builder::push), and, in the same builds, if a key repeats within the chunk. In other builds the batch
    /// then has that key several times, and what is read of it is wrong.
    fn push_distinct(&mut self, chunk: &mut Self::Input) {
        self.push(chunk);
    }

    /// The batch with these bounds, without storage if there were no updates.
    fn done(self, description: Description<Self::Time>) -> Self::Output;
}

/// The contents of a batch, apart from its bounds: what a storage crate implements.
///
/// [`SharedBatch`] makes a batch of it.
pub trait Storage: Sized + 'static {
    /// The forms of the keys.
    type Key: IntoOwned;
    /// The forms of the vals.
    type Val: IntoOwned;
    /// The times.
    type Time: Timestamp;
    /// The differences.
    type Diff: Clone + 'static;
    /// How times and differences are reckoned with.
    type Algebra: Algebra<Self::Time, Self::Diff>;
    /// The cursor. The default one is at the first key and val.
    type Cursor: Cursor<Storage = Self, Key = Self::Key, Val = Self::Val, Time = Self::Time, Diff = Self::Diff>
        + Clone
        + Default;
    /// Merges two storages.
    type Merger: StorageMerger<Self>;

    /// The number of updates, which is never 0 in a batch.
    fn updates_len(&self) -> usize;

    /// Whether advancing all times by `since` is known to change none. Must not look at each update.
    fn is_advanced(&self, since: AntichainRef<'_, Self::Time>) -> bool;

    /// As [`Batch::release`]. The contents are not used again, but for further calls and the drop.
    fn release(&mut self, _updates: usize) -> bool {
        false
    }

    /// The sizes by part.
    fn sizes(&self) -> PartSizes;
}

/// A merge of storages in progress: [`Merger`] without the bounds.
pub trait StorageMerger<S: Storage> {
    /// Starts a merge whose times are to be advanced by `since`, which is not empty. A side may be missing.
    fn new(older: Option<&S>, newer: Option<&S>, since: AntichainRef<'_, S::Time>) -> Self;

    /// As [`Merger::work`].
    fn work(&mut self, older: Option<&S>, newer: Option<&S>, fuel: &mut usize) -> Progress;

    /// The result, `None` if all cancelled. Called only once the work is done.
    fn done(self) -> Option<S>;

    /// The sizes of what was merged so far.
    fn sizes(&self) -> PartSizes;
}

/// Makes storage of sorted, consolidated chunks: [`Builder`] without the bounds.
pub trait StorageBuilder: Sized {
    /// A chunk.
    type Input;
    /// The storage.
    type Output: Storage;

    /// As [`Builder::with_capacity`].
    fn with_capacity(keys: usize, vals: usize, updates: usize) -> Self;

    /// As [`Builder::push`].
    fn push(&mut self, chunk: &mut Self::Input);

    /// As [`Builder::push_distinct`].
    fn push_distinct(&mut self, chunk: &mut Self::Input) {
        self.push(chunk);
    }

    /// The storage, `None` if there were no updates.
    fn done(self) -> Option<Self::Output>;
}

/// How the contents of a batch are shared: [`RcShare`] within a thread, [`ArcShare`] between threads.
pub trait Share: 'static {
    /// The pointer.
    type Of<S: 'static>: Deref<Target = S> + Clone + 'static;

    /// Puts a value behind a pointer.
    fn share<S: 'static>(value: S) -> Self::Of<S>;

    /// The value, if nobody else holds it.
    fn get_mut<S: 'static>(shared: &mut Self::Of<S>) -> Option<&mut S>;
}

/// Sharing by [`Rc`](std::rc::Rc): within one thread.
#[derive(Copy, Clone, Debug)]
pub enum RcShare {}

impl Share for RcShare {
    type Of<S: 'static> = std::rc::Rc<S>;
    fn share<S: 'static>(value: S) -> Self::Of<S> {
        std::rc::Rc::new(value)
    }
    fn get_mut<S: 'static>(shared: &mut Self::Of<S>) -> Option<&mut S> {
        std::rc::Rc::get_mut(shared)
    }
}

/// Sharing by [`Arc`](std::sync::Arc): batches are `Send + Sync` if their contents are.
#[derive(Copy, Clone, Debug)]
pub enum ArcShare {}

impl Share for ArcShare {
    type Of<S: 'static> = std::sync::Arc<S>;
    fn share<S: 'static>(value: S) -> Self::Of<S> {
        std::sync::Arc::new(value)
    }
    fn get_mut<S: 'static>(shared: &mut Self::Of<S>) -> Option<&mut S> {
        std::sync::Arc::get_mut(shared)
    }
}

/// A batch: its bounds, and its contents behind a pointer, or none if it is empty.
///
/// Bounds can be extended over time in which nothing happened, and batches cloned, without a look at the contents.
pub struct SharedBatch<S: 'static, P: Share = RcShare>
where
    S: Storage,
{
    /// The bounds.
    pub description: Description<S::Time>,
    /// The contents, `None` if there are no updates.
    pub storage: Option<P::Of<S>>,
}

impl<S: Storage, P: Share> SharedBatch<S, P> {
    /// A batch of these contents, which are not empty, or of none.
    pub fn new(description: Description<S::Time>, storage: Option<S>) -> Self {
        SharedBatch { description, storage: storage.map(P::share) }
    }

    /// The contents, if there are updates.
    pub fn storage(&self) -> Option<&S> {
        self.storage.as_deref()
    }
}

impl<S: Storage, P: Share> Clone for SharedBatch<S, P> {
    fn clone(&self) -> Self {
        SharedBatch { description: self.description.clone(), storage: self.storage.clone() }
    }
}

impl<S: Storage, P: Share> fmt::Debug for SharedBatch<S, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SharedBatch({}, {} updates)", self.description, self.len())
    }
}

impl<S: Storage, P: Share> BatchReader for SharedBatch<S, P> {
    type Key = S::Key;
    type Val = S::Val;
    type Time = S::Time;
    type Diff = S::Diff;
    type Algebra = S::Algebra;
    type Cursor = BatchCursor<S, P>;

    fn cursor(&self) -> Self::Cursor {
        BatchCursor { inner: S::Cursor::default(), _share: std::marker::PhantomData }
    }
    fn len(&self) -> usize {
        self.storage().map_or(0, S::updates_len)
    }
    fn description(&self) -> &Description<S::Time> {
        &self.description
    }
}

impl<S: Storage, P: Share> Batch for SharedBatch<S, P> {
    type Merger = SharedMerger<S, P>;

    fn empty(description: Description<S::Time>) -> Self {
        SharedBatch { description, storage: None }
    }
    fn with_description(&self, description: Description<S::Time>) -> Self {
        SharedBatch { description, storage: self.storage.clone() }
    }
    fn release(&mut self, updates: usize) -> bool {
        self.storage.as_mut().and_then(P::get_mut).is_some_and(|storage| storage.release(updates))
    }
    fn sizes(&self) -> PartSizes {
        self.storage().map(S::sizes).unwrap_or_default()
    }
}

/// The merge of two [`SharedBatch`]es.
///
/// Where one has no updates and the other none to advance, the contents are shared, not copied. Where `since` is empty
/// there is no reader left for whom the result must be right: all updates are dropped.
pub struct SharedMerger<S: Storage, P: Share> {
    description: Description<S::Time>,
    state: MergeState<S, P>,
}

enum MergeState<S: Storage, P: Share> {
    /// The result is known.
    Known(Option<P::Of<S>>),
    /// The result is being made.
    Making { merger: Box<S::Merger>, done: bool },
}

impl<S: Storage, P: Share> fmt::Debug for SharedMerger<S, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SharedMerger({})", self.description)
    }
}

impl<S: Storage, P: Share> Merger<SharedBatch<S, P>> for SharedMerger<S, P> {
    fn new(
        older: &SharedBatch<S, P>,
        newer: &SharedBatch<S, P>,
        frontier: AntichainRef<'_, S::Time>,
    ) -> Self {
        let since = S::Algebra::join_frontiers(older.since().borrow(), newer.since().borrow());
        let since = S::Algebra::join_frontiers(since.borrow(), frontier);
        let state = match (&older.storage, &newer.storage) {
            _ if since.is_empty() => MergeState::Known(None),
            (None, None) => MergeState::Known(None),
            (Some(one), None) | (None, Some(one)) if one.is_advanced(since.borrow()) => {
                MergeState::Known(Some(one.clone()))
            }
            (a, b) => {
                let merger = S::Merger::new(a.as_deref(), b.as_deref(), since.borrow());
                MergeState::Making { merger: Box::new(merger), done: false }
            }
        };
        let description = Description::with_since(older.lower().clone(), newer.upper().clone(), since);
        SharedMerger { description, state }
    }

    fn work(&mut self, older: &SharedBatch<S, P>, newer: &SharedBatch<S, P>, fuel: &mut usize) -> Progress {
        match &mut self.state {
            MergeState::Known(_) => Progress::Done,
            MergeState::Making { merger, done } => {
                let progress = merger.work(older.storage(), newer.storage(), fuel);
                *done = progress == Progress::Done;
                progress
            }
        }
    }

    fn done(self) -> SharedBatch<S, P> {
        let storage = match self.state {
            MergeState::Known(storage) => storage,
            MergeState::Making { merger, done } => {
                assert!(
                    done,
                    "the merge into {} is not done: call `work` until it returns `Done`",
                    self.description
                );
                merger.done().map(P::share)
            }
        };
        SharedBatch { description: self.description, storage }
    }

    fn sizes(&self) -> PartSizes {
        match &self.state {
            MergeState::Known(_) => PartSizes::default(),
            MergeState::Making { merger, .. } => merger.sizes(),
        }
    }
}

/// Makes a [`SharedBatch`] of what an inner builder makes.
#[derive(Debug)]
pub struct SharedBuilder<B, P> {
    inner: B,
    _share: std::marker::PhantomData<P>,
}

/// A builder of batches that are shared within a thread.
pub type RcBuilder<B> = SharedBuilder<B, RcShare>;
/// A builder of batches that are shared between threads.
pub type ArcBuilder<B> = SharedBuilder<B, ArcShare>;

impl<B: StorageBuilder, P: Share> Builder for SharedBuilder<B, P> {
    type Input = B::Input;
    type Time = <B::Output as Storage>::Time;
    type Output = SharedBatch<B::Output, P>;

    fn with_capacity(keys: usize, vals: usize, updates: usize) -> Self {
        SharedBuilder { inner: B::with_capacity(keys, vals, updates), _share: std::marker::PhantomData }
    }
    fn push(&mut self, chunk: &mut B::Input) {
        self.inner.push(chunk);
    }
    fn push_distinct(&mut self, chunk: &mut B::Input) {
        self.inner.push_distinct(chunk);
    }
    fn done(self, description: Description<Self::Time>) -> Self::Output {
        SharedBatch::new(description, self.inner.done())
    }
}

/// The cursor of a [`SharedBatch`]: that of its storage, which in an empty batch is at no key.
pub struct BatchCursor<S: Storage, P> {
    inner: S::Cursor,
    _share: std::marker::PhantomData<fn() -> P>,
}

impl<S: Storage, P> BatchCursor<S, P> {
    /// The cursor of the storage.
    pub fn inner(&self) -> &S::Cursor {
        &self.inner
    }

    /// The cursor of the storage, to be moved.
    pub fn inner_mut(&mut self) -> &mut S::Cursor {
        &mut self.inner
    }
}

impl<S: Storage<Cursor: Clone>, P> Clone for BatchCursor<S, P> {
    fn clone(&self) -> Self {
        BatchCursor { inner: self.inner.clone(), _share: self._share }
    }
}

impl<S: Storage<Cursor: fmt::Debug>, P> fmt::Debug for BatchCursor<S, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("BatchCursor").field(&self.inner).finish()
    }
}

impl<S: Storage, P: Share> Cursor for BatchCursor<S, P> {
    type Key = S::Key;
    type Val = S::Val;
    type Time = S::Time;
    type Diff = S::Diff;
    type Storage = SharedBatch<S, P>;

    #[inline(always)]
    fn key_valid(&self, batch: &Self::Storage) -> bool {
        batch.storage().is_some_and(|s| self.inner.key_valid(s))
    }
    #[inline(always)]
    fn val_valid(&self, batch: &Self::Storage) -> bool {
        batch.storage().is_some_and(|s| self.inner.val_valid(s))
    }
    #[inline(always)]
    fn get_key<'a>(&self, batch: &'a Self::Storage) -> Option<CursorKeyRef<'a, Self>> {
        batch.storage().and_then(|s| self.inner.get_key(s))
    }
    #[inline(always)]
    fn get_val<'a>(&self, batch: &'a Self::Storage) -> Option<CursorValRef<'a, Self>> {
        batch.storage().and_then(|s| self.inner.get_val(s))
    }
    #[inline(always)]
    fn map_times(&mut self, batch: &Self::Storage, logic: impl FnMut(&S::Time, &S::Diff)) {
        if let Some(s) = batch.storage() {
            self.inner.map_times(s, logic);
        }
    }
    #[inline(always)]
    fn step_key(&mut self, batch: &Self::Storage) {
        if let Some(s) = batch.storage() {
            self.inner.step_key(s);
        }
    }
    #[inline]
    fn seek_key(&mut self, batch: &Self::Storage, key: CursorKeyRef<'_, Self>) {
        if let Some(s) = batch.storage() {
            self.inner.seek_key(s, key);
        }
    }
    #[inline(always)]
    fn step_val(&mut self, batch: &Self::Storage) {
        if let Some(s) = batch.storage() {
            self.inner.step_val(s);
        }
    }
    #[inline]
    fn seek_val(&mut self, batch: &Self::Storage, val: CursorValRef<'_, Self>) {
        if let Some(s) = batch.storage() {
            self.inner.seek_val(s, val);
        }
    }
    #[inline]
    fn rewind_keys(&mut self, batch: &Self::Storage) {
        if let Some(s) = batch.storage() {
            self.inner.rewind_keys(s);
        }
    }
    #[inline]
    fn rewind_vals(&mut self, batch: &Self::Storage) {
        if let Some(s) = batch.storage() {
            self.inner.rewind_vals(s);
        }
    }
    #[inline]
    fn step_key_back(&mut self, batch: &Self::Storage) -> bool {
        batch.storage().is_some_and(|s| self.inner.step_key_back(s))
    }
    #[inline]
    fn end_keys(&mut self, batch: &Self::Storage) {
        if let Some(s) = batch.storage() {
            self.inner.end_keys(s);
        }
    }
    #[inline]
    fn step_val_back(&mut self, batch: &Self::Storage) -> bool {
        batch.storage().is_some_and(|s| self.inner.step_val_back(s))
    }
    #[inline]
    fn end_vals(&mut self, batch: &Self::Storage) {
        if let Some(s) = batch.storage() {
            self.inner.end_vals(s);
        }
    }
    #[inline]
    fn seek_key_back(&mut self, batch: &Self::Storage, key: CursorKeyRef<'_, Self>) -> bool {
        batch.storage().is_some_and(|s| self.inner.seek_key_back(s, key))
    }
    #[inline]
    fn seek_val_back(&mut self, batch: &Self::Storage, val: CursorValRef<'_, Self>) -> bool {
        batch.storage().is_some_and(|s| self.inner.seek_val_back(s, val))
    }
    #[inline]
    fn skip_keys_while(&mut self, batch: &Self::Storage, before: impl Fn(CursorKeyRef<'_, Self>) -> bool) {
        if let Some(s) = batch.storage() {
            self.inner.skip_keys_while(s, before);
        }
    }
    #[inline]
    fn skip_vals_while(&mut self, batch: &Self::Storage, before: impl Fn(CursorValRef<'_, Self>) -> bool) {
        if let Some(s) = batch.storage() {
            self.inner.skip_vals_while(s, before);
        }
    }
    #[inline]
    fn find_key(&mut self, batch: &Self::Storage, key: CursorKeyRef<'_, Self>) -> bool {
        batch.storage().is_some_and(|s| self.inner.find_key(s, key))
    }
    #[inline]
    fn visit_key(
        &mut self,
        batch: &Self::Storage,
        logic: impl FnMut(CursorValRef<'_, Self>, &S::Time, &S::Diff),
    ) {
        if let Some(s) = batch.storage() {
            self.inner.visit_key(s, logic);
        }
    }
    #[inline(always)]
    fn visit_step(
        &mut self,
        batch: &Self::Storage,
        logic: impl FnMut(CursorKeyRef<'_, Self>, CursorValRef<'_, Self>, &S::Time, &S::Diff),
    ) {
        if let Some(s) = batch.storage() {
            self.inner.visit_step(s, logic);
        }
    }
    #[inline]
    fn visit(
        &mut self,
        batch: &Self::Storage,
        logic: impl FnMut(CursorKeyRef<'_, Self>, CursorValRef<'_, Self>, &S::Time, &S::Diff),
    ) {
        if let Some(s) = batch.storage() {
            self.inner.visit(s, logic);
        }
    }
    #[inline]
    fn window(&self, batch: &Self::Storage, key: CursorKeyRef<'_, Self>) -> Window {
        batch.storage().map_or(Window::default(), |s| self.inner.window(s, key))
    }
    #[inline]
    fn touch(&self, batch: &Self::Storage, window: &Window) -> u64 {
        batch.storage().map_or(0, |s| self.inner.touch(s, window))
    }
    #[inline]
    fn seek_key_within(&mut self, batch: &Self::Storage, key: CursorKeyRef<'_, Self>, window: Window) {
        if let Some(s) = batch.storage() {
            self.inner.seek_key_within(s, key, window);
        }
    }
    #[inline]
    fn key_hash(key: CursorKeyRef<'_, Self>) -> Option<u64> {
        S::Cursor::key_hash(key)
    }
    #[inline]
    fn may_find(&self, batch: &Self::Storage, hash: u64) -> bool {
        batch.storage().is_some_and(|s| self.inner.may_find(s, hash))
    }
    #[inline]
    fn keys_ahead(&self, batch: &Self::Storage) -> Option<usize> {
        batch.storage().map_or(Some(0), |s| self.inner.keys_ahead(s))
    }
    #[inline]
    fn key_ahead<'a>(&self, batch: &'a Self::Storage, steps: usize) -> CursorKeyRef<'a, Self> {
        self.inner.key_ahead(batch.storage().expect("an empty batch has no keys ahead"), steps)
    }
    #[inline]
    fn shared_prefix(a: CursorKeyRef<'_, Self>, b: CursorKeyRef<'_, Self>) -> usize {
        S::Cursor::shared_prefix(a, b)
    }
    fn key_words(&self, batch: &Self::Storage, count: usize, depth: usize, words: &mut Vec<u64>) -> Words {
        batch.storage().map_or(Words::None, |s| self.inner.key_words(s, count, depth, words))
    }
    #[inline]
    fn val_words(&self, batch: &Self::Storage, most: usize, words: &mut Vec<u64>) -> Option<usize> {
        batch.storage().and_then(|s| self.inner.val_words(s, most, words))
    }
}
