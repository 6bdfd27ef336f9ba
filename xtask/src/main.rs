//! `cargo xtask`: reads the arguments and starts the task they name.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use xtask::workspace::Workspace;
use xtask::{bench, ci, tidy};

/// The workspace's own tasks, beside what plain cargo does.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    /// What to do.
    #[command(subcommand)]
    task: Task,
}

/// One task.
#[derive(Debug, Subcommand)]
enum Task {
    /// All stages beside the peers, the tables, RESULTS.md and the plots: some minutes
    Bench {
        /// For the benches, such as `--full` or `--json`; `-- --help` lists them
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Everything that must hold before a change is merged, beside `cargo test --workspace`.
    Ci,
    /// The rules of the workspace that neither the compiler nor a linter checks.
    Tidy,
}

fn main() -> ExitCode {
    match run(&Arguments::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Carries out `task` on the workspace this binary was built from.
fn run(task: &Task) -> Result<()> {
    let workspace = Workspace::load()?;
    match task {
        Task::Bench { arguments } => bench::run(&workspace, arguments),
        Task::Ci => ci::run(&workspace),
        Task::Tidy => tidy::run(&workspace),
    }
}
