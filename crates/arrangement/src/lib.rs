//! The multiversion index of incremental dataflow: what a collection held at any time, and what changed.
//!
//! An *arrangement* is a sorted, multiversioned, continually compacted index of updates `((key, val), time, diff)`: the
//! data structure on which engines that keep query results up to date all live. Programs that want to ask what held
//! when use [`Arrangement`] and need nothing else; authors of engines use the layers beneath it, each a crate of its own.
//!
//! ```
//! use arrangement::{Arrangement, PreferredSpine};
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let mut prices = Arrangement::<PreferredSpine<str, u64, u64, i64>>::new(); // key, val, time, difference
//!     prices.insert("apple", 3, 0)?;
//!     prices.insert("pear", 5, 0)?;
//!     prices.remove("apple", 3, 1)?;
//!     prices.insert("apple", 4, 1)?;
//!     prices.advance_to(2)?; // times 0 and 1 are complete
//!     for time in 0..2 {
//!         for (name, price, _) in prices.as_of(&time)?.rows() {
//!             println!("at {time}: {name} {price}");
//!         }
//!     }
//!     Ok(())
//! }
//! ```
//!
//! # Which alias
//!
//! An alias names how keys and vals are stored, and with it the form in which they are read. From one name follow batch,
//! batcher and builder: see [`Pipeline`], and [`PipelineFor`] for code that works with any of them.
//!
//! | alias | keys and vals are | read as | for |
//! |---|---|---|---|
//! | [`OrdValSpine`], [`OrdKeySpine`] | plain vectors | `&K` | numbers, small structs, any type at all |
//! | [`PreferredSpine`] | strings and slices end to end | `&str`, `&[T]` | strings and byte strings |
//! | `ColValSpine`, `ColKeySpine` | columnation regions | `&K` | nested types read by reference |
//! | `FlatValSpine`, `FlatKeySpine` | flatcontainer regions | what the region gives | types with a region of their own |
//!
//! The `Key` aliases have no vals; their updates are `((K, ()), T, R)`. The last parameter of each says how batches
//! are shared: [`RcShare`] by default, [`ArcShare`] to read them from other threads. The handle has a parameter of its
//! own for that, which is [`ArcShare`] by default.
//!
//! # Main items
//!
//! * [`Arrangement`] and [`ArrangementBuilder`]: the handle, and its choices.
//! * [`View`] and [`Contents`]: reading as of a time or by changes; keys, ranges, prefixes, from either end, in pages.
//! * [`Snapshot`]: what was sealed, for other threads or for later.
//! * [`ArrangementSizes`], [`Metrics`] and [`spine::Report`]: seeing into it. An arrangement prints as its table of levels.
//! * [`trace`]: the vocabulary; times, differences, frontiers, the traits, [`CursorList`].
//! * [`container`]: columns and layouts. [`batch`]: sorted batches. [`batcher`]: unsorted updates to batches. [`spine`]: the
//!   trace that merges them.
//! * [`guide`]: all of it in the order in which it is best learnt.
//!
//! # Questions and examples
//!
//! Each is a short program in `examples`, to be run by `cargo run -p arrangement --example NAME`.
//!
//! | question | example |
//! |---|---|
//! | What is the right way to read out a collection? | `read_out` |
//! | What happened to a key, and what changed between two times? | `history` |
//! | How are keys scanned by range or prefix, and backwards? | `prefix` |
//! | How is a long scan cut into pages? | `paging` |
//! | What does compaction do? | `compaction` |
//! | When is memory freed, and how much is there? | `memory` |
//! | How is an arrangement shared with other threads? | `threads` |
//! | How do I index a CSV of my own? | `own_csv` |
//! | Which types can be keys, vals and differences? | `own_types` |
//! | How is the backend swapped? | `backend` |
//! | How does it tell a metrics library of itself? | `metrics` |
//! | What lies beneath the handle? | `layers` |
//!
//! # Errors and cost
//!
//! Bad input is a typed error that names what does not fit, and changes nothing: [`LateUpdate`] for updates to a time that
//! is sealed, [`ReadError`] for reads at a time that is not known yet or no longer, [`TraceError`] for frontiers that would
//! go back. Sealing sorts what is sealed and merges in proportion to it, however much there is already;
//! [`Arrangement::exert`] works as much as it is allowed; reads cost what they read, and a seek.
//!
//! # Features
//!
//! * `columnation` (default): the `Col` aliases. `flatcontainer` (default): the `Flat` aliases.
//! * `dataflow`: the module `dataflow`, arrangements on timely dataflow.
//! * `differential`: the module `differential`, our spines under differential dataflow.
//! * `abomonation`: encoding of storages, whose decoding is unsafe.
//! * `validate`: checks of what builders and batchers are given, in release builds too.

#![forbid(unsafe_code)]

pub use arrangement_batch as batch;
pub use arrangement_batcher as batcher;
pub use arrangement_container as container;
#[cfg(feature = "differential")]
pub use arrangement_differential as differential;
pub use arrangement_spine as spine;
pub use arrangement_trace as trace;

mod aliases;
#[cfg(feature = "dataflow")]
pub mod dataflow;
pub mod guide;
mod handle;
mod pipeline;

#[cfg(feature = "columnation")]
pub use aliases::{ColKeySpine, ColValSpine};
#[cfg(feature = "flatcontainer")]
pub use aliases::{FlatKeySpine, FlatValSpine};
pub use aliases::{OrdKeySpine, OrdValSpine, PreferredSpine};
#[doc(no_inline)]
pub use arrangement_spine::Spine;
#[doc(no_inline)]
pub use arrangement_trace::{
    Antichain, AntichainRef, ArcShare, Batch, BatchReader, Batcher, Builder, Contents, Cursor, CursorList,
    Description, IntoOwned, Merger, Progress, RcShare, ReadError, Share, Snapshot, Timestamp, Trace,
    TraceError, TraceReader, View,
};
pub use handle::{
    Arrangement, ArrangementBatch, ArrangementBuilder, ArrangementContents, ArrangementCursor,
    ArrangementSizes, ArrangementSnapshot, ArrangementView, IntoFrontier, IntoItem, LateUpdate, Metrics,
};
pub use pipeline::{Pipeline, PipelineFor};

#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
