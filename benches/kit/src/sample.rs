//! What one side brings to a case, and what it takes home.

use crate::contents::Checksum;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A figure taken of each side. All are costs: less is better.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Figure {
    /// Nanoseconds for each update, or for each seek.
    Time,
    /// The latency that half of the calls keep to, in microseconds.
    P50,
    /// The latency that 9 in 10 calls keep to.
    P90,
    /// The latency that 99 in 100 calls keep to.
    P99,
    /// The latency that 999 in 1,000 calls keep to.
    P999,
    /// The greatest latency of a call.
    Max,
    /// Heap bytes for each update, beyond those before, at the worst moment.
    Peak,
    /// Heap bytes for each update in the end.
    Held,
    /// As `Held`, of a batch that was merged from two.
    Merged,
    /// How many times more than without the load.
    Growth,
    /// Heap bytes in all.
    Bytes,
    /// Seconds until all that was there at first is taken in, and its results are out.
    Load,
    /// Megabytes of memory that the process had at the worst moment.
    Resident,
}

impl Figure {
    /// The latencies, from the most common to the rarest.
    pub const LATENCIES: [Figure; 5] = [Figure::P50, Figure::P90, Figure::P99, Figure::P999, Figure::Max];

    /// The head of its column.
    pub fn label(self) -> &'static str {
        match self {
            Figure::Time => "time",
            Figure::P50 => "p50",
            Figure::P90 => "p90",
            Figure::P99 => "p99",
            Figure::P999 => "p99.9",
            Figure::Max => "max",
            Figure::Peak => "peak",
            Figure::Held => "held",
            Figure::Merged => "merged",
            Figure::Growth => "growth",
            Figure::Bytes => "bytes",
            Figure::Load => "load",
            Figure::Resident => "resident",
        }
    }

    /// Its unit.
    pub fn unit(self) -> &'static str {
        match self {
            Figure::Time => "ns",
            Figure::P50 | Figure::P90 | Figure::P99 | Figure::P999 | Figure::Max => "us",
            Figure::Peak | Figure::Held | Figure::Merged | Figure::Bytes => "B",
            Figure::Growth => "x",
            Figure::Load => "s",
            Figure::Resident => "MB",
        }
    }
}

/// Whose side it is.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Camp {
    /// One of our spines.
    Ours,
    /// A spine of differential dataflow.
    Peer,
    /// A plain, special-purpose loop on the same data.
    Limit,
}

/// One repetition of one side.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Sample {
    /// The figures, the same ones in the same order each time.
    pub figures: Vec<(Figure, f64)>,
    /// What all sides must agree on, if it was asked for.
    pub checksum: Option<Checksum>,
}

/// Does the work once; computes the checksum if told so.
pub type Runner<'a> = Box<dyn FnMut(bool) -> Sample + 'a>;

/// A side, ready to run.
pub struct Contender<'a> {
    /// Its name.
    pub name: &'static str,
    /// Whose it is.
    pub camp: Camp,
    /// Its work.
    pub run: Runner<'a>,
}

impl fmt::Debug for Contender<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Contender({})", self.name)
    }
}
