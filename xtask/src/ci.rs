//! Everything that must hold before a change is merged, beside `cargo test --workspace`.
//!
//! [`run`] takes one step after another and stops at the first that fails: format, lints, docs, [`tidy`], the feature
//! matrix, the memory checker, and the benches in small. Each is printed as the command that repeats it by hand,
//! followed by the time it took.

mod matrix;
mod memory;

use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::tidy;
use crate::workspace::{BENCHES_MANIFEST, Workspace};

/// Takes all steps.
///
/// # Errors
///
/// When a step fails, or can't be started.
pub fn run(workspace: &Workspace) -> Result<()> {
    let start = Instant::now();
    format(workspace)?;
    lints(workspace)?;
    docs(workspace)?;
    timed("cargo xtask tidy", || tidy::run(workspace))?;
    matrix::run(workspace)?;
    memory::run(workspace)?;
    benches_in_small(workspace)?;
    println!("ci: all passed in {:.0} s", start.elapsed().as_secs_f64());
    Ok(())
}

/// The code is formatted.
fn format(workspace: &Workspace) -> Result<()> {
    step(cargo(workspace).args(["fmt", "--all", "--check"]))
}

/// The compiler and clippy find nothing to warn of, with all features on.
fn lints(workspace: &Workspace) -> Result<()> {
    step(
        cargo(workspace)
            .args(["clippy", "--quiet", "--workspace", "--all-targets", "--all-features"])
            .args(["--", "-D", "warnings"]),
    )
}

/// The docs build without a warning, those of private items too.
fn docs(workspace: &Workspace) -> Result<()> {
    step(
        cargo(workspace)
            .env("RUSTDOCFLAGS", "-D warnings")
            .args(["doc", "--quiet", "--workspace", "--no-deps", "--all-features"])
            .arg("--document-private-items"),
    )
}

/// The benches are formatted, free of warnings, and run on inputs so small that their times mean nothing: unoptimized,
/// as that is built faster, and checks what it can.
fn benches_in_small(workspace: &Workspace) -> Result<()> {
    if !workspace.root.join(BENCHES_MANIFEST).exists() {
        skip("the benches", &format!("there is no {BENCHES_MANIFEST}"));
        return Ok(());
    }
    let benches = |command: &str, arguments: &[&str]| {
        step(cargo(workspace).args([command, "--quiet", "--manifest-path", BENCHES_MANIFEST]).args(arguments))
    };
    benches("fmt", &["--all", "--check"])?;
    benches("clippy", &["--workspace", "--all-targets", "--", "-D", "warnings"])?;
    benches("test", &["--workspace", "--lib"])?;
    benches("bench", &["--profile", "dev", "--bench", "stages", "--", "--smoke"])?;
    benches("bench", &["--profile", "dev", "--package", "bench-kernels", "--", "--test"])
}

/// Cargo, of the toolchain this binary was started with, in the folder of the workspace.
fn cargo(workspace: &Workspace) -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(&workspace.root);
    command
}

/// Runs a command with nothing on its standard input, and prints it with the time it took.
fn step(command: &mut Command) -> Result<()> {
    let shown = shown(command);
    timed(&shown, || {
        let status =
            command.stdin(Stdio::null()).status().with_context(|| format!("can't start `{shown}`"))?;
        if !status.success() {
            bail!("`{shown}` failed, {status}");
        }
        Ok(())
    })
}

/// Runs `body`, and prints its `name` before and the time it took after.
fn timed(name: &str, body: impl FnOnce() -> Result<()>) -> Result<()> {
    println!("ci: {name}");
    let start = Instant::now();
    body()?;
    println!("ci: {:.1} s", start.elapsed().as_secs_f64());
    Ok(())
}

/// Says that a step is left out, and why.
fn skip(name: &str, reason: &str) {
    println!("ci: skipped {name}: {reason}");
}

/// A command as one would type it, with the variables it sets.
fn shown(command: &Command) -> String {
    let variables = command.get_envs().filter_map(|(name, value)| {
        let assignment = format!("{}={}", name.display(), value?.display());
        Some(quoted(&assignment))
    });
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words = words.map(|word| quoted(&word.to_string_lossy()));
    variables.chain(words).collect::<Vec<_>>().join(" ")
}

/// A word as a shell takes it; the value alone is quoted if it is an assignment.
fn quoted(word: &str) -> String {
    match (word.contains(' '), word.split_once('=')) {
        (false, _) => word.to_owned(),
        (true, Some((name, value))) => format!("{name}='{value}'"),
        (true, None) => format!("'{word}'"),
    }
}

#[cfg(test)]
mod tests {
    use super::{shown, step, timed};
    use anyhow::bail;
    use std::process::Command;

    #[test]
    fn a_command_is_shown_as_typed() {
        let mut command = Command::new("cargo");
        command.env("RUSTDOCFLAGS", "-D warnings").env_remove("CARGO").args(["doc", "--no-deps"]);
        assert_eq!(shown(&command), "RUSTDOCFLAGS='-D warnings' cargo doc --no-deps");
    }

    #[test]
    fn a_failure_names_the_command() {
        let error = step(&mut Command::new("false")).unwrap_err();
        assert!(error.to_string().starts_with("`false` failed, "), "{error}");
        let error = step(&mut Command::new("no-such-program")).unwrap_err();
        assert_eq!(error.to_string(), "can't start `no-such-program`");
    }

    #[test]
    fn a_failure_inside_is_handed_on() {
        assert!(timed("nothing", || Ok(())).is_ok());
        assert_eq!(timed("something", || bail!("broken")).unwrap_err().to_string(), "broken");
    }
}
