//! The memory checker: tests under AddressSanitizer, which only a nightly compiler can build for.
//!
//! It covers the crates that hold `unsafe`, those built right on them, and the facade's tests that drive all of it.
//! Where there is no nightly toolchain, or it has no sanitizer for this machine, the step is left out and says why.

use std::fs;
use std::process::{Command, Stdio};

use super::{skip, step};
use crate::workspace::Workspace;

/// The packages whose own tests are run.
const PACKAGES: &[&str] = &["arrangement-container", "arrangement-batch", "arrangement-batcher"];

/// The package of which only [`FACADE_TESTS`] are run.
const FACADE: &str = "arrangement";

/// The facade's test targets that are run, those of them that exist.
const FACADE_TESTS: &[&str] = &["suite", "regressions"];

/// Runs the tests that exist, or says why not.
pub(super) fn run(workspace: &Workspace) -> anyhow::Result<()> {
    let host = match host_with_sanitizer() {
        Ok(host) => host,
        Err(reason) => {
            skip("the memory checker", &reason);
            return Ok(());
        }
    };
    let packages = PACKAGES.iter().filter(|name| workspace.package(name).is_some());
    let packages: Vec<&str> = packages.flat_map(|name| ["--package", name]).collect();
    if !packages.is_empty() {
        step(sanitized(workspace, &host).args(packages).args(["--lib", "--tests"]))?;
    }
    let facade = workspace.package(FACADE);
    let tests = FACADE_TESTS.iter().filter(|name| facade.is_some_and(|package| package.has_test(name)));
    let tests: Vec<&str> = tests.flat_map(|name| ["--test", name]).collect();
    if !tests.is_empty() {
        step(sanitized(workspace, &host).args(["--package", FACADE]).args(tests))?;
    }
    Ok(())
}

/// `cargo test` on the nightly toolchain, with the sanitizer, for `host`, in a target folder of its own.
///
/// Naming the target keeps the flags off build scripts and procedural macros, which the compiler loads.
fn sanitized(workspace: &Workspace, host: &str) -> Command {
    let mut command = nightly("cargo");
    command
        .current_dir(&workspace.root)
        .env("RUSTFLAGS", "-Zsanitizer=address")
        .env("ASAN_OPTIONS", "detect_leaks=1")
        .args(["test", "--quiet", "--all-features", "--target", host])
        .arg("--target-dir")
        .arg(workspace.target_folder.join("asan"));
    command
}

/// `program` of the nightly toolchain, free of what the toolchain that started us has set.
fn nightly(program: &str) -> Command {
    let mut command = Command::new("rustup");
    // A toolchain that is not there must be an answer, not a download.
    command.env("RUSTUP_AUTO_INSTALL", "0").args(["run", "nightly", program]);
    for variable in ["RUSTUP_TOOLCHAIN", "CARGO", "RUSTC", "RUSTDOC", "CARGO_ENCODED_RUSTFLAGS"] {
        command.env_remove(variable);
    }
    command
}

/// The name of the host if the nightly toolchain has the sanitizer's runtime for it, or the reason why not.
fn host_with_sanitizer() -> Result<String, String> {
    let missing = || "there is no nightly toolchain".to_owned();
    let version = output(nightly("rustc").arg("-vV")).ok_or_else(missing)?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).ok_or_else(missing)?;
    let libraries = output(nightly("rustc").args(["--print", "target-libdir"])).ok_or_else(missing)?;
    let mut files = fs::read_dir(libraries.trim()).into_iter().flatten().flatten();
    if files.any(|file| file.file_name().to_string_lossy().ends_with("rt.asan.a")) {
        Ok(host.to_owned())
    } else {
        Err(format!("the nightly toolchain has no AddressSanitizer for {host}"))
    }
}

/// What a command prints, if it starts and succeeds.
fn output(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::{nightly, output};

    #[test]
    fn a_program_that_is_not_there_has_no_output() {
        assert_eq!(output(&mut nightly("no-such-program")), None);
    }
}
