//! Everything that `tidy` checks. Each finding is one line: where, what, and what to do.

mod layers;
mod manifests;
mod sources;
mod words;
mod docs;

use anyhow::Context;
use cargo_metadata::{Metadata, MetadataCommand};
use std::{fmt, path::PathBuf, process::ExitCode};

/// Checks the workspace, and prints what is wrong with it.
pub(crate) fn run() -> anyhow::Result<ExitCode> {
    let metadata = MetadataCommand::new()
        .no_deps()
        .exec()
        .context("`cargo metadata` does not answer; run this inside the repository")?;
    let tree = sources::Tree::read(metadata.workspace_root.as_std_path())?;
    let mut findings = check(&metadata, &tree);
    findings.sort();
    findings.dedup();
    for finding in &findings {
        println!("{finding}");
    }
    let looked_at = format!("{} crates, {} files", metadata.packages.len(), tree.files.len());
    if findings.is_empty() {
        println!("tidy: {looked_at}, nothing to do");
        return Ok(ExitCode::SUCCESS);
    }
    println!("tidy: {looked_at}, {} to put right", findings.len());
    Ok(ExitCode::FAILURE)
}

fn check(metadata: &Metadata, tree: &sources::Tree) -> Vec<Finding> {
    let crates = manifests::crates(metadata, tree);
    let mut findings = layers::check(&crates);
    findings.extend(manifests::check(&crates));
    for file in &tree.files {
        findings.extend(sources::check_size(file));
        findings.extend(words::check(file));
        if docs::is_checked(&file.path) {
            findings.extend(docs::check(file, tree));
        }
    }
    findings
}

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    path: PathBuf,
    /// 1 for what concerns the whole file.
    line: usize,
    /// What it is and what to do.
    text: String,
}

impl Finding {
    pub(crate) fn new(path: impl Into<PathBuf>, line: usize, text: impl Into<String>) -> Self {
        Self { path: path.into(), line, text: text.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path.display(), self.line, self.text)
    }
}
