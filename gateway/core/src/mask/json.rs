//! Masks fields of JSON as it passes, without ever holding more of it than a name.

use super::{MASKED, Mask};

/// Deeper than any sensible body; what lies deeper is masked whole.
const DEPTH_MAX: usize = 128;

/// Reads JSON in pieces, split anywhere, and writes it with the values of hidden fields replaced. From the first byte that is not
/// JSON nothing more is written but a final `***`: what cannot be read cannot be masked field by field.
#[derive(Debug)]
pub struct JsonMasker<'m> {
    mask: &'m Mask,
    /// The containers around the present place, innermost last.
    containers: Vec<Container>,
    expects: Expects,
    /// The depth of the hidden value being passed over, if one is.
    hiding: Option<usize>,
    token: Token,
    /// The name being read, unescaped as far as it can still be one that is hidden.
    name: Vec<u8>,
    name_too_long: bool,
    broken: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Container {
    Array,
    Object,
}

/// What may come next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expects {
    Value,
    /// A value, or the end of the array just begun.
    ValueOrEnd,
    Name,
    /// A name, or the end of the object just begun.
    NameOrEnd,
    Colon,
    CommaOrEnd,
}

/// What is in the middle of being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    None,
    Text {
        is_name: bool,
        escape: Escape,
    },
    /// A number, `true`, `false` or `null`; their letters are not checked.
    Word,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Escape {
    None,
    Begun,
    /// So many hexadecimal digits of `\uXXXX` are there, with this value.
    Unicode(u8, u16),
}

impl<'m> JsonMasker<'m> {
    pub(super) fn new(mask: &'m Mask) -> Self {
        Self {
            mask,
            containers: Vec::new(),
            expects: Expects::Value,
            hiding: None,
            token: Token::None,
            name: Vec::new(),
            name_too_long: false,
            broken: false,
        }
    }

    /// Reads a piece and appends what may be shown of it.
    pub fn push(&mut self, piece: &[u8], shown: &mut Vec<u8>) {
        for &byte in piece {
            if self.broken {
                return;
            }
            if !self.byte(byte, shown) {
                self.broken = true;
                shown.extend_from_slice(MASKED.as_bytes());
            }
        }
    }

    /// False when the byte cannot stand here.
    fn byte(&mut self, byte: u8, shown: &mut Vec<u8>) -> bool {
        match self.token {
            Token::Text { is_name, escape } => return self.text(byte, is_name, escape, shown),
            Token::Word if byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.') => {
                self.show(byte, shown);
                return true;
            }
            Token::Word => {
                self.token = Token::None;
                self.value_ended();
            }
            Token::None => {}
        }
        match (byte, self.expects) {
            (b' ' | b'\t' | b'\n' | b'\r', _) => self.show(byte, shown),
            (b'"', Expects::Name | Expects::NameOrEnd) => {
                self.name.clear();
                self.name_too_long = false;
                self.show(byte, shown);
                self.token = Token::Text { is_name: true, escape: Escape::None };
            }
            (b'"', Expects::Value | Expects::ValueOrEnd) => {
                self.show(byte, shown);
                self.token = Token::Text { is_name: false, escape: Escape::None };
            }
            (b'{', Expects::Value | Expects::ValueOrEnd) => {
                return self.begin(Container::Object, byte, shown);
            }
            (b'[', Expects::Value | Expects::ValueOrEnd) => {
                return self.begin(Container::Array, byte, shown);
            }
            (b'}', Expects::NameOrEnd | Expects::CommaOrEnd) => {
                return self.end(Container::Object, byte, shown);
            }
            (b']', Expects::ValueOrEnd | Expects::CommaOrEnd) => {
                return self.end(Container::Array, byte, shown);
            }
            (b':', Expects::Colon) => {
                self.show(byte, shown);
                self.expects = Expects::Value;
                if self.hiding.is_none() && self.name_is_hidden() {
                    shown.extend_from_slice(b"\"***\"");
                    self.hiding = Some(self.containers.len());
                }
            }
            (b',', Expects::CommaOrEnd) => {
                self.show(byte, shown);
                self.expects = match self.containers.last() {
                    Some(Container::Object) => Expects::Name,
                    Some(Container::Array) => Expects::Value,
                    None => return false,
                };
            }
            (b'0'..=b'9' | b'-' | b't' | b'f' | b'n', Expects::Value | Expects::ValueOrEnd) => {
                self.show(byte, shown);
                self.token = Token::Word;
            }
            _ => return false,
        }
        true
    }

    fn text(&mut self, byte: u8, is_name: bool, escape: Escape, shown: &mut Vec<u8>) -> bool {
        self.show(byte, shown);
        let mut plain = None;
        let next = match (escape, byte) {
            (Escape::None, b'"') => {
                self.token = Token::None;
                if is_name {
                    self.expects = Expects::Colon;
                } else {
                    self.value_ended();
                }
                return true;
            }
            (Escape::None, b'\\') => Escape::Begun,
            (Escape::None, _) => {
                plain = Some(byte);
                Escape::None
            }
            (Escape::Begun, b'u') => Escape::Unicode(0, 0),
            (Escape::Begun, _) => {
                plain = Some(byte);
                Escape::None
            }
            (Escape::Unicode(digits, value), _) => {
                let Some(digit) = char::from(byte).to_digit(16) else {
                    return false;
                };
                // Four digits fit.
                let value = (value << 4) | digit as u16;
                if digits < 3 {
                    Escape::Unicode(digits + 1, value)
                } else {
                    if is_name {
                        self.name_char(char::from_u32(value.into()).unwrap_or('\u{fffd}'));
                    }
                    Escape::None
                }
            }
        };
        if let (true, Some(byte)) = (is_name, plain) {
            self.name_bytes(&[byte]);
        }
        self.token = Token::Text { is_name, escape: next };
        true
    }

    fn name_char(&mut self, character: char) {
        let mut bytes = [0; 4];
        let text = character.encode_utf8(&mut bytes).len();
        self.name_bytes(&bytes[..text]);
    }

    fn name_bytes(&mut self, bytes: &[u8]) {
        if self.name.len() + bytes.len() <= self.mask.field_bytes_max() {
            self.name.extend_from_slice(bytes);
        } else {
            self.name_too_long = true;
        }
    }

    fn name_is_hidden(&self) -> bool {
        !self.name_too_long && std::str::from_utf8(&self.name).is_ok_and(|name| self.mask.hides_field(name))
    }

    fn begin(&mut self, container: Container, byte: u8, shown: &mut Vec<u8>) -> bool {
        if self.containers.len() >= DEPTH_MAX {
            return false;
        }
        self.show(byte, shown);
        self.containers.push(container);
        self.expects = match container {
            Container::Array => Expects::ValueOrEnd,
            Container::Object => Expects::NameOrEnd,
        };
        true
    }

    fn end(&mut self, container: Container, byte: u8, shown: &mut Vec<u8>) -> bool {
        if self.containers.last() != Some(&container) {
            return false;
        }
        self.containers.pop();
        self.show(byte, shown);
        self.value_ended();
        true
    }

    fn value_ended(&mut self) {
        self.expects = Expects::CommaOrEnd;
        if self.hiding == Some(self.containers.len()) {
            self.hiding = None;
        }
    }

    fn show(&self, byte: u8, shown: &mut Vec<u8>) {
        if self.hiding.is_none() {
            shown.push(byte);
        }
    }
}
