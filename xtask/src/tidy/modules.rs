//! Dead files: those in the folder of a package that no `mod` leads to.
//!
//! From the first file of each target the declarations `mod name;` are followed, and `#[path]` above them. A file
//! module inside an inline module, or one that a macro declares, isn't found: neither is used here. A file with the
//! compiler's errors beside it, `.stderr`, is a case of a test that has it fail to compile.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use cargo_metadata::camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use regex_lite::Regex;

use crate::tidy::Problem;
use crate::workspace::Workspace;

/// A line that declares a module in another file.
static MODULE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^\s*(?:pub(?:\([^)]*\))?\s+)?mod\s+(?:r#)?(\w+)\s*;").expect("the expression is valid")
});

/// A line that says which file the next module is in.
static PATH: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"^\s*#\[path\s*=\s*"([^"]+)"\]"#).expect("the expression is valid"));

/// Checks that each Rust file is part of some target.
pub(super) fn check(workspace: &Workspace, problems: &mut Vec<Problem>) {
    let packages = workspace.packages.iter().chain(&workspace.benches);
    let roots = packages.flat_map(|package| &package.targets).map(|target| target.path.as_path());
    let alive = reachable(roots, |path| workspace.files.get(path).map(String::as_str));
    for (path, _) in workspace.rust_files() {
        let is_case = workspace.files.contains_key(&path.with_extension("stderr"));
        if !alive.contains(path) && !is_case {
            let message = "the file is dead: no target begins in it and no `mod` leads to it";
            problems.push(Problem::new(path, 1, message));
        }
    }
}

/// The files that declarations lead to from the `roots` of crates, the roots included; `read` gives a file's contents.
fn reachable<'a>(
    roots: impl Iterator<Item = &'a Utf8Path>,
    read: impl Fn(&Utf8Path) -> Option<&'a str>,
) -> BTreeSet<Utf8PathBuf> {
    let mut found = BTreeSet::new();
    // Each with the folder that its modules are in.
    let mut open: Vec<(Utf8PathBuf, Utf8PathBuf)> =
        roots.map(|root| (root.to_owned(), folder(root))).collect();
    while let Some((path, modules)) = open.pop() {
        let Some(text) = read(&path) else { continue };
        if !found.insert(path.clone()) {
            continue;
        }
        for declared in declarations(text) {
            match declared {
                Declaration::Name(name) => {
                    let inner = modules.join(name);
                    open.push((modules.join(format!("{name}.rs")), inner.clone()));
                    open.push((inner.join("mod.rs"), inner));
                }
                Declaration::Path(relative) => {
                    let path = normalized(&folder(&path).join(relative));
                    let inner = folder(&path);
                    open.push((path, inner));
                }
            }
        }
    }
    found
}

/// A module in another file, as the file above it declares it.
#[derive(Debug, Eq, PartialEq)]
enum Declaration<'a> {
    /// By its name alone.
    Name(&'a str),
    /// With the path of the file.
    Path(&'a str),
}

/// The modules in other files that `text` declares.
fn declarations(text: &str) -> Vec<Declaration<'_>> {
    let mut found = Vec::new();
    let mut path = None;
    for line in text.lines() {
        let capture = |expression: &Regex| Some(expression.captures(line)?.extract::<1>().1[0]);
        if let Some(given) = capture(&PATH) {
            path = Some(given);
        } else if let Some(name) = capture(&MODULE) {
            found.push(path.take().map_or(Declaration::Name(name), Declaration::Path));
        } else if !line.trim_start().starts_with("#[") {
            path = None;
        }
    }
    found
}

/// The folder a file is in.
fn folder(path: &Utf8Path) -> Utf8PathBuf {
    path.parent().map(Utf8Path::to_owned).unwrap_or_default()
}

/// The path without `.` and `..`.
fn normalized(path: &Utf8Path) -> Utf8PathBuf {
    let mut result = Utf8PathBuf::new();
    for component in path.components() {
        match component {
            Utf8Component::CurDir => {}
            Utf8Component::ParentDir => {
                result.pop();
            }
            other => result.push(other),
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::{Declaration, declarations, reachable};
    use cargo_metadata::camino::Utf8Path;
    use std::collections::BTreeMap;

    #[test]
    fn declarations_are_modules_in_other_files() {
        let text = "pub mod a;\npub(crate) mod b;\n// mod c;\nmod d {\n}\n#[cfg(test)]\n#[path = \"x/y.rs\"]\nmod e;\n";
        let expected = [Declaration::Name("a"), Declaration::Name("b"), Declaration::Path("x/y.rs")];
        assert_eq!(declarations(text), expected);
    }

    #[test]
    fn modules_are_followed_through_every_form_of_file() {
        let files: BTreeMap<&Utf8Path, &str> = [
            ("a/src/lib.rs", "mod one;\nmod two;\n"),
            ("a/src/one.rs", "mod deep;\n"),
            ("a/src/one/deep.rs", ""),
            ("a/src/two/mod.rs", "mod deep;\n"),
            ("a/src/two/deep.rs", ""),
            ("a/src/three.rs", "mod deep;\n"),
            ("a/src/three/deep.rs", ""),
            ("a/tests/all.rs", "#[path = \"../../common/shared.rs\"]\nmod shared;\n"),
            ("common/shared.rs", "mod beside;\n"),
            ("common/beside.rs", ""),
        ]
        .map(|(path, text)| (Utf8Path::new(path), text))
        .into();
        let roots = ["a/src/lib.rs", "a/tests/all.rs"].map(Utf8Path::new);
        let found = reachable(roots.into_iter(), |path| files.get(path).copied());
        let dead: Vec<_> = files.keys().filter(|path| !found.contains(**path)).collect();
        assert_eq!(dead, ["a/src/three/deep.rs", "a/src/three.rs"]);
    }
}
