//! What a trace holds, read as a collection: one key, ranges, prefixes, from either end, as of a time or by times.
//!
//! ```text
//! View                    the storage, a cursor, and the frontiers between which it can be read
//!  ├ as_of, difference     ── Contents of Summed: each (key, val) with the sum of its differences
//!  └ history, changes      ── Contents of Timed:  each (key, val) with its times and differences
//!      ├ range, prefix      ── Contents of fewer keys
//!      ├ get                ── Vals of one key, again with range and prefix
//!      └ keys, counts, rows ── iterators from either end; rows can be budgeted and resumed
//! ```
//!
//! All is read when it is asked for, by a cursor that each iterator has to itself, and handed out as it is stored, not
//! copied. What a [`Selection`] says comes to nothing is not shown, be it a val or a key, so that what was added and taken
//! back is not there, in however many batches that is written.

mod contents;
mod error;
mod keys;
mod lookup;
mod probe;
mod rows;
mod selection;
mod vals;
mod view;
mod walk;

pub use contents::Contents;
pub use error::ReadError;
pub use keys::{Counts, Keys};
pub use lookup::Lookup;
pub use probe::{Prefix, Probe};
pub use rows::{Bookmark, Rows};
pub use selection::{Selection, Summed, Timed};
pub use vals::Vals;
pub use view::View;
