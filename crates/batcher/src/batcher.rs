//! The batcher: what is pushed, held, and sealed.

use crate::bounds::Bounds;
use crate::chunker::{Chunker, chunk_rows};
use crate::future::Future;
use crate::merger::RangeMerger;
use crate::sort::Settled;
use arrangement_container::{BatchContainer, Chunk, InputFor, Layout, Repeated, is_validating};
use arrangement_trace::{
    Antichain, AntichainRef, Batcher, Builder, ChunkMerger, Chunker as _, Description, PartialOrder, Sizes,
    Timestamp,
};
use std::fmt;

/// Held updates are first looked at for cancellation when they fill so many chunks.
const RELIEF: usize = 8;
/// Held updates are merged if at most this part of them would remain.
const WORTHWHILE: f64 = 0.7;

/// Holds chunks of updates, and seals those before a frontier into batches.
///
/// Each update is sorted into a chunk when it is pushed, and out of it when it is sealed, with all chunks at once. In
/// between, when what is held has doubled, a sample of it is merged to see whether much would cancel; if so all of it
/// is, so that memory stays within a small multiple of what survives.
///
/// Updates at or beyond the seal go to a store by time, and cost later seals nothing before they are due.
pub struct MergeBatcher<L: Layout, I = <L as Layout>::Input> {
    chunker: Chunker<L, I>,
    /// How many held updates are not looked at for cancellation.
    relief: usize,
    merger: RangeMerger<L>,
    held: Vec<Held<L>>,
    held_sizes: Sizes,
    /// The number of held updates at which to look for cancellation next.
    relief_at: usize,
    future: Future<L>,
    /// Up to where updates were sealed.
    lower: Antichain<L::Time>,
    frontier: Antichain<L::Time>,
    /// Staged updates whose times were checked.
    checked: usize,
}

struct Held<L: Layout> {
    settled: Settled<L>,
    bounds: Bounds<L::Time>,
}

impl<L: Layout> Held<L> {
    fn new(settled: Settled<L>) -> Self {
        let bounds = match &settled.chunk.times {
            Repeated::One(time, _) => Bounds::of(time.iter()),
            Repeated::Many(times) => Bounds::of(times.iter()),
        };
        Held { settled, bounds }
    }
}

impl<L: Layout, I> fmt::Debug for MergeBatcher<L, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MergeBatcher")
            .field("lower", &self.lower)
            .field("chunker", &self.chunker)
            .field("held_len", &self.held_sizes.records)
            .field("future", &self.future.sizes().records)
            .finish_non_exhaustive()
    }
}

impl<L: Layout, I: InputFor<L>> MergeBatcher<L, I> {
    /// Takes in a chunk.
    fn hold(&mut self, settled: Settled<L>) {
        self.held_sizes += settled.chunk.sizes();
        self.held.push(Held::new(settled));
    }

    /// How many updates were sorted so far: each of those pushed about twice, if it is not cancelled on the way.
    pub fn updates_sorted(&self) -> usize {
        self.chunker.updates_sorted() + self.merger.updates_sorted()
    }

    /// Merges what is held, if a sample says that enough of it would cancel.
    fn relieve(&mut self) {
        let chunks: Vec<&Chunk<L>> = self.held.iter().map(|held| &held.settled.chunk).collect();
        if self.merger.survivors(&chunks) < WORTHWHILE {
            let chunks = self.held.drain(..).map(|held| held.settled).collect();
            let held = &mut self.held;
            self.merger.merge_settled(chunks, &mut |settled| held.push(Held::new(std::mem::take(settled))));
            self.held_sizes = self.held.iter().map(|held| held.settled.chunk.sizes()).sum();
        }
        self.relief_at = (2 * self.held_sizes.records).max(self.relief);
    }

    /// Panics if one of the times from a position on comes before what was sealed.
    fn check_times(&self, times: &Repeated<L::Time>, from: usize) {
        for row in from..times.len() {
            let time = times.get(row);
            assert!(
                self.lower.less_equal(time),
                "an update at {time:?} comes too late: everything before {:?} was sealed",
                self.lower.elements()
            );
        }
    }

