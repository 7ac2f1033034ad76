//! Paths: one reading for all who look at them, and what a route makes of them.

use crate::refusal::{Code, Refusal};
use std::borrow::Cow;

mod rewrite;
mod template;

pub use rewrite::{PathText, Rewrite};
pub use template::{Segment, Template};

#[cfg(test)]
mod tests;

/// The path in the one form that routes are matched against and upstreams receive.
///
/// Percent-escapes of letters, digits, `-`, `.`, `_` and `~` mean the same as the characters and are resolved. A path that the
/// upstream could read as another one is refused, because a route's protection would then be that of the wrong path.
///
/// # Errors
/// [`Code::BadPath`] for `.` and `..` segments in any spelling, backslashes, NUL, and broken percent-escapes.
pub fn normalise(path: &str) -> Result<Cow<'_, str>, Refusal> {
    if !path.starts_with('/') {
        return Err(refuse("the path must begin with a slash"));
    }
    if !path.bytes().any(|byte| matches!(byte, b'%' | b'.' | b'\\')) {
        return Ok(Cow::Borrowed(path));
    }
    let resolved = resolve_escapes(path)?;
    let lower = resolved.to_ascii_lowercase();
    if lower.contains('\\') || lower.contains("%5c") || lower.contains("%00") {
        return Err(refuse("the path contains a backslash or NUL; remove it"));
    }
    // An encoded slash stays as it is, but an upstream may decode it before it looks for dots.
    let dots = |segment: &str| matches!(segment.split(';').next(), Some("." | ".."));
    if lower.replace("%2f", "/").split('/').any(dots) {
        return Err(refuse("the path contains . or .. segments; send the path they lead to"));
    }
    Ok(resolved)
}

fn resolve_escapes(path: &str) -> Result<Cow<'_, str>, Refusal> {
    if !path.contains('%') {
        return Ok(Cow::Borrowed(path));
    }
    let mut parts = path.split('%');
    let mut resolved = String::with_capacity(path.len());
    resolved.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let escaped = part.get(..2).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let Some(byte) = escaped.and_then(|digits| u8::from_str_radix(digits, 16).ok()) else {
            return Err(refuse(
                "the path contains % without two hexadecimal digits; write %25 for a percent sign",
            ));
        };
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            resolved.push(char::from(byte));
            resolved.push_str(&part[2..]);
        } else {
            resolved.push('%');
            resolved.push_str(part);
        }
    }
    Ok(Cow::Owned(resolved))
}

fn refuse(detail: &'static str) -> Refusal {
    Refusal::new(Code::BadPath, detail)
}
