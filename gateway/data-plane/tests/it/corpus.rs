//! The framing corpus: messages from the RFCs, good and bad, and what must become of each.

mod http1;
mod http2;

use crate::strict_origin::{Message, Seen};
use std::time::Duration;

/// How long a case may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a file says of a case besides what is sent.
#[derive(Debug, Default)]
struct Outcome {
    /// Whether the connection serves on.
    open: bool,
    origin: Vec<Expected>,
    cut: Cut,
}

/// Requests that were begun at the origin and not finished.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Cut {
    #[default]
    None,
    One,
    AtMostOne,
    Any,
}

/// A request as it must have reached the origin.
#[derive(Debug, Default)]
struct Expected {
    line: String,
    has: Vec<(String, Vec<u8>)>,
    lacks: Vec<String>,
    body: Option<Vec<u8>>,
}

/// The cases of a file: their names and lines.
fn cases(text: &str) -> Vec<(String, Vec<&str>)> {
    let mut cases: Vec<(String, Vec<&str>)> = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match (line.strip_prefix("name: "), cases.last_mut()) {
            (Some(name), _) => cases.push((name.to_owned(), Vec::new())),
            (None, Some((_, lines))) => lines.push(line),
            (None, None) => panic!("{line}"),
        }
    }
    cases
}

impl Outcome {
    /// Takes a line that says what must have arrived.
    fn take(&mut self, key: &str, value: &str) {
        match (key, self.origin.last_mut()) {
            ("rfc", _) => {}
            ("cut", _) => {
                self.cut = match value {
                    "one" => Cut::One,
                    "may" => Cut::AtMostOne,
                    _ => Cut::Any,
                };
            }
            ("origin", _) => {
                let line = String::from_utf8(unescaped(value)).unwrap();
                self.origin.push(Expected { line, ..Expected::default() });
            }
            ("has", Some(expected)) => {
                let (name, value) = value.split_once(':').unwrap();
                expected.has.push((name.to_owned(), unescaped(value.trim_start())));
            }
            ("lacks", Some(expected)) => expected.lacks.push(value.to_owned()),
            ("body", Some(expected)) => expected.body = Some(unescaped(value)),
            _ => panic!("{key}: {value}"),
        }
    }

    /// Compares with what the origin saw, this case's requests and those that we made after it.
    fn compare(&self, seen: &[Seen]) -> Result<(), String> {
        let described = || format!("the origin saw {seen:?}");
        let is_own = |message: &Message| {
            matches!(message.line().as_str(), "GET /after HTTP/1.1" | "GET /other HTTP/1.1")
        };
        let (mut own, mut cut, mut others) = (0, 0, Vec::new());
        for seen in seen {
            match seen {
                Seen::Request(message) if is_own(message) => own += 1,
                Seen::Request(message) => others.push(message),
                Seen::Cut(_) => cut += 1,
                Seen::Wrong(..) => return Err(described()),
            }
        }
        let cut_fits = match self.cut {
            Cut::None => cut == 0,
            Cut::One => cut == 1,
            Cut::AtMostOne => cut <= 1,
            Cut::Any => true,
        };
        if !cut_fits || own != 1 + usize::from(self.open) {
            return Err(described());
        }
        // What was cut at one end may have been whole at the other, if it had no body.
        if others.len() != self.origin.len() && self.cut != Cut::Any {
            return Err(described());
        }
        for (message, expected) in others.iter().zip(&self.origin) {
            looks_like(message, expected).map_err(|why| format!("{why}: {}", described()))?;
        }
        Ok(())
    }
}

fn looks_like(message: &Message, expected: &Expected) -> Result<(), String> {
    if message.line() != format!("{} HTTP/1.1", expected.line) {
        return Err(message.line());
    }
    for (name, value) in &expected.has {
        if !message.values(name).contains(value) {
            return Err(format!("{name} is not {:?}", String::from_utf8_lossy(value)));
        }
    }
    for name in &expected.lacks {
        if !message.values(name).is_empty() {
            return Err(format!("{name} is there"));
        }
    }
    if expected.body.as_ref().is_some_and(|body| *body != message.body)
        || (expected.body.is_none() && !message.body.is_empty() && expected.has.is_empty())
    {
        return Err(format!("the body is {:?}", String::from_utf8_lossy(&message.body)));
    }
    Ok(())
}

/// Resolves `\r`, `\xHH` and so on, and `{a*9}`.
fn unescaped(text: &str) -> Vec<u8> {
    if let Some((before, rest)) = text.split_once('{') {
        let (repeated, after) = rest.split_once('}').unwrap();
        let (what, times) = repeated.rsplit_once('*').unwrap();
        let middle = unescaped(what).repeat(times.parse().unwrap());
        return [unescaped(before), middle, unescaped(after)].concat();
    }
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        bytes.push(match rest.next().unwrap() {
            b'r' => b'\r',
            b'n' => b'\n',
            b't' => b'\t',
            b'0' => 0,
            b'x' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            other => other,
        });
    }
    bytes
}
