//! What each package owes the workspace: its lints in the manifest, a mention in the README.

use cargo_metadata::camino::Utf8Path;
use regex_lite::Regex;

use crate::tidy::Problem;
use crate::workspace::Workspace;

/// Checks the manifest of each package, and the README.
pub(super) fn check(workspace: &Workspace, problems: &mut Vec<Problem>) {
    let readme = Utf8Path::new("README.md");
    for package in &workspace.packages {
        let manifest = package.manifest();
        if !inherits_lints(workspace.text(&manifest)) {
            let message = "the lints of the workspace are not taken over: `[lints]` with `workspace = true`";
            problems.push(Problem::new(&manifest, 1, message));
        }
        if !mentions(workspace.text(readme), &package.name) {
            problems.push(Problem::new(readme, 1, format!("`{}` is not mentioned", package.name)));
        }
    }
}

/// Whether a manifest takes over the lints of the workspace.
fn inherits_lints(manifest: &str) -> bool {
    let mut lines = manifest.lines().map(str::trim_end);
    lines.any(|line| line == "[lints]") && lines.next() == Some("workspace = true")
}

/// Whether `text` has `name` as a whole word, where a hyphen is part of a word.
fn mentions(text: &str, name: &str) -> bool {
    let word = Regex::new(r"[\w-]+").expect("the expression is valid");
    word.find_iter(text).any(|found| found.as_str() == name)
}

#[cfg(test)]
mod tests {
    use super::{inherits_lints, mentions};

    #[test]
    fn lints_are_taken_over_by_two_lines() {
        assert!(inherits_lints("[package]\nname = \"a\"\n\n[lints]\nworkspace = true\n"));
        assert!(!inherits_lints("[package]\nname = \"a\"\n"));
        assert!(!inherits_lints("[lints]\nrust.missing_docs = \"allow\"\n"));
    }

    #[test]
    fn a_longer_name_is_no_mention() {
        assert!(mentions("| `arrangement-batch` | batches |", "arrangement-batch"));
        assert!(!mentions("| `arrangement-batcher` | chunks |", "arrangement-batch"));
        assert!(!mentions("| `arrangement-batch` | batches |", "arrangement"));
    }
}
