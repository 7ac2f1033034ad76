//! Conditions on headers and query parameters.

use crate::pattern::Pattern;
use http::{HeaderMap, HeaderName, header::ACCESS_CONTROL_REQUEST_HEADERS};
use std::{borrow::Cow, fmt};

#[cfg(test)]
mod tests;

/// What a header must be like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderMatch {
    /// Which.
    pub name: HeaderName,
    /// How.
    pub test: ValueTest,
}

/// What a query parameter must be like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryMatch {
    /// Which, with percent-escapes resolved.
    pub name: String,
    /// How; values are compared with percent-escapes resolved and `+` for a space.
    pub test: ValueTest,
}

/// What a value must be like. Where a name has several values, one of them must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ValueTest {
    /// This.
    Exact(String),
    /// As a whole like this.
    Regex(Pattern),
    /// Any, but there.
    Present,
    /// Not there.
    Absent,
}

impl HeaderMatch {
    /// Whether these headers are so.
    #[must_use]
    pub fn holds(&self, headers: &HeaderMap) -> bool {
        match &self.test {
            ValueTest::Present => headers.contains_key(&self.name),
            ValueTest::Absent => !headers.contains_key(&self.name),
            ValueTest::Exact(expected) => {
                headers.get_all(&self.name).iter().any(|value| value.as_bytes() == expected.as_bytes())
            }
            ValueTest::Regex(pattern) => {
                let values = headers.get_all(&self.name).iter();
                // What is not text matches nothing.
                values.filter_map(|value| value.to_str().ok()).any(|value| pattern.matches(value))
            }
        }
    }

    /// Whether the request that a CORS preflight announces can have these headers: its headers' names are known, not their values.
    #[must_use]
    pub fn may_hold(&self, preflight: &HeaderMap) -> bool {
        let announced = preflight.get(ACCESS_CONTROL_REQUEST_HEADERS).and_then(|names| names.to_str().ok());
        let comes = announced.is_some_and(|names| {
            names.split(',').any(|name| name.trim().eq_ignore_ascii_case(self.name.as_str()))
        });
        if comes { self.test != ValueTest::Absent } else { self.holds(preflight) }
    }
}

impl QueryMatch {
    /// Whether this query, without its question mark, is so.
    #[must_use]
    pub fn holds(&self, query: Option<&str>) -> bool {
        let pairs = query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
        let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        let mut values =
            pairs.filter(|(name, _)| decoded(name) == self.name).map(|(_, value)| decoded(value));
        match &self.test {
            ValueTest::Exact(expected) => values.any(|value| value == expected.as_str()),
            ValueTest::Regex(pattern) => values.any(|value| pattern.matches(&value)),
            ValueTest::Present => values.next().is_some(),
            ValueTest::Absent => values.next().is_none(),
        }
    }
}

/// A part of a query as its sender meant it (URL standard, `application/x-www-form-urlencoded`).
fn decoded(text: &str) -> Cow<'_, str> {
    if !text.bytes().any(|byte| matches!(byte, b'%' | b'+')) {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut left = text.as_bytes();
    while let [first, after @ ..] = left {
        left = after;
        match (first, after) {
            (b'+', _) => bytes.push(b' '),
            (b'%', [high, low, behind @ ..]) => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => {
                    bytes.push(high * 16 + low);
                    left = behind;
                }
                _ => bytes.push(b'%'),
            },
            (byte, _) => bytes.push(*byte),
        }
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

impl fmt::Display for ValueTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(value) => write!(f, "is {value:?}"),
            Self::Regex(pattern) => write!(f, "matches {pattern}"),
            Self::Present => f.write_str("is there"),
            Self::Absent => f.write_str("is not there"),
        }
    }
}
