//! Snapshots that other threads read.

use crate::log::OperatorLog;
use arc_swap::ArcSwap;
use arrangement_spine::Spine;
use arrangement_trace::{Antichain, Batch, BatchReader, Snapshot, TraceReader};
use std::fmt;
use std::sync::{Arc, Weak};

/// The latest snapshot of a trace, to be read from any thread: see [`TraceHandle::publish`](crate::TraceHandle::publish).
///
/// It is `Send + Sync` if the batches are, as those behind an [`Arc`] are. Clones read the same trace. Reading takes no
/// lock and does not touch the worker; a snapshot once read stays as it is, however the trace goes on. Once the trace
/// [has gone](SnapshotReader::is_live), the last snapshot stays.
pub struct SnapshotReader<B: BatchReader> {
    latest: Arc<ArcSwap<Snapshot<B>>>,
}

impl<B: BatchReader> SnapshotReader<B> {
    /// What the trace held when it was published last, which is whenever it has sealed a batch or merged some.
    ///
    /// Its [`since`](Snapshot::since) says how far back times can be told apart, and its [`upper`](Snapshot::upper) up to
    /// where it is complete. Costs a pointer.
    pub fn latest(&self) -> Arc<Snapshot<B>> {
        self.latest.load_full()
    }

    /// Whether the trace is still there. If it is not, because all its handles were dropped, nothing newer will come.
    pub fn is_live(&self) -> bool {
        Arc::weak_count(&self.latest) > 0
    }
}

impl<B: BatchReader> Clone for SnapshotReader<B> {
    fn clone(&self) -> Self {
        SnapshotReader { latest: Arc::clone(&self.latest) }
    }
}

impl<B: BatchReader> fmt::Debug for SnapshotReader<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let latest = self.latest();
        f.debug_struct("SnapshotReader")
            .field("since", latest.since())
            .field("upper", latest.upper())
            .finish_non_exhaustive()
    }
}

/// The end of a [`SnapshotReader`] that a trace keeps.
pub(crate) struct Publication<B: BatchReader> {
    latest: Weak<ArcSwap<Snapshot<B>>>,
}

impl<B: Batch> Publication<B> {
    /// A publication of a trace as it is now, and its reader.
    pub(crate) fn new(trace: &Spine<B, OperatorLog>) -> (Self, SnapshotReader<B>) {
        let latest = Arc::new(ArcSwap::from_pointee(snapshot(trace)));
        (Publication { latest: Arc::downgrade(&latest) }, SnapshotReader { latest })
    }

    /// Publishes the trace as it is now. Returns whether there still are readers.
    pub(crate) fn renew(&self, trace: &Spine<B, OperatorLog>) -> bool {
        let latest = self.latest.upgrade();
        if let Some(latest) = &latest {
            latest.store(Arc::new(snapshot(trace)));
        }
        latest.is_some()
    }
}

/// All that a trace holds, be it nothing because nobody reads it any more.
fn snapshot<B: Batch>(trace: &Spine<B, OperatorLog>) -> Snapshot<B> {
    let mut upper = Antichain::new();
    trace.read_upper(&mut upper);
    let mut batches = Vec::new();
    trace.map_batches(|batch| {
        if !batch.is_empty() {
            batches.push(batch.clone());
        }
    });
    Snapshot::new(batches, trace.get_logical_compaction().to_owned(), upper)
}
