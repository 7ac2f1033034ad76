//! The texts within the first bytes of a body. The end may be cut off anywhere.

use std::borrow::Cow;

/// More fields are not looked at.
const FIELDS_MAX: usize = 1024;

/// How a body is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyKind {
    /// `application/x-www-form-urlencoded`
    Form,
    /// JSON.
    Json,
    /// XML and HTML.
    Xml,
    /// `multipart/form-data`
    Multipart,
    /// Any other text.
    Plain,
}

impl BodyKind {
    /// How a body of this content type is read; `None` when it is not text. Without a type it is read as what it looks like.
    #[must_use]
    pub fn of(content_type: Option<&str>) -> Option<Self> {
        let Some(content_type) = content_type else { return Some(Self::Plain) };
        let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if kind == "application/x-www-form-urlencoded" {
            Some(Self::Form)
        } else if kind.ends_with("json") {
            Some(Self::Json)
        } else if kind.ends_with("xml") {
            Some(Self::Xml)
        } else if kind == "multipart/form-data" {
            Some(Self::Multipart)
        } else if kind.starts_with("text/") || kind == "application/graphql" || kind.is_empty() {
            Some(Self::Plain)
        } else {
            None
        }
    }

    /// What it looks like, if its type does not say more than that it is text.
    pub(super) fn refined(self, body: &[u8]) -> Self {
        let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
        match (self, first) {
            (Self::Plain | Self::Form, Some(b'{' | b'[')) => Self::Json,
            (Self::Plain, Some(b'<')) => Self::Xml,
            (Self::Plain, _) if looks_like_form(body) => Self::Form,
            _ => self,
        }
    }
}

fn looks_like_form(body: &[u8]) -> bool {
    let name = body
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'[' | b']'))
        .count();
    name > 0 && body.get(name) == Some(&b'=') && !body.iter().any(u8::is_ascii_whitespace)
}

/// Calls `visit` with each field's name and text until it returns true.
pub(super) fn fields(kind: BodyKind, body: &[u8], visit: &mut dyn FnMut(&[u8], &[u8]) -> bool) {
    let mut left = FIELDS_MAX;
    let mut bounded = |name: &[u8], text: &[u8]| {
        left = left.saturating_sub(1);
        visit(name, text) || left == 0
    };
    match kind {
        BodyKind::Form => {
            for pair in body.split(|byte| *byte == b'&') {
                let equals = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
                let (name, text) = (&pair[..equals], pair.get(equals + 1..).unwrap_or_default());
                if bounded(name, text) || bounded(name, name) {
                    return;
                }
            }
        }
        BodyKind::Json => json(body, &mut bounded),
        BodyKind::Xml => xml(body, &mut bounded),
        BodyKind::Multipart => multipart(body, &mut bounded),
        BodyKind::Plain => {
            bounded(b"", body);
        }
    }
}

/// The texts of JSON, each with the name of the field it is in; names are texts themselves. What is no text has no injection in
/// it, unless it is no JSON either: then that is handed over as it is.
fn json(body: &[u8], visit: &mut dyn FnMut(&[u8], &[u8]) -> bool) {
    let mut name: Vec<u8> = Vec::new();
    let mut at = 0;
    let mut bare: Option<usize> = None;
    while at < body.len() {
        if body[at] != b'"' {
            let structure = body[at].is_ascii_whitespace() || b"{}[],:".contains(&body[at]);
            match bare {
                None if !structure => bare = Some(at),
                Some(from) if b"{}[],:\n".contains(&body[at]) => {
                    let word = body[from..at].trim_ascii();
                    if !is_json_word(word) && visit(&name, word) {
                        return;
                    }
                    bare = None;
                }
                _ => {}
            }
            at += 1;
            continue;
        }
        if let Some(from) = bare.take()
            && !is_json_word(body[from..at].trim_ascii())
            && visit(&name, &body[from..at])
        {
            return;
        }
        let (text, end) = json_text(&body[at + 1..]);
        at += 1 + end;
        let is_name = body[at..].iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':');
        if visit(if is_name { b"" } else { &name }, &text) {
            return;
        }
        if is_name {
            name = text.into_owned();
        }
    }
    if let Some(from) = bare {
        let word = body[from..].trim_ascii();
        if !is_json_word(word) {
            visit(&name, word);
        }
    }
}

fn is_json_word(word: &[u8]) -> bool {
    word.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'+'))
}

