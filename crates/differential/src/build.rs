//! From updates to batches: the batcher of arrange operators and the builder of reductions.

use crate::batch::Batch;
use arrangement_batch::{OrdBuilder, OrdStorage, ValLevel};
use arrangement_batcher::MergeBatcher;
use arrangement_container::{BuilderInput, Chunk, Layout};
use arrangement_trace::{Batcher as _, RcShare, Share, SharedBuilder, Sizes, StorageBuilder};
use differential_dataflow::batcher;
use differential_dataflow::difference::Semigroup;
use differential_dataflow::lattice::Lattice;
use differential_dataflow::logging::{BatcherEvent, Logger};
use differential_dataflow::trace;
use std::fmt;
use std::marker::PhantomData;
use timely::progress::frontier::AntichainRef;

/// The rows that a [`Builder`] gathers before it appends them.
const ROWS: usize = 1 << 12;

/// Sorts updates, and carves them out by time as batches: [`MergeBatcher`] as differential dataflow's
/// [`Batcher`](batcher::Batcher).
pub struct Batcher<L: Layout, V, P = RcShare> {
    inner: MergeBatcher<L>,
    /// Who is told of the size of what is held, and by what name of the operator.
    logger: Option<(Logger, usize)>,
    /// The size that was told last.
    logged: Sizes,
    batch: PhantomData<fn() -> (V, P)>,
}

impl<L: Layout, V, P> Batcher<L, V, P> {
    /// A batcher that holds nothing: what differential dataflow's `arrange` asks for.
    ///
    /// The logger is told of the size of what is held whenever that changes, under the operator's identifier. Without
    /// one nothing is measured.
    pub fn new(logger: Option<Logger>, operator: usize) -> Self {
        Batcher {
            inner: MergeBatcher::new(),
            logger: logger.map(|logger| (logger, operator)),
            logged: Sizes::default(),
            batch: PhantomData,
        }
    }

    /// Tells the logger how what is held has changed since it was told last.
    fn log(&mut self, held: Sizes) {
        if let Some((logger, operator)) = &self.logger {
            let (old, new) = (self.logged, held);
            let diff = |old: usize, new: usize| new as isize - old as isize;
            if old != new {
                logger.log(BatcherEvent {
                    operator: *operator,
                    records_diff: diff(old.records, new.records),
                    size_diff: diff(old.bytes_used, new.bytes_used),
                    capacity_diff: diff(old.bytes_reserved, new.bytes_reserved),
                    allocations_diff: diff(old.allocations, new.allocations),
                });
                self.logged = new;
            }
        }
    }
}

impl<L: Layout, V, P> Drop for Batcher<L, V, P> {
    fn drop(&mut self) {
        self.log(Sizes::default());
    }
}

impl<L: Layout, V, P> fmt::Debug for Batcher<L, V, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Batcher").field(&self.inner).finish()
    }
}

impl<L, V, P> batcher::Extract for Batcher<L, V, P>
where
    L: Layout<Time: Lattice, Diff: Semigroup>,
    V: ValLevel<L::Val>,
    P: Share,
{
    type Time = L::Time;
    type Output = Batch<OrdStorage<L, V>, P>;

    fn extract<'a>(
        &'a mut self,
        upper: AntichainRef<'_, L::Time>,
    ) -> (Option<Self::Output>, AntichainRef<'a, L::Time>) {
        let batch = self.inner.seal::<SharedBuilder<OrdBuilder<L, V>, P>>(upper.to_owned());
        if self.logger.is_some() {
            self.log(self.inner.sizes());
        }
        (batch.storage.map(Batch), self.inner.frontier())
    }
}

impl<L, V, P> batcher::Batcher<L::Input> for Batcher<L, V, P>
where
    L: Layout<Time: Lattice, Diff: Semigroup>,
    V: ValLevel<L::Val>,
    P: Share,
{
    fn insert(&mut self, updates: &mut L::Input) {
        self.inner.push(updates);
        if self.logger.is_some() {
            self.log(self.inner.sizes());
        }
    }
}

/// Makes a [`Batch`] of sorted, consolidated updates: [`OrdBuilder`] as differential dataflow's
/// [`Builder`](trace::Builder).
///
/// Reductions hand over the updates of one key at a time; they are gathered in columns, and appended to the batch many
/// at a time.
pub struct Builder<L: Layout, V, P = RcShare> {
    gathered: Chunk<L>,
    inner: OrdBuilder<L, V>,
    share: PhantomData<fn() -> P>,
}

impl<L: Layout, V: ValLevel<L::Val>, P> Default for Builder<L, V, P> {
    fn default() -> Self {
        Builder {
            gathered: Chunk::<L>::default(),
            inner: OrdBuilder::with_capacity(0, 0, 0),
            share: PhantomData,
        }
    }
}

impl<L: Layout, V: ValLevel<L::Val>, P> fmt::Debug for Builder<L, V, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("gathered", &self.gathered).field("inner", &self.inner).finish()
    }
}

impl<L, V, P> trace::Builder for Builder<L, V, P>
where
    L: Layout<Time: Lattice, Diff: Semigroup>,
    V: ValLevel<L::Val>,
    P: Share,
{
    type Input = L::Input;
    type Time = L::Time;
    type Output = Batch<OrdStorage<L, V>, P>;

    fn push(&mut self, updates: &mut L::Input) {
        let inner = &mut self.inner;
        updates.drain_into(&mut self.gathered, ROWS, &mut |chunk| inner.push(chunk));
    }
    fn done(mut self) -> Option<Self::Output> {
        self.inner.push(&mut self.gathered);
        self.inner.done().map(|storage| Batch(P::share(storage)))
    }
}
