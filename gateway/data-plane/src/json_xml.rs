//! JSON as XML, while it passes.
//!
//! Every value is an element: the document `json`, a member of an object by its name, an item of an array `item`. The attribute
//! `type` says `object`, `array`, `number`, `boolean` or `null`; without it the value is a string. Numbers stand as they were
//! written. Names are escaped as [`xml::push_name`] says, and a character that XML cannot carry is `<char code="HEX"/>`. So nothing is
//! lost, and no two documents become the same.
//!
//! What it holds is bounded by the depth and by the longest name or number, never by the size of the document.

use crate::xml;
use std::fmt::Write as _;
use utf8::Utf8;

#[cfg(test)]
mod tests;
mod utf8;

/// As deep as common parsers of JSON go.
const DEPTH_MAX: usize = 128;
/// The longest name or number, in bytes.
const TOKEN_BYTES_MAX: usize = 64 << 10;

const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// The input is not JSON (RFC 8259), or deeper or with longer names than is reasonable.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the body is not JSON")]
pub(crate) struct NotJson;

/// A document on its way.
#[derive(Debug)]
pub(crate) struct JsonXml {
    out: String,
    expect: Expect,
    /// The elements that are open, the document first.
    open: Vec<Open>,
    /// The name of the member, the number or the literal that is being read.
    token: String,
    /// The first half of a character that JSON writes as two escapes.
    surrogate: Option<u16>,
    utf8: Utf8,
}

#[derive(Debug)]
struct Open {
    /// As it stands in the tag.
    name: String,
    is_array: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expect {
    /// Nothing was read but blanks.
    Document,
    Value,
    /// A value, or the end of the array that has just begun.
    FirstItem,
    /// A name, or the end of the object that has just begun.
    FirstName,
    Name,
    Colon,
    CommaOrEnd,
    Text(In),
    Escape(In),
    /// So many digits of a `\u` are missing; these were there.
    Unicode(In, u8, u16),
    /// The rest of a number or literal.
    Token,
    Nothing,
}

/// What a string is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum In {
    Name,
    Value,
}

impl JsonXml {
    pub(crate) fn new() -> Self {
        Self {
            out: DECLARATION.to_owned(),
            expect: Expect::Document,
            open: Vec::new(),
            token: String::new(),
            surrogate: None,
            utf8: Utf8::default(),
        }
    }

