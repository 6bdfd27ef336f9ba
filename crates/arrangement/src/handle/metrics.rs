//! What an arrangement tells of itself while it works.

use super::Arrangement;
use crate::Pipeline;
use arrangement_spine::{Counters, Report};
use arrangement_trace::{Batcher, Event, Events, PartSizes, Share, Sizes};
use std::fmt;

/// How large an arrangement is, by part. Kept as it works: asking costs a look at each merge in progress.
///
/// ```
/// use arrangement::{Arrangement, OrdValSpine};
///
/// let mut index = Arrangement::<OrdValSpine<u64, u64, u64, i64>>::new();
/// index.insert(1, 10, 0)?;
/// index.advance_to(1)?;
/// let sizes = index.sizes();
/// assert_eq!(sizes.batches.keys.records, 1);
/// assert!(sizes.to_string().starts_with("keys: 1 records, 8 bytes used"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct ArrangementSizes {
    /// The batches, those that wait for the physical compaction frontier too.
    pub batches: PartSizes,
    /// What merges in progress have made so far.
    pub merging: PartSizes,
    /// Updates that are not sealed yet.
    pub batcher: Sizes,
}

impl ArrangementSizes {
    /// All together. `records` counts updates, those that a merge has written twice.
    pub fn total(&self) -> Sizes {
        self.batches.total() + self.merging.total() + self.batcher
    }
}

/// A line for each part.
impl fmt::Display for ArrangementSizes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PartSizes { keys, vals, updates } = self.batches;
        let merging = self.merging.total();
        write!(
            f,
            "keys: {keys}\nvals: {vals}\nupdates: {updates}\nmerging: {merging}\nbatcher: {}",
            self.batcher
        )
    }
}

/// Receives what an arrangement tells of itself: the place to connect a metrics library.
///
/// Each method does nothing by default. They are called by the thread that works on the arrangement, and should be
/// quick. The example `metrics` connects the crate `metrics`.
///
/// ```
/// use arrangement::{Arrangement, ArrangementSizes, Metrics, OrdValSpine};
/// use arrangement::spine::Counters;
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicUsize, Ordering};
///
/// struct Bytes(Arc<AtomicUsize>);
/// impl Metrics for Bytes {
///     fn state(&mut self, sizes: &ArrangementSizes, _counters: &Counters) {
///         self.0.store(sizes.total().bytes_used, Ordering::Relaxed);
///     }
/// }
///
/// let bytes = Arc::new(AtomicUsize::new(0));
/// let builder = Arrangement::<OrdValSpine<u64, u64, u64, i64>>::builder();
/// let mut index = builder.metrics(Bytes(bytes.clone())).build();
/// index.insert(1, 10, 0).unwrap();
/// index.advance_to(1).unwrap();
/// assert_eq!(bytes.load(Ordering::Relaxed), index.sizes().total().bytes_used);
/// ```
pub trait Metrics {
    /// Something happened in the trace. Lengths of batches balance to zero over the arrangement's life, see [`Event`].
    fn event(&mut self, _event: Event) {}

    /// How large the arrangement is now, and what it has done so far: told when time has been sealed or compacted, or
    /// work was done without input.
    fn state(&mut self, _sizes: &ArrangementSizes, _counters: &Counters) {}
}

/// Passes the events of a spine on, if anybody is to be told.
#[derive(Default)]
pub(super) struct Told(pub(super) Option<Box<dyn Metrics + Send + Sync>>);

impl Events for Told {
    fn event(&mut self, event: Event) {
        if let Some(metrics) = &mut self.0 {
            metrics.event(event);
        }
    }
}

impl<S: Pipeline, P: Share> Arrangement<S, P> {
    /// How large this is, by part. Costs a look at each batch and at each merge in progress.
    pub fn sizes(&self) -> ArrangementSizes {
        let (batches, merging) = (self.spine.batch_sizes(), self.spine.merging_sizes());
        let width = size_of::<((S::Key, S::Val), S::Time, S::Diff)>();
        let staged = Sizes::of_buffer(self.staged_len, width, self.staged_len);
        ArrangementSizes { batches, merging, batcher: self.batcher.sizes() + staged }
    }

    /// What was done so far.
    pub fn counters(&self) -> Counters {
        self.spine.counters()
    }

    /// The levels and their batches, with counts and sizes: the table that [`Display`](fmt::Display) prints.
    pub fn report(&self) -> Report<S::Time> {
        self.spine.report()
    }

    /// The number of updates that are not sealed. Those that cancel may be counted until they are sorted.
    pub fn unsealed_len(&self) -> usize {
        self.batcher.sizes().records + self.staged_len
    }

    /// Tells whoever is to be told how large this is now.
    pub(super) fn tell(&mut self) {
        if self.spine.events().0.is_some() {
            let (sizes, counters) = (self.sizes(), self.counters());
            if let Some(metrics) = &mut self.spine.events_mut().0 {
                metrics.state(&sizes, &counters);
            }
        }
    }
}

impl<S: Pipeline, P: Share> fmt::Debug for Arrangement<S, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arrangement")
            .field("sealed", &self.sealed)
            .field("updates_unsealed", &self.unsealed_len())
            .field("spine", &self.spine)
            .finish_non_exhaustive()
    }
}

/// The table of levels, see [`Report`], and what is not sealed yet.
impl<S: Pipeline, P: Share> fmt::Display for Arrangement<S, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {} updates not sealed", self.spine, self.unsealed_len())
    }
}
