//! What commands are given.

use super::{
    Opening,
    command::{Command, is_command, is_tool},
};

/// What attacks are after.
#[rustfmt::skip]
const LOOT: &[&str] = &[
    "/etc/passwd", "/etc/shadow", "/etc/group", "/etc/hosts", "/etc/issue", "/etc/sudoers", "/etc/crontab", "/dev/tcp/",
    "/dev/udp/", "/proc/self", "/proc/version", "/bin/sh", "/bin/bash", "/root/", ".ssh/", "id_rsa", ".bash_history", "win.ini",
    "boot.ini", "\\windows\\", "\\system32", "/etc/os-release", "/var/log/", "/proc/cpuinfo", "authorized_keys", "/etc/",
    ".htpasswd",
];

/// What a command is given.
#[derive(Default)]
pub(super) struct Given {
    pub(super) marks: i32,
    /// Something that lists and prose do not have.
    pub(super) telling: bool,
    pub(super) loot: bool,
    /// Where the backtick or parenthesis closes.
    pub(super) closed_at: Option<usize>,
}

pub(super) fn given(rest: &[u8], opening: Opening, command: &Command) -> Given {
    let mut given = Given::default();
    let close = match opening {
        Opening::Backtick => Some(b'`'),
        Opening::Substitution => Some(b')'),
        Opening::Brace => Some(b'}'),
        _ => None,
    };
    let mut end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    if let Some(closed) = close.and_then(|close| rest[..end].iter().position(|byte| *byte == close)) {
        given.closed_at = Some(closed + 1);
        given.marks += 3;
        end = closed;
    }
    let arguments = &rest[..end];
    let text = String::from_utf8_lossy(arguments).to_lowercase();
    let trimmed = text.trim();
    let ends = trimmed.is_empty() || trimmed.starts_with(['#', '\0']) || trimmed == "'" || trimmed == "\"";
    if ends && (rest.len() == end || given.closed_at.is_some()) {
        given.marks += 4;
    } else if trimmed.starts_with([';', '|', '&']) {
        given.marks += 3;
    }
    if LOOT.iter().any(|loot| text.contains(loot)) || hidden_loot(&text) {
        given.marks += 6;
        given.loot = true;
    }
    if text.contains("$ifs") || text.contains("${ifs") {
        given.marks += 6;
        given.telling = true;
    }
    let words: Vec<&str> = trimmed.split(|c: char| c.is_whitespace() || c == ',').take(8).collect();
    let option = |word: &&str| {
        word.len() > 1 && word.starts_with('-') && word[1..].starts_with(|c: char| c.is_ascii_alphanumeric())
    };
    if words.iter().any(option) || words.iter().any(|word| word.len() == 2 && word.starts_with('/')) {
        given.marks += 3;
        given.telling = true;
    }
    let place = |word: &&str| {
        word.starts_with('/') && word.len() > 2
            || word.contains("://")
            || word.starts_with("c:\\")
            || is_address(word)
            || word.starts_with("~/")
            || word.starts_with("./")
            || word.starts_with("../")
    };
    if words.iter().any(place) {
        given.marks += 3;
        given.telling = true;
    }
    if text.contains(['>', '<']) && !text.contains("<br") {
        given.marks += 2;
        given.telling = true;
    }
    if text.contains("$(") || text.contains('`') || text.contains("${") {
        given.marks += 2;
        given.telling = true;
    }
    // `sleep 5`, `ping 1`, and nothing more
    let digits = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_digit());
    let number =
        words.first().is_some_and(|word| digits(word.trim_end_matches(['s', '\'', '"', ';', '&', '|', '#'])));
    if number
        && words.len() <= 2
        && matches!(
            command.name.as_str(),
            "sleep" | "ping" | "timeout" | "kill" | "exec" | "reboot" | "shutdown"
        )
    {
        given.marks += 4;
        given.telling = true;
    }
    let about_hosts = matches!(
        command.name.as_str(),
        "dig" | "host" | "ping" | "nslookup" | "traceroute" | "fetch" | "whois"
    );
    if about_hosts
        && words.len() <= 3
        && words.iter().any(|word| word.len() > 3 && word[1..word.len() - 1].contains('.'))
    {
        given.marks += 3;
        given.telling = true;
    }
    let second = words.first().copied().unwrap_or_default();
    given.marks += match command.name.as_str() {
        "net" if matches!(second, "user" | "localgroup" | "view" | "share" | "use" | "start") => 5,
        "which" | "man" | "whereis" | "exec" if is_tool(second) => 5,
        "timeout" | "time" | "watch" | "env" | "nohup" | "nice"
            if words.iter().skip(1).any(|word| is_command(word)) =>
        {
            5
        }
        "shutdown" if matches!(second, "-h" | "-r" | "now" | "/s" | "/r") => 3,
        _ => 0,
    };
    if matches!(command.name.as_str(), "export" | "set" | "alias")
        && words.first().is_some_and(|word| word.contains('='))
    {
        given.marks += 3;
        given.telling = true;
    }
    // `echo test`, `type file`: two words are little, more are prose
    if !given.telling && !given.loot && !ends && words.len() > 3 {
        given.marks -= 3;
    }
    if matches!(command.name.as_str(), "echo" | "printf" | "cat" | "dir" | "ping" | "type")
        && words.len() == 1
        && !ends
    {
        given.marks += 3;
    }
    given
}

/// Paths with wildcards or quotes in them: `/e?c/p*`, `/etc/pass'w'd`.
fn hidden_loot(text: &str) -> bool {
    let mut plain = String::with_capacity(text.len());
    let mut in_variable = false;
    for char in text.chars() {
        // Variables that are not set leave nothing.
        in_variable = char == '$' || in_variable && char.is_alphanumeric();
        if !in_variable && !matches!(char, '\'' | '"' | '\\') {
            plain.push(char);
        }
    }
    let wild = plain.split(|c: char| c.is_whitespace() || matches!(c, ',' | '<' | ';' | '}')).any(|word| {
        word.starts_with("/e")
            && word.len() > 4
            && word.contains(['?', '*'])
            && word.matches('/').count() == 2
    });
    wild || plain.contains("/etc/passwd") || plain.contains("/etc/shadow")
}

fn is_address(word: &str) -> bool {
    let parts: Vec<&str> = word.trim_end_matches(['&', ';', '|', '\'', '"', '#']).split('.').collect();
    parts.len() == 4
        && parts
            .iter()
            .all(|part| !part.is_empty() && part.len() <= 3 && part.chars().all(|c| c.is_ascii_digit()))
}
