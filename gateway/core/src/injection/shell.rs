//! Shell injection: something that ends a command and begins another.
//!
//! Semicolons, pipes, ampersands and backticks are all over prose, lists and Markdown, and `find`, `time` and `cat` are words. So
//! marks are added up: how a command is begun, whether it is one in prose too, what it is given, what stands before and behind.

mod command;
mod given;

use command::{Command, is_tool};
use given::given;

/// So many marks make an injection.
const ENOUGH: i32 = 10;
/// What a place without a command has.
const NO_COMMAND: i32 = i32::MIN;
/// More commands are not weighed.
const COMMANDS_MAX: usize = 1024;
/// How much of a command line is read.
const LINE_BYTES_MAX: usize = 256;

/// Where an injection begins, if there is one.
pub(super) fn find(text: &[u8]) -> Option<usize> {
    let text = text.trim_ascii_end();
    if let Some(at) = outright(text) {
        return Some(at);
    }
    let whole = Whole {
        is_script: is_script(text),
        breaks: text.iter().filter(|byte| **byte == b'\n').count(),
        pipes: lone_pipes(text),
    };
    let mut before = Before::default();
    let mut commands = 0;
    let mut at = 0;
    while at < text.len() && commands < COMMANDS_MAX {
        let length = match opening(&text[at..]) {
            Some((opening, length)) => {
                let marks = marks(text, at, length, opening, &before, &whole);
                if marks >= ENOUGH {
                    return Some(at);
                }
                commands += usize::from(marks != NO_COMMAND);
                length
            }
            None => 1,
        };
        text[at..at + length].iter().for_each(|byte| before.push(*byte));
        at += length;
    }
    None
}

/// What is true of a text as a whole.
struct Whole {
    is_script: bool,
    breaks: usize,
    /// That stand alone.
    pipes: usize,
}

/// What stands before a place, counted as the places go by.
#[derive(Default)]
struct Before {
    words: usize,
    backticks: usize,
    /// Of the word that is not over yet.
    bytes: usize,
    has_letter: bool,
}

impl Before {
    fn push(&mut self, byte: u8) {
        self.backticks += usize::from(byte == b'`');
        if byte.is_ascii_whitespace() {
            self.words = self.words();
            (self.bytes, self.has_letter) = (0, false);
        } else {
            self.bytes += 1;
            self.has_letter |= byte.is_ascii_alphabetic();
        }
    }

    fn words(&self) -> usize {
        self.words + usize::from(self.has_letter && self.bytes > 1)
    }
}

/// How a command is begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Opening {
    /// `;`
    Semicolon,
    /// `|`, `||`
    Pipe,
    /// `&&`
    And,
    /// `&`
    Ampersand,
    Newline,
    /// `` ` ``
    Backtick,
    /// `$(`, `<(`, `>(`
    Substitution,
    /// `{cat,/etc/passwd}`
    Brace,
}

fn opening(text: &[u8]) -> Option<(Opening, usize)> {
    let pair = text.get(..2).unwrap_or_default();
    Some(match (text[0], pair) {
        (_, b"&&") => (Opening::And, 2),
        (_, b"||") => (Opening::Pipe, 2),
        (_, b"$(" | b"<(" | b">(") => (Opening::Substitution, 2),
        (b';', _) => (Opening::Semicolon, 1),
        (b'|', _) => (Opening::Pipe, 1),
        (b'&', _) => (Opening::Ampersand, 1),
        (b'\n' | b'\r', _) => (Opening::Newline, 1),
        (b'`', _) => (Opening::Backtick, 1),
        (b'{', _) => (Opening::Brace, 1),
        _ => return None,
    })
}

