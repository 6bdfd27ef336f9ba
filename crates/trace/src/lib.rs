//! The vocabulary of arrangements: what times, differences, batches and traces are, before any of them is stored.
//!
//! An *arrangement* is a sorted, multiversioned, continually compacted index of updates `((key, val), time, diff)`.
//! This crate holds what all of its layers speak of: the algebra of times and differences, the description of a
//! batch, and the traits of reading, building, merging and batching. It stores nothing itself; use it directly when
//! you write a batch or a trace of your own, and otherwise through the facade crate `arrangement`.
//!
//! ```
//! use arrangement_trace::{consolidate_updates, Lattice};
//! use timely::order::Product;
//!
//! // Two changes of one record at one time sum; what sums to zero vanishes.
//! let mut updates = vec![("a", 0, 1), ("b", 0, 1), ("a", 0, -1)];
//! consolidate_updates(&mut updates);
//! assert_eq!(updates, [("b", 0, 1)]);
//!
//! // Times of nested iteration are ordered only in part: neither is below the other, but both are below the join.
//! let (a, b) = (Product::new(1, 4), Product::new(2, 3));
//! assert_eq!(a.join(&b), Product::new(2, 4));
//! ```
//!
//! # Main items
//! * [`Lattice`], [`Semigroup`] and their kin, and [`Algebra`], the dictionary through which storage uses them.
//! * [`Description`]: the bounds of a batch in time.
//! * [`Data`]: what keys and vals are. [`IntoOwned`]: the read and the owned form of a column's items.
//! * [`BatchReader`], [`Batch`], [`Builder`], [`Merger`], and [`SharedBatch`], which makes a batch of any [`Storage`].
//! * [`Batcher`], [`Chunker`], [`ChunkMerger`]: from unsorted updates to batches.
//! * [`Cursor`] and [`CursorList`]: reading one batch, or several as one.
//! * [`TraceReader`] and [`Trace`]: a sequence of batches with its two compaction frontiers.
//! * [`Snapshot`]: what a trace held at one moment, for other threads or for later.
//! * [`View`] and [`Contents`]: what a trace or batch holds as of a time, or what changed: keys, ranges, prefixes.
//! * [`Events`] and [`Sizes`]: what the parts tell of themselves.
//!
//! # Errors and panics
//! Bad input is an error that names both sides ([`TraceError`]); methods named `try_…` return it, their plain
//! twins panic with its text.

#![forbid(unsafe_code)]

mod algebra;
mod batch;
mod batcher;
mod consolidate;
mod cursor;
mod cursor_list;
mod description;
mod difference;
mod error;
mod events;
mod lattice;
mod owned;
mod read;
mod sizes;
mod snapshot;
mod steps;
mod trace;

pub use algebra::{Algebra, Native};
pub use batch::{
    ArcBuilder, ArcShare, Batch, BatchCursor, BatchReader, Builder, Merger, Progress, RcBuilder, RcShare,
    Share, SharedBatch, SharedBuilder, SharedMerger, Storage, StorageBuilder, StorageMerger,
};
pub use batcher::{Batcher, ChunkMerger, Chunker};
pub use consolidate::{
    ConsolidateContainer, consolidate, consolidate_container, consolidate_slice, consolidate_updates,
    consolidate_updates_slice,
};
pub use cursor::{
    Cursor, CursorDiff, CursorKey, CursorKeyRef, CursorTime, CursorVal, CursorValRef, Window, Words,
};
pub use cursor_list::CursorList;
pub use description::Description;
pub use difference::{Abelian, IsZero, Max, Min, Monoid, Multiply, Present, Semigroup};
pub use error::TraceError;
pub use events::{Event, Events};
pub use lattice::{Lattice, TotalOrder, advanced};
pub use owned::{Data, IntoOwned};
pub use read::{
    Bookmark, Contents, Counts, Keys, Lookup, Prefix, Probe, ReadError, Rows, Selection, Summed, Timed, Vals,
    View,
};
pub use sizes::{PartSizes, Sizes};
pub use snapshot::{Snapshot, SnapshotContents};
pub use trace::{ExertLogic, LevelSummary, Trace, TraceCursor, TraceReader, TraceStorage};

#[doc(no_inline)]
pub use timely::PartialOrder;
#[doc(no_inline)]
pub use timely::order::Product;
#[doc(no_inline)]
pub use timely::progress::Timestamp;
#[doc(no_inline)]
pub use timely::progress::frontier::{Antichain, AntichainRef};
