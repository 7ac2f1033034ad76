//! Private keys in PEM, over several lines or inside one JSON string.

use std::sync::LazyLock;

use regex::Regex;

use super::{Span, lines};

pub(super) fn find(text: &str, spans: &mut Vec<Span>) {
    let mut in_key = false;
    for (start, line) in lines(text) {
        if in_key {
            in_key = key_line(start, line, spans);
            if in_key || line.contains("-----END") {
                continue;
            }
        }
        let Some(begin) = BEGIN.find_iter(line).last() else {
            continue;
        };
        let first = BEGIN.find(line).map_or(begin.end(), |found| found.end());
        let last_end = line.rfind("-----END").filter(|end| *end >= begin.end());
        spans.push(start + first..start + last_end.unwrap_or(line.len()));
        in_key = last_end.is_none();
    }
}

/// Hides a line of an open key; false when the key is over.
fn key_line(start: usize, line: &str, spans: &mut Vec<Span>) -> bool {
    let content = line.trim();
    let end = content.find("-----END");
    let body = &content[..end.unwrap_or(content.len())];
    let is_key = body.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=:,- \\\"'".contains(&byte));
    if !is_key {
        return false;
    }
    let at = start + (line.len() - line.trim_start().len());
    spans.push(at..at + body.len());
    end.is_none()
}

#[expect(clippy::expect_used, reason = "the pattern is fixed and tested")]
static BEGIN: LazyLock<Regex> =
    LazyLock::new(|| Regex::new("-----BEGIN [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----").expect("a valid pattern"));
