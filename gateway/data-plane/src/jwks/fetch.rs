//! Reads keys and revocations from where they are, with bounds.

use agw_core::jwt::jwks::SET_BYTES_MAX;
use std::{
    fs::{self, File},
    io::Read,
    path::Path,
    time::{Duration, SystemTime},
};

/// A fetch that takes longer has failed. Together with the shortest time between fetches it stays below what rotation may take.
const FETCH_TIMEOUT: Duration = Duration::from_millis(2500);
/// A file as young as this may change again without a new time stamp.
const SETTLED: Duration = Duration::from_secs(2);

/// A client for key sets: no redirects, no ambient proxy.
///
/// # Errors
/// The system's certificates cannot be used.
pub(super) fn client() -> Result<reqwest::Client, String> {
    // Err: another part of the process has installed it already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .timeout(FETCH_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build();
    client.map_err(|error| format!("cannot prepare to fetch keys: {error}"))
}

/// Fetches a key set.
///
/// # Errors
/// Why there is none.
pub(super) async fn fetch(client: &reqwest::Client, url: &str) -> Result<Vec<u8>, String> {
    let failed = |error: reqwest::Error| {
        let mut text = error.to_string();
        let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(&error);
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        text
    };
    let mut answer = client.get(url).header("accept", "application/json").send().await.map_err(failed)?;
    if answer.status() != http::StatusCode::OK {
        return Err(format!("{url} answered {}", answer.status()));
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(failed)? {
        if bytes.len() + chunk.len() > SET_BYTES_MAX {
            return Err(format!("{url} answered more than {SET_BYTES_MAX} bytes"));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// Which version of a file was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    modified: SystemTime,
    bytes: u64,
    settled: bool,
}

/// Reads a file unless it is still the version of `known`.
///
/// # Errors
/// It cannot be read, or is larger than `bytes_max`.
pub(super) fn read_changed(
    path: &Path,
    bytes_max: usize,
    known: Option<Stamp>,
) -> Result<Option<(Vec<u8>, Stamp)>, String> {
    let cannot_read = |error| format!("cannot read {}: {error}", path.display());
    let metadata = fs::metadata(path).map_err(cannot_read)?;
    let modified = metadata.modified().map_err(cannot_read)?;
    // A time stamp in the future never settles; the file is then read each time.
    let settled = modified.elapsed().is_ok_and(|age| age > SETTLED);
    let stamp = Stamp { modified, bytes: metadata.len(), settled };
    if known == Some(stamp) && settled {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(cannot_read)?;
    file.take(bytes_max as u64 + 1).read_to_end(&mut bytes).map_err(cannot_read)?;
    if bytes.len() > bytes_max {
        return Err(format!("{} is larger than {bytes_max} bytes", path.display()));
    }
    Ok(Some((bytes, stamp)))
}
