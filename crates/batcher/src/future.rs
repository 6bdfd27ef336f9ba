//! What is dated beyond the seal: a store ordered by time, which seals do not touch before it is due.
//!
//! Updates are kept in *runs* of geometrically growing size, each sorted by `(time, key, val)` and cut into blocks that
//! know bounds of their times. A seal passes over a run or a block that is beyond `upper` with one comparison; where
//! times are totally ordered it looks at nothing behind the first block that is. What is due is copied out and marked
//! taken. The frontier is found from the front of all runs: the updates there are summed across runs, and those that
//! cancel are taken for good, so that each is passed once.
//!
//! All of this is exact for partially ordered times too. `Ord` extends their order, so in order of time each time that
//! survives cancellation, and that no earlier survivor is below, is a minimal one; what lies beyond a survivor is not
//! looked at.

use crate::bounds::Bounds;
use arrangement_container::{BatchContainer, Chunk, Layout, Plan, Repeated, SECOND, interleave_by};
use arrangement_trace::{Algebra, Antichain, AntichainRef, IntoOwned, Sizes};
use std::cmp::Ordering;
use std::ops::Range;

/// A chunk has the rows of so many blocks.
const BLOCKS: usize = 64;
/// So many rows are merged at once.
const PLANNED: usize = 512;

/// Updates that are not due yet.
pub(crate) struct Future<L: Layout> {
    /// The number of rows of a chunk.
    rows: usize,
    /// The number of rows of a block.
    block: usize,
    /// The oldest and largest first.
    runs: Vec<Run<L>>,
    /// Whether anything came or went since the frontier was last told.
    changed: bool,
}

struct Run<L: Layout> {
    /// Sorted by time, then key and val.
    rows: Chunk<L>,
    taken: Vec<bool>,
    /// Rows that are not taken.
    live: usize,
    blocks: Vec<Block<L::Time>>,
    /// The number of rows of a block.
    block: usize,
    /// The first block with rows that are not taken.
    first: usize,
    /// Bounds of all times.
    bounds: Bounds<L::Time>,
}

struct Block<T> {
    bounds: Bounds<T>,
    live: usize,
}

