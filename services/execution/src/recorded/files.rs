use std::io::Read;
use std::path::{Component, Path, PathBuf};

use serde::de::DeserializeOwned;

use super::CaseError;

/// The most commands a case may have.
pub(super) const COMMANDS_MAX: usize = 20_000;
/// The most bytes of one output.
pub(crate) const OUTPUT_BYTES_MAX: usize = 4 * 1024 * 1024;
/// The most bytes of all outputs together.
pub(super) const TOTAL_BYTES_MAX: usize = 256 * 1024 * 1024;

/// The most nodes of a YAML file; as many as 64 MiB of objects have.
const YAML_NODES_MAX: usize = 4_000_000;

/// Reads a text file of a bounded size.
pub(super) fn read(file: &Path, bytes_max: u64) -> Result<String, CaseError> {
    let failed = |source| CaseError::Read { file: file.to_owned(), source };
    let opened = std::fs::File::open(file).map_err(failed)?;
    let bytes = opened.metadata().map_err(failed)?.len();
    if bytes > bytes_max {
        return Err(CaseError::TooLarge { file: file.to_owned(), bytes, bytes_max });
    }
    let mut text = String::new();
    // The file may grow, or be a pipe that has no length, while it is read.
    opened.take(bytes_max).read_to_string(&mut text).map_err(failed)?;
    Ok(text)
}

/// Reads a YAML file of a bounded size.
pub(super) fn read_yaml<T: DeserializeOwned>(file: &Path, bytes_max: u64) -> Result<T, CaseError> {
    let text = read(file, bytes_max)?;
    // The size bounds it already; a list of a thousand pods has more nodes than a configuration may.
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_nodes: YAML_NODES_MAX, max_events: 2 * YAML_NODES_MAX },
    };
    serde_saphyr::from_str_with_options(&text, options).map_err(|error| CaseError::Invalid {
        file: file.to_owned(),
        field: "(whole file)".into(),
        reason: error.to_string(),
    })
}

/// Reads a JSON file of a bounded size.
pub(super) fn read_json<T: DeserializeOwned>(file: &Path, bytes_max: u64) -> Result<T, CaseError> {
    let text = read(file, bytes_max)?;
    let mut json = serde_json::Deserializer::from_str(&text);
    serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let field = error.path().to_string();
        CaseError::Invalid { file: file.to_owned(), field, reason: error.into_inner().to_string() }
    })
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
