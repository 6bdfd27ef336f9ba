//! Columns of keys, vals and updates, and the layouts that choose them together.
//!
//! A batch stores its keys in one column, its vals in another, and its times and differences in an update level. This
//! crate holds those columns, each behind the trait [`BatchContainer`], whose operations on *ranges* let every hot loop
//! of the layers above plan first and then move column by column. Use it directly to write a container or a
//! [`Layout`] of your own; otherwise through the facade crate `arrangement`.
//!
//! ```
//! use arrangement_container::{BatchContainer, SliceContainer};
//!
//! let mut names = SliceContainer::<str>::default();
//! for name in ["bash", "dash", "zsh"] {
//!     names.push(name);
//! }
//! assert_eq!(names.index(1), "dash");
//! // The first position not before "e", found by exponential search.
//! assert_eq!(names.gallop(0, names.len(), "e"), 2);
//! ```
//!
//! # Main items
//! * [`BatchContainer`]: one column; implemented by `Vec<T>`, [`SliceContainer`] (`[T]` and `str`), and by feature
//!   `TimelyStack` (columnation) and `FlatStack` (flatcontainer).
//! * [`OffsetList`]: where the items of one level begin in the next.
//! * [`UpdateLevel`] and [`Updates`]: times and differences.
//! * [`Layout`] and its ready-made choices [`Vector`], [`Preferred`], `TStack` and `FlatLayout`.
//! * [`Chunk`]: columns of updates in the making, and their bulk hand-over to a builder.
//! * [`SortWords`]: keys as machine words, by which the batcher sorts.
//!
//! # Features
//! `columnation` and `flatcontainer` add a layout each, `abomonation` an encoding, `validate` the checks of sorted
//! input to release builds. None is on by default.

#![deny(unsafe_code)]

#[cfg(feature = "abomonation")]
pub mod abomonation;
mod chunk;
mod codes;
#[cfg(feature = "columnation")]
mod columnation;
mod container;
#[cfg(feature = "flatcontainer")]
mod flat;
pub mod layout;
mod offsets;
mod plan;
mod slice;
mod updates;
mod vec;
mod words;

#[cfg(feature = "columnation")]
pub use self::columnation::{StackItem, TStack, TimelyStack};
#[cfg(feature = "flatcontainer")]
pub use self::flat::{FlatLayout, FlatStack, FlatUpdates};
pub use chunk::{BuilderInput, Chunk, Columns, InputFor, Repeated, is_validating};
pub use container::{BatchContainer, CopyDraining, Draining};
#[doc(no_inline)]
pub use layout::{Layout, Preferred, PreferredContainer, Update, Vector};
pub use offsets::{Offset, OffsetList};
pub use plan::{Plan, RUN, SECOND, compact, interleave_by};
pub use slice::{SliceContainer, Unsized};
pub use updates::{Starts, UpdateLevel, Updates};
pub use words::{ByContainer, SortWords, Words, bytes_word, common_prefix};

#[doc(no_inline)]
pub use timely::container::PushInto;