impl<L: Layout> Future<L> {
    /// An empty store, for chunks of about so many rows.
    pub(crate) fn with_rows(rows: usize) -> Self {
        Future { rows, block: (rows / BLOCKS).max(1), runs: Vec::new(), changed: false }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    pub(crate) fn sizes(&self) -> Sizes {
        let runs = self.runs.iter().map(|run| {
            let blocks = Sizes::of_vec(&run.taken).with(Sizes::of_vec(&run.blocks));
            Sizes { records: run.live, ..run.rows.sizes().with(blocks) }
        });
        runs.sum()
    }

    /// Takes in a chunk.
    pub(crate) fn insert(&mut self, chunk: Chunk<L>) {
        self.changed = true;
        self.runs.extend(Run::new(by_time::<L>(chunk), self.block));
        // Each run stays at least twice as long as the next.
        while let [.., older, newer] = &self.runs[..]
            && older.live < 2 * newer.live
        {
            let (newer, older) = (self.runs.pop(), self.runs.pop());
            let (Some(newer), Some(older)) = (newer, older) else { unreachable!("there are two runs") };
            self.runs.extend(merge(older, newer));
        }
    }

    /// Copies out what is not at or beyond `upper`, in no order, and hands it to `take`, which empties it, by at most a
    /// chunk's rows at a time.
    pub(crate) fn extract(&mut self, upper: AntichainRef<'_, L::Time>, take: &mut dyn FnMut(&mut Chunk<L>)) {
        let mut due = Chunk::<L>::default();
        for run in &mut self.runs {
            if run.bounds.all_beyond(upper) {
                continue;
            }
            let rows = run.take_due(upper);
            self.changed |= !rows.is_empty();
            let mut rest = &rows[..];
            while !rest.is_empty() {
                let (now, later) = rest.split_at(rest.len().min(self.rows - due.len()));
                due.gather(&run.rows, now);
                rest = later;
                if due.len() == self.rows {
                    take(&mut due);
                }
            }
        }
        if !due.is_empty() {
            take(&mut due);
        }
        self.tidy();
    }

    /// Frees runs that are used up, and rewrites those of which most is taken.
    fn tidy(&mut self) {
        self.runs.retain(|run| run.live > 0);
        for run in &mut self.runs {
            if run.live * 2 < run.taken.len() && run.live * 2 < (run.blocks.len() - run.first) * run.block {
                let rows = run.live_rows();
                if let Some(rest) = Run::new(take_rows::<L>(&mut run.rows, &rows), run.block) {
                    *run = rest;
                }
            }
        }
    }

    /// The lower envelope of the times of what remains after cancellation. What cancels before it is dropped.
    /// `frontier` is what was told last, and stays if nothing has changed.
    pub(crate) fn frontier(&mut self, frontier: &mut Antichain<L::Time>) {
        if !std::mem::take(&mut self.changed) {
            return;
        }
        frontier.clear();
        let mut at: Vec<Option<usize>> = self.runs.iter().map(|run| run.next_live(0, frontier)).collect();
        loop {
            let mut least: Option<usize> = None;
            for run in 0..self.runs.len() {
                if let Some(row) = at[run]
                    && least.is_none_or(|least| {
                        let other = at[least].expect("the least run has a row");
                        self.compare(run, row, least, other).is_lt()
                    })
                {
                    least = Some(run);
                }
            }
            let Some(least) = least else { break };
            let row = at[least].expect("the least run has a row");
            let time = self.runs[least].rows.times.get(row).clone();
            if frontier.less_equal(&time) {
                at[least] = self.runs[least].next_live(row, frontier);
                continue;
            }
            let mut sum: Option<L::Diff> = None;
            let mut equal: Vec<(usize, usize)> = Vec::new();
            for (run, at) in at.iter().enumerate() {
                if let Some(at) = *at
                    && self.compare(run, at, least, row).is_eq()
                {
                    let diff = self.runs[run].rows.diffs.get(at);
                    match &mut sum {
                        None => sum = Some(diff.clone()),
                        Some(sum) => <L::Algebra as Algebra<_, _>>::plus_equals(sum, diff),
                    }
                    equal.push((run, at));
                }
            }
            if sum.is_some_and(|sum| <L::Algebra as Algebra<_, _>>::is_zero(&sum)) {
                for (run, row) in equal {
                    self.runs[run].take(row);
                    at[run] = self.runs[run].next_live(row + 1, frontier);
                }
            } else {
                frontier.insert(time);
                if <L::Algebra as Algebra<L::Time, L::Diff>>::TOTAL {
                    break;
                }
            }
        }
        self.tidy();
    }

    /// Orders rows of two runs by time, key and val.
    fn compare(&self, run_a: usize, row_a: usize, run_b: usize, row_b: usize) -> Ordering {
        compare::<L>(&self.runs[run_a].rows, row_a, &self.runs[run_b].rows, row_b)
    }
}

fn compare<L: Layout>(a: &Chunk<L>, row_a: usize, b: &Chunk<L>, row_b: usize) -> Ordering {
    let times = a.times.get(row_a).cmp(b.times.get(row_b));
    times
        .then_with(|| L::Key::reborrow(a.keys.index(row_a)).cmp(&L::Key::reborrow(b.keys.index(row_b))))
        .then_with(|| L::Val::reborrow(a.vals.index(row_a)).cmp(&L::Val::reborrow(b.vals.index(row_b))))
}

/// Sorts a chunk, which is by key and val, by time first.
fn by_time<L: Layout>(mut chunk: Chunk<L>) -> Chunk<L> {
    let Repeated::Many(times) = &chunk.times else { return chunk };
    let mut order: Vec<u32> = (0..chunk.len() as u32).collect();
    order.sort_by(|&a, &b| times[a as usize].cmp(&times[b as usize]));
    take_rows::<L>(&mut chunk, &order)
}

/// Takes rows, in the order given, out of a chunk. The others are dropped.
fn take_rows<L: Layout>(chunk: &mut Chunk<L>, rows: &[u32]) -> Chunk<L> {
    let mut taken = Chunk::<L>::default();
    taken.take_ordered(chunk, rows);
    taken
}

/// Merges two runs, without what is taken or cancels.
fn merge<L: Layout>(mut older: Run<L>, mut newer: Run<L>) -> Option<Run<L>> {
    for run in [&mut older, &mut newer] {
        if run.live < run.taken.len() {
            let rows = run.live_rows();
            run.rows = take_rows::<L>(&mut run.rows, &rows);
        }
    }
    let block = older.block;
    let (a, b) = (older.rows, newer.rows);
    let mut merged = Chunk::<L>::with_capacity(a.len() + b.len());
    let mut plan = Plan::default();
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        plan.clear();
        let bases = (i, j);
        (i, j) = interleave_by(
            |i, j| compare::<L>(&a, i, &b, j),
            i..a.len(),
            j..b.len(),
            bases,
            PLANNED,
            &mut plan,
        );
        append_plan::<L>(&a, &b, bases, &mut plan, &mut merged);
    }
    for (rest, range) in [(&a, i..a.len()), (&b, j..b.len())] {
        merged.extend_from_range(rest, range);
    }
    Run::new(merged, block)
}

