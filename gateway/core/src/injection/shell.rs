//! Shell injection: something that ends a command and begins another.
//!
//! Semicolons, pipes, ampersands and backticks are all over prose, lists and Markdown, and `find`, `time` and `cat` are words. So
//! marks are added up: how a command is begun, whether it is one in prose too, what it is given, what stands before and behind.

/// So many marks make an injection.
const ENOUGH: i32 = 10;
/// More places are not looked at.
const PLACES_MAX: usize = 256;
/// How much of a command line is read.
const LINE_BYTES_MAX: usize = 256;

/// Commands that are no words of any other language.
const TOOLS: &[&str] = &[
    "whoami",
    "killall",
    "reboot",
    "halt",
    "uname",
    "ifconfig",
    "ipconfig",
    "netstat",
    "nslookup",
    "bash",
    "sh",
    "zsh",
    "ksh",
    "dash",
    "csh",
    "tcsh",
    "chmod",
    "chown",
    "wget",
    "curl",
    "printenv",
    "powershell",
    "pwsh",
    "cmd",
    "certutil",
    "bitsadmin",
    "systeminfo",
    "tasklist",
    "xxd",
    "mkfifo",
    "mknod",
    "socat",
    "nc",
    "ncat",
    "netcat",
    "telnet",
    "tftp",
    "passwd",
    "useradd",
    "crontab",
    "lsof",
    "ls",
    "ps",
    "rm",
    "pwd",
    "awk",
    "sed",
    "grep",
    "egrep",
    "tac",
    "nl",
    "od",
    "xargs",
    "busybox",
    "perl",
    "python",
    "python2",
    "python3",
    "ruby",
    "php",
    "openssl",
    "mysql",
    "mysqldump",
    "psql",
    "dd",
    "tee",
    "nohup",
    "setsid",
    "sudo",
    "su",
    "hexdump",
    "getent",
    "lsb_release",
    "wmic",
    "rundll32",
    "mshta",
    "regsvr32",
    "cscript",
    "wscript",
    "gcc",
    "strace",
    "ssh",
    "scp",
    "rsync",
    "base64",
    "ping6",
    "iptables",
    "systemctl",
    "ifup",
    "reg",
    "vssadmin",
    "schtasks",
    "cmd.exe",
    "stty",
    "powershell.exe",
    "uptime",
    "dmesg",
    "lscpu",
    "traceroute",
    "tracert",
    "fping",
    "arp",
    "ss",
    "env",
    "ifdown",
    "lsblk",
];
/// Commands that are words as well.
const WORDS: &[&str] = &[
    "cat", "id", "ping", "sleep", "echo", "printf", "find", "head", "tail", "more", "less", "sort", "touch",
    "cp", "mv", "mkdir", "kill", "killall", "set", "export", "cd", "dir", "type", "net", "ftp", "eval",
    "exec", "source", "reboot", "shutdown", "halt", "w", "who", "last", "history", "test", "date",
    "hostname", "groups", "df", "du", "mount", "host", "dig", "ip", "node", "file", "cut", "strings", "at",
    "time", "timeout", "tar", "zip", "unzip", "start", "copy", "del", "ver", "vol", "tree", "man", "vi",
    "vim", "nano", "make", "true", "false", "rev", "cal", "fetch", "lynx", "wait", "read", "command",
    "users", "whereis", "which", "alias", "locate", "logger", "mail", "git", "screen", "watch", "split",
    "join", "paste", "fold", "expr", "ln", "rmdir", "awk", "yes", "ifs", "move", "ren", "attrib", "findstr",
    "where", "help", "format", "call", "query", "route", "init",
];
/// What attacks are after.
const LOOT: &[&str] = &[
    "/etc/passwd",
    "/etc/shadow",
    "/etc/group",
    "/etc/hosts",
    "/etc/issue",
    "/etc/sudoers",
    "/etc/crontab",
    "/dev/tcp/",
    "/dev/udp/",
    "/proc/self",
    "/proc/version",
    "/bin/sh",
    "/bin/bash",
    "/root/",
    ".ssh/",
    "id_rsa",
    ".bash_history",
    "win.ini",
    "boot.ini",
    "\\windows\\",
    "\\system32",
    "/etc/os-release",
    "/var/log/",
    "/proc/cpuinfo",
    "authorized_keys",
    "/etc/",
    ".htpasswd",
];

