//! Updates in four columns.

use bench_kit::contents::Contents;
use bench_kit::data::Row;
use std::ops::Range;

/// A row of a limit.
pub(crate) type Pair = Row<u64, u64>;

/// Four columns of the same length.
#[derive(Default)]
pub(crate) struct Columns {
    pub(crate) keys: Vec<u64>,
    pub(crate) vals: Vec<u64>,
    pub(crate) times: Vec<u64>,
    pub(crate) diffs: Vec<i64>,
}

impl Columns {
    pub(crate) fn with_capacity(updates: usize) -> Self {
        Columns {
            keys: Vec::with_capacity(updates),
            vals: Vec::with_capacity(updates),
            times: Vec::with_capacity(updates),
            diffs: Vec::with_capacity(updates),
        }
    }

    pub(crate) fn of_rows(rows: &[Pair]) -> Self {
        Columns {
            keys: rows.iter().map(|row| row.0.0).collect(),
            vals: rows.iter().map(|row| row.0.1).collect(),
            times: rows.iter().map(|row| row.1).collect(),
            diffs: rows.iter().map(|row| row.2).collect(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether the update at `i` is not behind the one at `j` of other columns.
    #[inline(always)]
    pub(crate) fn leads(&self, i: usize, other: &Columns, j: usize) -> bool {
        (self.keys[i], self.vals[i]) <= (other.keys[j], other.vals[j])
    }

    /// Appends a range of other columns.
    pub(crate) fn extend(&mut self, source: &Columns, range: Range<usize>) {
        self.keys.extend_from_slice(&source.keys[range.clone()]);
        self.vals.extend_from_slice(&source.vals[range.clone()]);
        self.times.extend_from_slice(&source.times[range.clone()]);
        self.diffs.extend_from_slice(&source.diffs[range]);
    }

    /// Moves an update to an earlier place.
    pub(crate) fn shift(&mut self, from: usize, to: usize) {
        self.keys[to] = self.keys[from];
        self.vals[to] = self.vals[from];
        self.times[to] = self.times[from];
        self.diffs[to] = self.diffs[from];
    }

    pub(crate) fn truncate(&mut self, updates: usize) {
        self.keys.truncate(updates);
        self.vals.truncate(updates);
        self.times.truncate(updates);
        self.diffs.truncate(updates);
    }

    pub(crate) fn rows(&self) -> Vec<Pair> {
        (0..self.len()).map(|i| ((self.keys[i], self.vals[i]), self.times[i], self.diffs[i])).collect()
    }

    pub(crate) fn contents(&self) -> Contents {
        Contents::of_rows(&self.rows())
    }
}
