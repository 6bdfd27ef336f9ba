//! The state of one level.

use crate::report::{BatchReport, LevelReport, LevelState, MergeReport};
use arrangement_trace::{Algebra, Batch, LevelSummary, Merger};

/// One level of a spine.
pub(crate) enum Level<B: Batch> {
    /// A stretch of time without updates, as an empty batch.
    Empty(B),
    /// A batch with updates.
    Idle(B),
    /// Two batches that are being merged, or one that is compacted, the other then covering no time.
    Merging {
        older: B,
        newer: B,
        merger: Box<B::Merger>,
        /// Updates that the merge has read.
        read: usize,
    },
}

impl<B: Batch> Level<B> {
    pub(crate) fn of(batch: B) -> Self {
        if batch.is_empty() { Level::Empty(batch) } else { Level::Idle(batch) }
    }

    pub(crate) fn summary(&self) -> LevelSummary {
        match self {
            Level::Empty(_) => LevelSummary { batches: 0, updates: 0 },
            Level::Idle(batch) => LevelSummary { batches: 1, updates: batch.len() },
            Level::Merging { older, newer, .. } => {
                LevelSummary { batches: 2, updates: older.len() + newer.len() }
            }
        }
    }

    pub(crate) fn report(&self) -> LevelReport<B::Time> {
        let (state, description) = match self {
            Level::Empty(batch) => (LevelState::Empty, batch.description().clone()),
            Level::Idle(batch) => (LevelState::Batch, batch.description().clone()),
            Level::Merging { older, newer, merger, read } => {
                let merge = MergeReport {
                    updates_read: *read,
                    updates_len: older.len() + newer.len(),
                    sizes: merger.sizes(),
                };
                let since = B::Algebra::join_frontiers(older.since().borrow(), newer.since().borrow());
                let description = older.description().extended(newer.upper().clone(), since);
                (LevelState::Merging(merge), description)
            }
        };
        let mut batches = Vec::new();
        self.visit(&mut |batch| {
            if !batch.is_empty() {
                batches.push(BatchReport { description: batch.description().clone(), sizes: batch.sizes() });
            }
        });
        LevelReport { state, description, batches }
    }

    pub(crate) fn visit(&self, visit: &mut impl FnMut(&B)) {
        match self {
            Level::Empty(batch) | Level::Idle(batch) => visit(batch),
            Level::Merging { older, newer, .. } => {
                visit(older);
                // A batch that is compacted by itself merges with one that covers no time.
                if newer.lower() != newer.upper() {
                    visit(newer);
                }
            }
        }
    }
}

/// A batch extended over the empty one that follows it. Copies nothing.
pub(crate) fn extended<B: Batch>(batch: &B, empty: &B) -> B {
    let since = B::Algebra::join_frontiers(batch.since().borrow(), empty.since().borrow());
    batch.with_description(batch.description().extended(empty.upper().clone(), since))
}
