//! What can be wrong with a call on a trace.

use crate::description::show;
use std::fmt;

/// Why a trace refused a call. Its text names the frontiers that don't fit.
#[derive(Clone, PartialEq, Eq)]
pub struct TraceError {
    text: String,
}

impl TraceError {
    /// A batch does not start where the trace ends.
    pub fn gap<T: fmt::Debug>(trace_upper: &[T], batch_lower: &[T]) -> Self {
        let (trace, batch) = (show(trace_upper), show(batch_lower));
        TraceError { text: format!("batch lower {batch} is not the trace's upper {trace}") }
    }

    /// A batch covers no time: its upper is not beyond its lower.
    pub fn no_time<T: fmt::Debug>(lower: &[T], upper: &[T]) -> Self {
        let (lower, upper) = (show(lower), show(upper));
        TraceError { text: format!("batch covers no time: its lower is {lower} and its upper {upper}") }
    }

    /// A compaction frontier was to move backwards.
    pub fn regress<T: fmt::Debug>(which: &str, current: &[T], requested: &[T]) -> Self {
        let (current, requested) = (show(current), show(requested));
        TraceError {
            text: format!("{which} compaction frontier can't go back from {current} to {requested}"),
        }
    }

    /// What is sealed was to be sealed again: its frontier was to move backwards.
    pub fn sealed<T: fmt::Debug>(sealed: &[T], requested: &[T]) -> Self {
        let (sealed, requested) = (show(sealed), show(requested));
        TraceError { text: format!("can't seal up to {requested}: everything before {sealed} is sealed") }
    }

    /// A cut was asked for before the physical compaction frontier.
    pub fn below_physical<T: fmt::Debug>(physical: &[T], upper: &[T]) -> Self {
        let (physical, upper) = (show(physical), show(upper));
        TraceError { text: format!("can't cut at {upper}: the physical compaction frontier is {physical}") }
    }

    /// A cut was asked for that goes through a batch.
    pub fn across<T: fmt::Debug>(lower: &[T], batch_upper: &[T], upper: &[T]) -> Self {
        let (lower, batch_upper, upper) = (show(lower), show(batch_upper), show(upper));
        TraceError {
            text: format!("can't cut at {upper}: it goes through the batch [{lower}, {batch_upper})"),
        }
    }

    /// A trace was to be read that promised to no longer be read.
    pub fn unreadable(upper: impl fmt::Debug) -> Self {
        TraceError {
            text: format!("can't read through {upper:?}: the logical compaction frontier is empty, {{}}"),
        }
    }
}

impl fmt::Display for TraceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The text, so that it is seen where `main` returns it.
impl fmt::Debug for TraceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for TraceError {}
