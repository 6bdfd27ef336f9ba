//! Lines of JSON.

use crate::contest::Outcome;
use crate::report::Verdict;
use anyhow::Result;

/// Prints one object a line for each target.
///
/// # Errors
/// If a figure is not finite.
pub fn print(outcomes: &[Outcome]) -> Result<()> {
    for verdict in Verdict::all(outcomes) {
        println!("{}", serde_json::to_string(&verdict)?);
    }
    Ok(())
}
