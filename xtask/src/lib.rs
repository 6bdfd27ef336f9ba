//! The workspace's own tasks, which `cargo xtask` runs and `cargo test` partly repeats.
//!
//! - [`mod@bench`]: our spines measured beside the peers';
//! - [`ci`]: everything that must hold before a change is merged, beside `cargo test --workspace`;
//! - [`tidy`]: the rules of the workspace that neither the compiler nor a linter checks;
//! - [`workspace`]: what both read, its packages and its text files.
//!
//! What plain cargo already does has no task here.

#![forbid(unsafe_code)]

pub mod bench;
pub mod ci;
pub mod tidy;
pub mod workspace;
