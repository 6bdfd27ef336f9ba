//! Merging sorted chunks, however many at once.
//!
//! Chunks are not merged in pairs. One pass cuts the range of keys and vals into *buckets* of about as many updates as
//! a chunk has, at items sampled from the chunks; then for each bucket in order, it takes from each chunk the piece that
//! falls into it and sorts the pieces together, by the kernel that made the chunks. So each update is moved twice in
//! all, once into its chunk and once out of it, however many chunks there are; and a bucket is consolidated when it is
//! sorted. Chunks that overlap with no other are passed on as they are.

use crate::chunker::chunk_rows;
use crate::sort::{Settled, Sorter};
use arrangement_container::{BatchContainer, Chunk, Draining, Layout, Repeated, Vector};
use arrangement_trace::{AntichainRef, ChunkMerger, IntoOwned, Native};
use std::cmp::Ordering;
use std::fmt;

/// So many candidates for a bucket's bound are taken from each chunk that is full.
const CANDIDATES: usize = 64;

/// Merges chunks by buckets of key ranges.
pub struct RangeMerger<L> {
    /// The number of rows of a bucket.
    rows: usize,
    sorter: Sorter,
    _layout: std::marker::PhantomData<fn() -> L>,
}

/// The merger of chunks of plain vectors, of updates `U = ((K, V), T, R)`.
pub type VecMerger<U, A = Native> = RangeMerger<Vector<U, A>>;
/// The merger of chunks of columnation stacks, of updates `U = ((K, V), T, R)`.
#[cfg(feature = "columnation")]
pub type ColumnationMerger<U, A = Native> = RangeMerger<arrangement_container::TStack<U, A>>;
/// The merger of chunks in flatcontainer regions `KR` and `VR`.
#[cfg(feature = "flatcontainer")]
pub type FlatcontainerMerger<KR, VR, T, R, C, A = Native> =
    RangeMerger<arrangement_container::FlatLayout<KR, VR, T, R, C, A>>;

impl<L: Layout> Default for RangeMerger<L> {
    fn default() -> Self {
        Self::with_rows(chunk_rows::<L>())
    }
}

impl<L> fmt::Debug for RangeMerger<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RangeMerger")
    }
}

impl<L: Layout> ChunkMerger for RangeMerger<L> {
    type Chunk = Chunk<L>;
    type Time = L::Time;

    fn merge(&mut self, chunks: Vec<Chunk<L>>, emit: &mut dyn FnMut(&mut Chunk<L>)) {
        let chunks = chunks.into_iter().map(|chunk| Settled { chunk, distinct: false }).collect();
        self.merge_settled(chunks, &mut |settled| emit(&mut settled.chunk));
    }

    fn split(&mut self, chunk: &mut Chunk<L>, upper: AntichainRef<'_, L::Time>) -> Option<Chunk<L>> {
        let (ready, later): (Vec<u32>, Vec<u32>) =
            (0..chunk.len() as u32).partition(|&row| !upper.less_equal(chunk.times.get(row as usize)));
        if later.is_empty() {
            return None;
        }
        if ready.is_empty() {
            return Some(std::mem::take(chunk));
        }
        let mut rest = Chunk::<L>::default();
        rest.gather(chunk, &later);
        let mut kept = Chunk::<L>::default();
        kept.take_ordered(chunk, &ready);
        *chunk = kept;
        Some(rest)
    }
}

/// Orders rows of two chunks by key and val.
fn compare<L: Layout>(a: &Chunk<L>, row_a: usize, b: &Chunk<L>, row_b: usize) -> Ordering {
    let keys = L::Key::reborrow(a.keys.index(row_a)).cmp(&L::Key::reborrow(b.keys.index(row_b)));
    keys.then_with(|| L::Val::reborrow(a.vals.index(row_a)).cmp(&L::Val::reborrow(b.vals.index(row_b))))
}

/// A chunk that is consumed from the front.
struct Source<L: Layout> {
    /// See [`Settled::distinct`].
    distinct: bool,
    keys: <L::Key as BatchContainer>::Draining,
    vals: <L::Val as BatchContainer>::Draining,
    times: Repeated<L::Time>,
    diffs: Repeated<L::Diff>,
    /// How many rows were taken.
    taken: usize,
}

impl<L: Layout> Source<L> {
    fn new(settled: Settled<L>) -> Self {
        let Settled { chunk, distinct } = settled;
        Source {
            distinct,
            keys: Draining::new(chunk.keys),
            vals: Draining::new(chunk.vals),
            times: chunk.times,
            diffs: chunk.diffs,
            taken: 0,
        }
    }

    /// The number of rows before a bound, searched for around where it is expected.
    fn count_before(&self, bounds: &Chunk<L>, bound: usize, expected: usize) -> usize {
        let before = |row: usize| {
            let keys =
                L::Key::reborrow(self.keys.index(row)).cmp(&L::Key::reborrow(bounds.keys.index(bound)));
            match keys {
                Ordering::Less => true,
                Ordering::Greater => false,
                Ordering::Equal => {
                    L::Val::reborrow(self.vals.index(row)) < L::Val::reborrow(bounds.vals.index(bound))
                }
            }
        };
        search(self.keys.len(), expected, before)
    }

