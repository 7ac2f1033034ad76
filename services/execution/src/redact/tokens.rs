//! Secrets by their own shape, whatever stands in front of them.

use std::sync::LazyLock;

use regex::Regex;

use super::{Span, keys};

pub(super) fn find(text: &str, spans: &mut Vec<Span>) {
    spans.extend(SHAPES.find_iter(text).map(|found| found.range()));
    for found in SCHEMES.captures_iter(text) {
        let Some(value) = found.get(2) else { continue };
        let is_header = found.get(1).is_some();
        if is_header || value.as_str().bytes().any(|byte| byte.is_ascii_digit() || byte == b'=') {
            spans.push(value.range());
        }
    }
    for pattern in [&*URL, &*DSN] {
        for found in pattern.captures_iter(text) {
            let password = found.get(1).filter(|password| !keys::is_harmless(password.as_str()));
            spans.extend(password.map(|password| password.range()));
        }
    }
}

/// JWTs, and the keys of well-known issuers.
#[expect(clippy::expect_used, reason = "the pattern is fixed and tested")]
static SHAPES: LazyLock<Regex> = LazyLock::new(|| {
    let shapes = [
        r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?",
        r"\b(?:AKIA|ASIA|AROA|AIDA|AGPA)[A-Z0-9]{16}\b",
        r"\bgh[pousr]_[A-Za-z0-9]{20,}",
        r"\bgithub_pat_[A-Za-z0-9_]{20,}",
        r"\bglpat-[A-Za-z0-9_-]{16,}",
        r"\bxox[abeprs]-[A-Za-z0-9-]{10,}",
        r"\bAIza[A-Za-z0-9_-]{35}",
        r"\bsk-[A-Za-z0-9_-]{20,}",
        r"\bhv[sb]\.[A-Za-z0-9_-]{20,}",
        // The beginnings of base64 of private keys in PEM.
        r"\bLS0tLS1CRUdJTiB(?:QUklWQVRF|SU0EgUFJJVkFUR|FQyBQUklWQVRF|PUEVOU1NI|FTkNSWVBURU)[A-Za-z0-9+/=]*",
    ];
    Regex::new(&shapes.join("|")).expect("a valid pattern")
});

/// `Bearer …` and `Basic …`; behind `Authorization` whatever follows, else only what cannot be a word.
#[expect(clippy::expect_used, reason = "the pattern is fixed and tested")]
static SCHEMES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)(authorization\\*["']?\s*[:=]\s*\\*["']?)?\b(?:bearer|basic)[ ]+([A-Za-z0-9+/=._~-]{8,})"#,
    )
    .expect("a valid pattern")
});

/// `scheme://user:password@host`.
#[expect(clippy::expect_used, reason = "the pattern is fixed and tested")]
static URL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"[A-Za-z][A-Za-z0-9+.-]*://[^\s:/?#@"'<>]*:([^\s/"'<>]+)@"#).expect("a valid pattern")
});

/// `user:password@tcp(host:3306)/db`.
#[expect(clippy::expect_used, reason = "the pattern is fixed and tested")]
static DSN: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"[A-Za-z0-9_.-]+:([^\s/"'<>]+)@(?:tcp|unix)\("#).expect("a valid pattern"));
