//! What the tasks read: the packages of the workspace, as cargo describes them, and its text files.
//!
//! All paths are relative to the folder of the workspace. Files are found without git, so that a copy that is no clone
//! can be tested too.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result};
use cargo_metadata::camino::{Utf8DirEntry, Utf8Path, Utf8PathBuf};
use cargo_metadata::{DependencyKind, MetadataCommand};

/// Where the manifest of the benches is, a workspace of its own.
pub const BENCHES_MANIFEST: &str = "benches/Cargo.toml";

/// The hidden folders that belong to the workspace, unlike those of git and of editors.
const HIDDEN_FOLDERS: &[&str] = &[".cargo", ".ci"];

/// The file that stands for the folder of git where there are several working copies: it names a path of the machine.
const GIT_LINK: &str = ".git";

/// The packages and text files of the workspace.
#[derive(Clone, Debug, Default)]
pub struct Workspace {
    /// The folder of the workspace, absolute.
    pub root: Utf8PathBuf,
    /// The folder cargo builds into, absolute.
    pub target_folder: Utf8PathBuf,
    /// The packages of the workspace itself, in the order of their names.
    pub packages: Vec<Package>,
    /// The packages of the benches, which are a workspace of their own.
    pub benches: Vec<Package>,
    /// The contents of each file that is text.
    pub files: BTreeMap<Utf8PathBuf, String>,
}

/// One package.
#[derive(Clone, Debug, Default)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// The folder of its manifest.
    pub folder: Utf8PathBuf,
    /// Its features without `default`, sorted.
    pub features: Vec<String>,
    /// What it depends on.
    pub dependencies: Vec<Dependency>,
    /// What cargo builds of it.
    pub targets: Vec<Target>,
}

/// One line of a package's dependencies.
#[derive(Clone, Debug, Default)]
pub struct Dependency {
    /// The name of the package depended on.
    pub package: String,
    /// The name it goes by in the manifest.
    pub key: String,
    /// Whether only tests, examples and benches depend on it.
    pub dev: bool,
    /// Whether a feature turns it on.
    pub optional: bool,
}

/// One thing cargo builds of a package.
#[derive(Clone, Debug)]
pub struct Target {
    /// What it is.
    pub kind: TargetKind,
    /// Its name.
    pub name: String,
    /// The file its crate begins in.
    pub path: Utf8PathBuf,
}

/// The kinds of [`Target`] that the tasks tell apart.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TargetKind {
    /// A library or a program: what users of the package run.
    Product,
    /// A file of integration tests.
    Test,
    /// An example, a bench or a build script.
    Other,
}

impl Workspace {
    /// Reads the workspace that this crate is part of.
    ///
    /// # Errors
    ///
    /// When cargo can't describe it, or a file can't be read.
    pub fn load() -> Result<Self> {
        let here = Utf8Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = here.parent().context("xtask is not in a folder of the workspace")?;
        let (packages, target_folder) = describe(root, Utf8Path::new("Cargo.toml"))?;
        let benches = match Utf8Path::new(BENCHES_MANIFEST) {
            manifest if root.join(manifest).exists() => describe(root, manifest)?.0,
            _ => Vec::new(),
        };
        let mut files = BTreeMap::new();
        read_files(root, Utf8Path::new(""), &mut files)?;
        Ok(Self { root: root.to_owned(), target_folder, packages, benches, files })
    }

    /// The package called `name`, of the workspace itself.
    pub fn package(&self, name: &str) -> Option<&Package> {
        self.packages.iter().find(|package| package.name == name)
    }

    /// The files whose names end in `.rs`.
    pub fn rust_files(&self) -> impl Iterator<Item = (&Utf8Path, &str)> {
        let rust = self.files.iter().filter(|(path, _)| path.extension() == Some("rs"));
        rust.map(|(path, text)| (path.as_path(), text.as_str()))
    }

    /// The contents of the file at `path`, empty if there is none.
    pub fn text(&self, path: &Utf8Path) -> &str {
        self.files.get(path).map_or("", String::as_str)
    }
}

impl Package {
    /// Where its manifest is.
    pub fn manifest(&self) -> Utf8PathBuf {
        self.folder.join("Cargo.toml")
    }

    /// Whether it has a file of integration tests called `name`.
    pub fn has_test(&self, name: &str) -> bool {
        self.targets.iter().any(|target| target.kind == TargetKind::Test && target.name == name)
    }
}

/// Asks cargo for the packages and the target folder of the workspace with this `manifest`.
fn describe(root: &Utf8Path, manifest: &Utf8Path) -> Result<(Vec<Package>, Utf8PathBuf)> {
    // Without dependencies nothing is resolved, so no lock is written and no registry asked.
    let metadata = MetadataCommand::new()
        .manifest_path(root.join(manifest))
        .no_deps()
        .exec()
        .with_context(|| format!("cargo metadata fails on {manifest}"))?;
    let relative = |path: &Utf8Path| path.strip_prefix(root).unwrap_or(path).to_owned();
    let mut packages: Vec<Package> = metadata
        .workspace_packages()
        .into_iter()
        .map(|package| Package {
            name: package.name.to_string(),
            folder: relative(package.manifest_path.parent().unwrap_or(root)),
            features: package.features.keys().filter(|name| *name != "default").cloned().collect(),
            dependencies: package.dependencies.iter().map(dependency).collect(),
            targets: package
                .targets
                .iter()
                .map(|target| Target {
                    kind: target_kind(target),
                    name: target.name.clone(),
                    path: relative(&target.src_path),
                })
                .collect(),
        })
        .collect();
    packages.sort_by(|a, b| a.name.cmp(&b.name));
    Ok((packages, metadata.target_directory))
}

/// What the tasks need of cargo's description of a dependency.
fn dependency(described: &cargo_metadata::Dependency) -> Dependency {
    Dependency {
        package: described.name.clone(),
        key: described.rename.clone().unwrap_or_else(|| described.name.clone()),
        dev: described.kind == DependencyKind::Development,
        optional: described.optional,
    }
}

/// The kind of a target, as cargo describes it.
fn target_kind(described: &cargo_metadata::Target) -> TargetKind {
    if described.is_test() {
        TargetKind::Test
    } else if described.is_example() || described.is_bench() || described.is_custom_build() {
        TargetKind::Other
    } else {
        TargetKind::Product
    }
}

/// Reads the text files in `folder`, of the workspace at `root`, and in the folders beneath.
fn read_files(root: &Utf8Path, folder: &Utf8Path, files: &mut BTreeMap<Utf8PathBuf, String>) -> Result<()> {
    let entries = root.join(folder).read_dir_utf8().with_context(|| format!("can't list `{folder}`"))?;
    for entry in entries {
        let entry = entry.with_context(|| format!("can't list `{folder}`"))?;
        let (path, kind) = (folder.join(entry.file_name()), entry.file_type()?);
        if kind.is_dir() && is_source(&entry) {
            read_files(root, &path, files)?;
        } else if kind.is_file() && entry.file_name() != GIT_LINK {
            let bytes = fs::read(entry.path()).with_context(|| format!("can't read `{path}`"))?;
            if let Ok(text) = String::from_utf8(bytes) {
                files.insert(path, text);
            }
        }
    }
    Ok(())
}

/// Whether a folder is part of the source: neither one that cargo builds into, which it marks as a cache, nor a hidden
/// one, but for those that belong to the workspace.
fn is_source(folder: &Utf8DirEntry) -> bool {
    let name = folder.file_name();
    let hidden = name.starts_with('.') && !HIDDEN_FOLDERS.contains(&name);
    !hidden && !folder.path().join("CACHEDIR.TAG").exists()
}
