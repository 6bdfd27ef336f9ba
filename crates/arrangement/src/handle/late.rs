//! The update that comes too late.

use arrangement_trace::{Antichain, Timestamp};
use std::fmt;

/// Why an update was refused: its time is not at or beyond the frontier before which all is sealed.
///
/// ```
/// use arrangement::{Antichain, Arrangement, OrdValSpine};
///
/// let mut index = Arrangement::<OrdValSpine<u64, u64, u64, i64>>::new();
/// index.advance_to(5).unwrap();
/// let late = index.insert(1, 10, 3).unwrap_err();
/// assert_eq!((late.time(), late.frontier()), (&3, &Antichain::from_elem(5)));
/// assert_eq!(late.to_string(), "an update at 3 comes too late: everything before {5} is sealed");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct LateUpdate<T> {
    time: T,
    frontier: Antichain<T>,
}

impl<T: Timestamp> LateUpdate<T> {
    pub(super) fn new(time: T, frontier: Antichain<T>) -> Self {
        LateUpdate { time, frontier }
    }

    /// The time of the update.
    pub fn time(&self) -> &T {
        &self.time
    }

    /// The frontier before which all is sealed.
    pub fn frontier(&self) -> &Antichain<T> {
        &self.frontier
    }
}

impl<T: Timestamp> fmt::Display for LateUpdate<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let times: Vec<String> = self.frontier.iter().map(|time| format!("{time:?}")).collect();
        let (time, frontier) = (&self.time, times.join(", "));
        write!(f, "an update at {time:?} comes too late: everything before {{{frontier}}} is sealed")
    }
}

/// The text, so that it is seen where `main` returns it.
impl<T: Timestamp> fmt::Debug for LateUpdate<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<T: Timestamp> std::error::Error for LateUpdate<T> {}
