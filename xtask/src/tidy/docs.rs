//! Documents name files; the files must be there.

use super::{
    Finding,
    sources::{SourceFile, Tree},
};
use std::path::Path;

#[cfg(test)]
mod tests;

/// Endings by which a lone file name is known to mean one of ours.
const OUR_ENDINGS: &[&str] = &[".rs"];

/// Folders that a running system makes.
const MADE: &[&str] = &["data", "target"];

/// Whether a document is one that a newcomer walks by.
pub(crate) fn is_checked(path: &Path) -> bool {
    let Some(name) = path.to_str().filter(|name| name.ends_with(".md")) else {
        return false;
    };
    name == "ARCHITECTURE.md" || name.starts_with("docs/") || name.starts_with("README")
}

pub(crate) fn check(file: &SourceFile, tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (line, span) in code_spans(&file.text) {
        for named in expand(span) {
            if let Named::Missing = look_up(&named, tree) {
                let text = format!("`{named}` is not in the repository; correct the path, or the document");
                findings.push(Finding::new(&file.path, line, text));
            }
        }
    }
    findings
}

/// What stands between backticks, with its line; not what stands in fenced blocks.
fn code_spans(text: &str) -> Vec<(usize, &str)> {
    let mut spans = Vec::new();
    let mut is_fenced = false;
    for (at, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            is_fenced = !is_fenced;
        } else if !is_fenced {
            let odd = line.split('`').skip(1).step_by(2);
            spans.extend(odd.map(|span| (at + 1, span)));
        }
    }
    spans
}

/// `a/{b,c}.rs` names two files.
fn expand(span: &str) -> Vec<String> {
    let parts = span.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?)));
    let Some((before, (choices, after))) = parts.filter(|(_, (choices, _))| choices.contains(',')) else {
        return vec![span.to_owned()];
    };
    choices.split(',').flat_map(|choice| expand(&format!("{before}{}{after}", choice.trim()))).collect()
}

#[derive(Debug, PartialEq, Eq)]
enum Named {
    There,
    Missing,
    /// Not a path of ours: a command, a URL's path, a media type, a file of the user's.
    SomethingElse,
}

fn look_up(name: &str, tree: &Tree) -> Named {
    let fits = |c: char| c.is_ascii_alphanumeric() || "_-./*".contains(c);
    let plain = name.split_once(':').map_or(name, |(path, _)| path);
    let path = plain.strip_prefix("./").unwrap_or(plain).trim_end_matches('/');
    if path.is_empty()
        || !path.chars().all(fits)
        || path.starts_with(['/', '-', '.', '*']) && !path.starts_with(".ci")
    {
        return Named::SomethingElse;
    }
    let Some((first, _)) = path.split_once('/') else {
        return look_up_lone(path, tree);
    };
    if MADE.contains(&first) {
        return Named::SomethingElse;
    }
    let is_ours = OUR_ENDINGS.iter().any(|ending| path.ends_with(ending)) || tree.root.join(first).is_dir();
    // As much of it as has no wildcard.
    let certain: Vec<&str> = path.split('/').take_while(|part| !part.contains('*')).collect();
    match (is_ours, tree.root.join(certain.join("/")).exists()) {
        (true, true) => Named::There,
        (true, false) => Named::Missing,
        (false, _) => Named::SomethingElse,
    }
}

/// A name without a folder may be any file of ours that is called so.
fn look_up_lone(name: &str, tree: &Tree) -> Named {
    if !OUR_ENDINGS.iter().any(|ending| name.ends_with(ending)) || name.contains('*') {
        return Named::SomethingElse;
    }
    let called_so = |file: &SourceFile| file.path.file_name().is_some_and(|own| own == name);
    if tree.files.iter().any(called_so) { Named::There } else { Named::Missing }
}