/// The text up to its closing quote, unescaped, and where that quote ends.
fn json_text(text: &[u8]) -> (Cow<'_, [u8]>, usize) {
    let plain = text.iter().position(|byte| matches!(byte, b'"' | b'\\')).unwrap_or(text.len());
    if text.get(plain) != Some(&b'\\') {
        return (Cow::Borrowed(&text[..plain]), (plain + 1).min(text.len()));
    }
    let mut out = text[..plain].to_vec();
    let mut at = plain;
    while at < text.len() {
        match (text[at], text.get(at + 1)) {
            (b'"', _) => return (Cow::Owned(out), at + 1),
            (b'\\', Some(b'u')) => {
                let digits = text.get(at + 2..at + 6).and_then(|digits| std::str::from_utf8(digits).ok());
                let value = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()).unwrap_or(0xfffd);
                let char = char::from_u32(value).unwrap_or('\u{fffd}');
                out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
                at += 6;
            }
            (b'\\', Some(&escaped)) => {
                out.push(match escaped {
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    b'b' => 8,
                    b'f' => 0x0c,
                    other => other,
                });
                at += 2;
            }
            (byte, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    (Cow::Owned(out), text.len())
}

/// The texts between tags and the values of attributes.
fn xml(body: &[u8], visit: &mut dyn FnMut(&[u8], &[u8]) -> bool) {
    let mut at = 0;
    while at < body.len() {
        let end = body[at..].iter().position(|byte| *byte == b'<').map_or(body.len(), |end| at + end);
        let text = body[at..end].trim_ascii();
        if !text.is_empty() && visit(b"", &without_entities(text)) {
            return;
        }
        let Some(tag) = body.get(end + 1..) else { return };
        if let Some(data) = tag.strip_prefix(b"![CDATA[") {
            let close = data.windows(3).position(|window| window == b"]]>").unwrap_or(data.len());
            if visit(b"", &data[..close]) {
                return;
            }
            at = end + 1 + 8 + close + 3;
            continue;
        }
        let close = tag_end(tag);
        let mut rest = &tag[..close];
        while let Some(open) = rest.iter().position(|byte| matches!(byte, b'"' | b'\'')) {
            let quote = rest[open];
            let value = &rest[open + 1..];
            let length = value.iter().position(|byte| *byte == quote).unwrap_or(value.len());
            if visit(b"", &without_entities(&value[..length])) {
                return;
            }
            rest = value.get(length + 1..).unwrap_or_default();
        }
        at = end + 1 + close + 1;
    }
}

/// Where a tag ends; a `>` within quotes does not end it.
fn tag_end(tag: &[u8]) -> usize {
    let mut quote = None;
    for (at, byte) in tag.iter().enumerate() {
        match (quote, byte) {
            (None, b'>') => return at,
            (None, b'"' | b'\'') => quote = Some(*byte),
            (Some(open), _) if *byte == open => quote = None,
            _ => {}
        }
    }
    tag.len()
}

fn without_entities(text: &[u8]) -> Cow<'_, [u8]> {
    if !text.contains(&b'&') {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let end = text[at..].iter().take(10).position(|byte| *byte == b';').filter(|_| text[at] == b'&');
        let char = end.and_then(|end| entity(&text[at + 1..at + end]));
        match (char, end) {
            (Some(char), Some(end)) => {
                out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
                at += end + 1;
            }
            _ => {
                out.push(text[at]);
                at += 1;
            }
        }
    }
    Cow::Owned(out)
}

fn entity(name: &[u8]) -> Option<char> {
    match name {
        b"lt" => Some('<'),
        b"gt" => Some('>'),
        b"amp" => Some('&'),
        b"quot" => Some('"'),
        b"apos" => Some('\''),
        [b'#', b'x' | b'X', digits @ ..] => {
            char::from_u32(u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?)
        }
        [b'#', digits @ ..] => char::from_u32(std::str::from_utf8(digits).ok()?.parse().ok()?),
        _ => None,
    }
}

/// The fields of a form; of files their names alone.
fn multipart(body: &[u8], visit: &mut dyn FnMut(&[u8], &[u8]) -> bool) {
    let end = body.windows(2).position(|pair| pair == b"\r\n").unwrap_or(body.len());
    let boundary = &body[..end];
    if boundary.len() < 3 {
        return;
    }
    let mut rest = body.get(end..).unwrap_or_default();
    while !rest.is_empty() {
        let part_end = rest.windows(boundary.len()).position(|window| window == boundary);
        let part = &rest[..part_end.unwrap_or(rest.len())];
        if let Some(blank) = part.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&part[..blank]);
            let parameter = |name: &str| {
                let from = head.find(&format!("{name}=\""))? + name.len() + 2;
                head[from..].split('"').next()
            };
            let text = part[blank + 4..].strip_suffix(b"\r\n").unwrap_or(&part[blank + 4..]);
            let name = parameter("; name").unwrap_or_default().as_bytes();
            let done = match parameter("; filename") {
                Some(file) => visit(name, file.as_bytes()),
                None => visit(name, text),
            };
            if done {
                return;
            }
        }
        rest = part_end.and_then(|end| rest.get(end + boundary.len()..)).unwrap_or_default();
    }
}
