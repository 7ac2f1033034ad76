//! Where a configuration came from: its text, and what the files it names held.

use agw_config::{Config, Settings};
use sha2::{Digest, Sha256};
use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

/// A configuration, a key or a certificate is never larger; what is would only keep us busy.
const FILE_BYTES_MAX: u64 = 64 << 20;

/// What runs, as it was written. Kept as text, which is a tenth of what the parsed settings of thousands of routes would take.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    /// YAML of the settings in force: the file's, or the file's earlier ones with newer `proxy_routes`.
    pub(crate) text: Arc<str>,
    pub(crate) content: Content,
    pub(crate) read_at: SystemTime,
    /// The rest of the configuration: everything but routes and clusters, which the routing has.
    pub(crate) base: Arc<Config>,
}

/// What a configuration file and the files it names held, in short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Content([u8; 32]);

impl Source {
    pub(crate) fn new(path: &Path, text: &str, content: Content, config: &mut Config) -> Self {
        // Left out while the rest is copied: a copy of thousands of routes would be thrown away at once.
        let routes = std::mem::take(&mut config.resources.routes);
        let clusters = std::mem::take(&mut config.resources.clusters);
        let base = config.clone();
        (config.resources.routes, config.resources.clusters) = (routes, clusters);
        Self {
            path: path.to_owned(),
            text: text.into(),
            content,
            read_at: SystemTime::now(),
            base: Arc::new(base),
        }
    }

    /// The settings in force. They were good once, so they are now.
    pub(crate) fn settings(&self) -> Settings {
        foundation::settings::load(&self.text).unwrap_or_default()
    }
}

/// Where relative file names of a configuration lead.
pub(crate) fn dir(config: &Path) -> &Path {
    config.parent().unwrap_or(Path::new("."))
}

/// Reads a configuration's text.
pub(crate) fn text(config: &Path) -> io::Result<String> {
    let bytes = read(config)?;
    String::from_utf8(bytes).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8"))
}

/// The files whose content counts, the configuration first.
pub(crate) fn files(config: &Path, text: &str) -> Vec<PathBuf> {
    let mut files = vec![config.to_owned()];
    files.extend(agw_config::files(text, dir(config)));
    files
}

/// What these files hold. One that cannot be read counts as missing.
pub(crate) fn content(files: &[PathBuf]) -> Content {
    let mut all = Sha256::new();
    for file in files {
        all.update(Sha256::digest(file.as_os_str().as_encoded_bytes()));
        all.update(read(file).map_or([0; 32], |bytes| Sha256::digest(bytes).into()));
    }
    Content(all.finalize().into())
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    // To open a pipe would wait for somebody to write.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        let error = format!("it is larger than {FILE_BYTES_MAX} bytes");
        return Err(io::Error::new(io::ErrorKind::InvalidData, error));
    }
    Ok(bytes)
}
