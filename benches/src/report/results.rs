//! The files that are kept: `RESULTS.md`, and the plots beside it.

use crate::contest::Outcome;
use crate::options::Sizes;
use crate::report::{plots, tables};
use anyhow::{Context, Result};
use std::env;
use std::fs;
use std::path::Path;

/// Writes the results of a whole run into the folder of the benches.
///
/// # Errors
/// If a file can't be written.
pub fn write(origin: &[String], sizes: Sizes, outcomes: &[Outcome]) -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::create_dir_all(folder.join("plots"))?;
    for (name, svg) in plots::all(outcomes)? {
        put(&folder.join("plots").join(name), &svg)?;
    }
    put(&folder.join("RESULTS.md"), &results(origin, sizes, outcomes))
}

fn put(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("can't write `{}`", path.display()))?;
    eprintln!("wrote {}", path.display());
    Ok(())
}

fn results(origin: &[String], sizes: Sizes, outcomes: &[Outcome]) -> String {
    let chosen = env::args().skip(1).filter(|argument| !["--bench", "--write"].contains(&&argument[..]));
    let command = ["cargo xtask bench".to_owned()].into_iter().chain(chosen).collect::<Vec<_>>().join(" ");
    let mut text = "# Results\n\n".to_owned();
    text += &format!("* command: `{command}`, which writes this file and the plots\n");
    for line in origin {
        text += &format!("* {line}\n");
    }
    text += "\nWhat is measured, and who the sides are, is in [README.md](README.md). Times are processor time of the \
             one thread, for each\nupdate or seek; latencies are for each insertion or call; bytes are for each update, \
             but `bytes` in all. A ratio is the\nreference divided by ours, so that more is better. A figure is the \
             median of as many repetitions as stand behind the case.\n\n";
    for (name, title) in plots::TITLES {
        text += &format!("![{title}](plots/{name})\n");
    }
    text + "\n" + &tables::all(sizes, outcomes)
}
