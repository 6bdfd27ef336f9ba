//! One side of one case in a process of its own.

use crate::contest::{Outcome, Table};
use crate::options::Sizes;
use anyhow::{Context, Result, ensure};
use bench_kit::sample::{Runner, Sample};
use std::env;
use std::process::{Command, Stdio};

/// Has this very program run one side of a case once, with the heap as the allocator gives it.
pub fn runner(sizes: Sizes, table: Table, case: &str, side: &'static str) -> Runner<'static> {
    let arguments = [
        ("--table", format!("{table:?}")),
        ("--case", format!("={case}")),
        ("--sides", side.to_owned()),
        ("--updates", sizes.updates.to_string()),
        ("--strings", sizes.strings.to_string()),
        ("--seeks", sizes.seeks.to_string()),
        ("--repetitions", "1".to_owned()),
        ("--warm", "0".to_owned()),
    ];
    Box::new(move |_| sample(&arguments).expect("this program can be run a second time"))
}

/// Prints what such a process was started for: its only sample.
///
/// # Errors
/// If not just one side of one case was run.
pub fn print_sample(outcomes: &[Outcome]) -> Result<()> {
    ensure!(outcomes.len() == 1 && outcomes[0].standings.len() == 1, "a sample is of one side of one case");
    let standing = &outcomes[0].standings[0];
    let figures = standing.spreads.iter().map(|spread| (spread.figure, spread.median)).collect();
    let sample = Sample { figures, checksum: Some(standing.checksum) };
    println!("{}", serde_json::to_string(&sample)?);
    Ok(())
}

fn sample(arguments: &[(&str, String)]) -> Result<Sample> {
    let mut command = Command::new(env::current_exe().context("this program has no path")?);
    for (name, value) in arguments {
        command.args([name, value.as_str()]);
    }
    let output = command.arg("--sample").stdin(Stdio::null()).stderr(Stdio::piped()).output()?;
    ensure!(output.status.success(), "it failed: {}", String::from_utf8_lossy(&output.stderr));
    Ok(serde_json::from_slice(&output.stdout)?)
}
