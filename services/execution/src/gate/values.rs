use std::time::Duration;

use super::expression;
use super::kinds::{self, Kind};

/// What a flag's value must look like.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    /// On or off. The tools accept ten spellings of a boolean; only `true` and `false` pass here.
    Switch,
    /// A switch that may only be turned off.
    OnlyFalse,
    /// A DNS label.
    Namespace,
    /// A DNS label, e.g. a container's name.
    Label,
    /// A label selector.
    Selector,
    /// A field selector.
    FieldSelector,
    /// Label keys joined by commas.
    LabelKeys,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// Words from this list, joined by commas.
    ListOf(&'static [&'static str]),
    /// One of these words, or an inline expression over harmless fields.
    Output(&'static [&'static str]),
    /// A path to a field, to sort by.
    SortPath,
    /// A whole number from this range, both ends included.
    Int(u64, u64),
    /// A duration with units, from one second to this many.
    Duration(u64),
    /// A point in time, RFC 3339.
    Time,
    /// `TYPE/NAME` of a readable kind.
    Object,
    /// An API group with an optional version.
    ApiGroup,
    /// A regular expression over release names.
    NamePattern,
}

const NAME_BYTES_MAX: usize = 253;
const LABEL_BYTES_MAX: usize = 63;

impl Shape {
    /// True when the flag takes no separate value.
    pub(super) fn is_switch(self) -> bool {
        matches!(self, Self::Switch | Self::OnlyFalse)
    }
}

/// Checks a value; the error says what it must be.
pub(super) fn check(shape: Shape, value: &str) -> Result<(), String> {
    let (fits, expected) = match shape {
        Shape::Switch => (matches!(value, "true" | "false"), "`true` or `false`".to_owned()),
        Shape::OnlyFalse => (value == "false", "`false`".to_owned()),
        Shape::Namespace => (is_label(value), "a namespace's name".to_owned()),
        Shape::Label => (is_label(value), "a DNS label".to_owned()),
        Shape::Selector => (is_made_of(value, b"-_./=!,() "), "a label selector".to_owned()),
        Shape::FieldSelector => (is_made_of(value, b"-_./=!,:{}"), "a field selector".to_owned()),
        Shape::LabelKeys => (is_made_of(value, b"-_./,"), "label keys joined by commas".to_owned()),
        Shape::OneOf(words) => (words.contains(&value), format!("one of {}", words.join(", "))),
        Shape::ListOf(words) => {
            (value.split(',').all(|word| words.contains(&word)), format!("some of {}", words.join(", ")))
        }
        Shape::Output(words) => (
            words.contains(&value) || expression::is_safe_output(value),
            format!("one of {}, or an inline expression over fields that hold no secrets", words.join(", ")),
        ),
        Shape::SortPath => (expression::is_sort_path(value), "a path of field names".to_owned()),
        Shape::Int(min, max) => (is_int(value, min, max), format!("a whole number from {min} to {max}")),
        Shape::Duration(max_s) => {
            let fits = duration(value).is_some_and(|given| (1..=max_s).contains(&given.as_secs()));
            (fits, format!("a duration from 1s to {max_s}s"))
        }
        Shape::Time => (is_time(value), "an RFC 3339 time".to_owned()),
        Shape::Object => return object(value).map(drop),
        Shape::ApiGroup => {
            (value.split('/').count() <= 2 && is_made_of(value, b"-./"), "an API group".to_owned())
        }
        // Nothing follows the end of a name, so `$(` is no pattern, and whoever writes it means a shell.
        Shape::NamePattern => (
            is_made_of(value, b"-_.^$|*+?()[]") && !value.contains("$("),
            "a pattern of release names".to_owned(),
        ),
    };
    if fits { Ok(()) } else { Err(expected) }
}

/// The kind of a `TYPE/NAME`; the error says what it must be.
pub(super) fn object(text: &str) -> Result<&'static Kind, String> {
    let expected = "TYPE/NAME of a kind that may be read";
    let (kind, name) = text.split_once('/').ok_or(expected)?;
    let found = kinds::find(kind).ok_or(expected)?;
    if is_name_of(found, name) { Ok(found) } else { Err(expected.to_owned()) }
}

/// True for a name that an object of this kind may have.
pub(super) fn is_name_of(kind: &Kind, name: &str) -> bool {
    if kind.is_rbac() {
        let edges = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        return name.len() <= NAME_BYTES_MAX
            && edges(name.as_bytes().first())
            && edges(name.as_bytes().last())
            && !name.contains("..")
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.:_".contains(&byte));
    }
    is_name(name)
}

/// A DNS subdomain.
pub(super) fn is_name(text: &str) -> bool {
    text.len() <= NAME_BYTES_MAX && text.split('.').all(is_label_of_any_length)
}

/// A DNS label.
pub(super) fn is_label(text: &str) -> bool {
    text.len() <= LABEL_BYTES_MAX && is_label_of_any_length(text)
}

fn is_label_of_any_length(text: &str) -> bool {
    let edge =
        |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    edge(text.as_bytes().first())
        && edge(text.as_bytes().last())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn is_made_of(text: &str, marks: &[u8]) -> bool {
    const BYTES_MAX: usize = 512;
    !text.is_empty()
        && text.len() <= BYTES_MAX
        && !text.starts_with('-')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || marks.contains(&byte))
}

fn is_int(text: &str, min: u64, max: u64) -> bool {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    digits && text.parse().is_ok_and(|number| (min..=max).contains(&number))
}

/// `90s`, `1h30m`: whole numbers with the units h, m, s; a lone number is seconds.
fn duration(text: &str) -> Option<Duration> {
    if let Ok(seconds) = text.parse::<u32>()
        && !text.starts_with('+')
    {
        return Some(Duration::from_secs(seconds.into()));
    }
    let mut seconds: u64 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|letter: char| !letter.is_ascii_digit())?;
        let number: u64 = rest[..end].parse().ok()?;
        let unit = match rest.as_bytes()[end] {
            b'h' => 3600,
            b'm' => 60,
            b's' => 1,
            _ => return None,
        };
        seconds = seconds.checked_add(number.checked_mul(unit)?)?;
        rest = &rest[end + 1..];
    }
    Some(Duration::from_secs(seconds))
}

fn is_time(text: &str) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || b"-:.TZ+".contains(&byte));
    plain && text.contains('T') && text.parse::<jiff::Timestamp>().is_ok()
}
