//! The crate graph: which crate may depend on which.
//!
//! [`TABLE`] is the architecture, as `ARCHITECTURE.md` draws it. It binds what a crate is built from; its tests and
//! examples may use the facade as well.

use crate::tidy::Problem;
use crate::workspace::{Dependency, Workspace};

/// The crate that depends on all layers, and that any crate's tests may use.
const FACADE: &str = "arrangement";

/// What one crate may be built from.
struct Row {
    /// The crate.
    package: &'static str,
    /// The crates of the workspace it may depend on.
    beneath: &'static [&'static str],
    /// Those it may depend on if a feature turns them on.
    by_feature: &'static [&'static str],
}

/// Every crate of the workspace, those beneath first.
const TABLE: &[Row] = &[
    Row { package: "arrangement-trace", beneath: &[], by_feature: &[] },
    Row { package: "arrangement-container", beneath: &["arrangement-trace"], by_feature: &[] },
    Row {
        package: "arrangement-batch",
        beneath: &["arrangement-container", "arrangement-trace"],
        by_feature: &[],
    },
    Row {
        package: "arrangement-batcher",
        beneath: &["arrangement-container", "arrangement-trace"],
        by_feature: &[],
    },
    Row { package: "arrangement-spine", beneath: &["arrangement-trace"], by_feature: &[] },
    Row {
        package: "arrangement-dataflow",
        beneath: &["arrangement-spine", "arrangement-trace"],
        by_feature: &[],
    },
    Row {
        package: "arrangement-differential",
        beneath: &[
            "arrangement-batch",
            "arrangement-batcher",
            "arrangement-container",
            "arrangement-spine",
            "arrangement-trace",
        ],
        by_feature: &[],
    },
    Row {
        package: FACADE,
        beneath: &[
            "arrangement-batch",
            "arrangement-batcher",
            "arrangement-container",
            "arrangement-spine",
            "arrangement-trace",
        ],
        by_feature: &["arrangement-dataflow", "arrangement-differential"],
    },
    Row { package: "arrangement-cli", beneath: &[FACADE], by_feature: &[] },
    Row { package: "xtask", beneath: &[], by_feature: &[] },
];

/// The crates that bring a backend, and that therefore stand behind a feature everywhere.
const BACKENDS: &[&str] = &["abomonation", "columnation", "flatcontainer"];

/// The one crate that may be built from differential dataflow.
const BRIDGE: &str = "arrangement-differential";

/// Checks each dependency of each package.
pub(super) fn check(workspace: &Workspace, problems: &mut Vec<Problem>) {
    for package in &workspace.packages {
        let manifest = package.manifest();
        let Some(row) = row(&package.name) else {
            let message =
                format!("`{}` is not in the table of crates, xtask/src/tidy/edges.rs", package.name);
            problems.push(Problem::new(&manifest, 1, message));
            continue;
        };
        for dependency in &package.dependencies {
            if let Some(message) = objection(row, dependency) {
                let line = line_of(workspace.text(&manifest), dependency);
                problems.push(Problem::new(&manifest, line, message));
            }
        }
    }
}

/// The row of the crate called `name`.
fn row(name: &str) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.package == name)
}

/// What is wrong with the crate of `row` depending on `dependency`, if anything.
fn objection(row: &Row, dependency: &Dependency) -> Option<String> {
    let (user, used) = (row.package, dependency.package.as_str());
    if dependency.dev && used == FACADE || row.beneath.contains(&used) {
        None
    } else if row.by_feature.contains(&used) {
        let fixed = !dependency.dev && !dependency.optional;
        fixed.then(|| format!("`{user}` may depend on `{used}` only as an optional dependency, by feature"))
    } else if self::row(used).is_some() {
        Some(format!("`{user}` may not depend on `{used}`: the crate graph has no such edge"))
    } else if dependency.dev {
        None
    } else if BACKENDS.contains(&used) && !dependency.optional {
        Some(format!("`{used}` is a backend: it must be an optional dependency, by feature"))
    } else if used == "differential-dataflow" && user != BRIDGE {
        Some(format!("`{user}` may not depend on `{used}`: only `{BRIDGE}` does"))
    } else {
        None
    }
}

/// The line of a manifest, counted from 1, that declares `dependency`; the first if it isn't found.
fn line_of(manifest: &str, dependency: &Dependency) -> usize {
    let mut here = false;
    for (index, line) in manifest.lines().enumerate() {
        if let Some(section) = line.strip_prefix('[') {
            here = section.contains("dependencies") && section.contains("dev-") == dependency.dev;
            if here && section.trim_end().ends_with(&format!(".{}]", dependency.key)) {
                return index + 1;
            }
        } else if here && line.split(['.', '=', ' ']).next() == Some(&dependency.key) {
            return index + 1;
        }
    }
    1
}

#[cfg(test)]
mod tests {
    use super::{FACADE, TABLE, line_of, objection, row};
    use crate::workspace::Dependency;

    fn on(package: &str) -> Dependency {
        Dependency { package: package.to_owned(), key: package.to_owned(), ..Dependency::default() }
    }

    fn allowed(user: &str, dependency: &Dependency) -> bool {
        objection(row(user).unwrap(), dependency).is_none()
    }

    #[test]
    fn the_table_has_no_cycle() {
        for (index, row) in TABLE.iter().enumerate() {
            for used in row.beneath.iter().chain(row.by_feature) {
                let beneath = &TABLE[..index];
                assert!(beneath.iter().any(|below| below.package == *used), "{} on {used}", row.package);
            }
        }
    }

    #[test]
    fn only_edges_of_the_table_are_allowed() {
        assert!(allowed("arrangement-batch", &on("arrangement-container")));
        assert!(!allowed("arrangement-batch", &on("arrangement-batcher")));
        assert!(!allowed("arrangement-spine", &on("arrangement-container")));
        assert!(!allowed("arrangement-trace", &on(FACADE)));
        assert!(!allowed("arrangement-cli", &on("arrangement-trace")));
        assert!(allowed("arrangement-trace", &on("timely")));
    }

    #[test]
    fn tests_may_use_the_facade_and_nothing_more() {
        assert!(allowed("arrangement-trace", &Dependency { dev: true, ..on(FACADE) }));
        assert!(!allowed("arrangement-spine", &Dependency { dev: true, ..on("arrangement-batch") }));
    }

    #[test]
    fn some_edges_stand_behind_a_feature() {
        for (user, used) in [(FACADE, "arrangement-dataflow"), ("arrangement-container", "columnation")] {
            assert!(!allowed(user, &on(used)));
            assert!(allowed(user, &Dependency { optional: true, ..on(used) }));
            assert!(allowed(user, &Dependency { dev: true, ..on(used) }));
        }
    }

    #[test]
    fn only_the_bridge_is_built_from_differential_dataflow() {
        assert!(allowed("arrangement-differential", &on("differential-dataflow")));
        assert!(!allowed("arrangement-spine", &on("differential-dataflow")));
    }

    #[test]
    fn a_dependency_is_found_in_its_own_section() {
        let manifest = "[package]\nname = \"a\"\n[dependencies]\nab.workspace = true\na.workspace = true\n\
                        [dependencies.c]\npath = \"c\"\n[dev-dependencies]\na = \"1\"\n";
        assert_eq!(line_of(manifest, &on("a")), 5);
        assert_eq!(line_of(manifest, &on("c")), 6);
        assert_eq!(line_of(manifest, &Dependency { dev: true, ..on("a") }), 9);
        assert_eq!(line_of(manifest, &on("d")), 1);
    }
}
