//! A configuration as it may be shown to people.

use crate::settings::Settings;
use serde_json::Value;

#[cfg(test)]
mod tests;

const HIDDEN: &str = "***";

/// Headers that carry credentials by their very name; `masking.headers` names more.
const HEADERS: [&str; 7] = [
    "authorization",
    "cookie",
    "proxy-authorization",
    "set-cookie",
    "x-amz-security-token",
    "x-api-key",
    "x-auth-token",
];

/// Every setting with its value in force, without what would let its reader in somewhere: hashes of keys and passwords, values of
/// headers with credentials, user information in URLs, the paths of webhooks. What is hidden is `***`, so that it can be seen to
/// be there.
#[must_use]
pub fn redacted(settings: &Settings) -> Value {
    let mut shown = serde_json::to_value(settings).unwrap_or_default();
    let masked: Vec<String> = settings.masking.headers.iter().map(|name| name.to_ascii_lowercase()).collect();
    redact("", &mut shown, &masked);
    shown
}

fn redact(name: &str, value: &mut Value, masked: &[String]) {
    match value {
        Value::Object(fields) => {
            let names_headers = matches!(name, "set" | "add" | "headers");
            for (field, value) in fields {
                if names_headers && value.is_string() && carries_credentials(field, masked) {
                    *value = HIDDEN.into();
                } else {
                    let is_webhook = name == "webhooks" && field == "url";
                    redact(if is_webhook { name } else { field }, value, masked);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| redact(name, item, masked)),
        Value::String(text) if name.ends_with("_sha256") && !text.is_empty() => *text = HIDDEN.to_owned(),
        Value::String(text) if name == "webhooks" => *text = without_path(text),
        Value::String(text) => {
            if let Some(shorter) = without_user(text) {
                *text = shorter;
            }
        }
        _ => {}
    }
}

fn carries_credentials(header: &str, masked: &[String]) -> bool {
    let header = header.to_ascii_lowercase();
    HEADERS.contains(&header.as_str())
        || masked.contains(&header)
        || ["secret", "token", "password", "api-key"].iter().any(|word| header.contains(word))
}

/// The path and query of a webhook are often its password.
fn without_path(url: &str) -> String {
    let url = without_user(url).unwrap_or_else(|| url.to_owned());
    let begin = url.find("://").map_or(0, |at| at + 3);
    match url[begin..].find(['/', '?']) {
        Some(at) if begin + at + 1 < url.len() => format!("{}/{HIDDEN}", &url[..begin + at]),
        _ => url,
    }
}

/// `None` when there is no user information in it.
fn without_user(url: &str) -> Option<String> {
    let begin = url.find("://")? + 3;
    let end = url[begin..].find(['/', '?', '#']).map_or(url.len(), |at| begin + at);
    let at = url[begin..end].rfind('@')?;
    Some(format!("{}{HIDDEN}{}", &url[..begin], &url[begin + at..]))
}
