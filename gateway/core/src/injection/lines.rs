//! Line breaks that begin a header of their own, and line breaks and control characters that forge log lines.

/// Headers that are worth forging.
const HEADERS: &[&str] = &[
    "vary",
    "pragma",
    "accept-ranges",
    "content-range",
    "content-language",
    "content-location",
    "proxy-authenticate",
    "retry-after",
    "www-authenticate",
    "x-accel-redirect",
    "x-sendfile",
    "set-cookie",
    "location",
    "content-type",
    "content-length",
    "content-disposition",
    "content-encoding",
    "transfer-encoding",
    "host",
    "connection",
    "refresh",
    "cache-control",
    "status",
    "link",
    "referer",
    "cookie",
    "authorization",
    "origin",
    "server",
    "x-forwarded-for",
    "x-forwarded-host",
    "content-security-policy",
    "access-control-allow-origin",
    "strict-transport-security",
    "last-modified",
    "expires",
    "etag",
    "user-agent",
    "x-xss-protection",
    "x-frame-options",
];
/// Headers of mail.
const MAIL_HEADERS: &[&str] =
    &["bcc", "cc", "to", "from", "subject", "reply-to", "mime-version", "return-path", "sender", "x-mailer"];
const LEVELS: &[&str] = &[
    "info", "warn", "warning", "error", "debug", "fatal", "trace", "critical", "notice", "severe", "alert",
    "audit", "emerg", "success",
];
/// A text that is broken into more lines was broken by its author.
const LINES_MAX: usize = 3;

/// What kind of text it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The path, a parameter, a header.
    Line,
    /// A field of a form.
    Form,
    /// A field of a document.
    Document,
}

/// Where a forged header begins, if there is one.
pub(super) fn header(text: &[u8], place: Place) -> Option<usize> {
    let lines: Vec<(usize, &[u8])> = breaks(text).take(64).collect();
    if lines.is_empty() || (place != Place::Line && lines.len() > LINES_MAX + 2) {
        return None;
    }
    let before = &text[..lines[0].0];
    let first = before.trim_ascii();
    // A message of its own, or a letter.
    let document = place != Place::Line
        && (is_labelled(first)
            || contains(first, b" HTTP/1.")
            || first.len() > 80
            || known_header(first).is_some()
            || first.starts_with(b"HTTP/")
            || words(first) > 4);
    if document {
        return None;
    }
    lines.iter().find_map(|&(at, line)| {
        let status = line.starts_with(b"HTTP/1.") || line.starts_with(b"HTTP/2");
        let page = place == Place::Line && starts_page(line);
        // Fields of other languages are in lower case and of one word too.
        let word = line.first().is_some_and(u8::is_ascii_lowercase)
            && !line.iter().take(20).any(|byte| *byte == b'-');
        let forged = match known_header(line) {
            Some(Header::Http) if word && place != Place::Line => line.starts_with(b"location"),
            Some(Header::Http) => true,
            Some(Header::Mail(rare)) => {
                place == Place::Line || words(first) <= 2 && (rare || lines.len() <= 2)
            }
            None => extension(line) && (place == Place::Line || lines.len() <= 2 && words(first) <= 2),
        };
        (status || page || forged).then_some(at)
    })
}

/// Where a forged log line or control character is, if there is one.
pub(super) fn log(text: &[u8], place: Place) -> Option<usize> {
    if let Some(at) = lookup(text) {
        return Some(at);
    }
    let brief = text.len() <= 256;
    let lines: Vec<(usize, &[u8])> = breaks(text).take(64).collect();
    if place == Place::Line || brief && lines.len() <= LINES_MAX {
        let control = |byte: &u8| matches!(byte, 0 | 7 | 8 | 0x0b | 0x0c | 0x1a | 0x1b | 0x7f);
        if let Some(at) = text.iter().position(control) {
            // A page break between paragraphs is no forgery.
            let harmless = place != Place::Line && matches!(text[at], 0x0b | 0x0c);
            if !harmless {
                return Some(at);
            }
        }
    }
    if lines.is_empty() || (place != Place::Line && (lines.len() > LINES_MAX || !brief)) {
        return None;
    }
    let first = text[..lines[0].0].trim_ascii();
    // A log that is sent as one begins as one.
    if is_log_line(first) || (place != Place::Line && words(first) > 4) {
        return None;
    }
    lines
        .iter()
        .find(|(_, line)| is_log_line(line) && (place == Place::Line || !is_label(line)))
        .map(|(at, _)| *at)
}

/// `BEGIN:VCARD`, but no `http://`.
fn is_labelled(line: &[u8]) -> bool {
    let name = line.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'-').count();
    name > 1 && line.get(name) == Some(&b':') && line.get(name + 1) != Some(&b'/')
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

enum Header {
    Http,
    /// And whether letters seldom have it in their text.
    Mail(bool),
}

fn known_header(line: &[u8]) -> Option<Header> {
    let colon = line.iter().take(48).position(|byte| *byte == b':')?;
    let name = std::str::from_utf8(line[..colon].trim_ascii()).ok()?.to_ascii_lowercase();
    if HEADERS.contains(&name.as_str()) {
        Some(Header::Http)
    } else if MAIL_HEADERS.contains(&name.as_str()) {
        Some(Header::Mail(!matches!(name.as_str(), "to" | "from" | "subject" | "sender")))
    } else {
        None
    }
}

