//! What a storage kind must offer to be measured.

use crate::contents::{Contents, Sums};
use crate::data::{Datum, Row};

/// The order in which keys are sought.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// At random: the cursor is rewound before each seek.
    Random,
    /// Sorted: the cursor only moves forward.
    Sorted,
}

/// One storage kind of one system, with times of `u64` and diffs of `i64`.
///
/// All batches come from one batcher by seal after seal, so that each begins where the last one ends. Many updates are
/// handed over by one call of [`push`](Kind::push) and [`seal`](Kind::seal), which should not be inlined: every work has use
/// for them, and compiling a batcher for each would take long.
pub trait Kind: 'static {
    /// The keys.
    type Key: Datum;
    /// The vals.
    type Val: Datum;
    /// What updates are pushed to.
    type Batcher;
    /// What is sealed; clones share their contents.
    type Batch: Clone + 'static;
    /// What batches are inserted into.
    type Spine;

    /// An empty batcher.
    fn batcher() -> Self::Batcher;

    /// Takes the rows of one container.
    fn push(batcher: &mut Self::Batcher, rows: &mut Vec<Row<Self::Key, Self::Val>>);

    /// Makes a batch of the updates before `upper`, of which there must be some.
    fn seal(batcher: &mut Self::Batcher, upper: u64) -> Self::Batch;

    /// Pushes rows, and makes a batch of those before `upper`, which they all are.
    fn seal_rows(batcher: &mut Self::Batcher, rows: &[Row<Self::Key, Self::Val>], upper: u64) -> Self::Batch {
        for chunk in rows.chunks(1 << 16) {
            Self::push(batcher, &mut chunk.to_vec());
        }
        Self::seal(batcher, upper)
    }

    /// The updates in a batch.
    fn len(batch: &Self::Batch) -> usize;

    /// Merges two batches that meet, with times advanced to `since`. Works `fuel` at a time, and calls `stopped` before
    /// the first such call and after each.
    fn merge_by(
        one: &Self::Batch,
        two: &Self::Batch,
        since: u64,
        fuel: usize,
        stopped: impl FnMut(),
    ) -> Self::Batch;

    /// Merges two batches that meet, with times advanced to `since`, in one call.
    fn merge(one: &Self::Batch, two: &Self::Batch, since: u64) -> Self::Batch {
        Self::merge_by(one, two, since, isize::MAX as usize, || ())
    }

    /// Visits all updates: by a batch's own cursor if there is one, by the system's cursor over several otherwise.
    fn scan(batches: &[Self::Batch]) -> Sums;

    /// As [`scan`](Kind::scan), in whatever way is fastest when all updates are to be visited, in any order.
    fn visit(batches: &[Self::Batch]) -> Sums {
        Self::scan(batches)
    }

    /// As [`scan`](Kind::scan), reading keys, vals and times too.
    fn contents(batches: &[Self::Batch]) -> Contents;

    /// Seeks each of the keys, and counts those found and the sum of diffs there.
    fn seek(batches: &[Self::Batch], keys: &[Self::Key], order: Order) -> Sums;

    /// As [`seek`](Kind::seek) at random, in whatever way is fastest when all keys are known beforehand, and nothing but
    /// the keys themselves is looked for.
    fn probe(batches: &[Self::Batch], keys: &[Self::Key]) -> Sums {
        Self::seek(batches, keys, Order::Random)
    }

    /// An empty spine.
    fn spine() -> Self::Spine;

    /// Appends a batch with updates in `lower..upper`, or `None` for a time in which nothing happened.
    fn insert(spine: &mut Self::Spine, batch: Option<Self::Batch>, lower: u64, upper: u64);

    /// Lets readers no longer tell times before `since` apart.
    fn compact_logically(spine: &mut Self::Spine, since: u64);

    /// Lets batches before `upper` be merged.
    fn compact_physically(spine: &mut Self::Spine, upper: u64);

    /// Works without input.
    fn exert(spine: &mut Self::Spine);

    /// The batches in the spine that have updates.
    fn batches(spine: &mut Self::Spine) -> Vec<Self::Batch>;
}
