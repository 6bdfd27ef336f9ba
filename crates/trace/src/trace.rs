//! A sequence of batches, read through two compaction frontiers.

use crate::{Antichain, AntichainRef, Batch, BatchReader, CursorList, Progress, Timestamp, TraceError};
use std::sync::Arc;

/// The cursor of a trace.
pub type TraceCursor<Tr> = CursorList<<<Tr as TraceReader>::Batch as BatchReader>::Cursor>;
/// The batches that the cursor of a trace reads.
pub type TraceStorage<Tr> = Vec<<Tr as TraceReader>::Batch>;

/// A contiguous sequence of batches that can be read.
///
/// It keeps two frontiers, each only ever advanced. The *logical* compaction frontier says how far back readers still
/// tell times apart: at and beyond it, contents are exact. The *physical* one says where the trace must stay
/// divisible: batches not below it are not merged, so that a reader can cut the trace at their bounds. Stretches of
/// time in which nothing happened may always be joined, and cut anywhere.
pub trait TraceReader {
    /// The batches.
    type Batch: Batch<Time = Self::Time>;
    /// The times.
    type Time: Timestamp;

    /// A cursor over all updates before `upper`, and the batches it reads.
    ///
    /// At or below the minimum time there are none, whatever the frontiers: the cursor is empty. Elsewhere `upper` must
    /// be at or beyond the physical compaction frontier, and be a bound of batches or lie in empty time; beyond the
    /// trace's own upper bound the cursor has all there is so far. The batches
    /// are shared, so the cursor stays good while the trace moves on. Costs the number of batches.
    ///
    /// # Errors
    /// If `upper` is below the physical compaction frontier, cuts through a batch, or if the logical compaction
    /// frontier is empty. The error names the frontiers.
    fn cursor_through(
        &self,
        upper: AntichainRef<'_, Self::Time>,
    ) -> Result<(TraceCursor<Self>, TraceStorage<Self>), TraceError>
    where
        Self: Sized;

    /// A cursor over all updates, and the batches it reads.
    ///
    /// # Panics
    /// If the logical compaction frontier is empty, which promises that nobody reads any more.
    fn cursor(&self) -> (TraceCursor<Self>, TraceStorage<Self>)
    where
        Self: Sized,
    {
        let mut upper = Antichain::new();
        self.read_upper(&mut upper);
        self.cursor_through(upper.borrow()).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Advances the logical compaction frontier. The empty frontier promises that nobody reads any more: all updates
    /// may be dropped.
    ///
    /// # Errors
    /// If the frontier is not at or beyond the current one; nothing is changed then.
    fn try_set_logical_compaction(
        &mut self,
        frontier: AntichainRef<'_, Self::Time>,
    ) -> Result<(), TraceError>;

    /// As [`try_set_logical_compaction`](TraceReader::try_set_logical_compaction).
    ///
    /// # Panics
    /// With the error's text.
    #[track_caller]
    fn set_logical_compaction(&mut self, frontier: AntichainRef<'_, Self::Time>) {
        self.try_set_logical_compaction(frontier).unwrap_or_else(|error| panic!("{error}"));
    }

    /// The logical compaction frontier.
    fn get_logical_compaction(&self) -> AntichainRef<'_, Self::Time>;

    /// Advances the physical compaction frontier.
    ///
    /// # Errors
    /// If the frontier is not at or beyond the current one; nothing is changed then.
    fn try_set_physical_compaction(
        &mut self,
        frontier: AntichainRef<'_, Self::Time>,
    ) -> Result<(), TraceError>;

    /// As [`try_set_physical_compaction`](TraceReader::try_set_physical_compaction).
    ///
    /// # Panics
    /// With the error's text.
    #[track_caller]
    fn set_physical_compaction(&mut self, frontier: AntichainRef<'_, Self::Time>) {
        self.try_set_physical_compaction(frontier).unwrap_or_else(|error| panic!("{error}"));
    }

    /// The physical compaction frontier.
    fn get_physical_compaction(&self) -> AntichainRef<'_, Self::Time>;

    /// Visits the batches in order of time, empty ones too: each `upper` is the next `lower`.
    fn map_batches(&self, visit: impl FnMut(&Self::Batch))
    where
        Self: Sized;

    /// Writes the upper bound of the trace to `target`: the minimum if nothing was inserted.
    fn read_upper(&self, target: &mut Antichain<Self::Time>)
    where
        Self: Sized,
    {
        target.clear();
        target.insert(Self::Time::minimum());
        self.map_batches(|batch| target.clone_from(batch.upper()));
    }

    /// Advances `upper` over the batches that follow it without updates.
    ///
    /// "Without updates" holds for readers at or beyond the logical compaction frontier: what cancelled below it is gone.
    fn advance_upper(&self, upper: &mut Antichain<Self::Time>)
    where
        Self: Sized,
    {
        self.map_batches(|batch| {
            if batch.is_empty() && within(batch.lower(), upper) && within(upper, batch.upper()) {
                upper.clone_from(batch.upper());
            }
        });
    }
}

/// Whether each time at or beyond `later` is at or beyond `earlier`.
fn within<T: Timestamp>(earlier: &Antichain<T>, later: &Antichain<T>) -> bool {
    crate::PartialOrder::less_equal(earlier, later)
}

/// What a policy sees of one level of a trace: a batch, or two being merged.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct LevelSummary {
    /// Batches with updates: 0 in a stretch of empty time, 1, or 2 while they are merged, or one is compacted by itself.
    pub batches: usize,
    /// Their updates.
    pub updates: usize,
}

/// Decides how much work [`Trace::exert`] does: updates to read, or `None` for no work. It sees the levels, oldest
/// first.
pub type ExertLogic = Arc<dyn Fn(&[LevelSummary]) -> Option<usize> + Send + Sync>;

/// A trace to which batches can be appended.
pub trait Trace: TraceReader {
    /// A trace without batches, whose frontiers are all the minimum: the default.
    fn new() -> Self
    where
        Self: Default,
    {
        Self::default()
    }

    /// Appends a batch, and does an amount of merging that the batch's length bounds.
    ///
    /// # Errors
    /// If the batch does not start at the trace's upper bound, or covers no time; the trace is unchanged then.
    fn try_insert(&mut self, batch: Self::Batch) -> Result<(), TraceError>;

    /// As [`try_insert`](Trace::try_insert).
    ///
    /// # Panics
    /// With the error's text.
    #[track_caller]
    fn insert(&mut self, batch: Self::Batch) {
        self.try_insert(batch).unwrap_or_else(|error| panic!("{error}"));
    }

    /// Works without input, as much as the [`ExertLogic`] says. `Done` means that there is nothing it wants done.
    fn exert(&mut self) -> Progress;

    /// Sets how much [`exert`](Trace::exert) works.
    fn set_exert_logic(&mut self, logic: ExertLogic);

    /// Ends the trace: appends an empty batch up to the empty frontier. Harmless if the trace has ended.
    fn close(&mut self);
}
