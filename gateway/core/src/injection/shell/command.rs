//! The names of commands, also in disguise.

/// Commands that are no words of any other language.
#[rustfmt::skip]
const TOOLS: &[&str] = &[
    "whoami", "killall", "reboot", "halt", "uname", "ifconfig", "ipconfig", "netstat", "nslookup", "bash", "sh", "zsh", "ksh",
    "dash", "csh", "tcsh", "chmod", "chown", "wget", "curl", "printenv", "powershell", "pwsh", "cmd", "certutil", "bitsadmin",
    "systeminfo", "tasklist", "xxd", "mkfifo", "mknod", "socat", "nc", "ncat", "netcat", "telnet", "tftp", "passwd", "useradd",
    "crontab", "lsof", "ls", "ps", "rm", "pwd", "awk", "sed", "grep", "egrep", "tac", "nl", "od", "xargs", "busybox", "perl",
    "python", "python2", "python3", "ruby", "php", "openssl", "mysql", "mysqldump", "psql", "dd", "tee", "nohup", "setsid",
    "sudo", "su", "hexdump", "getent", "lsb_release", "wmic", "rundll32", "mshta", "regsvr32", "cscript", "wscript", "gcc",
    "strace", "ssh", "scp", "rsync", "base64", "ping6", "iptables", "systemctl", "ifup", "reg", "vssadmin", "schtasks",
    "cmd.exe", "stty", "powershell.exe", "uptime", "dmesg", "lscpu", "traceroute", "tracert", "fping", "arp", "ss", "env",
    "ifdown", "lsblk",
];
/// Commands that are words as well.
#[rustfmt::skip]
const WORDS: &[&str] = &[
    "cat", "id", "ping", "sleep", "echo", "printf", "find", "head", "tail", "more", "less", "sort", "touch", "cp", "mv",
    "mkdir", "kill", "killall", "set", "export", "cd", "dir", "type", "net", "ftp", "eval", "exec", "source", "reboot",
    "shutdown", "halt", "w", "who", "last", "history", "test", "date", "hostname", "groups", "df", "du", "mount", "host", "dig",
    "ip", "node", "file", "cut", "strings", "at", "time", "timeout", "tar", "zip", "unzip", "start", "copy", "del", "ver",
    "vol", "tree", "man", "vi", "vim", "nano", "make", "true", "false", "rev", "cal", "fetch", "lynx", "wait", "read",
    "command", "users", "whereis", "which", "alias", "locate", "logger", "mail", "git", "screen", "watch", "split", "join",
    "paste", "fold", "expr", "ln", "rmdir", "awk", "yes", "ifs", "move", "ren", "attrib", "findstr", "where", "help", "format",
    "call", "query", "route", "init",
];

/// The word a command line begins with.
pub(super) struct Command {
    pub(super) marks: i32,
    pub(super) is_tool: bool,
    /// Of what was read of the line.
    pub(super) length: usize,
    pub(super) name: String,
}

impl Command {
    pub(super) fn read(line: &[u8], in_braces: bool) -> Option<Self> {
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
                    disguised |= !name.is_empty();
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

/// Whether it is a command and no word of any other language.
pub(super) fn is_tool(word: &str) -> bool {
    TOOLS.contains(&word)
}

/// Whether it is a command, and seldom another word.
pub(super) fn is_command(word: &str) -> bool {
    is_tool(word) || matches!(word, "sleep" | "ping" | "cat" | "id")
}
