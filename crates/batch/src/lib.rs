//! Immutable, sorted, multiversion batches: their storage, and how they are built, merged and read.
//!
//! A batch is a trie of three levels: ordered keys; for each key its ordered vals; for each val its `(time, diff)`
//! pairs in order of time.
//!
//! ```text
//! keys      bash              zsh
//! offsets   0                 2     3
//! vals      libc6  libtinfo6  libc6
//! updates   (0,+1) (1,+1)     (0,+1) (2,-1)      columns and offsets of their own
//! ```
//!
//! Each level is a column of the layout `L`. The level of vals is a type parameter: [`Vals`] has offsets and vals,
//! [`NoVals`] is of no width, so that batches of keys alone are the same code as batches of keys and vals. Users of a
//! facade alias meet these types only by name; use this crate directly to build and read batches without a trace.
//!
//! ```
//! use arrangement_batch::{OrdValBuilder, OrdValBatch};
//! use arrangement_container::Vector;
//! use arrangement_trace::{Antichain, BatchReader, Builder, Cursor, Description, RcBuilder};
//!
//! type L = Vector<((String, u64), u64, i64)>;
//! let mut rows = vec![(("a".to_string(), 1), 0, 1), (("b".to_string(), 7), 0, 1), (("b".to_string(), 9), 0, 1)];
//! let mut builder = RcBuilder::<OrdValBuilder<L, Vec<_>>>::new();
//! builder.push(&mut rows);
//! let batch: OrdValBatch<L> =
//!     builder.done(Description::new(Antichain::from_elem(0), Antichain::from_elem(1)));
//! assert_eq!(batch.len(), 3);
//!
//! let mut cursor = batch.cursor();
//! cursor.seek_key(&batch, &"b".to_string());
//! cursor.seek_val(&batch, &8);
//! assert_eq!(cursor.get_val(&batch), Some(&9));
//! ```
//!
//! # Main items
//! * [`OrdStorage`] with [`OrdValStorage`] and [`OrdKeyStorage`]; [`OrdValBatch`] and [`OrdKeyBatch`].
//! * [`OrdBuilder`], [`OrdMerger`], [`OrdCursor`], with a name for vals and one for keys each.
//!
//! # Features
//! `abomonation` adds an encoding, whose decoding is unsafe; `validate` the checks of sorted input to release builds.

#![deny(unsafe_code)]

#[cfg(feature = "abomonation")]
pub mod abomonation;
mod build;
mod cursor;
mod filter;
mod index;
mod merge;
mod ord;
mod ranks;
mod vals;

pub use build::{OrdBuilder, OrdKeyBuilder, OrdValBuilder};
pub use cursor::{OrdCursor, OrdKeyCursor, OrdValCursor, Position};
pub use merge::{OrdKeyMerger, OrdMerger, OrdValMerger};
pub use ord::{OrdKeyBatch, OrdKeyStorage, OrdStorage, OrdValBatch, OrdValStorage};
pub use vals::{NoVals, ValLevel, Vals};
