//! The spine: a trace that merges its batches as they come, a bounded amount at a time.
//!
//! The spine is a list of *levels*, oldest first. A level is a batch, two batches being merged, or a stretch of empty
//! time; the sizes of batches fall geometrically along the list. It knows nothing of how batches store updates, only
//! the traits of `arrangement_trace`, and is used through a facade alias such as `OrdValSpine`, or directly over a batch
//! of your own.
//!
//! # How much an insertion does
//!
//! Batches fall into *classes* by powers of two of their length. Two neighbouring batches merge when the older is of no
//! higher class than the newer (see [`policy`]). Each update that a merge reads so rises by a class, or cancels, or has
//! just come in; it causes at most as many reads in its life as there are classes above the batch that it came in. An
//! insertion of `s` updates pays for just that, and two reads more ([`FUEL_FACTOR`] times): `s · (log2(updates / s) + 2)`
//! updates are read, least merge first. The merge of the highest class so gets two reads for each update that comes, and ends
//! before more than two batches of its class have come; there are `O(log n)` batches, and no insertion does unbounded work:
//!
//! ```text
//! insert 4     4
//! insert 4     4+4            merging; the fuel of 4 · 3 ends it
//!              8
//! insert 1     8  1
//! insert 2     8  1+2         → 8 3
//! insert 9     8  3  9        3 before 9, the least pair first: → 8 12, then 8+12, as far as the fuel goes
//! ```
//!
//! What has been merged is dropped bit by bit as well, by the insertions that follow, where its items own something:
//! dropping a million strings at once would take longer than all else that an insertion does.
//!
//! # Empty time
//!
//! Stretches of time without updates are joined at once and cost one level. When the batches on both sides merge, the
//! older one's bounds are extended over the stretch, which copies nothing. A reader may cut the trace anywhere inside a
//! stretch.
//!
//! # Seeing into it
//!
//! A spine prints as a table of its levels, and [`Spine::report`] gives the same as data; [`Spine::sizes`] looks at each
//! batch, and [`Spine::counters`] are kept as it works. Each thing it does is an event for those who ask for them.
//!
//! # Held back
//!
//! Batches that are not below the physical compaction frontier wait in line. When it moves on they are let in a few at a
//! time, and the insertions that follow pay for their merging, each at most twice what it would else pay. (Empty
//! batches cost nothing and so do nothing for them; a trace that gets only those is worked on by `exert`.)

#![forbid(unsafe_code)]

mod level;
pub mod policy;
mod report;
mod spine;

pub use policy::{FUEL_FACTOR, Geometric, MergePolicy};
pub use report::{BatchReport, LevelReport, LevelState, MergeReport, Report};
pub use spine::{Counters, Spine};
