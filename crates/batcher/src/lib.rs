//! From unsorted updates to sealed batches.
//!
//! Updates come in containers, in any order. A *chunker* takes them apart into columns and makes sorted, consolidated
//! chunks that fit the second-level cache; the [`MergeBatcher`] holds the chunks, and at a seal merges those that are
//! due, all at once, straight into a builder. What is dated beyond the seal waits in a store ordered by time, which
//! later seals do not touch before it is due.
//!
//! ```
//! use arrangement_batcher::{Chunker, VecChunker};
//! use arrangement_trace::Chunker as _;
//!
//! let mut chunker = VecChunker::<((&str, u64), u64, i64)>::default();
//! chunker.push(&mut vec![(("b", 1), 0, 1), (("a", 2), 0, 1), (("b", 1), 0, -1)]);
//! let chunk = chunker.finish().unwrap();
//! assert_eq!(chunk.keys, ["a"]);
//! ```
//!
//! # Main items
//! * [`MergeBatcher`]: the whole pipeline of a layout.
//! * [`Chunker`], with the names [`VecChunker`], `ColumnationChunker` and [`ContainerChunker`].
//! * [`RangeMerger`], with the names [`VecMerger`], `ColumnationMerger` and `FlatcontainerMerger`.
//!
//! Each is usable by itself, for a batcher of your own, through the traits of the same purpose in `arrangement_trace`.
//!
//! # Features
//! `columnation` and `flatcontainer` add the names for those layouts; `validate` checks in release builds too that no
//! update comes before the frontier that was sealed.

#![forbid(unsafe_code)]

mod batcher;
mod bounds;
mod chunker;
mod future;
mod merger;
mod sort;

pub use batcher::MergeBatcher;
#[cfg(feature = "columnation")]
pub use chunker::ColumnationChunker;
pub use chunker::{Chunker, ContainerChunker, VecChunker};
#[cfg(feature = "columnation")]
pub use merger::ColumnationMerger;
#[cfg(feature = "flatcontainer")]
pub use merger::FlatcontainerMerger;
pub use merger::{RangeMerger, VecMerger};
