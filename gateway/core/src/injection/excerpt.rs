//! What a log may show of a suspicious place.

const BYTES_MAX: usize = 64;
/// How much is shown of what stands before.
const BEFORE: usize = 16;
const NAME_BYTES_MAX: usize = 64;

/// Words that are the attack's, not the user's.
const SHOWN: &[&str] = &[
    "and",
    "or",
    "union",
    "select",
    "from",
    "where",
    "all",
    "drop",
    "table",
    "insert",
    "into",
    "delete",
    "update",
    "sleep",
    "benchmark",
    "waitfor",
    "delay",
    "having",
    "order",
    "group",
    "by",
    "null",
    "like",
    "exec",
    "information",
    "schema",
    "etc",
    "passwd",
    "shadow",
    "bin",
    "bash",
    "sh",
    "cat",
    "id",
    "whoami",
    "uname",
    "ls",
    "wget",
    "curl",
    "nc",
    "ping",
    "http",
    "https",
    "jndi",
    "ldap",
    "set",
    "cookie",
    "location",
    "content",
    "type",
    "length",
    "windows",
    "win",
    "ini",
    "proc",
    "self",
    "info",
    "error",
];

/// At most 64 bytes around the place: signs as they are, words of attacks too, of other words and longer numbers the first
/// character.
pub(super) fn of(text: &[u8], at: usize) -> String {
    let from = at.saturating_sub(BEFORE);
    let text =
        String::from_utf8_lossy(&text[from.min(text.len())..text.len().min(from + BYTES_MAX)]).into_owned();
    let mut shown = String::with_capacity(text.len());
    let mut word = String::new();
    for char in text.chars().chain([' ']) {
        if char.is_alphanumeric() {
            word.push(char);
            continue;
        }
        push_word(&mut shown, &word);
        word.clear();
        if char.is_control() {
            shown.extend(char.escape_default());
        } else {
            shown.push(char);
        }
    }
    shown.pop();
    shown
}

fn push_word(shown: &mut String, word: &str) {
    let known = word.len() <= 2 || SHOWN.iter().any(|known| word.eq_ignore_ascii_case(known));
    if known {
        shown.push_str(word);
    } else {
        shown.extend(word.chars().take(1));
        shown.push('*');
    }
}

/// A name, as far as it is one.
pub(super) fn name(name: &[u8]) -> String {
    let text = String::from_utf8_lossy(&name[..name.len().min(NAME_BYTES_MAX)]);
    text.chars().flat_map(char::escape_default).collect()
}
