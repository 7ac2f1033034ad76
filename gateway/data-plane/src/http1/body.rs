//! Bodies, in and out of what frames them (RFC 9112, sections 6 and 7).

use agw_core::message::{Chunks, Extent};

#[cfg(test)]
mod tests;

/// The most that may stand between two pieces of content: extensions of a chunk, or trailers. Neither is handed on.
const OVERHEAD_BYTES_MAX: usize = 16 << 10;

/// A body on its way in.
#[derive(Debug)]
pub(super) enum Incoming {
    /// This much of it is still to come.
    Length(u64),
    /// In chunks, after so many bytes without content.
    Chunked(Chunks, usize),
    /// It ends with the connection.
    UntilClose,
}

/// There is no end to it.
#[derive(Debug)]
pub(super) struct Malformed;

impl Incoming {
    /// A request's.
    pub(super) fn of(extent: &Extent) -> Self {
        match extent {
            Extent::Length(bytes) => Self::Length(*bytes),
            Extent::Chunked(chunks) => Self::Chunked(chunks.clone(), 0),
            Extent::Open => Self::Length(0),
        }
    }

    /// Whether all of it is there.
    pub(super) fn is_over(&self) -> bool {
        matches!(self, Self::Length(0) | Self::Chunked(Chunks::Over, _))
    }

    /// Takes from the beginning of `bytes` what belongs to the body, and hands on what is content. Tells how many bytes were taken.
    pub(super) fn take(&mut self, bytes: &[u8], mut content: impl FnMut(&[u8])) -> Result<usize, Malformed> {
        match self {
            Self::Length(left) => {
                let taken = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                *left -= taken as u64;
                if taken > 0 {
                    content(&bytes[..taken]);
                }
                Ok(taken)
            }
            Self::UntilClose => {
                content(bytes);
                Ok(bytes.len())
            }
            Self::Chunked(chunks, overhead) => {
                let mut at = 0;
                while at < bytes.len() && *chunks != Chunks::Over {
                    let (taken, is_content) = chunks.step(&bytes[at..]);
                    *overhead = if is_content { 0 } else { *overhead + taken };
                    if *chunks == Chunks::Broken || *overhead > OVERHEAD_BYTES_MAX {
                        return Err(Malformed);
                    }
                    if is_content {
                        content(&bytes[at..at + taken]);
                    }
                    at += taken;
                }
                Ok(at)
            }
        }
    }
}

/// A body on its way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outgoing {
    /// There is none.
    Empty,
    /// This much of it is still to be sent.
    Length(u64),
    /// In chunks.
    Chunked,
    /// It ends with the connection.
    UntilClose,
}

impl Outgoing {
    /// Adds a piece; what is too much is left out. Tells how many bytes of it were added.
    pub(super) fn push(&mut self, out: &mut Vec<u8>, piece: &[u8]) -> usize {
        match self {
            Self::Empty => return 0,
            Self::Length(left) => {
                let taken = usize::try_from(*left).unwrap_or(usize::MAX).min(piece.len());
                *left -= taken as u64;
                out.extend_from_slice(&piece[..taken]);
                return taken;
            }
            // A chunk of no bytes would be the last one.
            Self::Chunked if piece.is_empty() => {}
            Self::Chunked => {
                push_hex(out, piece.len());
                out.extend_from_slice(b"\r\n");
                out.extend_from_slice(piece);
                out.extend_from_slice(b"\r\n");
            }
            Self::UntilClose => out.extend_from_slice(piece),
        }
        piece.len()
    }

    /// Ends it. False when something is missing.
    pub(super) fn finish(&mut self, out: &mut Vec<u8>) -> bool {
        match self {
            Self::Chunked => out.extend_from_slice(b"0\r\n\r\n"),
            Self::Length(1..) => return false,
            Self::Empty | Self::Length(0) | Self::UntilClose => {}
        }
        true
    }
}

fn push_hex(out: &mut Vec<u8>, number: usize) {
    let digits = (usize::BITS - number.leading_zeros()).div_ceil(4).max(1);
    for digit in (0..digits).rev() {
        out.push(b"0123456789abcdef"[number >> (4 * digit) & 15]);
    }
}
