//! `arrangement`: loads update streams from files into arrangements, asks them questions, and compares their
//! backends.
//!
//! From [`args`] a command is chosen: [`tour`], [`load`] or [`compare`]. All read by [`input`], fill an
//! [`index`] by [`pipeline`], ask it by [`query`], and print by [`report`]; [`levels`] shows what an index is made
//! of. Results go to standard output; progress, warnings and errors to standard error.

#![forbid(unsafe_code)]

mod args;
mod compare;
mod heap;
mod index;
mod input;
mod levels;
mod load;
mod pipeline;
mod plot;
mod progress;
mod query;
mod recording;
mod report;
mod tour;

use args::{Cli, Command};
use clap::Parser;
use std::io::{self, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let mut out = io::BufWriter::new(io::stdout().lock());
    let result = match cli.command {
        None | Some(Command::Tour) => tour::run(&mut out),
        Some(Command::Load(args)) => load::run(args, &mut out),
        Some(Command::Compare(args)) => compare::run(args, &mut out),
    };
    match result.and_then(|()| Ok(out.flush()?)) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads the output has read enough.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            // What was printed before the error comes before it. There is nobody left to tell if this fails.
            let _ = out.flush();
            let _ = writeln!(io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let is_broken_pipe = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
    error.downcast_ref::<io::Error>().is_some_and(is_broken_pipe)
}
