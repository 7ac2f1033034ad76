//! The forms a text takes on its way to whoever acts on it.

use std::borrow::Cow;

/// Attackers encode as often as there are readers that decode; nobody has more than this.
const ROUNDS_MAX: usize = 4;

/// A text as some reader sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Form<'t> {
    pub(super) text: Cow<'t, [u8]>,
    /// Steps out of a directory, if there are any, were encoded beyond what the place asks for.
    pub(super) hidden: bool,
}

/// The text itself, and what further decoding makes of it while that changes anything. `once` says that one round of percent
/// decoding is what the place asks for, as in a query.
pub(super) fn forms(text: &[u8], once: bool, plus: bool) -> Vec<Form<'_>> {
    let spaced: Cow<'_, [u8]> = if plus && text.contains(&b'+') {
        Cow::Owned(text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect())
    } else {
        Cow::Borrowed(text)
    };
    let mut forms: Vec<Form<'_>> = Vec::new();
    let mut current = Form { text: spaced, hidden: false };
    for round in 0..ROUNDS_MAX {
        let Some(decoded) = percent(&current.text) else { break };
        // A path may come with encoded slashes once, nothing needs encoded dots, and nobody needs either twice.
        let asked = once && round == 0;
        let next =
            Form { hidden: current.hidden || !asked || decoded.strange, text: Cow::Owned(decoded.text) };
        if !asked {
            forms.push(current);
        }
        current = next;
    }
    forms.push(current);
    forms
}

struct Decoded {
    text: Vec<u8>,
    /// Overlong UTF-8 or `%uXXXX`.
    strange: bool,
}

/// One round of percent decoding; `None` when there is nothing to decode.
fn percent(text: &[u8]) -> Option<Decoded> {
    if !text.contains(&b'%') {
        return None;
    }
    let mut decoded = Decoded { text: Vec::with_capacity(text.len()), strange: false };
    let mut changed = false;
    let mut at = 0;
    while at < text.len() {
        let code = (text[at] == b'%').then(|| code(&text[at + 1..])).flatten();
        let Some((value, length)) = code else {
            decoded.text.push(text[at]);
            at += 1;
            continue;
        };
        changed = true;
        at += 1 + length;
        match u8::try_from(value) {
            Ok(byte) if length == 2 => decoded.text.push(byte),
            _ => {
                decoded.strange = true;
                let char = char::from_u32(full_width(value)).unwrap_or('\u{fffd}');
                decoded.text.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
    }
    if !changed {
        return None;
    }
    decoded.strange |= shorten(&mut decoded.text);
    Some(decoded)
}

/// What follows a percent sign: two hexadecimal digits, or `u` and four.
fn code(text: &[u8]) -> Option<(u32, usize)> {
    let number = |digits: &[u8]| u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok();
    let digits = |digits: &&[u8]| digits.iter().all(u8::is_ascii_hexdigit);
    match text {
        [b'u' | b'U', ..] => Some((number(text.get(1..5).filter(digits)?)?, 5)),
        _ => Some((number(text.get(..2).filter(digits)?)?, 2)),
    }
}

/// Full-width forms and look-alikes of slashes are taken for the plain ones by best-fit conversions.
fn full_width(value: u32) -> u32 {
    match value {
        0xff01..=0xff5e => value - 0xfee0,
        0x2215 | 0x2044 => u32::from(b'/'),
        0x2216 => u32::from(b'\\'),
        0x02b9 | 0x2032 | 0x2019 | 0x02bc => u32::from(b'\''),
        _ => value,
    }
}

/// Puts a plain byte in place of an overlong form of it, which no text has (RFC 3629 section 3). True when there was one.
fn shorten(text: &mut Vec<u8>) -> bool {
    if !text.iter().any(|byte| matches!(byte, 0xc0 | 0xc1 | 0xe0 | 0xf0)) {
        return false;
    }
    let mut short = Vec::with_capacity(text.len());
    let mut at = 0;
    let mut found = false;
    while at < text.len() {
        let (byte, length) = match text[at..] {
            [0xc0, low, ..] => (low & 0x3f, 2),
            [0xc1, low, ..] => (low & 0x3f | 0x40, 2),
            [0xe0, middle @ 0x80..=0x81, low, ..] => (low & 0x3f | (middle & 1) << 6, 3),
            [0xf0, 0x80, middle @ 0x80..=0x81, low, ..] => (low & 0x3f | (middle & 1) << 6, 4),
            [byte, ..] => (byte, 1),
            [] => break,
        };
        found |= length > 1;
        short.push(byte);
        at += length;
    }
    *text = short;
    found
}
