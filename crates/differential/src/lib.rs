//! Arrangements under differential dataflow.
#![forbid(unsafe_code)]

mod algebra;
mod aliases;
mod batch;
mod build;
mod operators;
mod spine;

pub use algebra::DifferentialAlgebra;
pub use aliases::*;
pub use batch::{Batch, Column, Cursor, Stored};
pub use build::{Batcher, Builder};
pub use operators::*;
pub use spine::{Log, Spine};
