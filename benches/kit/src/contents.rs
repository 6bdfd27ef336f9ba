//! What was read, as a few numbers by which sides are checked against each other.

use crate::data::{Datum, Row, mix};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a timed reader returns.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Updates visited, or keys found.
    pub count: u64,
    /// The sum of the diffs there.
    pub diffs: i64,
}

/// All that batches hold, read once with keys, vals and times.
///
/// The hashes are sums weighted by diff: they neither depend on the order of reading, nor on how far equal updates were
/// consolidated.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Updates.
    pub updates: u64,
    /// Pairs of key and val whose diffs don't sum to zero.
    pub records: u64,
    /// The sum of all diffs.
    pub diffs: i64,
    /// A hash of keys, vals and diffs.
    pub hash: u64,
    /// A hash of keys, vals, times and diffs.
    pub timed_hash: u64,
}

impl Contents {
    /// The contents of consolidated updates, no pair of key and val twice.
    pub fn of_rows<'a, K: Datum, V: Datum>(rows: impl IntoIterator<Item = &'a Row<K, V>>) -> Self {
        let mut contents = Contents::default();
        for ((key, val), time, diff) in rows {
            contents.record(key.stable_hash(), val.stable_hash(), |add| add(*time, *diff));
        }
        contents
    }

    /// Adds a pair of key and val, of which `visit` hands out times and diffs.
    pub fn record(&mut self, key_hash: u64, val_hash: u64, visit: impl FnOnce(&mut dyn FnMut(u64, i64))) {
        let hash = mix(key_hash ^ val_hash.rotate_left(32));
        let mut sum = 0;
        visit(&mut |time, diff| {
            self.updates += 1;
            sum += diff;
            let timed = mix(hash ^ mix(time)).wrapping_mul(diff as u64);
            self.timed_hash = self.timed_hash.wrapping_add(timed);
        });
        self.records += (sum != 0) as u64;
        self.diffs += sum;
        self.hash = self.hash.wrapping_add(hash.wrapping_mul(sum as u64));
    }

    /// The checksum of consolidated contents: any two sides hold the same number of updates.
    pub fn consolidated(&self) -> Checksum {
        Checksum { count: self.updates, diffs: self.diffs, hash: self.hash }
    }

    /// As [`consolidated`](Contents::consolidated), with the times.
    pub fn timed(&self) -> Checksum {
        Checksum { hash: self.timed_hash, ..self.consolidated() }
    }

    /// The checksum of contents that sides may have compacted and consolidated to different degrees.
    pub fn accumulated(&self) -> Checksum {
        Checksum { count: self.records, ..self.consolidated() }
    }
}

/// What must be the same on all sides of a case.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checksum {
    /// How many there were, of what the case counts.
    pub count: u64,
    /// The sum of diffs.
    pub diffs: i64,
    /// A hash.
    pub hash: u64,
}

impl Checksum {
    /// The checksum of work on contents, with the sums it came to.
    pub fn with(self, sums: Sums) -> Self {
        Checksum { count: sums.count, diffs: sums.diffs, hash: self.hash ^ mix(self.count) }
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:+} {:08x}", self.count, self.diffs, self.hash >> 32)
    }
}
