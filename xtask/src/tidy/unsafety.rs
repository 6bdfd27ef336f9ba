//! Where `unsafe` may be written: nowhere, but for the modules of [`EXCEPTIONS`].
//!
//! A crate without exceptions forbids it, which nothing further inside can undo. One with exceptions denies it, and
//! each of its listed modules opens with `#![allow(unsafe_code)]` or `#![expect(…)]`, with a reason. Tests, examples
//! and benches are crates of their own that nobody depends on, and are left alone.

use std::sync::LazyLock;

use cargo_metadata::camino::Utf8Path;
use regex_lite::Regex;

use crate::tidy::Problem;
use crate::workspace::{TargetKind, Workspace};

/// The modules of one crate that may use `unsafe`.
struct Exception {
    /// The crate.
    package: &'static str,
    /// The names of the files.
    modules: &'static [&'static str],
    /// Why they can't do without.
    reason: &'static str,
}

/// All modules that may use `unsafe`.
const EXCEPTIONS: &[Exception] = &[
    Exception {
        package: "arrangement-batch",
        modules: &["abomonation.rs"],
        reason: "`Abomonation` decodes in place, by methods that are `unsafe`",
    },
    Exception {
        package: "arrangement-container",
        modules: &["abomonation.rs", "columnation.rs"],
        reason: "columnation's regions copy by an `unsafe` method, and `Abomonation` decodes in place by others",
    },
];

/// An attribute that forbids `unsafe` for good.
static FORBIDS: LazyLock<Regex> = LazyLock::new(|| attribute(r"#!\[\s*forbid"));

/// An attribute that rules `unsafe` out until a module allows it.
static DENIES: LazyLock<Regex> = LazyLock::new(|| attribute(r"#!\[\s*deny"));

/// An attribute that allows `unsafe`.
static ALLOWS: LazyLock<Regex> = LazyLock::new(|| attribute(r"#!?\[\s*(?:allow|expect|warn)"));

/// The attributes that begin so and name the lint `unsafe_code`.
fn attribute(opening: &str) -> Regex {
    Regex::new(&format!(r"(?m)^\s*{opening}\([^)]*\bunsafe_code\b")).expect("the expression is valid")
}

/// Checks the root of each library and program, and where their modules allow `unsafe`.
pub(super) fn check(workspace: &Workspace, problems: &mut Vec<Problem>) {
    for package in &workspace.packages {
        let exception = EXCEPTIONS.iter().find(|exception| exception.package == package.name);
        for target in package.targets.iter().filter(|target| target.kind == TargetKind::Product) {
            if let Some(message) = root_objection(workspace.text(&target.path), exception) {
                problems.push(Problem::new(&target.path, 1, message));
            }
        }
        let Some(exception) = exception else { continue };
        let source = package.folder.join("src");
        for (path, text) in workspace.rust_files().filter(|(path, _)| path.starts_with(&source)) {
            if let Some((line, message)) = module_objection(path, text, exception) {
                problems.push(Problem::new(path, line, message));
            }
        }
    }
}

/// What is wrong with the root of a crate, if anything.
fn root_objection(text: &str, exception: Option<&Exception>) -> Option<&'static str> {
    match exception {
        _ if FORBIDS.is_match(text) => None,
        None => Some("the crate does not say `#![forbid(unsafe_code)]`"),
        Some(_) if DENIES.is_match(text) => None,
        Some(_) => Some("the crate says neither `#![forbid(unsafe_code)]` nor `#![deny(unsafe_code)]`"),
    }
}

/// What is wrong with a module of a crate that has exceptions, if anything, and in which line.
fn module_objection(path: &Utf8Path, text: &str, exception: &Exception) -> Option<(usize, String)> {
    if path.file_name().is_some_and(|name| exception.modules.contains(&name)) {
        return None;
    }
    let found = ALLOWS.find(text)?;
    let opening = found.end() - found.as_str().trim_start().len();
    let line = 1 + text[..opening].matches('\n').count();
    let Exception { package, modules, reason } = exception;
    Some((line, format!("`{package}` allows `unsafe` only inside {}: {reason}", modules.join(" and "))))
}

#[cfg(test)]
mod tests {
    use super::{Exception, module_objection, root_objection};
    use cargo_metadata::camino::Utf8Path;

    const EXCEPTION: Exception = Exception { package: "p", modules: &["raw.rs"], reason: "it is raw" };

    #[test]
    fn a_root_forbids_unless_it_has_exceptions() {
        let (forbids, denies) = ("//! A.\n\n#![forbid(unsafe_code)]\n", "//! A.\n\n#![deny(unsafe_code)]\n");
        assert_eq!(root_objection(forbids, None), None);
        assert_eq!(root_objection(forbids, Some(&EXCEPTION)), None);
        assert!(root_objection(denies, None).is_some());
        assert_eq!(root_objection(denies, Some(&EXCEPTION)), None);
        assert!(root_objection("//! `#![forbid(unsafe_code)]`\n", Some(&EXCEPTION)).is_some());
    }

    #[test]
    fn only_listed_modules_allow() {
        let text = "//! A.\n\n#![expect(\n    unsafe_code,\n    reason = \"speed\"\n)]\n";
        assert_eq!(module_objection(Utf8Path::new("src/raw.rs"), text, &EXCEPTION), None);
        let (line, message) = module_objection(Utf8Path::new("src/other.rs"), text, &EXCEPTION).unwrap();
        assert_eq!(line, 3);
        assert_eq!(message, "`p` allows `unsafe` only inside raw.rs: it is raw");
        assert_eq!(module_objection(Utf8Path::new("src/other.rs"), "//! A.\n", &EXCEPTION), None);
    }
}