fn marks(text: &[u8], at: usize, length: usize, opening: Opening, passed: &Before, whole: &Whole) -> i32 {
    let end = text.len().min(at + length + LINE_BYTES_MAX);
    let line = &text[at + length..end];
    let blank =
        line.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'(' | b'{' | b'!' | b'@')).count();
    let line = &line[blank..];
    let in_braces = opening == Opening::Brace || text[at + length..].trim_ascii_start().starts_with(b"{");
    let Some(command) = Command::read(line, in_braces) else { return NO_COMMAND };
    let rest = &line[command.length..];
    let before = &text[..at];
    let opened = passed.backticks % 2 == 1;
    if opening == Opening::Backtick && opened {
        return NO_COMMAND;
    }
    let words_before = passed.words();
    let named = plainly_named(before);

    let begun = match opening {
        Opening::Substitution if text[at] != b'$' => 2,
        Opening::Substitution | Opening::Backtick => 4,
        Opening::Semicolon | Opening::And | Opening::Brace => 3,
        Opening::Pipe => 3,
        Opening::Ampersand | Opening::Newline => 2,
    };
    let mut marks = begun + command.marks;
    let given = given(rest, opening, &command);
    marks += given.marks;
    marks += match words_before {
        0 | 1 => 2,
        2 => 1,
        3 | 4 => 0,
        5..=9 => -3,
        _ => -5,
    };
    // `sort=name|date` and `tags=cat;id` are lists.
    if named
        && !command.is_tool
        && !given.telling
        && matches!(opening, Opening::Pipe | Opening::Semicolon | Opening::Ampersand)
    {
        marks -= 5;
    }
    if opening == Opening::Backtick && !given.loot {
        // Markdown puts commands between backticks, with blanks and prose around them.
        let spaced = before.last().is_some_and(u8::is_ascii_whitespace);
        let prose_after = given.closed_at.is_some_and(|closed| words(&rest[closed..]) >= 2);
        if spaced || prose_after || words_before >= 2 || before.ends_with(b"`") || before.ends_with(b"[") {
            marks -= 10;
        }
    } else if opening == Opening::Backtick {
        let prose_after = given.closed_at.is_some_and(|closed| words(&rest[closed..]) >= 2);
        if prose_after || words_before >= 2 {
            marks -= 8;
        }
    }
    if opening == Opening::Brace && !given.loot && !(command.is_tool && given.telling) {
        marks -= 6;
    }
    // Alternatives of a pattern, values of a list.
    if opening == Opening::Pipe && !given.telling && !given.loot && whole.pipes > 2 {
        marks -= 5;
    }
    if whole.is_script && !given.loot {
        marks -= 7;
    }
    marks -= match (whole.breaks, given.loot) {
        (0 | 1, _) => 0,
        (_, true) => 3,
        (2, false) => 4,
        (_, false) => 6,
    };
    // Within Markdown's backticks.
    if words_before > 1 && opened {
        marks -= 6;
    }
    marks
}

fn lone_pipes(text: &[u8]) -> usize {
    let pipe = |at: Option<usize>| at.and_then(|at| text.get(at)) == Some(&b'|');
    (0..text.len()).filter(|&at| pipe(Some(at)) && !pipe(at.checked_sub(1)) && !pipe(Some(at + 1))).count()
}

fn words(text: &[u8]) -> usize {
    text.split(u8::is_ascii_whitespace)
        .filter(|word| word.iter().any(u8::is_ascii_alphabetic) && word.len() > 1)
        .count()
}

/// Whether what stands before is a plain word, as the names in a list are.
fn plainly_named(before: &[u8]) -> bool {
    let trimmed = before.trim_ascii();
    !trimmed.is_empty()
        && trimmed.len() <= 256
        && trimmed.iter().any(u8::is_ascii_alphabetic)
        && trimmed.iter().all(|byte| {
            byte.is_ascii_alphanumeric()
                || matches!(byte, b'_' | b'-' | b' ' | b';' | b'|' | b',' | b':' | b'&')
        })
}