    /// The chunks of what is due, what is not having gone to the future.
    fn due(&mut self, upper: AntichainRef<'_, L::Time>) -> Vec<Settled<L>> {
        let mut due = Vec::new();
        for Held { mut settled, bounds } in self.held.drain(..) {
            if bounds.all_before(upper) {
                due.push(settled);
            } else if bounds.all_beyond(upper) {
                self.future.insert(settled.chunk);
            } else {
                if let Some(later) = self.merger.split(&mut settled.chunk, upper) {
                    self.future.insert(later);
                }
                due.push(settled);
            }
        }
        self.held_sizes = Sizes::default();
        self.relief_at = self.relief;
        if !self.future.is_empty() {
            let sorter = self.chunker.sorter();
            self.future.extract(upper, &mut |stage| {
                let mut settled = Settled::<L>::default();
                sorter.settle::<L>(stage, &mut settled);
                due.push(settled);
            });
        }
        due
    }
}

/// The numbers of keys and of pairs of key and val in a chunk.
fn count_distinct<L: Layout>(settled: &Settled<L>) -> (usize, usize) {
    let Settled { chunk, distinct } = settled;
    if *distinct {
        return (chunk.len(), chunk.len());
    }
    let mut same = vec![true; chunk.len()];
    let same_keys = chunk.keys.keep_repeats(&mut same);
    let same_vals = if same_keys == 0 { 0 } else { chunk.vals.keep_repeats(&mut same) };
    (chunk.len() - same_keys, chunk.len() - same_vals)
}

impl<L: Layout, I: InputFor<L>> Batcher for MergeBatcher<L, I> {
    type Input = I;
    type Output = Chunk<L>;
    type Time = L::Time;

    fn new() -> Self {
        Self::with_chunk_rows(chunk_rows::<L>())
    }

    fn with_chunk_rows(rows: usize) -> Self {
        let relief = rows.saturating_mul(RELIEF);
        MergeBatcher {
            chunker: Chunker::with_rows(rows),
            merger: RangeMerger::with_rows(rows),
            relief,
            held: Vec::new(),
            held_sizes: Sizes::default(),
            relief_at: relief,
            future: Future::with_rows(rows),
            lower: Antichain::from_elem(L::Time::minimum()),
            frontier: Antichain::new(),
            checked: 0,
        }
    }

    fn push(&mut self, updates: &mut I) {
        let sorted = self.chunker.updates_sorted();
        self.chunker.push(updates);
        if self.chunker.updates_sorted() > sorted {
            // What is staged now is all new.
            self.checked = 0;
        }
        if is_validating() {
            self.check_times(&self.chunker.staged().times, self.checked);
            self.checked = self.chunker.staged().len();
        }
        while let Some(settled) = self.chunker.next_full() {
            if is_validating() {
                self.check_times(&settled.chunk.times, 0);
            }
            self.hold(settled);
            if self.held_sizes.records >= self.relief_at {
                self.relieve();
            }
        }
    }

    fn seal<B>(&mut self, upper: Antichain<L::Time>) -> B::Output
    where
        B: Builder<Input = Chunk<L>, Time = L::Time>,
    {
        assert!(
            PartialOrder::less_equal(&self.lower, &upper),
            "can't seal up to {:?}: everything before {:?} was sealed",
            upper.elements(),
            self.lower.elements()
        );
        while let Some(settled) = self.chunker.next() {
            self.hold(settled);
        }
        self.checked = 0;
        let due = self.due(upper.borrow());
        self.future.frontier(&mut self.frontier);
        // The first chunk tells how many keys and vals there are to a number of updates: it holds all of a range of
        // keys, and the ranges are alike.
        let total: usize = due.iter().map(|settled| settled.chunk.len()).sum();
        let mut builder: Option<B> = None;
        self.merger.merge_settled(due, &mut |settled| {
            let builder = builder.get_or_insert_with(|| {
                let rows = settled.chunk.len();
                let (keys, vals) = count_distinct::<L>(settled);
                let scaled = |count: usize| {
                    if rows == total {
                        count
                    } else {
                        (count as u128 * total as u128 / rows as u128) as usize
                    }
                };
                B::with_capacity(scaled(keys), scaled(vals), total)
            });
            match settled.distinct {
                true => builder.push_distinct(&mut settled.chunk),
                false => builder.push(&mut settled.chunk),
            }
        });
        let lower = std::mem::replace(&mut self.lower, upper.clone());
        builder.unwrap_or_else(B::new).done(Description::new(lower, upper))
    }

    fn frontier(&self) -> AntichainRef<'_, L::Time> {
        self.frontier.borrow()
    }

    fn sizes(&self) -> Sizes {
        self.chunker.sizes() + self.held_sizes + self.future.sizes()
    }
}
