//! Making text of others fit to be shown.

use jiff::Timestamp;

#[cfg(test)]
mod tests;

/// Stands for what must not reach a terminal or a browser.
const REPLACED: char = '\u{fffd}';

/// Without characters that move the cursor, turn the direction of reading or end a line unseen. Line feeds and tabs stay.
pub(crate) fn clean(text: &str) -> String {
    text.replace("\r\n", "\n").chars().map(|c| if is_unfit(c) { REPLACED } else { c }).collect()
}

fn is_unfit(c: char) -> bool {
    let turns_direction =
        matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let ends_line = matches!(c, '\u{2028}' | '\u{2029}');
    (c.is_control() && c != '\n' && c != '\t') || turns_direction || ends_line
}

/// On one line, with at most `chars_max` characters.
pub(crate) fn one_line(text: &str, chars_max: usize) -> String {
    let line = clean(text).split_whitespace().collect::<Vec<_>>().join(" ");
    cut(&line, chars_max)
}

/// At most `chars_max` characters; what was cut is marked.
pub(crate) fn cut(text: &str, chars_max: usize) -> String {
    match text.char_indices().nth(chars_max) {
        None => text.to_owned(),
        Some(_) => {
            let kept: String = text.chars().take(chars_max.saturating_sub(1)).collect();
            format!("{}…", kept.trim_end())
        }
    }
}

/// E.g. `2026-01-02 03:04:05 UTC`.
pub(crate) fn time(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// E.g. `850 ms`, `1.2 s`, `3 min 20 s`.
pub(crate) fn duration(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
        _ => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1000),
    }
}

/// Enough of a hash to tell outputs of one report apart.
pub(crate) fn short_hash(hash: &str) -> String {
    hash.chars().take(12).collect()
}

/// E.g. `1 command`, `3 commands`.
pub(crate) fn count(n: usize, one: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") }
}
