//! Text and names as XML 1.0 has them.

/// Appends a character of text; false when XML has no way to write it.
#[must_use]
pub(crate) fn push_char(out: &mut String, character: char) -> bool {
    match character {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '"' => out.push_str("&quot;"),
        // A reader would make a line feed of it.
        '\r' => out.push_str("&#13;"),
        '\t' | '\n' => out.push(character),
        '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => return false,
        _ => out.push(character),
    }
    true
}

/// Appends text; what XML cannot carry becomes U+FFFD.
pub(crate) fn push_text(out: &mut String, text: &str) {
    for character in text.chars() {
        if !push_char(out, character) {
            out.push(char::REPLACEMENT_CHARACTER);
        }
    }
}

/// Any text as a name, reversibly, as SQL/XML does it (ISO/IEC 9075-14, section 9.1): a character that cannot stand where it is becomes
/// `_xHHHH_`, and so does an underscore that could be taken for the beginning of one. The empty text is `_x_`.
pub(crate) fn push_name(out: &mut String, text: &str) {
    use std::fmt::Write as _;
    if text.is_empty() {
        out.push_str("_x_");
        return;
    }
    // Names that begin so belong to the XML specifications.
    let reserved = text.get(..3).is_some_and(|begin| begin.eq_ignore_ascii_case("xml"));
    let mut characters = text.chars().peekable();
    let mut first = true;
    while let Some(character) = characters.next() {
        let fits = if first { is_name_start(character) && !reserved } else { is_name(character) };
        let looks_escaped = character == '_' && characters.peek() == Some(&'x');
        if fits && !looks_escaped {
            out.push(character);
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "_x{:04X}_", u32::from(character));
        }
        first = false;
    }
}

/// `NameStartChar` without the colon, which belongs to namespaces.
fn is_name_start(character: char) -> bool {
    matches!(character,
        'A'..='Z' | '_' | 'a'..='z' | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}'
        | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}' | '\u{200c}'..='\u{200d}' | '\u{2070}'..='\u{218f}'
        | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}'
        | '\u{10000}'..='\u{effff}')
}

fn is_name(character: char) -> bool {
    is_name_start(character)
        || matches!(character, '-' | '.' | '0'..='9' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
}
