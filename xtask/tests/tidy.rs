//! The workspace keeps its own rules, so that `cargo test` tells when it doesn't.

use xtask::tidy;
use xtask::workspace::Workspace;

#[test]
fn workspace_is_tidy() {
    let workspace = Workspace::load().expect("the workspace can be read");
    let problems: Vec<String> = tidy::check(&workspace).iter().map(ToString::to_string).collect();
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}
