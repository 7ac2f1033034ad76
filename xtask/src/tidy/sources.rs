//! The files of the repository.

use super::Finding;
use anyhow::Context;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Lines of a source file: past this, an idea in it wants a name of its own.
const LINES_MAX: usize = 500;

/// Folders that are made, not written.
const MADE: &[&str] = &[".git", "target", "data", "data-demo", "node_modules"];

/// Folders of the dashboard that are made.
const MADE_OF_DASHBOARD: &[&str] = &["node_modules", "dist", "test-results"];

/// A file of text.
#[derive(Clone, Debug)]
pub(crate) struct SourceFile {
    /// Seen from the root of the repository.
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

/// All of them.
pub(crate) struct Tree {
    pub(crate) root: PathBuf,
    pub(crate) files: Vec<SourceFile>,
}

impl Tree {
    /// Reads all files of text under `root`, but for what is made.
    pub(crate) fn read(root: &Path) -> anyhow::Result<Self> {
        let mut tree = Self { root: root.to_owned(), files: Vec::new() };
        let mut folders = vec![root.to_owned()];
        while let Some(folder) = folders.pop() {
            let entries =
                fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))?;
            for entry in entries {
                let entry = entry?;
                let (path, kind) = (entry.path(), entry.file_type()?);
                let made = if folder == root { MADE } else { MADE_OF_DASHBOARD };
                let may_be_made = folder == root || folder == root.join("dashboard");
                let is_made = may_be_made && made.iter().any(|&name| entry.file_name() == name);
                if kind.is_dir() && !is_made {
                    folders.push(path);
                } else if kind.is_file() {
                    tree.take(&path)?;
                }
            }
        }
        tree.files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(tree)
    }

    fn take(&mut self, path: &Path) -> anyhow::Result<()> {
        let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        // What is not text has no words.
        if let Ok(text) = String::from_utf8(bytes) {
            let path = path.strip_prefix(&self.root)?.to_owned();
            self.files.push(SourceFile { path, text });
        }
        Ok(())
    }

    /// What a file says.
    pub(crate) fn text(&self, path: &Path) -> Option<&str> {
        let at = self.files.binary_search_by(|file| file.path.as_path().cmp(path)).ok()?;
        self.files.get(at).map(|file| file.text.as_str())
    }
}

pub(crate) fn check_size(file: &SourceFile) -> Option<Finding> {
    let lines = file.text.lines().count();
    let too_long = file.path.extension().is_some_and(|ending| ending == "rs") && lines > LINES_MAX;
    too_long.then(|| {
        let text =
            format!("{lines} lines, more than {LINES_MAX}; find the idea that wants a file of its own");
        Finding::new(&file.path, LINES_MAX + 1, text)
    })
}

#[cfg(test)]
mod tests {
    use super::{LINES_MAX, SourceFile, check_size};

    #[test]
    fn only_long_sources_are_too_long() {
        let file = |path: &str, lines: usize| SourceFile { path: path.into(), text: "\n".repeat(lines) };
        assert_eq!(check_size(&file("a.rs", LINES_MAX)), None);
        assert_eq!(check_size(&file("a.json", LINES_MAX + 1)), None);
        assert_eq!(check_size(&file("a.rs", LINES_MAX + 1)).unwrap().line, LINES_MAX + 1);
    }
}