    /// Moves rows to the end of a chunk.
    fn take(&mut self, count: usize, stage: &mut Chunk<L>) {
        let rows = self.taken..self.taken + count;
        stage.times.extend_from_range(&self.times, rows.clone());
        stage.diffs.extend_from_range(&self.diffs, rows);
        self.keys.drain_into(count, &mut stage.keys);
        self.vals.drain_into(count, &mut stage.vals);
        self.taken += count;
    }
}

/// The number of positions, of `len`, that satisfy a predicate which holds for a first part of them only; by steps that
/// begin at the number expected.
fn search(len: usize, expected: usize, before: impl Fn(usize) -> bool) -> usize {
    let (mut lo, mut step) = (0, expected.max(1));
    let mut hi = loop {
        if lo + step > len {
            break len;
        }
        if !before(lo + step - 1) {
            break lo + step - 1;
        }
        lo += step;
        step *= 2;
    };
    while lo < hi {
        let middle = lo + (hi - lo) / 2;
        if before(middle) { lo = middle + 1 } else { hi = middle }
    }
    lo
}

impl<L: Layout> RangeMerger<L> {
    /// A merger that cuts into buckets of about so many rows, and hands out chunks of at most twice as many.
    ///
    /// # Panics
    /// If there are to be none.
    pub fn with_rows(rows: usize) -> Self {
        assert!(rows > 0, "a bucket must have room for a row");
        RangeMerger { rows, sorter: Sorter::default(), _layout: std::marker::PhantomData }
    }

    /// How many updates were sorted so far.
    pub fn updates_sorted(&self) -> usize {
        self.sorter.settled
    }

    /// As [`merge`](ChunkMerger::merge), with what is known of the chunks.
    pub(crate) fn merge_settled(
        &mut self,
        mut chunks: Vec<Settled<L>>,
        emit: &mut dyn FnMut(&mut Settled<L>),
    ) {
        chunks.retain(|settled| !settled.chunk.is_empty());
        let mut chunks: Vec<(usize, Settled<L>)> = chunks.into_iter().enumerate().collect();
        chunks.sort_by(|(_, a), (_, b)| compare::<L>(&a.chunk, 0, &b.chunk, 0));
        let mut chunks = chunks.into_iter().peekable();
        while let Some(chunk) = chunks.next() {
            // All that begin before the end of what is in the group belong to it.
            let mut group = vec![chunk];
            let mut greatest = 0;
            while let Some(next) = chunks.next_if(|(_, next)| {
                let last = &group[greatest].1.chunk;
                compare::<L>(last, last.len() - 1, &next.chunk, 0).is_ge()
            }) {
                let (last, new) = (&group[greatest].1.chunk, &next.1.chunk);
                if compare::<L>(new, new.len() - 1, last, last.len() - 1).is_ge() {
                    greatest = group.len();
                }
                group.push(next);
            }
            // Updates of one key and val mostly came in the order of their times.
            group.sort_unstable_by_key(|chunk| chunk.0);
            let mut group: Vec<Settled<L>> = group.into_iter().map(|chunk| chunk.1).collect();
            match &mut group[..] {
                [one] => emit(one),
                _ => self.merge_group(group, emit),
            }
        }
    }

    fn merge_group(&mut self, group: Vec<Settled<L>>, emit: &mut dyn FnMut(&mut Settled<L>)) {
        let rows = self.rows;
        let chunks: Vec<&Chunk<L>> = group.iter().map(|settled| &settled.chunk).collect();
        let bounds = bucket_bounds::<L>(&chunks, rows);
        let expected = rows / group.len() + 1;
        let mut sources: Vec<Source<L>> = group.into_iter().map(Source::<L>::new).collect();
        let mut stage = Chunk::<L>::default();
        let mut settled = Settled::<L>::default();
        for bucket in 0..=bounds.len() {
            let mut pieces = 0;
            for source in &mut sources {
                let count = match bucket < bounds.len() {
                    true => source.count_before(&bounds, bucket, expected),
                    false => source.keys.len(),
                };
                if count > 0 {
                    source.take(count, &mut stage);
                    pieces += 1;
                    settled.distinct = source.distinct;
                }
            }
            // Those used up are freed here.
            sources.retain(|source| !source.keys.is_empty());
            if pieces > 1 {
                self.sorter.settle::<L>(&mut stage, &mut settled);
            } else {
                // What is known of the one source holds for its piece.
                std::mem::swap(&mut stage, &mut settled.chunk);
            }
            emit_bounded::<L>(&mut settled, rows, emit);
        }
    }