/// A text that is a command line from its beginning was meant to be one.
fn is_script(text: &[u8]) -> bool {
    let text = text.trim_ascii_start();
    if text.starts_with(b"#!") {
        return true;
    }
    let name = text.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    let assigned = text[name..].strip_prefix(b"=").filter(|_| name > 1);
    if assigned.is_some_and(|value| {
        [&b"$("[..], b"\"$(", b"`", b"( $("].iter().any(|begun| value.starts_with(begun))
    }) {
        return true;
    }
    let first = text.split(u8::is_ascii_whitespace).next().unwrap_or_default();
    let first = String::from_utf8_lossy(first).to_lowercase();
    let builders = [
        "npm", "yarn", "apt", "apt-get", "docker", "kubectl", "git", "cargo", "go", "pip", "brew", "yum",
        "apk", "helm", "mvn", "gradle", "$",
    ];
    text.contains(&b' ')
        && (is_tool(&first)
            || builders.contains(&first.as_str())
            || matches!(first.as_str(), "cd" | "echo" | "cat" | "export" | "mkdir" | "set" | "find" | "tar"))
}

/// What needs nothing before it.
fn outright(text: &[u8]) -> Option<usize> {
    let has =
        |needle: &[u8]| text.windows(needle.len()).position(|window| window.eq_ignore_ascii_case(needle));
    // Functions in environment variables: `() { :; }; …`
    if text.trim_ascii_start().starts_with(b"()") && text.contains(&b';') {
        let body = text.trim_ascii_start()[2..].trim_ascii_start();
        if body.starts_with(b"{") {
            return Some(0);
        }
    }
    let few_lines = text.iter().filter(|byte| **byte == b'\n').count() <= 2;
    for sign in [&b"/dev/tcp/"[..], b"/dev/udp/"] {
        if let Some(at) = has(sign)
            && few_lines
            && (has(b">&").is_some()
                || has(b"exec ").is_some()
                || has(b"<>").is_some()
                || has(b"0<&").is_some())
        {
            return Some(at);
        }
    }
    if let Some(at) = has(b"<!--#exec").or_else(|| has(b":(){")) {
        return Some(at);
    }
    if let Some(at) = called(text).filter(|_| words(text) <= 8 && few_lines) {
        return Some(at);
    }
    if words(text) > 12 || !few_lines {
        return None;
    }
    let starts = |name: &[u8]| {
        text.trim_ascii_start().get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
    };
    let reader = [
        &b"cat "[..],
        b"tac ",
        b"head ",
        b"tail ",
        b"less ",
        b"more ",
        b"type ",
        b"nl ",
        b"/bin/cat ",
        b"cat<",
        b"cat${ifs}",
        b"cat$ifs",
    ];
    if reader.iter().any(|name| starts(name))
        && (has(b"/etc/passwd").is_some() || has(b"/etc/shadow").is_some() || has(b"win.ini").is_some())
        && words(text) <= 4
    {
        return Some(0);
    }
    if (starts(b"nc ") || starts(b"ncat ") || starts(b"netcat "))
        && (has(b" -e ").is_some() || has(b" -c ").is_some())
    {
        return Some(0);
    }
    if starts(b"rm -rf /") && words(text) <= 3 {
        return Some(0);
    }
    if (starts(b"powershell") || starts(b"cmd.exe") || starts(b"cmd /c"))
        && (has(b" -e").is_some() || has(b"/c ").is_some() || has(b" -nop").is_some())
    {
        return Some(0);
    }
    None
}

/// A function that runs a command, called with one: `;system('id')`.
fn called(text: &[u8]) -> Option<usize> {
    let runners = [&b"system("[..], b"passthru(", b"shell_exec(", b"popen(", b"proc_open(", b"exec("];
    let mut at = 0;
    while let Some(open) = text[at..].iter().position(|byte| *byte == b'(') {
        let open = at + open + 1;
        let runs = runners.iter().any(|runner| {
            text[..open].len() >= runner.len() && text[open - runner.len()..open].eq_ignore_ascii_case(runner)
        });
        if runs {
            let given = text[open..].trim_ascii_start();
            let quoted = given.strip_prefix(b"'").or_else(|| given.strip_prefix(b"\""));
            let command = quoted.and_then(|command| Command::read(command, false));
            if command.is_some_and(|command| command.marks >= 2) {
                return Some(open);
            }
        }
        at = open;
    }
    None
}
