//! The bounds of a batch in time.

use crate::{Antichain, Timestamp};

/// Which times a batch holds, and for whom they are exact.
///
/// A batch holds exactly the updates whose original time `t` satisfies `lower <= t` and not `upper <= t`. Its times
/// have since been advanced by `since`: for each reader at a time at or beyond `since`, they say what the original times
/// said.
///
/// ```
/// use arrangement_trace::{Antichain, Description};
/// let fresh = Description::new(Antichain::from_elem(3u64), Antichain::from_elem(5));
/// assert_eq!(fresh.to_string(), "[{3}, {5}) since {0}");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description<T> {
    lower: Antichain<T>,
    upper: Antichain<T>,
    since: Antichain<T>,
}

impl<T: Timestamp> Description<T> {
    /// Bounds of updates whose times are as they were given: `since` is the minimum.
    pub fn new(lower: Antichain<T>, upper: Antichain<T>) -> Self {
        Self::with_since(lower, upper, Antichain::from_elem(T::minimum()))
    }

    /// Bounds of updates whose times were advanced by `since`.
    pub fn with_since(lower: Antichain<T>, upper: Antichain<T>, since: Antichain<T>) -> Self {
        Description { lower, upper, since }
    }

    /// The first times in the batch.
    pub fn lower(&self) -> &Antichain<T> {
        &self.lower
    }

    /// The first times no longer in the batch.
    pub fn upper(&self) -> &Antichain<T> {
        &self.upper
    }

    /// The frontier at or beyond which readers find exact contents.
    pub fn since(&self) -> &Antichain<T> {
        &self.since
    }

    /// The same bounds with another `upper` and `since`.
    #[must_use]
    pub fn extended(&self, upper: Antichain<T>, since: Antichain<T>) -> Self {
        Description { lower: self.lower.clone(), upper, since }
    }
}

impl<T: Timestamp> std::fmt::Display for Description<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [lower, upper, since] = [&self.lower, &self.upper, &self.since].map(|x| show(x));
        write!(f, "[{lower}, {upper}) since {since}")
    }
}

/// A frontier as text: its times in braces.
pub(crate) fn show<T: std::fmt::Debug>(frontier: &[T]) -> String {
    let times: Vec<String> = frontier.iter().map(|t| format!("{t:?}")).collect();
    format!("{{{}}}", times.join(", "))
}
