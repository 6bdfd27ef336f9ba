//! What the text of a file shows: how it begins, how long its lines are, what its comments hold.

use std::sync::LazyLock;

use cargo_metadata::camino::Utf8Path;
use regex_lite::Regex;

use crate::tidy::Problem;
use crate::workspace::Workspace;

/// The most characters a line of Rust may have. Formatting keeps code narrower, but leaves comments and strings alone.
const LINE_CHARACTERS_MAX: usize = 160;

/// A comment that reads as a line of code: a declaration, a statement, an attribute or closing brackets.
static CODE: LazyLock<Regex> = LazyLock::new(|| {
    let forms = [
        r"let (?:mut )?\S.*=(?:.*[;{(])?$",
        r"(?:pub(?:\([^)]*\))? )?(?:async |const |unsafe )*fn \w+\s*[(<].*",
        r"pub(?:\([^)]*\))? (?:async|const|enum|mod|static|struct|trait|type|unsafe|use) .*",
        r"(?:const|else|enum|for|if|impl|loop|match|mod|return|static|struct|trait|type|use|while)\b.*[;{]$",
        r"[\w:.]+!?\(.*\);$",
        r"#!?\[.*\]$",
        r"[)\]}]+[;,]?$",
    ];
    Regex::new(&format!(r"^\s*//\s?(?:\s{{4}})*(?:{})", forms.join("|"))).expect("the expression is valid")
});

/// A path that exists on one machine only: a home, or a folder that a build ran in.
static MACHINE_PATH: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:^|[^\w.-])(/(?:home|root|Users|work)/[\w./-]*)").expect("the expression is valid")
});

/// Checks each file: all of them for machine paths, the Rust files for the rest.
pub(super) fn check(workspace: &Workspace, problems: &mut Vec<Problem>) {
    for (path, text) in &workspace.files {
        check_lines(path, text, &[machine_path], problems);
    }
    for (path, text) in workspace.rust_files() {
        if !text.starts_with("//!") {
            problems.push(Problem::new(path, 1, "the file does not begin with a doc comment, `//! …`"));
        }
        check_lines(path, text, &[line_length, commented_code], problems);
    }
}

/// What a rule has to say against a line, if anything.
type Rule = fn(&str) -> Option<String>;

/// Checks each line of a file by each of `rules`.
fn check_lines(path: &Utf8Path, text: &str, rules: &[Rule], problems: &mut Vec<Problem>) {
    for (index, line) in text.lines().enumerate() {
        let messages = rules.iter().filter_map(|rule| rule(line));
        problems.extend(messages.map(|message| Problem::new(path, index + 1, message)));
    }
}

/// What is wrong if a line names a path of somebody's machine.
fn machine_path(line: &str) -> Option<String> {
    let path = MACHINE_PATH.captures(line)?.extract::<1>().1[0];
    Some(format!("`{path}` is a path of one machine"))
}

/// What is wrong if a line is too long.
fn line_length(line: &str) -> Option<String> {
    let length = line.chars().count();
    (length > LINE_CHARACTERS_MAX)
        .then(|| format!("the line has {length} characters, more than {LINE_CHARACTERS_MAX}"))
}

/// What is wrong if a line is code turned into a comment. Doc comments, whose examples are code, don't count.
fn commented_code(line: &str) -> Option<String> {
    CODE.is_match(line).then(|| "the comment is code: delete it".to_owned())
}

#[cfg(test)]
mod tests {
    use super::{LINE_CHARACTERS_MAX, check, commented_code, line_length, machine_path};
    use crate::workspace::Workspace;

    #[test]
    fn a_rust_file_begins_with_a_doc_comment() {
        let file = |path: &str, text: &str| (path.into(), text.to_owned());
        let files = [file("a.rs", "//! A.\n"), file("b.rs", "use std::fmt;\n"), file("c.toml", "[c]\n")];
        let workspace = Workspace { files: files.into(), ..Workspace::default() };
        let mut problems = Vec::new();
        check(&workspace, &mut problems);
        assert_eq!(problems.iter().map(|problem| problem.path.as_str()).collect::<Vec<_>>(), ["b.rs"]);
    }

    #[test]
    fn length_counts_characters_not_bytes() {
        assert_eq!(line_length(&"é".repeat(LINE_CHARACTERS_MAX)), None);
        assert!(line_length(&"e".repeat(LINE_CHARACTERS_MAX + 1)).is_some());
    }

    #[test]
    fn code_in_comments_is_found() {
        for line in [
            "// let x = 1;",
            "    // let Some(x) = y else {",
            "// let sum: u64 =",
            "// pub fn new() -> Self {",
            "// fn len(&self) -> usize",
            "// pub(crate) struct Keys<L> {",
            "//     self.merge(a, b);",
            "// assert_eq!(a, b);",
            "// use std::fmt;",
            "// for key in keys {",
            "// return None;",
            "// #[derive(Debug)]",
            "// });",
            "//}",
        ] {
            assert!(commented_code(line).is_some(), "{line}");
        }
    }

    #[test]
    fn prose_in_comments_is_left_alone() {
        for line in [
            "// let the caller decide;",
            "// let n be the number of levels, n = 2 at first.",
            "// for each key the merge reads both sides",
            "// if nothing is left, return.",
            "// use of `gallop(…)` pays from 64 keys on",
            "// fn pointers are compared by address.",
            "// (see `Spine::insert`)",
            "// type by type",
            "//",
            "/// let x = 1;",
            "//! let x = 1;",
            "let x = 1; // let it be",
        ] {
            assert_eq!(commented_code(line), None, "{line}");
        }
    }

    #[test]
    fn paths_of_one_machine_are_found() {
        // Put together here, as this file is checked too.
        for folder in ["home", "root", "Users", "work"] {
            assert!(machine_path(&format!("see /{folder}/anna/notes")).is_some());
            assert!(machine_path(&format!("file:///{folder}/anna")).is_some());
            assert_eq!(machine_path(&format!("https://example.org/{folder}/anna")), None);
            assert_eq!(machine_path(&format!("a net{folder}/{folder}/anna")), None);
        }
    }
}
