//! Small words that several text forms share: ages, times, labels, taints, tolerations.

use jiff::Timestamp;

use crate::objects::{Action, Labels, PortRef, Probe, Taint, Toleration};

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

/// The number before `word`: `1` for `desired` in `0 current / 1 desired` or `1 desired | 1 updated`.
pub(super) fn count_before(text: &str, word: &str) -> Option<u32> {
    let mut parts = text.split(['|', '/']).map(str::trim);
    parts.find_map(|part| part.strip_suffix(word)).and_then(|number| number.trim().parse().ok())
}

/// `RWO,ROX` as the API writes it.
pub(super) fn access_modes(text: &str) -> Vec<String> {
    let long = |short: &str| match short.trim() {
        "RWO" => "ReadWriteOnce".to_owned(),
        "ROX" => "ReadOnlyMany".to_owned(),
        "RWX" => "ReadWriteMany".to_owned(),
        "RWOP" => "ReadWriteOncePod".to_owned(),
        other => other.to_owned(),
    };
    present(text).into_iter().flat_map(|text| text.split(',')).map(long).collect()
}

/// `http-get http://:8080/healthz delay=5s timeout=1s period=10s #success=1 #failure=3`.
pub(super) fn probe(text: &str) -> Option<Probe> {
    let (action, numbers) = text.split_once(" delay=")?;
    let number = |name: &str| {
        let (_, rest) = numbers.split_once(name)?;
        let digits = rest.split(|character: char| !character.is_ascii_digit()).next()?;
        digits.parse::<u32>().ok()
    };
    let (kind, target) = action.split_once(' ')?;
    let port = |text: &str| PortRef::parse(text.trim().rsplit(':').next().unwrap_or(""));
    let action = match kind {
        "http-get" => {
            let (scheme, rest) = target.trim().split_once("://")?;
            let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
            Action::Http { scheme: scheme.to_owned(), port: port(host)?, path: format!("/{path}") }
        }
        "tcp-socket" => Action::Tcp { port: port(target)? },
        // `<pod>:9555` and, where a service is asked for by name, that name behind it.
        "grpc" => Action::Grpc { port: port(target.trim().split(' ').next().unwrap_or(""))? },
        "exec" => Action::Exec { command: target.trim().trim_matches(['[', ']']).to_owned() },
        _ => return None,
    };
    Some(Probe {
        action,
        delay_s: numbers.split('s').next().and_then(|delay| delay.parse().ok()).unwrap_or(0),
        timeout_s: number("timeout=").unwrap_or(1),
        period_s: number("period=").unwrap_or(10),
        failures: number("#failure=").unwrap_or(3),
    })
}
