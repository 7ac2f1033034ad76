//! Where the cases are.

use aetherius_execution::recorded::{self, Format};
use anyhow::Context;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Directories below directories; nobody sorts cases deeper.
const DEPTH_MAX: usize = 8;

/// A case that was found.
pub(super) struct Found {
    /// Its directory, as seen from where the search began.
    pub(super) name: String,
    pub(super) dir: PathBuf,
    pub(super) format: Format,
}

/// Every case at or below a directory, in order; with `wanted` only those of this format.
pub(super) fn cases(root: &Path, wanted: Option<Format>) -> anyhow::Result<Vec<Found>> {
    let mut found = Vec::new();
    look(root, root, DEPTH_MAX, &mut found)?;
    found.retain(|case| wanted.is_none_or(|format| case.format == format));
    Ok(found)
}

fn look(root: &Path, dir: &Path, depth: usize, found: &mut Vec<Found>) -> anyhow::Result<()> {
    // What looks like a dump may as well be a folder of cases: it has folders, and is not asked for here.
    if let Ok(format @ (Format::Own | Format::CloudOpsBench)) = recorded::detect(dir) {
        let inner = dir.strip_prefix(root).unwrap_or(dir);
        let name = if inner.as_os_str().is_empty() { dir } else { inner };
        found.push(Found { name: name.display().to_string(), dir: dir.to_owned(), format });
        return Ok(());
    }
    let failed = || format!("cannot read {}", dir.display());
    let mut folders = Vec::new();
    for entry in fs::read_dir(dir).with_context(failed)? {
        let entry = entry.with_context(failed)?;
        // Not through links, which may lead around in a circle.
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            folders.push(entry.path());
        }
    }
    folders.sort();
    match depth.checked_sub(1) {
        Some(depth) => folders.iter().try_for_each(|folder| look(root, folder, depth, found)),
        None => Ok(()),
    }
}
