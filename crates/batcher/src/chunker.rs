//! From containers of updates to sorted, consolidated chunks.

use crate::sort::{Settled, Sorter};
use arrangement_container::{Chunk, InputFor, Layout, Vector, layout};
use arrangement_trace::{Native, Sizes};
use std::collections::VecDeque;
use std::fmt;
use std::marker::PhantomData;

/// The bytes that a stage of updates may take, so that it, its words and the chunk made of it stay in the second-level
/// cache.
const STAGE_BYTES: usize = 512 << 10;
/// The bytes of heap at which a stage of long items is settled early.
const STAGE_HEAP_BYTES: usize = 4 << 20;

/// The number of rows that a chunk of a layout has at most.
pub(crate) fn chunk_rows<L: Layout>() -> usize {
    let row = size_of::<layout::Key<L>>() + size_of::<layout::Val<L>>();
    (STAGE_BYTES / row.max(16)).clamp(1 << 10, 1 << 15)
}

/// Stages updates in columns and makes sorted, consolidated chunks of them.
///
/// A chunk has at most 32,768 rows, fewer where rows are wide; at most one partial chunk is held back. Updates that come
/// sorted are passed on without a copy.
pub struct Chunker<L: Layout, I = <L as Layout>::Input> {
    stage: Chunk<L>,
    full: VecDeque<Settled<L>>,
    rows: usize,
    sorter: Sorter,
    _input: PhantomData<fn(I)>,
}

/// The chunker from rows `U = ((K, V), T, R)` to plain vectors.
pub type VecChunker<U, A = Native> = Chunker<Vector<U, A>>;
/// The chunker from rows `U = ((K, V), T, R)` to columnation stacks.
#[cfg(feature = "columnation")]
pub type ColumnationChunker<U, A = Native> = Chunker<arrangement_container::TStack<U, A>>;
/// The chunker from any container `I` to the columns of a layout.
pub type ContainerChunker<L, I = <L as Layout>::Input> = Chunker<L, I>;

impl<L: Layout, I> Default for Chunker<L, I> {
    fn default() -> Self {
        Self::with_rows(chunk_rows::<L>())
    }
}

impl<L: Layout, I> fmt::Debug for Chunker<L, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Chunker({} updates staged, {} chunks full)", self.stage.len(), self.full.len())
    }
}

impl<L: Layout, I> Chunker<L, I> {
    /// A chunker whose chunks have at most so many rows, instead of as many as suit the cache.
    ///
    /// # Panics
    /// If there are to be none.
    pub fn with_rows(rows: usize) -> Self {
        assert!(rows > 0, "a chunk must have room for a row");
        Chunker {
            stage: Chunk::<L>::default(),
            full: VecDeque::new(),
            rows,
            sorter: Sorter::default(),
            _input: PhantomData,
        }
    }

    /// The updates that are staged, in the order they came.
    pub fn staged(&self) -> &Chunk<L> {
        &self.stage
    }

    /// The size of what is held.
    pub fn sizes(&self) -> Sizes {
        self.stage.sizes() + self.full.iter().map(|settled| settled.chunk.sizes()).sum()
    }

    /// How many updates were sorted so far.
    pub fn updates_sorted(&self) -> usize {
        self.sorter.settled
    }

    /// The next chunk that is full.
    pub(crate) fn next_full(&mut self) -> Option<Settled<L>> {
        self.full.pop_front()
    }

    /// The next chunk, full or not.
    pub(crate) fn next(&mut self) -> Option<Settled<L>> {
        self.next_full().or_else(|| settle::<L>(&mut self.sorter, &mut self.stage, self.rows))
    }

    pub(crate) fn sorter(&mut self) -> &mut Sorter {
        &mut self.sorter
    }
}

/// Sorts and consolidates the stage into a chunk of its own.
fn settle<L: Layout>(sorter: &mut Sorter, stage: &mut Chunk<L>, rows: usize) -> Option<Settled<L>> {
    let mut settled = Settled::<L>::default();
    let handed_over = sorter.settle::<L>(stage, &mut settled);
    if handed_over && settled.chunk.len() >= rows {
        // The next is likely to fill up too, and then needs not grow.
        *stage = Chunk::<L>::with_capacity(rows);
    }
    (!settled.chunk.is_empty()).then_some(settled)
}

impl<L: Layout, I: InputFor<L>> arrangement_trace::Chunker for Chunker<L, I> {
    type Input = I;
    type Chunk = Chunk<L>;

    fn push(&mut self, updates: &mut I) {
        let Chunker { stage, full, rows, sorter, .. } = self;
        updates.drain_into(stage, *rows, &mut |stage| full.extend(settle::<L>(sorter, stage, *rows)));
        if stage.sizes().bytes_used > STAGE_HEAP_BYTES {
            full.extend(settle::<L>(sorter, stage, *rows));
        }
    }

    fn extract(&mut self) -> Option<Chunk<L>> {
        self.next_full().map(|settled| settled.chunk)
    }

    fn finish(&mut self) -> Option<Chunk<L>> {
        self.next().map(|settled| settled.chunk)
    }
}
