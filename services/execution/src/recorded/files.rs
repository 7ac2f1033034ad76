use std::io::Read;
use std::path::{Component, Path, PathBuf};

use super::LoadError;

/// The most commands a case may have.
pub(super) const COMMANDS_MAX: usize = 20_000;

/// Reads a text file of a bounded size.
pub(super) fn read(file: &Path, bytes_max: u64) -> Result<String, LoadError> {
    let failed = |source| LoadError::Read { file: file.to_owned(), source };
    let opened = std::fs::File::open(file).map_err(failed)?;
    let bytes = opened.metadata().map_err(failed)?.len();
    if bytes > bytes_max {
        return Err(LoadError::TooLarge { file: file.to_owned(), bytes, bytes_max });
    }
    let mut text = String::new();
    // The file may grow, or be a pipe that has no length, while it is read.
    opened.take(bytes_max).read_to_string(&mut text).map_err(failed)?;
    Ok(text)
}

/// The file a case names, if it lies inside the case's directory, also when a link is followed.
pub(super) fn inside(dir: &Path, name: &str) -> Result<PathBuf, String> {
    let relative = Path::new(name);
    let plain = relative.components().all(|part| matches!(part, Component::Normal(_)));
    if name.is_empty() || !plain {
        return Err(format!("`{name}` must be a path inside the case's directory"));
    }
    let file = dir.join(relative);
    let (Ok(real_dir), Ok(real_file)) = (dir.canonicalize(), file.canonicalize()) else {
        return Err(format!("there is no file `{name}`"));
    };
    if real_file.starts_with(real_dir) {
        Ok(file)
    } else {
        Err(format!("`{name}` leads out of the case's directory"))
    }
}
