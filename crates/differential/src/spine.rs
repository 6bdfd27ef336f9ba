//! The spine as differential dataflow's trace, and its events in differential dataflow's log.

use crate::batch::{Batch, Stored};
use arrangement_trace::{
    BatchReader as _, Description, Event, Events, Progress, RcShare, Share, SharedBatch, Trace as _,
    TraceReader as _,
};
use differential_dataflow::logging::{BatchEvent, DropEvent, Logger, MergeEvent};
use differential_dataflow::trace::{self, ExertionLogic, Span, Trace, TraceReader};
use std::fmt;
use std::sync::Arc;
use timely::dataflow::operators::generic::OperatorInfo;
use timely::order::PartialOrder;
use timely::progress::frontier::AntichainRef;
use timely::scheduling::activate::Activator;

/// The spine that this one hands its calls on to.
type Inner<S, P> = arrangement_spine::Spine<SharedBatch<S, P>, Log>;

/// The fueled spine as differential dataflow's [`Trace`].
///
/// Without input it works only if timely's configuration has a logic of exertion, which
/// `differential_dataflow::configure` puts there, or if [`Trace::set_exert_logic`] gave it one.
pub struct Spine<S: Stored, P: Share = RcShare> {
    inner: Inner<S, P>,
    /// Schedules the operator again while there is work that the logic of exertion wants done.
    activator: Option<Activator>,
    exerts: bool,
}

impl<S: Stored, P: Share> Spine<S, P> {
    /// The spine itself, to ask it for levels, sizes and counters.
    pub fn inner(&self) -> &Inner<S, P> {
        &self.inner
    }
}

impl<S: Stored, P: Share> fmt::Debug for Spine<S, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

/// A batch of ours as differential dataflow takes it, between the bounds given.
fn span<S: Stored, P: Share>(
    batch: &SharedBatch<S, P>,
    lower: AntichainRef<'_, S::Time>,
    upper: AntichainRef<'_, S::Time>,
) -> Span<S::Time, Batch<S, P>> {
    let description = trace::Description::new(lower.to_owned(), upper.to_owned(), batch.since().clone());
    Span::new(description, batch.storage.clone().map(Batch))
}

fn whole_span<S: Stored, P: Share>(batch: &SharedBatch<S, P>) -> Span<S::Time, Batch<S, P>> {
    span(batch, batch.lower().borrow(), batch.upper().borrow())
}

impl<S: Stored, P: Share> TraceReader for Spine<S, P> {
    type Time = S::Time;
    type Batch = Batch<S, P>;

    /// `None` where the trace can't be cut at `upper`: `batches_through` of [`Spine::inner`] then gives the error that says why.
    fn spans_through(&mut self, upper: AntichainRef<'_, S::Time>) -> Option<Vec<Span<S::Time, Batch<S, P>>>> {
        let batches = self.inner.batches_through(upper).ok()?;
        Some(batches.iter().map(whole_span).collect())
    }

    /// # Panics
    /// If the frontier is not at or beyond the current one, with both.
    fn set_logical_compaction(&mut self, frontier: AntichainRef<'_, S::Time>) {
        self.inner.set_logical_compaction(frontier);
    }
    fn get_logical_compaction(&mut self) -> AntichainRef<'_, S::Time> {
        self.inner.get_logical_compaction()
    }

    /// # Panics
    /// If the frontier is not at or beyond the current one, with both.
    fn set_physical_compaction(&mut self, frontier: AntichainRef<'_, S::Time>) {
        self.inner.set_physical_compaction(frontier);
    }
    fn get_physical_compaction(&mut self) -> AntichainRef<'_, S::Time> {
        self.inner.get_physical_compaction()
    }

    fn map_spans<F: FnMut(&Span<S::Time, Batch<S, P>>)>(&self, mut visit: F) {
        let physical = self.inner.get_physical_compaction();
        self.inner.map_batches(|batch| {
            let (lower, upper) = (batch.lower().borrow(), batch.upper().borrow());
            // Readers learn of empty time by spans that begin where they are. Our spine joins such spans, those beyond the
            // readers too: so they are taken apart again where the slowest reader is.
            let within =
                PartialOrder::less_than(&lower, &physical) && PartialOrder::less_than(&physical, &upper);
            if batch.is_empty() && within {
                visit(&span(batch, lower, physical));
                visit(&span(batch, physical, upper));
            } else {
                visit(&whole_span(batch));
            }
        });
    }
}

