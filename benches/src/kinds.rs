//! The storage kinds that are measured: ours and those of two releases of differential dataflow.
//!
//! The three cursor traits are different traits with the same methods. What is done with cursors is therefore written
//! once, as the macro of [`reading`], and expanded beside each.

pub mod dd013;
pub mod dd026;
pub mod ours;
mod reading;

/// A `T` as a container of plain `T` shows it.
fn plain<T>(item: &T) -> &T {
    item
}

/// A string as a container of contents shows it.
fn text(item: &String) -> &str {
    item
}
