//! The multiversion index of incremental dataflow.
//!
//! An *arrangement* is a sorted, multiversioned, continually compacted index of updates `((key, val), time, diff)`: the
//! data structure on which engines that keep query results up to date all live. This crate is the facade over its
//! layers; each of them is a crate of its own, for those who need no more.
//!
//! ```
//! use arrangement::{Antichain, Batcher, Cursor, OrdValSpine, Pipeline, Trace, TraceReader};
//!
//! type Index = OrdValSpine<String, u64, u64, i64>;
//!
//! let mut batcher = <Index as Pipeline>::Batcher::new();
//! let mut index = Index::new();
//! let update = |key: &str, val, time, diff| ((key.to_string(), val), time, diff);
//! batcher.push(&mut vec![update("apple", 3, 0, 1), update("pear", 5, 0, 1), update("apple", 3, 1, -1)]);
//! index.insert(batcher.seal::<<Index as Pipeline>::Builder>(Antichain::from_elem(2)));
//!
//! let (mut cursor, batches) = index.cursor();
//! cursor.seek_key(&batches, &"apple".to_string());
//! cursor.map_times(&batches, |time, diff| println!("apple 3 changes by {diff} at {time}"));
//! ```
//!
//! # Which alias
//!
//! From one name follow batch, batcher and builder: see [`Pipeline`].
//!
//! | alias | keys and vals are | read as | for |
//! |---|---|---|---|
//! | [`OrdValSpine`], [`OrdKeySpine`] | plain vectors | `&K` | numbers, small structs, any type at all |
//! | [`PreferredSpine`] | strings and slices end to end | `&str`, `&[T]` | strings and byte strings |
//! | `ColValSpine`, `ColKeySpine` | columnation regions | `&K` | nested types read by reference |
//! | `FlatValSpine`, `FlatKeySpine` | flatcontainer regions | what the region gives | types with a region of their own |
//!
//! The `Key` aliases have no vals; their updates are `((K, ()), T, R)`. The last parameter of each says how batches
//! are shared: [`RcShare`] by default, [`ArcShare`] to read them from other threads.
//!
//! # The layers
//!
//! * [`trace`]: the vocabulary; times, differences, frontiers, the traits, [`CursorList`].
//! * [`container`]: columns and layouts.
//! * [`batch`]: sorted batches; [`batcher`]: unsorted updates to batches; [`spine`]: the trace that merges them.
//!
//! # Features
//!
//! * `columnation` (default): the `Col` aliases. `flatcontainer` (default): the `Flat` aliases.
//! * `dataflow`: the module `dataflow`, arrangements on timely dataflow.
//! * `abomonation`: encoding of storages, whose decoding is unsafe.
//! * `validate`: checks of what builders and batchers are given, in release builds too.

#![forbid(unsafe_code)]

pub use arrangement_batch as batch;
pub use arrangement_batcher as batcher;
pub use arrangement_container as container;
pub use arrangement_spine as spine;
pub use arrangement_trace as trace;

mod aliases;
#[cfg(feature = "dataflow")]
pub mod dataflow;
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
    Antichain, AntichainRef, ArcShare, Batch, BatchReader, Batcher, Builder, Cursor, CursorList, Description,
    IntoOwned, Merger, Progress, RcShare, Timestamp, Trace, TraceError, TraceReader,
};
pub use pipeline::Pipeline;

#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
