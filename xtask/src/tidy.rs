//! The rules of the workspace that neither the compiler nor a linter checks, so that no review has to.
//!
//! - A crate depends only on the crates beneath it.
//! - Each Rust file begins with a doc comment, keeps its lines within bounds and holds no code turned into comments.
//! - Each Rust file of a package is part of what is built.
//! - Crates forbid `unsafe`, but for the modules listed with a reason.
//! - No text names a path of somebody's machine.
//! - Each crate takes the lints of the workspace and stands in the README.
//!
//! The rules are simple readings of the text, line by line: they may miss a case that is written unusually, and should
//! never blame one that is right.

mod edges;
mod manifests;
mod modules;
mod text;
mod unsafety;

use std::fmt;

use anyhow::{Result, bail};
use cargo_metadata::camino::{Utf8Path, Utf8PathBuf};

use crate::workspace::Workspace;

/// One breach of a rule.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Problem {
    /// The file it is in.
    pub path: Utf8PathBuf,
    /// The line it is in, counted from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

impl Problem {
    /// The problem `message` in one line of a file.
    fn new(path: &Utf8Path, line: usize, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, message: message.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.message)
    }
}

/// All problems of the workspace, sorted by place.
pub fn check(workspace: &Workspace) -> Vec<Problem> {
    let mut problems = Vec::new();
    edges::check(workspace, &mut problems);
    manifests::check(workspace, &mut problems);
    modules::check(workspace, &mut problems);
    text::check(workspace, &mut problems);
    unsafety::check(workspace, &mut problems);
    problems.sort();
    problems
}

/// Prints all problems of the workspace, one a line.
///
/// # Errors
///
/// When there are any.
pub fn run(workspace: &Workspace) -> Result<()> {
    let problems = check(workspace);
    for problem in &problems {
        println!("{problem}");
    }
    match problems.len() {
        0 => Ok(()),
        1 => bail!("tidy found a problem"),
        count => bail!("tidy found {count} problems"),
    }
}
