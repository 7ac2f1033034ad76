//! Values as people read them.

use jiff::Timestamp;
use maud::{Markup, html};

#[cfg(test)]
mod tests;

/// Without characters that turn the direction of reading or are none; maud escapes the rest.
pub(crate) fn clean(text: &str) -> String {
    text.replace("\r\n", "\n").chars().map(|c| if is_unfit(c) { '\u{fffd}' } else { c }).collect()
}

fn is_unfit(c: char) -> bool {
    let turns_direction =
        matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    (c.is_control() && c != '\n' && c != '\t') || turns_direction
}

/// At most `chars_max` characters; what was cut is marked.
pub(crate) fn cut(text: &str, chars_max: usize) -> String {
    if text.chars().nth(chars_max).is_none() {
        return text.to_owned();
    }
    let kept: String = text.chars().take(chars_max.saturating_sub(1)).collect();
    format!("{kept}…")
}

/// E.g. `2026-01-02 03:04:05 UTC`, for machines too.
pub(crate) fn time(time: Timestamp) -> Markup {
    html! { time datetime=(time) { (time.strftime("%Y-%m-%d %H:%M:%S UTC")) } }
}

/// The time of day, with milliseconds: within an incident the day is known.
pub(crate) fn clock(time: Timestamp) -> Markup {
    html! { time datetime=(time) title=(time.strftime("%Y-%m-%d %H:%M:%S UTC")) { (time.strftime("%H:%M:%S%.3f")) } }
}

/// How long ago, in the largest unit that fits: `12 s`, `3 min`, `5 h`, `2 d`.
pub(crate) fn age(then: Timestamp, now: Timestamp) -> String {
    let seconds = now.duration_since(then).as_secs().max(0);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// E.g. `850 ms`, `1.2 s`, `3 min 20 s`.
pub(crate) fn duration(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
        _ => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1000),
    }
}

/// Enough of a hash to tell it from others of the page.
pub(crate) fn short(hash: &str) -> String {
    hash.chars().take(12).collect()
}
