//! Which bytes may stand where.

/// RFC 9110, section 5.6.2.
const TOKEN: [bool; 256] = table(b"!#$%&'*+-.^_`|~");
/// What is read alike in a target: the characters of RFC 3986 without `#`, and those that browsers leave as they are.
const TARGET: [bool; 256] = table(b"!$%&'()*+,-./:;=?@[]_~\\^{|}");

const fn table(others: &[u8]) -> [bool; 256] {
    let mut allowed = [false; 256];
    let mut byte: u8 = 0;
    while byte < 128 {
        allowed[byte as usize] = byte.is_ascii_alphanumeric();
        byte += 1;
    }
    let mut index = 0;
    while index < others.len() {
        allowed[others[index] as usize] = true;
        index += 1;
    }
    allowed
}

pub(super) fn is_token(byte: u8) -> bool {
    TOKEN[usize::from(byte)]
}

pub(super) fn is_target(byte: u8) -> bool {
    TARGET[usize::from(byte)]
}

/// Text, tabs, and bytes above 127: RFC 9110, section 5.5.
pub(super) fn is_value(byte: u8) -> bool {
    matches!(byte, b'\t' | 0x20..=0x7e | 0x80..)
}

/// How many bytes from the beginning may stand in a header value. Eight at a time: most of a head is values.
pub(super) fn value_bytes(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::MAX / 255;
    const HIGH: u64 = ONES << 7;
    let mut end = 0;
    while let Some(&eight) = bytes[end..].first_chunk::<8>() {
        let word = u64::from_le_bytes(eight);
        let control = word.wrapping_sub(ONES * 0x20) & !word;
        let delete = (word ^ (ONES * 0x7f)).wrapping_sub(ONES) & !(word ^ (ONES * 0x7f));
        // A borrow may mark a byte too many, never one too few; the slow look below decides.
        if (control | delete) & HIGH != 0
            && let Some(at) = eight.iter().position(|&byte| !is_value(byte))
        {
            return end + at;
        }
        end += 8;
    }
    bytes[end..].iter().position(|&byte| !is_value(byte)).map_or(bytes.len(), |at| end + at)
}
