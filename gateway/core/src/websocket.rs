//! Frames of WebSockets (RFC 6455 section 5.2), as far as somebody in between has to know them.

#[cfg(test)]
mod tests;

/// A ping without a payload, unmasked as servers send it (section 5.5.2).
pub const PING: [u8; 2] = [0x89, 0];
/// The longest header: two bytes, eight of length, four of mask.
const HEADER_BYTES_MAX: usize = 14;

/// Follows the frames of one direction to know when none is under way: only then may another be put between.
#[derive(Clone, Debug, Default)]
pub struct Frames {
    header: [u8; HEADER_BYTES_MAX],
    /// Of the header that is under way.
    header_bytes: usize,
    /// Of the frame whose header is complete.
    payload_left: u64,
}

impl Frames {
    /// Takes note of bytes that pass.
    pub fn pass(&mut self, mut bytes: &[u8]) {
        while let Some((&first, rest)) = bytes.split_first() {
            if self.payload_left > 0 {
                let skipped = usize::try_from(self.payload_left).unwrap_or(usize::MAX).min(bytes.len());
                self.payload_left -= skipped as u64;
                bytes = &bytes[skipped..];
                continue;
            }
            self.header[self.header_bytes] = first;
            self.header_bytes += 1;
            bytes = rest;
            if let Some(payload) = payload_bytes(&self.header[..self.header_bytes]) {
                self.payload_left = payload;
                self.header_bytes = 0;
            }
        }
    }

    /// Whether the last frame is complete.
    #[must_use]
    pub fn are_complete(&self) -> bool {
        self.header_bytes == 0 && self.payload_left == 0
    }
}

/// The length of the payload after a complete header.
fn payload_bytes(header: &[u8]) -> Option<u64> {
    let &[_, second, ..] = header else { return None };
    let mask_bytes = if second & 0x80 == 0 { 0 } else { 4 };
    let (length_bytes, short) = match second & 0x7f {
        126 => (2, None),
        127 => (8, None),
        short => (0, Some(u64::from(short))),
    };
    if header.len() < 2 + length_bytes + mask_bytes {
        return None;
    }
    let long = || header[2..2 + length_bytes].iter().fold(0, |length, &byte| length << 8 | u64::from(byte));
    Some(short.unwrap_or_else(long))
}
