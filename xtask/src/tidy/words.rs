//! Words that do not belong into a repository: marks of what is not done, and paths of one person's machine.

use super::{Finding, sources::SourceFile};
use std::path::Path;

#[cfg(test)]
mod tests;

/// The file that has to name them, and its tests.
const OWN: &[&str] = &["xtask/src/tidy/words.rs", "xtask/src/tidy/words/tests.rs"];

/// In every file, as whole words.
const MARKS: &[&str] = &["TODO", "FIXME", "XXX"];
const MARK_ADVICE: &str = "do it, or write an issue and take the mark out";

/// In Rust sources.
const CODE: &[(&str, &str)] = &[
    ("todo!", "write what is missing"),
    ("unimplemented!", "write what is missing"),
    ("dbg!", "take it out, or log with tracing"),
    ("#[ignore", "make the test run, or delete it; what takes long belongs behind `make test-long`"),
];

/// Beginnings of absolute paths that exist on one machine only: somebody's home, or the folder that somebody works in.
const MACHINES: &[&str] = &["/home/", "/Users/", "/root/", "/workspace/", "/workspaces/"];
const MACHINE_ADVICE: &str = "name it relative to the repository, or take it from the environment";

/// Text that speaks of such paths because they are its subject: (file, what it may name).
const SUBJECTS: &[(&str, &str)] = &[
    // Redaction knows which folders name a person.
    ("services/execution/src/redact/", "/home/"),
    ("services/execution/src/redact/", "/root/"),
    ("services/execution/src/redact/", "/Users/"),
];

pub(crate) fn check(file: &SourceFile) -> Vec<Finding> {
    if OWN.iter().any(|&own| file.path == Path::new(own)) {
        return Vec::new();
    }
    let is_rust = file.path.extension().is_some_and(|ending| ending == "rs");
    let is_lock = file.path.extension().is_some_and(|ending| ending == "lock");
    let mut findings = Vec::new();
    for (at, line) in file.text.lines().enumerate() {
        let mut found = |word: &str, advice: &str| {
            findings.push(Finding::new(
                &file.path,
                at + 1,
                format!("`{word}` does not belong here; {advice}"),
            ));
        };
        for mark in MARKS.iter().filter(|mark| !is_lock && has_word(line, mark)) {
            found(mark, MARK_ADVICE);
        }
        for (word, advice) in CODE.iter().filter(|(word, _)| is_rust && has_word(line, word)) {
            found(word, advice);
        }
        for beginning in MACHINES.iter().filter(|&&beginning| names_a_path(line, beginning)) {
            if !is_subject(&file.path, beginning) {
                found(beginning, MACHINE_ADVICE);
            }
        }
    }
    findings
}

/// Whether `word` stands alone, not as a part of a longer word.
fn has_word(line: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        let after = line.get(at + word.len()..).and_then(|text| text.chars().next());
        let ends_in_letter = word.ends_with(is_part);
        !(before.is_some_and(is_part) || ends_in_letter && after.is_some_and(is_part))
    })
}

/// Whether an absolute path begins so: not in the middle of a longer path or of a URL.
fn names_a_path(line: &str, beginning: &str) -> bool {
    let continues_a_path = |c: char| c.is_alphanumeric() || "_-./}$)*".contains(c);
    line.match_indices(beginning).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        let after = line.get(at + beginning.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(continues_a_path) && after.is_some_and(|c| c.is_alphanumeric() || c == '.')
    })
}

fn is_subject(path: &Path, beginning: &str) -> bool {
    SUBJECTS.iter().any(|&(folder, word)| path.starts_with(folder) && word == beginning)
}