/// Where an injection begins, if there is one.
pub(super) fn find(text: &[u8]) -> Option<usize> {
    let text = text.trim_ascii_end();
    if let Some(at) = outright(text) {
        return Some(at);
    }
    let script = is_script(text);
    let mut places = 0;
    let mut at = 0;
    while at < text.len() && places < PLACES_MAX {
        if let Some((opening, length)) = opening(&text[at..]) {
            places += 1;
            if marks(text, at, length, opening, script) >= ENOUGH {
                return Some(at);
            }
            at += length;
        } else {
            at += 1;
        }
    }
    None
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

fn marks(text: &[u8], at: usize, length: usize, opening: Opening, script: bool) -> i32 {
    let end = text.len().min(at + length + LINE_BYTES_MAX);
    let line = &text[at + length..end];
    let blank =
        line.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'(' | b'{' | b'!' | b'@')).count();
    let line = &line[blank..];
    let in_braces = opening == Opening::Brace || text[at + length..].trim_ascii_start().starts_with(b"{");
    let Some(command) = Command::read(line, in_braces) else { return 0 };
    let rest = &line[command.length..];
    let before = &text[..at];
    let opened = before.iter().filter(|byte| **byte == b'`').count() % 2 == 1;
    if opening == Opening::Backtick && opened {
        return 0;
    }
    let words_before = words(before);
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
    if opening == Opening::Pipe && !given.telling && !given.loot && lone_pipes(text) > 2 {
        marks -= 5;
    }
    if script && !given.loot {
        marks -= 7;
    }
    let lines = text.iter().filter(|byte| **byte == b'\n').count();
    marks -= match (lines, given.loot) {
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

/// The word a command line begins with.
struct Command {
    marks: i32,
    is_tool: bool,
    /// Of what was read of the line.
    length: usize,
    name: String,
}

impl Command {
    fn read(line: &[u8], in_braces: bool) -> Option<Self> {
        if let Some(shell) = [&b"$SHELL"[..], b"${SHELL}", b"$0"].iter().find(|shell| line.starts_with(shell))
        {
            return Some(Self { marks: 5, is_tool: true, length: shell.len(), name: "sh".to_owned() });
        }
        let mut name = String::new();
        let mut disguised = false;
        let mut at = 0;
        while let Some(&byte) = line.get(at) {
            match byte {
                // `c'a't`, `c\at`, `wh$@oami`: the shell drops them.
                b'\'' | b'"' | b'\\' if !(byte == b'\\' && name.contains(':')) => {
                    disguised |= !name.is_empty()
                }
                b'$' if matches!(line.get(at + 1), Some(b'@' | b'*' | b'1'..=b'9')) => {
                    disguised = true;
                    at += 1;
                }
                b'?' | b'*' if name.starts_with('/') => {
                    disguised = true;
                    name.push(char::from(byte));
                }
                _ if byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'_' | b'.' | b'-') => {
                    name.push(char::from(byte.to_ascii_lowercase()));
                }
                _ => break,
            }
            at += 1;
        }
        // What comes right behind a name tells a command from a parameter, an address, a function or a label.
        let follows = line.get(at).copied();
        let fits = match follows {
            None => true,
            Some(byte) => {
                byte.is_ascii_whitespace()
                    || matches!(
                        byte,
                        b';' | b'|'
                            | b'&'
                            | b'`'
                            | b')'
                            | b'<'
                            | b'>'
                            | b'$'
                            | b'\''
                            | b'"'
                            | b'#'
                            | b'}'
                            | 0
                    )
                    || (byte == b',' && in_braces)
                    || (byte == b'{' && line[at..].starts_with(b"{IFS"))
            }
        };
        let quoted_end = matches!(line.get(at.wrapping_sub(1)), Some(b'\'' | b'"'));
        disguised &= !quoted_end || name.len() + 2 < at;
        let bare = name.rsplit('/').next().unwrap_or_default().to_owned();
        let in_bin = name.contains("bin/");
        let is_tool = TOOLS.contains(&bare.as_str());
        let is_word = WORDS.contains(&bare.as_str());
        let wild = name.starts_with('/')
            && name.contains(['?', '*'])
            && name.matches('/').count() > 1
            && !name.starts_with("/*")
            && !name.ends_with("*/");
        if !fits || !(is_tool || is_word || wild && disguised) || name.starts_with('-') {
            return None;
        }
        let mut marks = if is_tool || wild { 5 } else { 2 };
        if bare == "id" || bare == "dir" {
            marks += 1;
        }
        if in_bin {
            marks += 4;
        }
        if disguised {
            marks += 5;
        }
        Some(Self { marks, is_tool: is_tool || in_bin || disguised, length: at, name: bare })
    }
}

/// What a command is given.
#[derive(Default)]
struct Given {
    marks: i32,
    /// Something that lists and prose do not have.
    telling: bool,
    loot: bool,
    /// Where the backtick or parenthesis closes.
    closed_at: Option<usize>,
}

fn given(rest: &[u8], opening: Opening, command: &Command) -> Given {
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
    if ends && rest.len() == end || ends && given.closed_at.is_some() {
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
    if words.iter().any(|word| option(&word))
        || words.iter().any(|word| word.len() == 2 && word.starts_with('/'))
    {
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
    if words.iter().any(|word| place(&word)) {
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
        "which" | "man" | "whereis" | "exec" if TOOLS.contains(&second) => 5,
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

fn is_command(word: &str) -> bool {
    TOOLS.contains(&word) || matches!(word, "sleep" | "ping" | "cat" | "id")
}

fn lone_pipes(text: &[u8]) -> usize {
    let pipe = |at: Option<usize>| at.and_then(|at| text.get(at)) == Some(&b'|');
    (0..text.len()).filter(|&at| pipe(Some(at)) && !pipe(at.checked_sub(1)) && !pipe(Some(at + 1))).count()
}

fn is_address(word: &str) -> bool {
    let parts: Vec<&str> = word.trim_end_matches(['&', ';', '|', '\'', '"', '#']).split('.').collect();
    parts.len() == 4
        && parts
            .iter()
            .all(|part| !part.is_empty() && part.len() <= 3 && part.chars().all(|c| c.is_ascii_digit()))
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
        && (TOOLS.contains(&first.as_str())
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
