//! Secrets by the name in front of them: `DB_PASSWORD=…`, `password: …`, `"token": "…"`, `--api-key …`.

use std::sync::LazyLock;

use regex::Regex;

use super::{Span, keys, lines};

pub(super) fn find(text: &str, spans: &mut Vec<Span>) {
    let mut section = Section::Outside;
    let mut rest = lines(text).peekable();
    while let Some((start, line)) = rest.next() {
        let following = rest.peek().map_or("", |(_, next)| *next);
        section = section.next(line, following);
        match section {
            Section::Secret if !line.trim().is_empty() => spans.push(start..start + line.len()),
            Section::Secret | Section::Rule => {}
            Section::Outside => line_spans(start, line, spans),
        }
    }
}

/// Where we are in the `Data` of a described ConfigMap, which prints `key:`, a rule of dashes, then the value, which may itself
/// have empty lines.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Outside,
    Rule,
    Secret,
}

impl Section {
    fn next(self, line: &str, following: &str) -> Self {
        let key = line.strip_suffix(':').filter(|_| following == "----");
        match (self, key) {
            (_, Some(key)) if keys::is_secret(key) => Self::Rule,
            (_, Some(_)) => Self::Outside,
            (Self::Rule, None) if line == "----" => Self::Rule,
            (Self::Rule | Self::Secret, None) if following != "====" => Self::Secret,
            _ => Self::Outside,
        }
    }
}

fn line_spans(start: usize, line: &str, spans: &mut Vec<Span>) {
    for found in KEY.captures_iter(line) {
        let (Some(whole), Some(key)) = (found.get(0), found.get(1)) else {
            continue;
        };
        if !keys::is_secret(key.as_str().trim_start_matches('-')) {
            continue;
        }
        let assignment = Assignment {
            line,
            before: &line[..key.start()],
            key_is_quoted: found.get(2).is_some(),
            has_space_before: found.get(3).is_some_and(|space| !space.is_empty()),
            is_colon: found.get(4).is_some_and(|mark| mark.as_str() == ":"),
            value_at: whole.end(),
        };
        if let Some(value) = assignment.secret() {
            spans.push(start + value.start..start + value.end);
        }
    }
    for found in FLAG.captures_iter(line) {
        let (Some(key), Some(value)) = (found.get(1), found.get(2)) else {
            continue;
        };
        if keys::is_secret(key.as_str()) && !keys::is_harmless(value.as_str()) {
            spans.push(start + value.start()..start + value.end());
        }
    }
    for found in NESTED_ENV.captures_iter(line) {
        let (Some(name), Some(value)) = (found.get(1), found.get(2)) else {
            continue;
        };
        if keys::is_secret(name.as_str()) {
            spans.push(start + value.start()..start + value.end());
        }
    }
}

/// A telling name with a `:` or `=` after it.
struct Assignment<'a> {
    line: &'a str,
    before: &'a str,
    key_is_quoted: bool,
    has_space_before: bool,
    is_colon: bool,
    value_at: usize,
}

impl Assignment<'_> {
    fn secret(&self) -> Option<Span> {
        let rest = &self.line[self.value_at..];
        let span = self.quoted(rest).or_else(|| self.bare(rest))?;
        (!keys::is_harmless(&rest[span.clone()]))
            .then_some(self.value_at + span.start..self.value_at + span.end)
    }

    /// `"…"`, `'…'`, or `\"…\"` inside another string.
    fn quoted(&self, rest: &str) -> Option<Span> {
        let slashes = rest.len() - rest.trim_start_matches('\\').len();
        let mark = rest[slashes..].chars().next().filter(|mark| matches!(mark, '"' | '\''))?;
        let open = slashes + 1;
        let closing = &rest[..open];
        let mut from = open;
        while let Some(found) = rest[from..].find(mark) {
            let at = from + found;
            let own_slashes = rest[..at].len() - rest[..at].trim_end_matches('\\').len();
            if own_slashes <= slashes && rest[..=at].ends_with(closing) {
                return Some(open..at - slashes);
            }
            from = at + 1;
        }
        Some(open..rest.len())
    }

    fn bare(&self, rest: &str) -> Option<Span> {
        if !self.is_colon {
            return Some(0..word_end(rest, false));
        }
        if self.key_is_quoted {
            let number = rest.len() - rest.trim_start_matches(|letter: char| letter.is_ascii_digit()).len();
            return (!self.has_space_before && number > 0).then_some(0..number);
        }
        if self.has_space_before {
            return None;
        }
        let opening = self.before.trim_start_matches([' ', '-', '\t']);
        if opening.is_empty() && rest.starts_with(|letter: char| !letter.is_whitespace()) {
            return Some(0..rest.trim_end().len());
        }
        // In the middle of a line a colon is mostly prose ("failed to refresh token: timed out").
        let word = 0..word_end(rest, true);
        let in_braces = self.before.trim_end().ends_with(['{', ',']);
        (in_braces || looks_random(&rest[word.clone()])).then_some(word)
    }
}

fn word_end(rest: &str, in_prose: bool) -> usize {
    let ends = |letter: char| {
        letter.is_whitespace() || "\"'`,;&)}]\\".contains(letter) || (in_prose && letter == ':')
    };
    rest.find(ends).unwrap_or(rest.len())
}

fn looks_random(word: &str) -> bool {
    word.len() >= 6
        && word.bytes().any(|byte| byte.is_ascii_digit())
        && word.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// Name, closing quote, space, mark, space.
#[expect(clippy::expect_used, reason = "the pattern is fixed and tested")]
static KEY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"([A-Za-z0-9_.-]+)(\\*["'])?([ \t]{0,8})(:|=)[ \t]*"#).expect("a valid pattern")
});

/// `--name value`.
#[expect(clippy::expect_used, reason = "the pattern is fixed and tested")]
static FLAG: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"--([A-Za-z0-9-]+)[ ]+([^\s\-"',][^\s"',]*)"#).expect("a valid pattern"));

/// An environment variable written as JSON inside a JSON string.
#[expect(clippy::expect_used, reason = "the pattern is fixed and tested")]
static NESTED_ENV: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"\\"name\\":\\"([A-Za-z0-9_.-]+)\\",\\"value\\":\\"([^"]*)\\""#).expect("a valid pattern")
});
