//! Updates in four columns.

use crate::contents::Contents;
use crate::data::Row;
use std::ops::Range;

/// A row of a limit.
pub(super) type Pair = Row<u64, u64>;

/// Four columns of the same length.
#[derive(Default)]
pub(super) struct Columns {
    pub(super) keys: Vec<u64>,
    pub(super) vals: Vec<u64>,
    pub(super) times: Vec<u64>,
    pub(super) diffs: Vec<i64>,
}

impl Columns {
    pub(super) fn with_capacity(updates: usize) -> Self {
        Columns {
            keys: Vec::with_capacity(updates),
            vals: Vec::with_capacity(updates),
            times: Vec::with_capacity(updates),
            diffs: Vec::with_capacity(updates),
        }
    }

    pub(super) fn of_rows(rows: &[Pair]) -> Self {
        Columns {
            keys: rows.iter().map(|row| row.0.0).collect(),
            vals: rows.iter().map(|row| row.0.1).collect(),
            times: rows.iter().map(|row| row.1).collect(),
            diffs: rows.iter().map(|row| row.2).collect(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether the update at `i` is not behind the one at `j` of other columns.
    #[inline(always)]
    pub(super) fn leads(&self, i: usize, other: &Columns, j: usize) -> bool {
        (self.keys[i], self.vals[i]) <= (other.keys[j], other.vals[j])
    }

    /// Appends a range of other columns.
    pub(super) fn extend(&mut self, source: &Columns, range: Range<usize>) {
        self.keys.extend_from_slice(&source.keys[range.clone()]);
        self.vals.extend_from_slice(&source.vals[range.clone()]);
        self.times.extend_from_slice(&source.times[range.clone()]);
        self.diffs.extend_from_slice(&source.diffs[range]);
    }

    /// Moves an update to an earlier place.
    pub(super) fn shift(&mut self, from: usize, to: usize) {
        self.keys[to] = self.keys[from];
        self.vals[to] = self.vals[from];
        self.times[to] = self.times[from];
        self.diffs[to] = self.diffs[from];
    }

    pub(super) fn truncate(&mut self, updates: usize) {
        self.keys.truncate(updates);
        self.vals.truncate(updates);
        self.times.truncate(updates);
        self.diffs.truncate(updates);
    }

    pub(super) fn rows(&self) -> Vec<Pair> {
        (0..self.len()).map(|i| ((self.keys[i], self.vals[i]), self.times[i], self.diffs[i])).collect()
    }

    pub(super) fn contents(&self) -> Contents {
        Contents::of_rows(&self.rows())
    }
}
