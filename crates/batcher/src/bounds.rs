//! Bounds of the times of many updates, small enough to be kept and compared.

use arrangement_trace::{AntichainRef, Timestamp};

/// More minimal or maximal times than this are not kept; what would need them is then looked into.
const MOST: usize = 8;

/// The minimal and the maximal times of some updates, where they are few.
#[derive(Clone, Debug)]
pub(crate) struct Bounds<T> {
    least: Option<Vec<T>>,
    greatest: Option<Vec<T>>,
}

impl<T: Timestamp> Bounds<T> {
    pub(crate) fn of<'a>(times: impl Iterator<Item = &'a T>) -> Self {
        let mut bounds = Bounds { least: Some(Vec::new()), greatest: Some(Vec::new()) };
        let mut last = None;
        for time in times {
            // Neighbours are mostly alike.
            if last != Some(time) {
                extend(&mut bounds.least, time, |a, b| a.less_equal(b));
                extend(&mut bounds.greatest, time, |a, b| b.less_equal(a));
                last = Some(time);
            }
        }
        bounds
    }

    /// Whether all times are known to be not at or beyond the frontier.
    pub(crate) fn all_before(&self, frontier: AntichainRef<'_, T>) -> bool {
        self.greatest.as_ref().is_some_and(|times| times.iter().all(|time| !frontier.less_equal(time)))
    }

    /// Whether all times are known to be at or beyond the frontier.
    pub(crate) fn all_beyond(&self, frontier: AntichainRef<'_, T>) -> bool {
        self.least.as_ref().is_some_and(|times| times.iter().all(|time| frontier.less_equal(time)))
    }
}

/// Adds a time to those that no other is ahead of, in the sense given.
fn extend<T: Clone>(extremes: &mut Option<Vec<T>>, time: &T, ahead: impl Fn(&T, &T) -> bool) {
    let Some(times) = extremes else { return };
    if times.iter().any(|other| ahead(other, time)) {
        return;
    }
    times.retain(|other| !ahead(time, other));
    times.push(time.clone());
    if times.len() > MOST {
        *extremes = None;
    }
}