impl<S: Stored, P: Share> Trace for Spine<S, P> {
    fn new(info: OperatorInfo, logger: Option<Logger>, activator: Option<Activator>) -> Self {
        let log = Log { logger, operator: info.global_id, absorbed: 0 };
        Spine { inner: Inner::with_events(log), activator, exerts: false }
    }

    fn exert(&mut self) {
        if self.exerts && self.inner.exert() == Progress::Working {
            if let Some(activator) = &self.activator {
                activator.activate();
            }
        }
    }

    /// The logic is shown a triple for each level, oldest and mostly largest first: the order of magnitude of its updates
    /// as a power of two, its batches, 2 while they are merged, and its updates.
    fn set_exert_logic(&mut self, logic: ExertionLogic) {
        self.exerts = true;
        self.inner.set_exert_logic(Arc::new(move |levels| {
            let levels: Vec<_> =
                levels.iter().map(|level| (scale(level.updates), level.batches, level.updates)).collect();
            logic(&levels)
        }));
    }

    /// # Panics
    /// If the span does not begin where the trace ends, or covers no time, with both frontiers.
    fn insert(&mut self, span: Span<S::Time, Batch<S, P>>) {
        let (lower, upper, since) = (span.desc.lower(), span.desc.upper(), span.desc.since());
        let description = Description::with_since(lower.clone(), upper.clone(), since.clone());
        self.inner.insert(SharedBatch { description, storage: span.inner.map(|batch| batch.0) });
    }

    fn close(&mut self) {
        self.inner.close();
    }
}

/// The power of two that is next below a number of updates.
fn scale(updates: usize) -> usize {
    updates.max(1).ilog2() as usize
}

/// Tells differential dataflow's log of the events of a spine, so that they balance as that log's do: each
/// [`BatchEvent`] is a batch more, each completed [`MergeEvent`] and each [`DropEvent`] one less, and in between batches
/// without updates have a length of zero.
///
/// Our spine makes no events of batches without updates. Where differential dataflow counts one, as the result of a
/// merge that left nothing, its beginning or end is added here.
pub struct Log {
    logger: Option<Logger>,
    operator: usize,
    /// Dropped batches still to come that a completed merge has told of.
    absorbed: usize,
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log").field("operator", &self.operator).finish_non_exhaustive()
    }
}

impl Events for Log {
    fn event(&mut self, event: Event) {
        let Some(logger) = &self.logger else { return };
        let operator = self.operator;
        let batch = |length| logger.log(BatchEvent { operator, length });
        let dropped = |length| logger.log(DropEvent { operator, length });
        let merge = |length1, length2, complete| {
            logger.log(MergeEvent { operator, scale: scale(length1 + length2), length1, length2, complete });
        };
        match event {
            Event::Batch { len } => batch(len),
            Event::MergeStarted { older_len, newer_len } => {
                if newer_len == 0 {
                    // One batch is compacted by itself: a merge with one that is empty.
                    batch(0);
                }
                merge(older_len, newer_len, None);
            }
            Event::Merged { older_len, newer_len, len } => {
                merge(older_len, newer_len, Some(len));
                if len == 0 {
                    dropped(0);
                }
                self.absorbed = 2;
            }
            Event::MergeAbandoned { newer_len, .. } => {
                if newer_len == 0 {
                    dropped(0);
                }
            }
            Event::Dropped { len } => match self.absorbed {
                0 => dropped(len),
                _ => self.absorbed -= 1,
            },
        }
    }
}
