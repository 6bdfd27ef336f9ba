//! Why something can't be read at a time.

use crate::Antichain;
use crate::description::show;
use std::fmt;

/// Why a read was refused. It names the time, and the frontier that the time does not fit.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReadError<T> {
    /// The time is not at or beyond `since`: what it held can no longer be told from what later times held.
    Compacted {
        /// The time that was asked for.
        time: T,
        /// The frontier at or beyond which times can be told apart.
        since: Antichain<T>,
    },
    /// The time is at or beyond `upper`: what it holds is not known yet.
    NotYet {
        /// The time that was asked for.
        time: T,
        /// The first times that are not known.
        upper: Antichain<T>,
    },
    /// Changes were asked for between two times of which the first is not before the second, nor the same.
    Disordered {
        /// The first time.
        from: T,
        /// The second time.
        to: T,
    },
}

impl<T: fmt::Debug> fmt::Display for ReadError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::Compacted { time, since } => {
                write!(
                    f,
                    "can't read as of {time:?}: times were compacted up to the frontier {}",
                    show(since)
                )
            }
            ReadError::NotYet { time, upper } => {
                write!(
                    f,
                    "can't read as of {time:?} yet: only times before the frontier {} are sealed",
                    show(upper)
                )
            }
            ReadError::Disordered { from, to } => {
                write!(f, "can't read from {from:?} to {to:?}: the first time is not before the second")
            }
        }
    }
}

/// The text, so that it is seen where `main` returns it.
impl<T: fmt::Debug> fmt::Debug for ReadError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<T: fmt::Debug> std::error::Error for ReadError<T> {}
