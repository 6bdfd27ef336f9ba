//! Spine: batches inserted one after the other, each insertion with its share of merging.

use crate::clock::{Stopwatch, quantile};
use crate::contents::Checksum;
use crate::data::{Datum, Row, mix};
use crate::heap;
use crate::kind::Kind;
use crate::sample::{Figure, Sample};

/// Which updates come.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Workload {
    /// Insertions only, all distinct.
    Insert,
    /// A tenth of all are insertions at first; then one half are insertions, and the others take back the oldest.
    Churn,
}

/// Updates in batches, one time each. Readers follow: after each batch, times before its end need no longer be told
/// apart.
#[derive(Copy, Clone, Debug)]
pub struct Load {
    /// All updates.
    pub updates: usize,
    /// Updates in a batch.
    pub batch: usize,
    /// Which.
    pub workload: Workload,
}

impl Load {
    /// How many batches there are.
    pub fn batches(&self) -> usize {
        self.updates.div_ceil(self.batch)
    }

    /// The updates of a batch, in no order.
    pub fn rows<K: Datum, V: Datum>(&self, batch: usize) -> Vec<Row<K, V>> {
        let (start, end) = (batch * self.batch, ((batch + 1) * self.batch).min(self.updates));
        let row = |i| {
            let (number, diff) = self.change(i);
            ((K::make(mix(number as u64)), V::make(number as u64)), batch as u64, diff)
        };
        (start..end).map(row).collect()
    }

    fn change(&self, i: usize) -> (usize, i64) {
        let live = self.updates / 10;
        match self.workload {
            Workload::Insert => (i, 1),
            Workload::Churn if i < live => (i, 1),
            Workload::Churn if (i - live).is_multiple_of(2) => (live + (i - live) / 2, 1),
            Workload::Churn => ((i - live) / 2, -1),
        }
    }
}

/// How long each insertion took.
#[derive(Clone, Debug)]
pub struct Latencies {
    updates: usize,
    ns: Vec<u64>,
}

impl Latencies {
    /// None so far, with room for a load's.
    pub fn new(load: &Load) -> Self {
        Latencies { updates: load.updates, ns: Vec::with_capacity(load.batches()) }
    }

    /// Takes the time of one insertion.
    pub fn time(&mut self, insert: impl FnOnce()) {
        let stopwatch = Stopwatch::start();
        insert();
        self.ns.push(stopwatch.ns());
    }

    /// All figures; heap is counted from `base` on.
    pub fn sample(mut self, base: usize, checksum: impl FnOnce() -> Option<Checksum>) -> Sample {
        let updates = self.updates as f64;
        let peak = (heap::peak() - base) as f64 / updates;
        let total: u64 = self.ns.iter().sum();
        self.ns.sort_unstable();
        let us = |q: f64| quantile(&self.ns, q) as f64 / 1e3;
        Sample {
            figures: vec![
                (Figure::Time, total as f64 / updates),
                (Figure::P50, us(0.5)),
                (Figure::P90, us(0.9)),
                (Figure::P99, us(0.99)),
                (Figure::P999, us(0.999)),
                (Figure::Max, us(1.0)),
                (Figure::Peak, peak),
            ],
            checksum: checksum(),
        }
    }
}

/// Inserts all batches of a load. Building them is not timed.
pub fn run<T: Kind>(load: Load, check: bool) -> Sample {
    let mut latencies = Latencies::new(&load);
    let base = heap::reset_peak();
    let mut spine = T::spine();
    let mut batcher = T::batcher();
    for at in 0..load.batches() {
        let (lower, upper) = (at as u64, at as u64 + 1);
        T::push(&mut batcher, &mut load.rows(at));
        let batch = T::seal(&mut batcher, upper);
        latencies.time(|| {
            T::compact_logically(&mut spine, upper);
            T::insert(&mut spine, Some(batch), lower, upper);
            T::compact_physically(&mut spine, upper);
        });
    }
    latencies.sample(base, || check.then(|| T::contents(&T::batches(&mut spine)).accumulated()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn churn_leaves_a_tenth() {
        let load = Load { updates: 10_000, batch: 300, workload: Workload::Churn };
        let rows: Vec<Row<u64, u64>> = (0..load.batches()).flat_map(|batch| load.rows(batch)).collect();
        assert_eq!(rows.len(), 10_000);
        assert_eq!(rows.iter().map(|row| row.2).sum::<i64>(), 1_000);
    }
}
