//! Text of others in Markdown: shown as it is, and never read as markup.

use crate::text::clean;

/// For running text: one line in which nothing is markup.
pub(crate) fn inline(text: &str) -> String {
    let line = one_line(text);
    let mut out = String::with_capacity(line.len() + 8);
    for (at, c) in line.char_indices() {
        if is_markup(c) || opens_block(&line, at, c) || makes_link(&line, at, c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// As a code span.
pub(crate) fn code(text: &str) -> String {
    let line = one_line(text);
    if line.is_empty() {
        return "–".to_owned();
    }
    let ticks = "`".repeat(longest_run(&line) + 1);
    // A space on both sides is taken off again by the reader; without it the ticks inside would count to the fence.
    let pad = if line.starts_with('`') || line.ends_with('`') { " " } else { "" };
    format!("{ticks}{pad}{line}{pad}{ticks}")
}

/// As a code span in a cell of a table, where a bar ends the cell even in code.
pub(crate) fn cell_code(text: &str) -> String {
    code(text).replace('|', "\\|")
}

/// As a block of code, lines kept.
pub(crate) fn fence(text: &str) -> String {
    let ticks = "`".repeat(longest_run(text).max(2) + 1);
    format!("{ticks}text\n{}\n{ticks}", text.trim_end_matches('\n'))
}

fn one_line(text: &str) -> String {
    clean(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

fn is_markup(c: char) -> bool {
    matches!(
        c,
        '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '&' | '!' | '$' | '@'
    )
}

/// `- x`, `+ x`, `1. x`, `1) x` and `===` mean something at the beginning of a line.
fn opens_block(line: &str, at: usize, c: char) -> bool {
    let before = &line[..at];
    match c {
        '-' | '+' | '=' => before.is_empty(),
        '.' | ')' => !before.is_empty() && before.bytes().all(|b| b.is_ascii_digit()),
        _ => false,
    }
}

/// GitHub makes links of bare addresses.
fn makes_link(line: &str, at: usize, c: char) -> bool {
    match c {
        ':' => line[at + 1..].starts_with("//"),
        '.' => line[..at].to_ascii_lowercase().ends_with("www"),
        _ => false,
    }
}