/// Appends what a plan takes, ties being summed and dropped if they cancel.
fn append_plan<L: Layout>(
    a: &Chunk<L>,
    b: &Chunk<L>,
    bases: (usize, usize),
    plan: &mut Plan,
    merged: &mut Chunk<L>,
) {
    let mut dead = Vec::new();
    let mut ties = plan.ties.iter().peekable();
    for (index, &position) in plan.positions.iter().enumerate() {
        let at = (position & !SECOND) as usize;
        let (source, row) = if position & SECOND != 0 { (b, bases.1 + at) } else { (a, bases.0 + at) };
        let mut diff = source.diffs.get(row).clone();
        if let Some(&(_, second)) = ties.next_if(|tie| tie.0 as usize == index) {
            <L::Algebra as Algebra<_, _>>::plus_equals(&mut diff, b.diffs.get(bases.1 + second as usize));
            if <L::Algebra as Algebra<_, _>>::is_zero(&diff) {
                dead.push(index as u32);
                continue;
            }
        }
        merged.times.push(source.times.get(row).clone());
        merged.diffs.push(diff);
    }
    arrangement_container::compact(&mut plan.positions, 0, &dead);
    merged.keys.gather(&a.keys, &b.keys, bases, &plan.positions);
    merged.vals.gather(&a.vals, &b.vals, bases, &plan.positions);
}

impl<L: Layout> Run<L> {
    /// A run of rows that are in order, unless there are none.
    fn new(rows: Chunk<L>, block: usize) -> Option<Self> {
        if rows.is_empty() {
            return None;
        }
        let times = |range: Range<usize>| range.map(|row| rows.times.get(row));
        let blocks = (0..rows.len()).step_by(block).map(|start| {
            let range = start..(start + block).min(rows.len());
            Block { live: range.len(), bounds: Bounds::of(times(range)) }
        });
        let blocks: Vec<_> = blocks.collect();
        let bounds = Bounds::of(times(0..rows.len()));
        Some(Run { taken: vec![false; rows.len()], live: rows.len(), blocks, block, first: 0, bounds, rows })
    }

    fn block_rows(&self, block: usize) -> Range<usize> {
        block * self.block..((block + 1) * self.block).min(self.taken.len())
    }

    fn live_rows(&self) -> Vec<u32> {
        let from = self.first * self.block;
        (from..self.taken.len()).filter(|&row| !self.taken[row]).map(|row| row as u32).collect()
    }

    fn take(&mut self, row: usize) {
        self.taken[row] = true;
        self.live -= 1;
        self.blocks[row / self.block].live -= 1;
        while self.blocks.get(self.first).is_some_and(|block| block.live == 0) {
            self.first += 1;
        }
    }

    /// The first row from `row` on that is neither taken nor at or beyond the frontier.
    fn next_live(&self, row: usize, frontier: &Antichain<L::Time>) -> Option<usize> {
        if self.bounds.all_beyond(frontier.borrow()) {
            return None;
        }
        let mut row = row.max(self.first * self.block);
        while row < self.taken.len() {
            let block = row / self.block;
            if self.blocks[block].live == 0 || self.blocks[block].bounds.all_beyond(frontier.borrow()) {
                row = (block + 1) * self.block;
            } else if self.taken[row] || frontier.less_equal(self.rows.times.get(row)) {
                row += 1;
            } else {
                return Some(row);
            }
        }
        None
    }

    /// Marks the rows that are not at or beyond `upper` as taken, and returns them.
    fn take_due(&mut self, upper: AntichainRef<'_, L::Time>) -> Vec<u32> {
        let mut rows: Vec<u32> = Vec::new();
        for block in self.first..self.blocks.len() {
            if self.blocks[block].bounds.all_beyond(upper) {
                if <L::Algebra as Algebra<L::Time, L::Diff>>::TOTAL {
                    break;
                }
                continue;
            }
            let due = |row: &usize| !self.taken[*row] && !upper.less_equal(self.rows.times.get(*row));
            rows.extend(self.block_rows(block).filter(due).map(|row| row as u32));
        }
        for &row in &rows {
            self.take(row as usize);
        }
        rows
    }
}
