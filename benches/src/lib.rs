//! Measures arrangement's spines beside those of differential dataflow and beside hand-written limits.
//!
//! `cargo bench` runs `benches/stages.rs`, which hands the [`options`] to a [`Bench`](bench::Bench) and all
//! [`stages`] in turn. A stage prepares data, makes a contender of each [`Side`](side::Side) that can do its work, and
//! has them take turns in a [`contest`]. Sides are storage [`kinds`], reached through the trait [`Kind`](kind::Kind), and
//! [`limits`]. Figures are read from one [`clock`] and one [`heap`]; what a side held or read is summed up as
//! [`contents`], and a case in which two sides differ fails the run.
//!
//! To measure a further storage kind, implement `Kind` for it and name it in [`side`].

pub mod bench;
pub mod clock;
pub mod contents;
pub mod contest;
pub mod data;
pub mod heap;
pub mod kind;
pub mod kinds;
pub mod limits;
pub mod options;
pub mod report;
pub mod side;
pub mod stages;
