//! From unsorted updates to batches: the traits of the pipeline's parts.

use crate::{Antichain, AntichainRef, Builder, Sizes, Timestamp};

/// Collects updates in any order, and seals those before a frontier into a batch.
pub trait Batcher {
    /// A container of updates.
    type Input;
    /// A sorted, consolidated chunk, as it is handed to a builder.
    type Output;
    /// The times.
    type Time: Timestamp;

    /// A batcher that holds nothing and has sealed nothing.
    fn new() -> Self;

    /// As [`new`](Batcher::new), with chunks of at most so many rows instead of as many as suit the cache. Smaller chunks
    /// take less memory before there is much to hold, larger ones less time where there is.
    ///
    /// # Panics
    /// If chunks are to have no rows.
    fn with_chunk_rows(rows: usize) -> Self;

    /// Takes the updates of a container, which is left empty, its buffer being the caller's again.
    ///
    /// # Panics
    /// In debug and `validate` builds, if a time is not at or beyond the last `upper` that was sealed: the batch that
    /// the update belongs to was already handed out. In other builds it goes into the next batch.
    fn push(&mut self, updates: &mut Self::Input);

    /// Makes a batch, from the last `upper` to this one, of exactly the updates whose time is not at or beyond
    /// `upper`, and keeps the rest. An empty `upper` takes everything.
    ///
    /// # Panics
    /// If `upper` is not at or beyond the last one.
    fn seal<B>(&mut self, upper: Antichain<Self::Time>) -> B::Output
    where
        B: Builder<Input = Self::Output, Time = Self::Time>;

    /// The lower envelope of the times of the updates kept by the last [`seal`](Batcher::seal), after cancellation.
    fn frontier(&self) -> AntichainRef<'_, Self::Time>;

    /// The size of what is held. `records` counts updates.
    fn sizes(&self) -> Sizes;
}

/// Turns containers of updates into sorted, consolidated chunks of bounded size.
pub trait Chunker {
    /// A container of updates.
    type Input;
    /// A sorted, consolidated chunk.
    type Chunk;

    /// Takes the updates of a container, which is left empty. At most one partial chunk is held back.
    fn push(&mut self, updates: &mut Self::Input);

    /// The next chunk that is full. Call until there is none.
    fn extract(&mut self) -> Option<Self::Chunk>;

    /// The next chunk, full or not. Call until there is none.
    fn finish(&mut self) -> Option<Self::Chunk>;
}

/// Merges sorted, consolidated chunks, however many at once.
pub trait ChunkMerger {
    /// A sorted, consolidated chunk.
    type Chunk;
    /// The times.
    type Time: Timestamp;

    /// Merges chunks that may overlap, and hands out their sum as chunks in order, each consolidated and of bounded
    /// size. Chunks that are used up are freed on the way.
    fn merge(&mut self, chunks: Vec<Self::Chunk>, emit: &mut dyn FnMut(&mut Self::Chunk));

    /// Splits a chunk: leaves the updates that are not at or beyond `upper`, and returns the others, if any.
    fn split(&mut self, chunk: &mut Self::Chunk, upper: AntichainRef<'_, Self::Time>) -> Option<Self::Chunk>;
}
