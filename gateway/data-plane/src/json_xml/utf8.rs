//! Characters of a text that arrives in pieces.

use super::NotJson;

/// The bytes of a character that is not whole yet.
#[derive(Debug, Default)]
pub(super) struct Utf8 {
    bytes: [u8; 4],
    there: usize,
}

impl Utf8 {
    /// The character that this byte completes.
    pub(super) fn push(&mut self, byte: u8) -> Result<Option<char>, NotJson> {
        if self.there == 0 && byte.is_ascii() {
            return Ok(Some(char::from(byte)));
        }
        let free = self.bytes.get_mut(self.there).ok_or(NotJson)?;
        *free = byte;
        self.there += 1;
        match std::str::from_utf8(&self.bytes[..self.there]) {
            Ok(text) => {
                self.there = 0;
                Ok(text.chars().next())
            }
            Err(error) if error.error_len().is_none() => Ok(None),
            Err(_) => Err(NotJson),
        }
    }

    /// Whether no character has begun.
    pub(super) fn is_between(&self) -> bool {
        self.there == 0
    }
}