    /// About which part of the updates would remain if the chunks were merged, told by merging a few short ranges.
    ///
    /// These are drawn anew each time, one from each part of the updates in order, so that no pattern of what cancels
    /// stays unseen. All of them together are less than a bucket, unless many updates have one key and val.
    pub(crate) fn survivors(&mut self, chunks: &[&Chunk<L>]) -> f64 {
        const PROBES: usize = 8;
        let candidates = candidates::<L>(chunks, self.rows / (2 * PROBES));
        if candidates.len() < 2 {
            return 0.0;
        }
        let compare_to = |chunk: &Chunk<L>, row: usize, candidate: usize| {
            let (other, other_row) = candidates[candidate];
            compare::<L>(chunk, row, chunks[other as usize], other_row as usize)
        };
        let (mut sum, mut last) = (0.0, (usize::MAX, 0.0));
        for probe in 0..PROBES {
            let part = candidates.len() * probe / PROBES..candidates.len() * (probe + 1) / PROBES;
            let drawn = scramble(self.sorter.settled as u64 + probe as u64) as usize;
            let from = (part.start + drawn % part.len().max(1)).min(candidates.len() - 1);
            let (chunk, row) = candidates[from];
            let is_beyond = |other: &usize| compare_to(chunks[chunk as usize], row as usize, *other).is_lt();
            let to = (from + 1..candidates.len()).find(is_beyond);
            // Of a pair with many updates, several are drawn.
            if last.0 != to.unwrap_or(candidates.len()) {
                let mut stage = Chunk::<L>::default();
                for chunk in chunks {
                    let lo = search(chunk.len(), 1, |row| compare_to(chunk, row, from).is_lt());
                    let hi = to.map_or(chunk.len(), |to| {
                        search(chunk.len(), lo.max(1), |row| compare_to(chunk, row, to).is_lt())
                    });
                    stage.extend_from_range(chunk, lo..hi);
                }
                let seen = stage.len();
                let mut settled = Settled::<L>::default();
                self.sorter.settle::<L>(&mut stage, &mut settled);
                last = (to.unwrap_or(candidates.len()), settled.chunk.len() as f64 / seen as f64);
            }
            sum += last.1;
        }
        sum / PROBES as f64
    }
}

/// A number that looks random.
fn scramble(number: u64) -> u64 {
    let mixed = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ mixed >> 32).wrapping_mul(0xd6e8_feb8_6659_fd93) >> 32
}

/// The chunk and the row of one update in so many, ordered by key and val.
fn candidates<L: Layout>(chunks: &[&Chunk<L>], spacing: usize) -> Vec<(u32, u32)> {
    let spacing = spacing.max(1);
    let mut candidates: Vec<(u32, u32)> = Vec::new();
    for (index, chunk) in chunks.iter().enumerate() {
        // Each chunk from another position on: chunks are much alike, and candidates of all would lie close together.
        let first = scramble(index as u64) as usize % spacing;
        let samples = (first..chunk.len()).step_by(spacing);
        candidates.extend(samples.map(|row| (index as u32, row as u32)));
    }
    candidates.sort_unstable_by(|&(a, row_a), &(b, row_b)| {
        compare::<L>(chunks[a as usize], row_a as usize, chunks[b as usize], row_b as usize)
    });
    candidates
}

/// Keys and vals that cut chunks into buckets of about so many rows. No pair of key and val is cut.
fn bucket_bounds<L: Layout>(chunks: &[&Chunk<L>], rows: usize) -> Chunk<L> {
    let mut bounds = Chunk::<L>::default();
    let total: usize = chunks.iter().map(|chunk| chunk.len()).sum();
    if total < rows.saturating_mul(3) / 2 {
        return bounds;
    }
    let spacing = (rows / CANDIDATES).max(1);
    let mut candidates = candidates::<L>(chunks, spacing);
    let at = |&(chunk, row): &(u32, u32)| (chunks[chunk as usize], row as usize);
    candidates.dedup_by(|a, b| {
        let ((a, row_a), (b, row_b)) = (at(a), at(b));
        compare::<L>(a, row_a, b, row_b).is_eq()
    });
    let step = (rows / spacing).max(1);
    for candidate in candidates.iter().skip(step).step_by(step) {
        let (chunk, row) = at(candidate);
        bounds.keys.push(chunk.keys.index(row));
        bounds.vals.push(chunk.vals.index(row));
    }
    bounds
}

/// Hands out a chunk, in parts if one pair of very many times, which buckets do not cut, has made it too large.
fn emit_bounded<L: Layout>(settled: &mut Settled<L>, rows: usize, emit: &mut dyn FnMut(&mut Settled<L>)) {
    if settled.chunk.len() > rows.saturating_mul(2) {
        let mut source = Source::<L>::new(std::mem::take(settled));
        let mut part = Settled::<L>::default();
        while !source.keys.is_empty() {
            source.take(rows.min(source.keys.len()), &mut part.chunk);
            part.distinct = source.distinct;
            emit(&mut part);
            part.chunk.clear();
        }
    } else if !settled.chunk.is_empty() {
        emit(settled);
        settled.chunk.clear();
    }
}
