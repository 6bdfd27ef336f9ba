//! What a run was made on, and of.

use std::fs;
use std::process::Command;
use std::thread;

/// One line each on the machine, the compiler and the commit, as far as they can be found out. To be asked when a run
/// begins: when it ends, another commit may be checked out.
pub fn lines() -> Vec<String> {
    let cpu = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "an unknown processor".to_owned());
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let memory = field("/proc/meminfo", "MemTotal")
        .and_then(|size| size.split(' ').next()?.parse::<u64>().ok())
        .map_or_else(String::new, |kib| {
            format!(", {} GiB of memory", (kib as f64 / f64::from(1 << 20)).round())
        });
    let unknown = || "unknown".to_owned();
    vec![
        format!("machine: {cpu}, {threads} threads{memory}, {}", std::env::consts::OS),
        format!("compiler: {}", said("rustc", &["--version"]).unwrap_or_else(unknown)),
        format!("commit: {}", said("git", &["describe", "--always", "--dirty"]).unwrap_or_else(unknown)),
        format!("date: {}", said("date", &["-u", "+%F"]).unwrap_or_else(unknown)),
    ]
}

/// The first value under `name` in a file of the form `name: value`.
fn field(path: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let value = |line: &str| Some(line.strip_prefix(name)?.trim_start().strip_prefix(':')?.trim().to_owned());
    text.lines().find_map(value)
}

/// What a program prints, in the folder of the benches.
fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let output =
        Command::new(program).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