    /// Takes a piece of the input; returns what became of it.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Result<String, NotJson> {
        self.out.reserve(bytes.len());
        for &byte in bytes {
            if let Some(character) = self.utf8.push(byte)? {
                self.take(character)?;
            }
        }
        Ok(std::mem::take(&mut self.out))
    }

    /// The rest, once the input is at its end. Nothing at all becomes nothing at all.
    pub(crate) fn finish(&mut self) -> Result<String, NotJson> {
        if self.expect == Expect::Token {
            self.end_token()?;
        }
        let whole = matches!(self.expect, Expect::Nothing | Expect::Document) && self.utf8.is_between();
        if whole { Ok(std::mem::take(&mut self.out)) } else { Err(NotJson) }
    }

    fn take(&mut self, character: char) -> Result<(), NotJson> {
        let is_blank = matches!(character, ' ' | '\t' | '\n' | '\r');
        match (self.expect, character) {
            (Expect::Text(place), _) => self.text(place, character),
            (Expect::Escape(place), _) => self.escape(place, character),
            (Expect::Unicode(place, missing, digits), _) => self.unicode(place, missing, digits, character),
            (Expect::Token, ',' | ']' | '}') => {
                self.end_token()?;
                self.take(character)
            }
            (Expect::Token, _) if is_blank => self.end_token(),
            (Expect::Token, _) => self.push_token(character),
            (_, _) if is_blank => Ok(()),
            (Expect::FirstItem, ']') | (Expect::FirstName, '}') => self.end(character),
            (Expect::Document | Expect::Value | Expect::FirstItem, _) => self.begin(character),
            (Expect::FirstName | Expect::Name, '"') => {
                self.token.clear();
                self.expect = Expect::Text(In::Name);
                Ok(())
            }
            (Expect::Colon, ':') => {
                self.expect = Expect::Value;
                Ok(())
            }
            (Expect::CommaOrEnd, ',') => {
                let in_array = self.open.last().is_some_and(|open| open.is_array);
                self.expect = if in_array { Expect::Value } else { Expect::Name };
                Ok(())
            }
            (Expect::CommaOrEnd, ']' | '}') => self.end(character),
            _ => Err(NotJson),
        }
    }

    /// The first character of a value.
    fn begin(&mut self, character: char) -> Result<(), NotJson> {
        match character {
            '{' | '[' => {
                let is_array = character == '[';
                self.start_tag(Some(if is_array { "array" } else { "object" }), is_array)?;
                self.expect = if is_array { Expect::FirstItem } else { Expect::FirstName };
            }
            '"' => {
                self.start_tag(None, false)?;
                self.expect = Expect::Text(In::Value);
            }
            _ => {
                let kind = match character {
                    't' | 'f' => "boolean",
                    'n' => "null",
                    '-' | '0'..='9' => "number",
                    _ => return Err(NotJson),
                };
                self.start_tag(Some(kind), false)?;
                self.token.clear();
                self.token.push(character);
                self.expect = Expect::Token;
            }
        }
        Ok(())
    }

    fn start_tag(&mut self, kind: Option<&str>, is_array: bool) -> Result<(), NotJson> {
        if self.open.len() >= DEPTH_MAX {
            return Err(NotJson);
        }
        let mut name = String::new();
        match self.open.last() {
            None => name.push_str("json"),
            Some(parent) if parent.is_array => name.push_str("item"),
            Some(_) => xml::push_name(&mut name, &self.token),
        }
        // Writing to a String cannot fail.
        let _ = match kind {
            Some(kind) => write!(self.out, "<{name} type=\"{kind}\">"),
            None => write!(self.out, "<{name}>"),
        };
        self.open.push(Open { name, is_array });
        Ok(())
    }

    fn end_tag(&mut self) {
        if let Some(Open { name, .. }) = self.open.pop() {
            let _ = write!(self.out, "</{name}>");
        }
        self.expect = if self.open.is_empty() { Expect::Nothing } else { Expect::CommaOrEnd };
    }

    /// The end of an array or object, which must be the kind that is open.
    fn end(&mut self, character: char) -> Result<(), NotJson> {
        let is_array = self.open.last().is_some_and(|open| open.is_array);
        if is_array != (character == ']') {
            return Err(NotJson);
        }
        self.end_tag();
        Ok(())
    }

    fn text(&mut self, place: In, character: char) -> Result<(), NotJson> {
        match character {
            '\\' => self.expect = Expect::Escape(place),
            '"' => {
                self.lone_surrogate(place)?;
                match place {
                    In::Name => self.expect = Expect::Colon,
                    In::Value => self.end_tag(),
                }
            }
            '\0'..='\u{1f}' => return Err(NotJson),
            _ => self.push_text(place, character)?,
        }
        Ok(())
    }

    fn escape(&mut self, place: In, character: char) -> Result<(), NotJson> {
        let meant = match character {
            '"' | '\\' | '/' => character,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                self.expect = Expect::Unicode(place, 4, 0);
                return Ok(());
            }
            _ => return Err(NotJson),
        };
        self.expect = Expect::Text(place);
        self.push_text(place, meant)
    }

    fn unicode(&mut self, place: In, missing: u8, digits: u16, character: char) -> Result<(), NotJson> {
        let digit = character.to_digit(16).and_then(|digit| u16::try_from(digit).ok()).ok_or(NotJson)?;
        let unit = digits << 4 | digit;
        if missing > 1 {
            self.expect = Expect::Unicode(place, missing - 1, unit);
            return Ok(());
        }
        self.expect = Expect::Text(place);
        match (self.surrogate.take(), unit) {
            (Some(high), 0xdc00..=0xdfff) => {
                let both = char::decode_utf16([high, unit]).next();
                self.push_text(place, both.and_then(Result::ok).ok_or(NotJson)?)
            }
            (high, _) => {
                self.surrogate = high;
                self.lone_surrogate(place)?;
                match unit {
                    0xd800..=0xdbff => self.surrogate = Some(unit),
                    0xdc00..=0xdfff => self.push_code(place, unit)?,
                    _ => self.push_text(place, char::from_u32(u32::from(unit)).ok_or(NotJson)?)?,
                }
                Ok(())
            }
        }
    }

    fn push_text(&mut self, place: In, character: char) -> Result<(), NotJson> {
        self.lone_surrogate(place)?;
        match place {
            In::Name => return self.push_token(character),
            In::Value => {
                if !xml::push_char(&mut self.out, character) {
                    let _ = write!(self.out, "<char code=\"{:04X}\"/>", u32::from(character));
                }
            }
        }
        Ok(())
    }

    /// Half a character that has no other half.
    fn lone_surrogate(&mut self, place: In) -> Result<(), NotJson> {
        self.surrogate.take().map_or(Ok(()), |unit| self.push_code(place, unit))
    }

    fn push_code(&mut self, place: In, unit: u16) -> Result<(), NotJson> {
        match place {
            // A name could not be told from another one.
            In::Name => Err(NotJson),
            In::Value => {
                let _ = write!(self.out, "<char code=\"{unit:04X}\"/>");
                Ok(())
            }
        }
    }

    fn push_token(&mut self, character: char) -> Result<(), NotJson> {
        if self.token.len() >= TOKEN_BYTES_MAX {
            return Err(NotJson);
        }
        self.token.push(character);
        Ok(())
    }

    fn end_token(&mut self) -> Result<(), NotJson> {
        match self.token.as_str() {
            "null" => {}
            token if matches!(token, "true" | "false") || is_number(token) => self.out.push_str(token),
            _ => return Err(NotJson),
        }
        self.end_tag();
        Ok(())
    }
}

/// RFC 8259 section 6.
fn is_number(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let power = |text: &str| digits(text.strip_prefix(['+', '-']).unwrap_or(text));
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(power)
}
