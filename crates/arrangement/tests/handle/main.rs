//! The standalone handle: against a model, from many threads, in figures, and given bad input.

#[path = "../common/mod.rs"]
mod common;

mod bad_input;
mod model;
mod seeing;
mod snapshots;
