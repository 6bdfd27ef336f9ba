//! Measures arrangement's spines beside those of differential dataflow and beside hand-written limits.
//!
//! `cargo bench` runs `benches/stages.rs`, which hands the [`options`] to a [`Bench`](bench::Bench) and all
//! [`stages`] in turn. A stage prepares data, makes a contender of each side that can do its work, and has them take
//! turns in a [`contest`]. What came of it is [`report`]ed.
//!
//! What the sides are built from is in `kit/`, the sides are in `sides/`, one crate for each family. To measure a further
//! storage kind, implement `bench_kit::kind::Kind` for it and list it among the `sides()` of its crate.

pub mod bench;
pub mod contest;
pub mod options;
pub mod process;
pub mod report;
pub mod stages;
