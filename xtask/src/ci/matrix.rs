//! The feature matrix: each layer and the facade, alone, with every choice of features that users are told of.
//!
//! Choices are no feature, each feature alone, and all. For each, the library is linted as the one package asked for
//! and without its tests, because what tests depend on may turn features on that the library then lacks. The tests are
//! run without features and with all; with one feature alone, which has nothing to test that all have not, they are
//! compiled. Examples and doc tests, slow to build, are left to the choice of all features.

use anyhow::{Context, Result};

use super::{cargo, step};
use crate::workspace::Workspace;

/// The packages that the matrix covers.
const PACKAGES: &[&str] = &[
    "arrangement-trace",
    "arrangement-container",
    "arrangement-batch",
    "arrangement-batcher",
    "arrangement-spine",
    "arrangement-dataflow",
    "arrangement-differential",
    "arrangement",
];

/// A choice among the features of a package.
#[derive(Debug, Eq, PartialEq)]
enum Choice<'a> {
    /// None of them, the default ones neither.
    None,
    /// One of them.
    One(&'a str),
    /// All of them.
    All,
}

impl<'a> Choice<'a> {
    /// The arguments that make cargo choose so.
    fn arguments(&self) -> Vec<&'a str> {
        match self {
            Self::None => vec!["--no-default-features"],
            Self::One(feature) => vec!["--no-default-features", "--features", feature],
            Self::All => vec!["--all-features"],
        }
    }
}

/// Lints all packages with all choices, and tests them or compiles their tests.
pub(super) fn run(workspace: &Workspace) -> Result<()> {
    for name in PACKAGES {
        let package = workspace.package(name).with_context(|| format!("there is no package `{name}`"))?;
        for choice in choices(&package.features) {
            step(
                cargo(workspace)
                    .args(["clippy", "--quiet", "--package", name, "--lib"])
                    .args(choice.arguments())
                    .args(["--", "-D", "warnings"]),
            )?;
            let (command, targets): (&str, &[&str]) = match choice {
                Choice::None => ("test", &["--lib", "--tests"]),
                Choice::One(_) => ("check", &["--lib", "--tests"]),
                Choice::All => ("test", &[]),
            };
            step(
                cargo(workspace)
                    .args([command, "--quiet", "--package", name])
                    .args(choice.arguments())
                    .args(targets),
            )?;
        }
    }
    Ok(())
}

/// The choices among `features` that differ.
fn choices(features: &[String]) -> Vec<Choice<'_>> {
    match features {
        [] => vec![Choice::All],
        [_] => vec![Choice::None, Choice::All],
        many => {
            let each = many.iter().map(|feature| Choice::One(feature));
            std::iter::once(Choice::None).chain(each).chain([Choice::All]).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Choice, choices};

    #[test]
    fn no_choice_is_made_twice() {
        let features = ["a".to_owned(), "b".to_owned()];
        assert_eq!(choices(&[]), [Choice::All]);
        assert_eq!(choices(&features[..1]), [Choice::None, Choice::All]);
        assert_eq!(choices(&features), [Choice::None, Choice::One("a"), Choice::One("b"), Choice::All]);
    }
}
