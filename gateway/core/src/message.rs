//! Where an HTTP/1 message ends, so that what follows it on the connection is left for the next one.
//!
//! Only the borders are found here; whether a head has one reading is for [`crate::framing`]. Chunks are read to the letter of
//! RFC 9112: what is malformed is broken, and not guessed at.

use crate::framing::Framing;
use memchr::memchr;

#[cfg(test)]
mod tests;

/// The end of the first head in `bytes`: the index after its empty line, however its lines end. `searched` bytes from the
/// beginning were already looked at without success.
#[must_use]
pub fn head_end(bytes: &[u8], searched: usize) -> Option<usize> {
    let empty_line = |at: usize| match bytes[at..] {
        [b'\n', ..] => Some(at + 1),
        [b'\r', b'\n', ..] => Some(at + 2),
        _ => None,
    };
    if let Some(end) = empty_line(0) {
        return Some(end);
    }
    // The empty line may lie across the border: its own two bytes and the line feed before them.
    let mut from = searched.saturating_sub(2);
    while let Some(offset) = memchr(b'\n', &bytes[from..]) {
        from += offset + 1;
        if let Some(end) = empty_line(from) {
            return Some(end);
        }
    }
    None
}

/// How much of what follows a head belongs to its message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Extent {
    /// This many more bytes; 0 is the end.
    Length(u64),
    /// Chunks.
    Chunked(Chunks),
    /// Everything: the connection may become another protocol's.
    Open,
}

impl Extent {
    /// Whether it was found that there is no end.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        matches!(self, Self::Chunked(Chunks::Broken))
    }

    /// Whether the message is over.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self, Self::Length(0) | Self::Chunked(Chunks::Over))
    }

    /// How many of the next bytes belong to the message; they are taken as read.
    pub fn take(&mut self, bytes: &[u8]) -> usize {
        match self {
            Self::Length(left) => {
                let taken = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                *left -= taken as u64;
                taken
            }
            Self::Chunked(chunks) => chunks.take(bytes),
            Self::Open => bytes.len(),
        }
    }
}

impl From<Framing> for Extent {
    fn from(framing: Framing) -> Self {
        match framing {
            Framing::Empty => Self::Length(0),
            Framing::Length(bytes) => Self::Length(bytes),
            Framing::Chunked => Self::Chunked(Chunks::default()),
            Framing::Upgrade => Self::Open,
        }
    }
}

/// How far a chunked body (RFC 9112, section 7.1) has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Chunks {
    /// Before a size.
    #[default]
    Start,
    /// Within a size.
    Size(u64),
    /// After a size, within the rest of its line.
    Extension(u64),
    /// Before the line feed of a size's line.
    SizeEnd(u64),
    /// Within a chunk's data.
    Data(u64),
    /// Before the carriage return after data.
    DataEnd,
    /// Before the line feed after data.
    DataEndLf,
    /// At the beginning of a line after the last chunk.
    Trailer,
    /// Within a trailer's line.
    TrailerLine,
    /// Before the line feed of a trailer's line.
    TrailerLineLf,
    /// Before the line feed that ends everything.
    LastLf,
    /// After the end.
    Over,
    /// Malformed: there is no end.
    Broken,
}

impl Chunks {
    fn take(&mut self, bytes: &[u8]) -> usize {
        let mut at = 0;
        while at < bytes.len() && *self != Self::Over {
            at += self.step(&bytes[at..]).0;
        }
        at
    }

    /// Takes as many of the next bytes, one at least, as are all content or all not; which of the two, is told beside their number.
    /// Nothing is taken of no bytes, nor after the end.
    pub fn step(&mut self, bytes: &[u8]) -> (usize, bool) {
        match (&mut *self, bytes) {
            (Self::Over, _) | (_, []) => (0, false),
            (Self::Broken, _) => (bytes.len(), false),
            (Self::Data(left), _) => {
                let taken = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                *left -= taken as u64;
                if *left == 0 {
                    *self = Self::DataEnd;
                }
                (taken, true)
            }
            (_, [byte, ..]) => {
                *self = self.after(*byte);
                (1, false)
            }
        }
    }

    fn after(&self, byte: u8) -> Self {
        match (self, byte) {
            (Self::Start, _) => hex_digit(byte).map_or(Self::Broken, Self::Size),
            (&Self::Size(size) | &Self::Extension(size), b'\r') => Self::SizeEnd(size),
            (&Self::Size(size), b';') => Self::Extension(size),
            (&Self::Size(size), _) => match (hex_digit(byte), size.checked_mul(16)) {
                // As with lengths: a larger number is negative to some readers.
                (Some(digit), Some(size)) if i64::try_from(size | digit).is_ok() => Self::Size(size | digit),
                _ => Self::Broken,
            },
            (Self::Extension(_), 0..=8 | 10..=31 | 127) => Self::Broken,
            (&Self::Extension(size), _) => Self::Extension(size),
            (Self::SizeEnd(0), b'\n') => Self::Trailer,
            (&Self::SizeEnd(size), b'\n') => Self::Data(size),
            (Self::DataEnd, b'\r') => Self::DataEndLf,
            (Self::DataEndLf, b'\n') => Self::Start,
            (Self::Trailer, b'\r') => Self::LastLf,
            (Self::LastLf, b'\n') => Self::Over,
            (Self::Trailer | Self::TrailerLine, b'\n') => Self::Broken,
            (Self::TrailerLine, b'\r') => Self::TrailerLineLf,
            (Self::Trailer | Self::TrailerLine, _) => Self::TrailerLine,
            (Self::TrailerLineLf, b'\n') => Self::Trailer,
            _ => Self::Broken,
        }
    }
}

fn hex_digit(byte: u8) -> Option<u64> {
    char::from(byte).to_digit(16).map(u64::from)
}