/// `X-Anything: …`
fn extension(line: &[u8]) -> bool {
    let name = line.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'-').count();
    line.get(name) == Some(&b':') && name > 2 && matches!(line[0], b'x' | b'X') && line[1] == b'-'
}

fn starts_page(line: &[u8]) -> bool {
    let line = line.trim_ascii_start();
    [&b"<html"[..], b"<script", b"<!doctype", b"<svg", b"<img", b"<body", b"<h1", b"<iframe"]
        .iter()
        .any(|tag| line.get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag)))
}

/// Each line after a break: where the break is, and the line.
fn breaks(text: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let (start, length) = next_break(text, at)?;
            let line = start + length;
            at = line;
            let end = next_break(text, line).map_or(text.len(), |(end, _)| end);
            if end > line {
                return Some((start, text[line..end].trim_ascii_start()));
            }
        }
    })
}

/// The next line break, in any form that some reader takes for one.
fn next_break(text: &[u8], from: usize) -> Option<(usize, usize)> {
    let mut at = from;
    while at < text.len() {
        match &text[at..] {
            [b'\r', b'\n', ..] => return Some((at, 2)),
            [b'\r' | b'\n', ..] => return Some((at, 1)),
            // U+2028, U+2029, U+0085; and U+560A, U+560D, which become LF and CR when cut to a byte.
            [0xe2, 0x80, 0xa8 | 0xa9, ..] => return Some((at, 3)),
            [0xc2, 0x85, ..] => return Some((at, 2)),
            [0xe5, 0x98, 0x8a | 0x8d, ..] => return Some((at, 3)),
            // Written out, for those who unescape once more.
            [b'\\', b'r', b'\\', b'n', ..] => return Some((at, 4)),
            [b'\\', b'n' | b'r', next, ..] if !next.is_ascii_lowercase() => return Some((at, 2)),
            _ => at += 1,
        }
    }
    None
}

fn is_log_line(line: &[u8]) -> bool {
    let text = String::from_utf8_lossy(&line[..line.len().min(128)]).to_ascii_lowercase();
    let text = text.trim_start();
    let bare = text.trim_start_matches(['[', '<', '(', '"', '{']);
    let level = LEVELS.iter().any(|level| {
        bare.strip_prefix(level).is_some_and(|rest| {
            rest.starts_with([']', '|', '>', '\t'])
                || rest.starts_with(": ")
                || rest.starts_with(" [")
                || rest.starts_with(" - ")
                || rest.starts_with(':')
                || (rest.starts_with(' ')
                    && line.first().is_some_and(u8::is_ascii_uppercase)
                    && line.get(1).is_some_and(u8::is_ascii_uppercase))
        })
    });
    let keyed = [
        "level=",
        "level\":",
        "msg=",
        "time=",
        "timestamp=",
        "severity=",
        "time\":",
        "timestamp\":",
        "ts\":",
        "@timestamp\":",
        "msg\":",
        "message\":",
    ]
    .iter()
    .any(|key| bare.starts_with(key));
    level || keyed || dated(bare) || addressed(bare) || prioritised(text)
}

/// `Error: none`, as people label lines.
fn is_label(line: &[u8]) -> bool {
    line.first().is_some_and(u8::is_ascii_alphabetic)
        && line.get(1).is_some_and(u8::is_ascii_lowercase)
        && line.iter().find(|byte| !byte.is_ascii_alphabetic()) == Some(&b':')
}

/// `<34>`
fn prioritised(text: &str) -> bool {
    let digits =
        text.strip_prefix('<').map_or(0, |text| text.chars().take_while(char::is_ascii_digit).count());
    digits > 0 && digits < 4 && text[digits + 1..].starts_with('>')
}

/// `2024-01-31`, `31/Jan/2024`, `Jan 31 10:00:00`, `10:00:00`, `<34>`
fn dated(text: &str) -> bool {
    let shape: String = text
        .chars()
        .take(20)
        .map(|c| {
            if c.is_ascii_digit() {
                '9'
            } else if c.is_ascii_alphabetic() {
                'a'
            } else {
                c
            }
        })
        .collect();
    [
        "9999-99-99 99:99",
        "9999-99-99a99:99",
        "9999/99/99 99:99",
        "9999-99-99",
        "99/aaa/9999",
        "aaa 99 99:99:99",
        "aaa  9 99:99:99",
        "aaa 9 99:99:99",
        "99:99:99",
    ]
    .iter()
    .any(|form| shape.starts_with(form) && (form.len() > 10 || shape.len() > form.len()))
}

/// `10.0.0.1 - - [`
fn addressed(text: &str) -> bool {
    let address: usize = text.chars().take_while(|c| c.is_ascii_digit() || *c == '.').count();
    address >= 7 && text[address..].starts_with(" - ")
}

/// `${jndi:…}` and what hides it.
fn lookup(text: &[u8]) -> Option<usize> {
    let at = text.windows(2).position(|pair| pair == b"${")?;
    let inside: String = String::from_utf8_lossy(&text[at..text.len().min(at + 256)]).to_ascii_lowercase();
    let plain: String = inside.chars().filter(|c| !c.is_whitespace()).collect();
    let nested = plain.matches("${").count() > 1
        && ["lower:", "upper:", "::-", "env:", "sys:", "date:"].iter().any(|lookup| plain.contains(lookup));
    (plain.contains("${jndi:") || nested).then_some(at)
}

fn words(text: &[u8]) -> usize {
    text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).count()
}
