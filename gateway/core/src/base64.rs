//! Base64 (RFC 4648), strictly: one text for each sequence of bytes, so that nothing passes in a second spelling.

#[cfg(test)]
mod tests;

/// Reads base64url without padding, as tokens and keys use it (RFC 7515 section 2).
#[must_use]
pub fn decode_url(text: &str) -> Option<Vec<u8>> {
    decode(text.as_bytes(), b'-', b'_')
}

/// Reads base64 with padding, as basic authentication uses it (RFC 7617).
#[must_use]
pub fn decode_standard(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(4) {
        return None;
    }
    let bare = text.strip_suffix("==").or_else(|| text.strip_suffix('=')).unwrap_or(text);
    decode(bare.as_bytes(), b'+', b'/')
}

fn decode(text: &[u8], char_62: u8, char_63: u8) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    for group in text.chunks(4) {
        let mut bits = 0u32;
        for &char in group {
            let value = match char {
                b'A'..=b'Z' => char - b'A',
                b'a'..=b'z' => char - b'a' + 26,
                b'0'..=b'9' => char - b'0' + 52,
                _ if char == char_62 => 62,
                _ if char == char_63 => 63,
                _ => return None,
            };
            bits = (bits << 6) | u32::from(value);
        }
        let whole = match group.len() {
            4 => 3,
            3 => 2,
            2 => 1,
            _ => return None,
        };
        bits <<= 6 * (4 - group.len());
        let [_, group_bytes @ ..] = bits.to_be_bytes();
        // Bits that no byte takes must be zero.
        if group_bytes[whole..].iter().any(|&byte| byte != 0) {
            return None;
        }
        bytes.extend_from_slice(&group_bytes[..whole]);
    }
    Some(bytes)
}
