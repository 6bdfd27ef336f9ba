//! The benches: every stage for our spines and the peers', the tables, and the files that are kept of them.
//!
//! They are a workspace of their own, with a command line of their own, which [`run`] hands its arguments to.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::workspace::{BENCHES_MANIFEST, Workspace};

/// Builds and runs the benches with `arguments`. Unless these ask for a part only, or for another form, the results and
/// the plots are written.
///
/// # Errors
///
/// When the benches can't be built, or fail: above all, when two sides did not compute the same.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    let mut command = Command::new("cargo");
    command.current_dir(&workspace.root).stdin(Stdio::null());
    command.args(["bench", "--manifest-path", BENCHES_MANIFEST, "--bench", "stages", "--", "--write"]);
    let status = command.args(arguments).status().context("can't start cargo")?;
    if !status.success() {
        bail!("the benches failed, {status}");
    }
    Ok(())
}
