//! What arranging gives.

use crate::handle::TraceHandle;
use arrangement_trace::Batch;
use std::fmt;
use timely::dataflow::Stream;

/// An arranged collection in a dataflow: the stream of its batches, and the trace of them all.
///
/// Operators on it, such as [`join`](Arranged::join) and [`count`](Arranged::count), learn from the stream what has
/// changed and read in the trace what was there before. They share the one trace, and hold it back no more than they
/// need.
pub struct Arranged<'scope, B: Batch> {
    /// Each batch with updates, as it is sealed.
    pub stream: Stream<'scope, B::Time, Vec<B>>,
    /// All batches. A handle that is kept holds back their compaction: see [`TraceHandle`].
    pub trace: TraceHandle<B>,
}

impl<B: Batch> Clone for Arranged<'_, B> {
    fn clone(&self) -> Self {
        Arranged { stream: self.stream.clone(), trace: self.trace.clone() }
    }
}

impl<B: Batch> fmt::Debug for Arranged<'_, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arranged").field("stream", &self.stream).field("trace", &self.trace).finish()
    }
}
