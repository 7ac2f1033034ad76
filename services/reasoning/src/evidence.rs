//! From a claim to the lines that show it.

use aetherius_contracts::reasoning::Evidence;

use crate::objects::{Seen, Snapshot, Source};

/// At least one citation. A finding can only be made from a proof, so no finding stands without evidence.
#[derive(Clone, Debug)]
pub(crate) struct Proof(Vec<Evidence>);

impl Proof {
    /// Gathers what could be cited; `None` when nothing could. The same line is cited once.
    pub(crate) fn of(citations: impl IntoIterator<Item = Option<Evidence>>) -> Option<Self> {
        let mut evidence: Vec<Evidence> = Vec::new();
        for citation in citations.into_iter().flatten().take(CITATIONS_MAX) {
            let same =
                |known: &Evidence| known.output_hash == citation.output_hash && known.line == citation.line;
            if !evidence.iter().any(same) {
                evidence.push(citation);
            }
        }
        if evidence.is_empty() { None } else { Some(Self(evidence)) }
    }

    /// The citations.
    #[must_use]
    pub(crate) fn into_evidence(self) -> Vec<Evidence> {
        self.0
    }
}

/// A claim is shown by a few lines; nobody reads fifty.
const CITATIONS_MAX: usize = 16;

/// `kubectl` breaks its output into lines that can be read. A longer one is not from there, and shows nobody anything.
const LINE_BYTES_MAX: usize = 16 * 1024;

/// Cites the first line about `seen` that holds every one of `words`, compared as whole words and without regard to case.
#[must_use]
pub(crate) fn cite<T>(
    snapshot: &Snapshot<'_>,
    seen: &Seen<T>,
    words: &[&str],
    shows: &str,
) -> Option<Evidence> {
    cite_beside(snapshot, seen, words, &[], shows)
}

/// As [`cite`], but only where another line about `seen` in the same output holds every one of `beside`.
#[must_use]
pub(crate) fn cite_beside<T>(
    snapshot: &Snapshot<'_>,
    seen: &Seen<T>,
    words: &[&str],
    beside: &[&str],
    shows: &str,
) -> Option<Evidence> {
    let lower =
        |words: &[&str]| -> Vec<String> { words.iter().map(|word| word.to_ascii_lowercase()).collect() };
    let (needles, beside) = (lower(words), lower(beside));
    seen.sources().iter().find_map(|source| {
        let line = first_line(snapshot, source, &needles)?;
        if !beside.is_empty() {
            first_line(snapshot, source, &beside)?;
        }
        let output = snapshot.outputs().get(source.output)?;
        Some(Evidence {
            output_hash: output.step.output_hash.clone(),
            command: output.step.command.clone(),
            excerpt: output.line(line).to_owned(),
            line: line + 1,
            shows: shows.to_owned(),
        })
    })
}

fn first_line(snapshot: &Snapshot<'_>, source: &Source, needles: &[String]) -> Option<usize> {
    let output = snapshot.outputs().get(source.output)?;
    source.lines.clone().find(|number| {
        let line = output.line(*number);
        if line.len() > LINE_BYTES_MAX {
            return false;
        }
        let line = line.to_ascii_lowercase();
        !line.trim().is_empty() && needles.iter().all(|needle| holds(&line, needle))
    })
}

/// True when `needle` stands in `line` and is not part of a longer word: `v1` is not in `v10`.
fn holds(line: &str, needle: &str) -> bool {
    if needle.is_empty() {
        return false;
    }
    let escaped = needle.replace('\\', "\\\\").replace('"', "\\\"");
    is_word_in(line, needle) || (escaped != needle && is_word_in(line, &escaped))
}

fn is_word_in(line: &str, needle: &str) -> bool {
    let joins = |a: Option<char>, b: Option<char>| match (a, b) {
        (Some(a), Some(b)) => a.is_alphanumeric() && b.is_alphanumeric(),
        _ => false,
    };
    line.match_indices(needle).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + needle.len()..].chars().next();
        !joins(before, needle.chars().next()) && !joins(needle.chars().next_back(), after)
    })
}

#[cfg(test)]
mod tests;
