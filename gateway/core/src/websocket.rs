//! Frames of WebSockets (RFC 6455 section 5), as far as somebody in between has to know them.

#[cfg(test)]
mod tests;

/// A ping without a payload, unmasked as servers send it (section 5.5.2).
pub const PING: [u8; 2] = [0x89, 0];
/// The endpoint is going away (section 7.4.1).
pub const GOING_AWAY: u16 = 1001;
/// The longest header: two bytes, eight of length, four of mask.
const HEADER_BYTES_MAX: usize = 14;
/// The longest payload of a control frame (section 5.5).
const CONTROL_BYTES_MAX: usize = 125;
const CLOSE: u8 = 0x8;
const PONG: u8 = 0xa;

/// A close frame (section 5.5.1). `mask` is what frames of clients have and frames of servers have not (section 5.3). A reason that
/// is too long is cut.
#[must_use]
pub fn close(code: u16, reason: &str, mask: Option<[u8; 4]>) -> Vec<u8> {
    let mut end = reason.len().min(CONTROL_BYTES_MAX - 2);
    while !reason.is_char_boundary(end) {
        end -= 1;
    }
    let length = (2 + end) as u8;
    let masked = if mask.is_some() { 0x80 } else { 0 };
    let mut frame = vec![0x80 | CLOSE, masked | length];
    frame.extend(mask.iter().flatten());
    let payload = code.to_be_bytes().into_iter().chain(reason.bytes().take(end));
    let key = mask.unwrap_or_default();
    frame.extend(payload.enumerate().map(|(index, byte)| byte ^ key[index % 4]));
    frame
}

/// Follows the frames of one direction to know when none is under way: only then may another be put between.
#[derive(Clone, Debug, Default)]
pub struct Frames {
    header: [u8; HEADER_BYTES_MAX],
    /// Of the header that is under way.
    header_bytes: u8,
    /// The frame under way is a pong.
    pong: bool,
    closed: bool,
    /// Of the frame whose header is complete.
    payload_left: u64,
}

impl Frames {
    /// Takes note of bytes that pass. True when there was more among them than pongs.
    pub fn pass(&mut self, mut bytes: &[u8]) -> bool {
        let mut more = false;
        while let Some((&first, rest)) = bytes.split_first() {
            if self.payload_left > 0 {
                let skipped = usize::try_from(self.payload_left).unwrap_or(usize::MAX).min(bytes.len());
                self.payload_left -= skipped as u64;
                bytes = &bytes[skipped..];
                more |= !self.pong;
                continue;
            }
            if self.header_bytes == 0 {
                let opcode = first & 0xf;
                self.pong = opcode == PONG;
                self.closed |= opcode == CLOSE;
            }
            more |= !self.pong;
            let header_bytes = usize::from(self.header_bytes);
            self.header[header_bytes] = first;
            self.header_bytes += 1;
            bytes = rest;
            if let Some(payload) = payload_bytes(&self.header[..=header_bytes]) {
                self.payload_left = payload;
                self.header_bytes = 0;
            }
        }
        more
    }

    /// Whether another frame may follow here: the last one is complete, and was not a close frame (section 5.5.1).
    #[must_use]
    pub fn may_follow(&self) -> bool {
        self.header_bytes == 0 && self.payload_left == 0 && !self.closed
    }

    /// Whether a close frame has passed.
    #[must_use]
    pub fn are_closed(&self) -> bool {
        self.closed
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
