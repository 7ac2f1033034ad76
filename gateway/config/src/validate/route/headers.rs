//! Changes to headers.

use super::Problems;
use crate::settings::HeaderEditSettings;
use agw_core::resource::HeaderEdits;
use http::{HeaderName, HeaderValue};
use std::collections::BTreeMap;

/// Whoever could change these could make two ends of a connection disagree on where a message ends, or speak for one connection
/// on another.
const FRAMING_AND_HOP_BY_HOP: [&str; 10] = [
    "connection",
    "content-length",
    "http2-settings",
    "keep-alive",
    "proxy-connection",
    "proxy-authenticate",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

pub(super) fn edits(at: &str, settings: &HeaderEditSettings, problems: &mut Problems) -> HeaderEdits {
    let removed = settings.remove.iter().enumerate();
    let remove = removed.filter_map(|(index, text)| problems.ok(format!("{at}.remove[{index}]"), name(text)));
    HeaderEdits {
        remove: remove.collect(),
        set: pairs(&format!("{at}.set"), &settings.set, problems),
        add: pairs(&format!("{at}.add"), &settings.add, problems),
    }
}

fn pairs(
    at: &str,
    settings: &BTreeMap<String, String>,
    problems: &mut Problems,
) -> Vec<(HeaderName, HeaderValue)> {
    let checked = settings.iter().filter_map(|(text, content)| {
        let at = format!("{at}.{text}");
        let name = problems.ok(at.as_str(), name(text));
        let value = problems.ok(at, value(content));
        Some((name?, value?))
    });
    checked.collect()
}

fn name(text: &str) -> Result<HeaderName, String> {
    let name =
        HeaderName::from_bytes(text.as_bytes()).map_err(|_| format!("{text:?} is not a header name"))?;
    if FRAMING_AND_HOP_BY_HOP.contains(&name.as_str()) {
        return Err(format!("{name} belongs to the connection, not to the message; it cannot be changed"));
    }
    if name == http::header::HOST {
        return Err("the host is changed by replace_host".to_owned());
    }
    Ok(name)
}

pub(super) fn value(text: &str) -> Result<HeaderValue, String> {
    HeaderValue::from_str(text)
        .ok()
        .filter(|value| value.to_str().is_ok())
        .ok_or_else(|| format!("{text:?} cannot be sent in a header; use printable ASCII"))
}
