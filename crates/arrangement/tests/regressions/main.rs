//! What went wrong in other systems of this kind, as one test each, named after its number in our list of cases.
//!
//! `R` numbers are cases of their history, `L` numbers are defects that a peer's release still has. What a case says
//! about cost is counted, never timed: updates read, comparisons, clones, bytes allocated.

#[macro_use]
mod support;

mod batcher;
mod batches;
mod counted;
mod cursors;
mod defects;
mod reads;
mod spine;
