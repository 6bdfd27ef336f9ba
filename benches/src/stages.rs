//! The stages of an update's life, one table each.

pub mod ingest;
pub mod memory;
pub mod merge;
pub mod programs;
pub mod reading;
pub mod spine;
pub mod upkeep;

use crate::bench::Bench;
use anyhow::Result;

/// Runs all stages.
///
/// # Errors
/// If two sides of a case did not do the same.
pub fn run(bench: &mut Bench) -> Result<()> {
    ingest::run(bench)?;
    spine::run(bench)?;
    merge::run(bench)?;
    reading::run(bench)?;
    memory::run(bench)?;
    programs::run(bench)?;
    upkeep::run(bench)
}
