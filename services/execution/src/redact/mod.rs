//! Takes secrets out of what a command printed.
//!
//! Text goes in, the same text with `[redacted]` in the place of each secret comes out; lines stay lines, and names, digests,
//! hashes and messages stay readable, because a diagnosis lives from them. Every pass looks at the original text and reports
//! spans; the spans are joined and cut out once. All passes are linear in the length of the text.
//!
//! This is the last wall, not the first: the gate never lets a command ask for a Secret.

mod assignments;
mod json;
mod keys;
mod pem;
mod tokens;
mod yaml;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::ops::Range;

/// What stands where a secret stood.
pub const MASK: &str = "[redacted]";

/// A stretch of bytes to hide.
type Span = Range<usize>;

/// Masks every secret in `text`.
#[must_use]
pub fn redact(text: &str) -> Cow<'_, str> {
    let mut spans = Vec::new();
    json::find(text, &mut spans);
    yaml::find(text, &mut spans);
    assignments::find(text, &mut spans);
    tokens::find(text, &mut spans);
    pem::find(text, &mut spans);
    spans.retain(|span| !span.is_empty() && &text[span.clone()] != MASK);
    if spans.is_empty() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(cut(text, join(spans)))
}

fn join(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable_by_key(|span| (span.start, span.end));
    let mut joined: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match joined.last_mut() {
            Some(last) if span.start < last.end => last.end = last.end.max(span.end),
            _ => joined.push(span),
        }
    }
    joined
}

/// Replaces each line of each span, so that the number of lines stays the same.
fn cut(text: &str, spans: Vec<Span>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for span in spans {
        out.push_str(&text[at..span.start]);
        for piece in text[span.clone()].split_inclusive('\n') {
            let ending = &piece[piece.trim_end_matches(['\n', '\r']).len()..];
            let line = &piece[..piece.len() - ending.len()];
            let indent = &line[..line.len() - line.trim_start_matches(' ').len()];
            out.push_str(indent);
            if indent.len() < line.len() {
                out.push_str(MASK);
            }
            out.push_str(ending);
        }
        at = span.end;
    }
    out.push_str(&text[at..]);
    out
}

/// The lines of a text with their offsets, without line endings.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut next = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = next;
        next += line.len();
        (start, line.trim_end_matches(['\n', '\r']))
    })
}
