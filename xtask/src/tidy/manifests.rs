//! What every crate's manifest and root must have.

use super::{Finding, sources::Tree};
use cargo_metadata::{DependencyKind, Metadata};
use std::path::{Path, PathBuf};

/// A crate of the workspace, as far as it is looked at.
#[derive(Clone, Debug, Default)]
pub(crate) struct Crate {
    pub(crate) name: String,
    /// Its `Cargo.toml`, seen from the root of the repository.
    pub(crate) manifest: PathBuf,
    /// What the manifest says.
    pub(crate) text: String,
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) licence: Option<String>,
    /// The roots of its library and binaries, and what they say.
    pub(crate) roots: Vec<(PathBuf, String)>,
}

/// A crate that another one names.
#[derive(Clone, Debug)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// Whether only tests use it.
    pub(crate) for_tests: bool,
}

const LICENCE: &str = "Apache-2.0";

pub(crate) fn crates(metadata: &Metadata, tree: &Tree) -> Vec<Crate> {
    let relative = |path: &Path| path.strip_prefix(&metadata.workspace_root).unwrap_or(path).to_owned();
    let text_of = |path: &Path| tree.text(path).unwrap_or_default().to_owned();
    let of_package = |package: &cargo_metadata::Package| {
        let manifest = relative(package.manifest_path.as_std_path());
        let dependency = |it: &cargo_metadata::Dependency| Dependency {
            name: it.name.clone(),
            for_tests: it.kind == DependencyKind::Development,
        };
        let roots =
            package.targets.iter().filter(|target| target.is_lib() || target.is_bin()).map(|target| {
                let path = relative(target.src_path.as_std_path());
                let text = text_of(&path);
                (path, text)
            });
        Crate {
            name: package.name.to_string(),
            text: text_of(&manifest),
            dependencies: package.dependencies.iter().map(dependency).collect(),
            licence: package.license.clone(),
            roots: roots.collect(),
            manifest,
        }
    };
    metadata.workspace_packages().into_iter().map(of_package).collect()
}

pub(crate) fn check(crates: &[Crate]) -> Vec<Finding> {
    crates.iter().flat_map(check_one).collect()
}

fn check_one(it: &Crate) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !has_workspace_lints(&it.text) {
        let text = "the workspace's lints are not taken over; add `[lints]` with `workspace = true`";
        findings.push(Finding::new(&it.manifest, 1, text));
    }
    if it.licence.as_deref() != Some(LICENCE) {
        let text = format!("the licence is not {LICENCE}; add `license.workspace = true`");
        findings.push(Finding::new(&it.manifest, 1, text));
    }
    for (path, text) in &it.roots {
        if !begins_with_docs(text) {
            let text = "the crate does not say what it is; begin with `//!`: what goes in, what comes out, its invariants";
            findings.push(Finding::new(path, 1, text));
        }
    }
    findings
}

fn has_workspace_lints(manifest: &str) -> bool {
    let mut lines = manifest.lines().map(str::trim).skip_while(|&line| line != "[lints]").skip(1);
    let in_section = lines.by_ref().take_while(|line| !line.starts_with('['));
    in_section.into_iter().any(|line| line.replace(' ', "") == "workspace=true")
}

fn begins_with_docs(source: &str) -> bool {
    source.trim_start().starts_with("//!")
}

impl Crate {
    /// Whether the crate is in that folder.
    pub(crate) fn is_under(&self, folder: &str) -> bool {
        self.manifest.starts_with(folder)
    }

    /// Where the manifest names a dependency.
    pub(crate) fn line_of(&self, dependency: &str) -> usize {
        let names = |line: &str| {
            line.trim_start().strip_prefix(dependency).is_some_and(|rest| rest.starts_with(['.', ' ', '=']))
        };
        self.text.lines().position(names).map_or(1, |at| at + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::{Crate, begins_with_docs, check, has_workspace_lints};

    #[test]
    fn lints_are_taken_over_in_their_own_section() {
        for (manifest, expected) in [
            ("[lints]\nworkspace = true\n", true),
            ("[package]\nname = \"x\"\n\n[lints]\n\nworkspace=true\n[dependencies]", true),
            ("[lints]\n[dependencies]\nworkspace = true", false),
            ("[lints.rust]\nunsafe_code = \"allow\"", false),
            ("", false),
        ] {
            assert_eq!(has_workspace_lints(manifest), expected, "{manifest:?}");
        }
    }

    #[test]
    fn a_root_begins_with_what_it_is() {
        assert!(begins_with_docs("//! A crate.\n"));
        assert!(!begins_with_docs("// A crate.\nfn main() {}"));
    }

    #[test]
    fn a_bare_crate_is_told_all_that_it_lacks() {
        let bare = Crate {
            manifest: "x/Cargo.toml".into(),
            roots: vec![("x/src/lib.rs".into(), "fn f() {}".into())],
            ..Crate::default()
        };
        let found = check(&[bare]);
        assert_eq!(found.len(), 3, "{found:?}");
        assert_eq!(found[2].path.to_str(), Some("x/src/lib.rs"));
    }

    #[test]
    fn a_dependency_is_found_by_its_whole_name() {
        let it = Crate {
            text: "[dependencies]\nserde_json = \"1\"\nserde.workspace = true\n".into(),
            ..Crate::default()
        };
        assert_eq!((it.line_of("serde"), it.line_of("serde_json"), it.line_of("tokio")), (3, 2, 1));
    }
}
