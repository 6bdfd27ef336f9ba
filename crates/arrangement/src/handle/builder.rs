//! The choices that can be made about an arrangement.

use super::Arrangement;
use super::metrics::{Metrics, Told};
use crate::Pipeline;
use arrangement_spine::{MergePolicy, Spine};
use arrangement_trace::{ArcShare, Batcher, ExertLogic, LevelSummary, Share, Trace};
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

/// Makes an [`Arrangement`], one method for each choice. What is not chosen is as [`Arrangement::new`] has it.
///
/// ```
/// use arrangement::spine::Geometric;
/// use arrangement::{Arrangement, OrdValSpine};
///
/// let index = Arrangement::<OrdValSpine<u64, u64, u64, i64>>::builder()
///     .merge_policy(Geometric::with_factor(4.0)) // merge ahead: fewer batches to read, more work for each insertion
///     .exert_logic(|levels| (levels.len() > 1).then_some(10_000))
///     .chunk_rows(1_000)
///     .build();
/// # drop(index);
/// ```
pub struct ArrangementBuilder<S, P = ArcShare> {
    policy: Option<Box<dyn MergePolicy>>,
    exert_logic: Option<ExertLogic>,
    chunk_rows: Option<usize>,
    keeps_bounds: bool,
    metrics: Told,
    _types: PhantomData<fn() -> (S, P)>,
}

impl<S, P> fmt::Debug for ArrangementBuilder<S, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ArrangementBuilder")
            .field("policy", &self.policy)
            .field("chunk_rows", &self.chunk_rows)
            .field("keeps_bounds", &self.keeps_bounds)
            .finish_non_exhaustive()
    }
}

impl<S: Pipeline, P: Share> ArrangementBuilder<S, P> {
    pub(super) fn new() -> Self {
        ArrangementBuilder {
            policy: None,
            exert_logic: None,
            chunk_rows: None,
            keeps_bounds: false,
            metrics: Told::default(),
            _types: PhantomData,
        }
    }

    /// What is merged when, and how much work sealing does. By default
    /// [`Geometric`](arrangement_spine::Geometric).
    #[must_use]
    pub fn merge_policy(mut self, policy: impl MergePolicy + 'static) -> Self {
        self.policy = Some(Box::new(policy));
        self
    }

    /// How much work a call of [`exert`](Arrangement::exert) does: updates to read, or `None` for no work, when it is shown
    /// the levels, oldest first. By default 65,536 updates while there is something to merge.
    #[must_use]
    pub fn exert_logic(
        mut self,
        logic: impl Fn(&[LevelSummary]) -> Option<usize> + Send + Sync + 'static,
    ) -> Self {
        self.exert_logic = Some(Arc::new(logic));
        self
    }

    /// Sorts updates that come in by so many at a time. By default as many as suit the cache, at most 32,768.
    #[must_use]
    pub fn chunk_rows(mut self, rows: usize) -> Self {
        self.chunk_rows = Some(rows);
        self
    }

    /// Keeps batches apart until [`compact_to`](Arrangement::compact_to) has passed their bounds, so that the arrangement
    /// can be cut there by [`snapshot_through`](Arrangement::snapshot_through). By default batches merge as soon as they
    /// are sealed, which is right for all who read at times: an arrangement that keeps bounds and is never compacted
    /// becomes slow.
    #[must_use]
    pub fn keep_bounds(mut self) -> Self {
        self.keeps_bounds = true;
        self
    }

    /// Who is told of sizes, counters and events. By default nobody.
    #[must_use]
    pub fn metrics(mut self, metrics: impl Metrics + Send + Sync + 'static) -> Self {
        self.metrics = Told(Some(Box::new(metrics)));
        self
    }

    /// The arrangement, without updates.
    ///
    /// # Panics
    /// If chunks are to have no rows.
    pub fn build(self) -> Arrangement<S, P> {
        let mut spine = Spine::with_events(self.metrics);
        if let Some(policy) = self.policy {
            spine.set_policy(policy);
        }
        if let Some(logic) = self.exert_logic {
            spine.set_exert_logic(logic);
        }
        let batcher = self.chunk_rows.map_or_else(S::Batcher::new, S::Batcher::with_chunk_rows);
        Arrangement::of(spine, batcher, self.keeps_bounds)
    }
}
