//! The identity header and its key.

use super::Problems;
use crate::{
    config::{Identity, SigningKey},
    settings::IdentitySettings,
};
use http::HeaderName;
use std::{fs, path::Path, time::Duration};

/// HMAC-SHA-256 gains nothing from a longer key and loses by a shorter one.
const KEY_BYTES_MIN: usize = 32;

/// Headers that mean something else to the gateway or an upstream.
const TAKEN: [&str; 8] = [
    "authorization",
    "connection",
    "content-length",
    "cookie",
    "host",
    "transfer-encoding",
    "upgrade",
    "x-api-key",
];

pub(super) fn check(settings: &IdentitySettings, dir: &Path, problems: &mut Problems) -> Option<Identity> {
    let header = problems.ok("identity.header", header(&settings.header));
    let key = problems.ok("identity.key_file", key(&settings.key_file, dir));
    problems.range("identity.ttl_s", settings.ttl_s, 2, 3600);
    if settings.issuer.is_empty() {
        problems.add("identity.issuer", "give it a name");
    }
    let ttl = Duration::from_secs(settings.ttl_s);
    Some(Identity { header: header?, key: key?, ttl, issuer: settings.issuer.clone() })
}

fn header(name: &str) -> Result<HeaderName, String> {
    let header =
        HeaderName::from_bytes(name.as_bytes()).map_err(|_| format!("{name:?} is not a header name"))?;
    if TAKEN.contains(&header.as_str()) {
        return Err(format!("{header} has a meaning of its own; choose another header"));
    }
    Ok(header)
}

fn key(file: &str, dir: &Path) -> Result<SigningKey, String> {
    if file.is_empty() {
        return Err("name the file that holds the signing key".to_owned());
    }
    let path = dir.join(file);
    let text =
        fs::read_to_string(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    let key = hex::decode(text.trim())
        .map_err(|_| format!("{} does not hold hexadecimal digits", path.display()))?;
    if key.len() < KEY_BYTES_MIN {
        return Err(format!(
            "the key has {} bytes, at least {KEY_BYTES_MIN} are needed; try: openssl rand -hex 32",
            key.len()
        ));
    }
    Ok(SigningKey(key))
}
