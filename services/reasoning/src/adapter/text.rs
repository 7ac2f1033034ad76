//! Small words that several text forms share: ages, times, labels, taints, tolerations.

use jiff::Timestamp;

use crate::objects::{Labels, Taint, Toleration};

/// `None` for the ways in which `kubectl` writes that there is nothing.
pub(super) fn present(cell: &str) -> Option<&str> {
    match cell.trim() {
        "" | "<none>" | "<unset>" | "<unknown>" | "<nil>" => None,
        cell => Some(cell),
    }
}

/// Seconds of an age such as `46m`, `3m14s`, `7d23h` or `2y45d`.
pub(super) fn age_s(text: &str) -> Option<u64> {
    let mut total: u64 = 0;
    let mut number: Option<u64> = None;
    for byte in text.trim().bytes() {
        if byte.is_ascii_digit() {
            number = Some(number.unwrap_or(0).checked_mul(10)?.checked_add(u64::from(byte - b'0'))?);
            continue;
        }
        let unit: u64 = match byte {
            b's' => 1,
            b'm' => 60,
            b'h' => 3600,
            b'd' => 86_400,
            b'y' => 31_536_000,
            _ => return None,
        };
        total = total.checked_add(number.take()?.checked_mul(unit)?)?;
    }
    if number.is_some() || text.trim().is_empty() { None } else { Some(total) }
}

/// The two numbers of `5 (3m ago)` or `5`: how often, and seconds since the last.
pub(super) fn restarts(cell: &str) -> (Option<u32>, Option<u64>) {
    let (count, rest) = cell.trim().split_once(' ').unwrap_or((cell.trim(), ""));
    let ago = rest.trim().strip_prefix('(').and_then(|rest| rest.strip_suffix(" ago)"));
    (count.parse().ok(), ago.and_then(age_s))
}

/// How often and seconds ago, of `4s (x3 over 30s)` or `71s`.
pub(super) fn event_age(cell: &str) -> (u32, Option<u64>) {
    let (age, rest) = cell.trim().split_once(' ').unwrap_or((cell.trim(), ""));
    let count = rest.trim().strip_prefix("(x").and_then(|rest| rest.split(' ').next());
    (count.and_then(|count| count.parse().ok()).unwrap_or(1), age_s(age))
}

/// A time as `describe` writes it: `Thu, 12 Mar 2026 13:46:12 +0800`.
pub(super) fn mail_time(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text.trim()).ok()
}

/// One `name=value`; a bare name is a label with an empty value.
pub(super) fn label(text: &str) -> Option<(String, String)> {
    let (name, value) = present(text)?.split_once('=').unwrap_or((text.trim(), ""));
    Some((name.to_owned(), value.to_owned()))
}

/// `a=b,c=d`.
pub(super) fn labels(text: &str) -> Labels {
    text.split(',').filter_map(label).collect()
}

/// `key=value:Effect` or `key:Effect`.
pub(super) fn taint(text: &str) -> Option<Taint> {
    let (mark, effect) = present(text)?.rsplit_once(':')?;
    let (key, value) = mark.split_once('=').unwrap_or((mark, ""));
    Some(Taint { key: key.to_owned(), value: value.to_owned(), effect: effect.to_owned() })
}

/// `key=value:Effect op=Exists for 300s`, every part of it optional.
pub(super) fn toleration(text: &str) -> Option<Toleration> {
    let text = present(text)?;
    let mark = match text.split(' ').next() {
        Some(word) if !word.starts_with("op=") => word,
        _ => "",
    };
    let (mark, effect) = mark.rsplit_once(':').unwrap_or((mark, ""));
    let (key, value) = mark.split_once('=').unwrap_or((mark, ""));
    let exists = text.split(' ').any(|word| word == "op=Exists");
    let value = if exists { None } else { Some(value.to_owned()) };
    Some(Toleration { key: key.to_owned(), value, effect: effect.to_owned() })
}
