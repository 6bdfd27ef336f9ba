//! From updates to a trace: push, seal, insert, merge, each timed.
//!
//! Input need not be in order of time, so all of it is pushed before the first batch is sealed. Batches are
//! then cut between times: each goes up to the first time at which it holds enough updates.

use crate::heap;
use crate::index::{Index, Update};
use crate::levels;
use arrangement::trace::PartSizes;
use arrangement::{Antichain, Batch, BatchReader, Batcher, Progress};
use indicatif::ProgressBar;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How many updates are read and pushed at a time.
pub(crate) const CHUNK_LEN: usize = 1 << 14;

/// How much a call of `exert` may read: enough that its overhead does not show.
const EXERT_FUEL: usize = 1 << 20;

/// How long each stage took.
#[derive(Copy, Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Stages {
    /// Opening, decompressing and parsing.
    #[serde(serialize_with = "as_seconds", rename = "read_seconds")]
    pub(crate) read: Duration,
    /// Handing updates to the batcher, which sorts and consolidates them.
    #[serde(serialize_with = "as_seconds", rename = "push_seconds")]
    pub(crate) push: Duration,
    /// Making batches of them.
    #[serde(serialize_with = "as_seconds", rename = "seal_seconds")]
    pub(crate) seal: Duration,
    /// Inserting the batches into the spine, with the merging that this pays for.
    #[serde(serialize_with = "as_seconds", rename = "insert_seconds")]
    pub(crate) insert: Duration,
    /// Merging what remains into one batch.
    #[serde(serialize_with = "as_seconds", rename = "merge_seconds")]
    pub(crate) merge: Duration,
}

impl Stages {
    /// All stages but reading.
    pub(crate) fn index(&self) -> Duration {
        self.push + self.seal + self.insert + self.merge
    }
}

/// What was loaded.
#[derive(Debug, Default)]
pub(crate) struct Loaded {
    /// Updates that came in.
    pub(crate) updates_read: u64,
    /// Updates in the batches as they were sealed.
    pub(crate) updates: usize,
    /// Batches sealed.
    pub(crate) batches: usize,
    /// The levels when all was inserted, before the rest was merged.
    pub(crate) levels: Vec<levels::Row>,
    /// Batches that they were merged into.
    pub(crate) merged: usize,
    /// The first and the last time.
    pub(crate) times: Option<(u64, u64)>,
    /// The sizes of the merged batches, by their own account.
    pub(crate) sizes: PartSizes,
    /// The heap bytes of the trace, by the allocator's account.
    pub(crate) held: usize,
    /// How long it took.
    pub(crate) stages: Stages,
}

/// A trace being loaded.
pub(crate) struct Loader<S: Index> {
    batcher: S::Batcher,
    /// How many updates each time has.
    times: BTreeMap<u64, u64>,
    stages: Stages,
    /// The heap bytes taken before there was anything.
    heap_before: usize,
}

impl<S: Index> Loader<S> {
    /// Nothing loaded yet.
    pub(crate) fn new() -> Self {
        let heap_before = heap::current();
        Loader { batcher: S::Batcher::new(), times: BTreeMap::new(), stages: Stages::default(), heap_before }
    }

    /// Takes updates, and leaves the vector empty.
    pub(crate) fn push(&mut self, updates: &mut Vec<Update>) {
        // Times mostly come in runs.
        for run in updates.chunk_by(|a, b| a.1 == b.1) {
            *self.times.entry(run[0].1).or_default() += run.len() as u64;
        }
        timed(&mut self.stages.push, || self.batcher.push(updates));
    }

    /// Adds to the time taken for reading.
    pub(crate) fn add_read(&mut self, time: Duration) {
        self.stages.read += time;
    }

    /// Seals all into batches of at least `batch_len` updates, inserts them into a trace, and merges them.
    pub(crate) fn finish(mut self, batch_len: u64, progress: &ProgressBar) -> (S, Loaded) {
        let mut loaded = Loaded {
            updates_read: self.times.values().sum(),
            times: self
                .times
                .first_key_value()
                .map(|(t, _)| *t)
                .zip(self.times.last_key_value().map(|(t, _)| *t)),
            ..Loaded::default()
        };
        progress.set_length(loaded.updates_read);
        let mut trace = S::new();
        let mut ready = 0;
        let last = loaded.times.map(|(_, last)| last);
        for (time, count) in &self.times {
            ready += count;
            if ready < batch_len && Some(*time) != last {
                continue;
            }
            // Past the greatest time there is none: the batch then goes up to the end of time.
            let upper = time.checked_add(1).map_or_else(Antichain::new, Antichain::from_elem);
            let batch = timed(&mut self.stages.seal, || self.batcher.seal::<S::Builder>(upper.clone()));
            loaded.updates += batch.len();
            loaded.batches += 1;
            timed(&mut self.stages.insert, || {
                trace.insert(batch);
                // Nobody will cut this trace, so that all its batches may be merged.
                trace.set_physical_compaction(upper.borrow());
            });
            progress.inc(ready);
            ready = 0;
        }
        drop((self.batcher, self.times));
        loaded.levels = levels::rows(&trace.report());
        progress.set_message("merging");
        trace.set_exert_logic(Arc::new(|levels| {
            let batches: usize = levels.iter().map(|level| level.batches).sum();
            (batches > 1).then_some(EXERT_FUEL)
        }));
        timed(&mut self.stages.merge, || while trace.exert() == Progress::Working {});
        trace.map_batches(|batch| {
            loaded.merged += usize::from(!batch.is_empty());
            loaded.sizes += Batch::sizes(batch);
        });
        loaded.stages = self.stages;
        loaded.held = heap::current().saturating_sub(self.heap_before);
        (trace, loaded)
    }
}

/// Does something and adds the time it took.
pub(crate) fn timed<R>(total: &mut Duration, work: impl FnOnce() -> R) -> R {
    let start = Instant::now();
    let result = work();
    *total += start.elapsed();
    result
}

pub(crate) fn as_seconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.as_secs_f64())
}
