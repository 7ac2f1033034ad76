//! What is never written to a log.

use http::{HeaderMap, HeaderName};
use std::{borrow::Cow, collections::BTreeSet};

mod json;
#[cfg(test)]
mod tests;

pub use json::JsonMasker;

/// What stands in place of a value.
pub const MASKED: &str = "***";

/// Headers that carry credentials: masked whatever the configuration says.
const CREDENTIAL_HEADERS: [&str; 6] =
    ["authorization", "cookie", "proxy-authorization", "set-cookie", "x-api-key", "x-auth-token"];
/// Query parameters that carry credentials (RFC 6750 section 2.3, OAuth, common use).
const CREDENTIAL_PARAMETERS: [&str; 12] = [
    "access_token",
    "api_key",
    "api-key",
    "apikey",
    "client_secret",
    "code",
    "id_token",
    "password",
    "refresh_token",
    "secret",
    "token",
    "x-api-key",
];
/// JSON fields that carry credentials.
const CREDENTIAL_FIELDS: [&str; 9] = [
    "access_token",
    "api_key",
    "apikey",
    "authorization",
    "client_secret",
    "id_token",
    "password",
    "refresh_token",
    "secret",
];

/// Says what is hidden: credentials, and what the configuration names. Names are compared without regard to case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    headers: BTreeSet<String>,
    query: BTreeSet<String>,
    json_fields: BTreeSet<String>,
    field_bytes_max: usize,
}

impl Default for Mask {
    fn default() -> Self {
        Self::new(&[], &[], &[])
    }
}

impl Mask {
    /// Hides these on top of credentials.
    #[must_use]
    pub fn new(headers: &[HeaderName], query: &[String], json_fields: &[String]) -> Self {
        let json_fields = lower(&CREDENTIAL_FIELDS, json_fields.iter().map(String::as_str));
        Self {
            headers: lower(&CREDENTIAL_HEADERS, headers.iter().map(HeaderName::as_str)),
            query: lower(&CREDENTIAL_PARAMETERS, query.iter().map(String::as_str)),
            field_bytes_max: json_fields.iter().map(String::len).max().unwrap_or(0),
            json_fields,
        }
    }

    /// Whether the values of this header are hidden.
    #[must_use]
    pub fn hides_header(&self, name: &HeaderName) -> bool {
        self.headers.contains(name.as_str())
    }

    /// The values of a header for a log, with commas between; `None` when there is no such header.
    #[must_use]
    pub fn header<'h>(&self, headers: &'h HeaderMap, name: &HeaderName) -> Option<Cow<'h, str>> {
        let mut values = headers.get_all(name).iter();
        let first = values.next()?;
        if self.hides_header(name) || first.is_sensitive() {
            return Some(Cow::Borrowed(MASKED));
        }
        let mut text = String::from_utf8_lossy(first.as_bytes());
        for value in values {
            text.to_mut().push_str(", ");
            text.to_mut().push_str(&String::from_utf8_lossy(value.as_bytes()));
        }
        Some(text)
    }

    /// A query for a log.
    #[must_use]
    pub fn query<'q>(&self, query: &'q str) -> Cow<'q, str> {
        let hidden = |pair: &str| {
            let name = pair.split('=').next().unwrap_or_default();
            pair.contains('=') && self.query.contains(&plain_name(name))
        };
        if !query.split(['&', ';']).any(hidden) {
            return Cow::Borrowed(query);
        }
        let mut text = String::with_capacity(query.len());
        for part in query.split_inclusive(['&', ';']) {
            let (pair, separator) = match part.strip_suffix(['&', ';']) {
                Some(pair) => (pair, &part[pair.len()..]),
                None => (part, ""),
            };
            match pair.split_once('=') {
                Some((name, _)) if hidden(pair) => text.extend([name, "=", MASKED]),
                _ => text.push_str(pair),
            }
            text.push_str(separator);
        }
        Cow::Owned(text)
    }

    /// Masks a JSON body, piece by piece.
    #[must_use]
    pub fn json(&self) -> JsonMasker<'_> {
        JsonMasker::new(self)
    }

    pub(crate) fn hides_field(&self, name: &str) -> bool {
        self.json_fields.contains(&name.to_ascii_lowercase())
    }

    /// No hidden field has a longer name, in bytes.
    pub(crate) fn field_bytes_max(&self) -> usize {
        self.field_bytes_max
    }
}

fn lower<'n>(known: &[&'n str], named: impl Iterator<Item = &'n str>) -> BTreeSet<String> {
    known.iter().copied().chain(named).map(str::to_ascii_lowercase).collect()
}

/// A parameter's name as its receiver reads it.
fn plain_name(name: &str) -> String {
    let bytes = name.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let escaped = bytes.get(at + 1..at + 3).and_then(|pair| std::str::from_utf8(pair).ok());
        match (byte, escaped.and_then(|pair| u8::from_str_radix(pair, 16).ok())) {
            (b'%', Some(decoded)) => {
                plain.push(decoded);
                at += 3;
            }
            (b'+', _) => {
                plain.push(b' ');
                at += 1;
            }
            _ => {
                plain.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&plain).trim().to_ascii_lowercase()
}
