//! Path traversal: a path that leaves the directory it is put under, or names a file that only an attacker asks for.

use memchr::memmem;

/// Files that are named outright.
const LOOT: &[&str] = &[
    "/etc/passwd",
    "/etc/shadow",
    "/etc/sudoers",
    "/etc/master.passwd",
    "/etc/security/passwd",
    "/proc/self/environ",
    "/proc/self/cmdline",
    "/proc/self/fd",
    "/proc/self/maps",
    "/.ssh/id_rsa",
    "/.ssh/authorized_keys",
    "/.aws/credentials",
    "/.bash_history",
    "boot.ini",
    "/windows/win.ini",
    "/windows/system32/",
    "/winnt/win.ini",
    "web-inf/web.xml",
    "php://filter",
    "php://input",
    "file:///etc/",
    "file:///c:",
    "expect://",
    "zip://",
    "phar://",
    "/winnt/system32",
];
/// What is worth a step out of the directory.
const PRIZE: &[&str] = &[
    "passwd",
    "shadow",
    ".env",
    ".git/",
    ".htaccess",
    ".htpasswd",
    "config.php",
    "wp-config",
    "web.config",
    "web.xml",
    "win.ini",
    "boot.ini",
    "id_rsa",
    "/proc/",
    "etc/",
    "windows/",
    "winnt/",
    ".ssh",
    ".bash",
    "settings.py",
    "database.yml",
    "secrets",
    "system32",
    ".ini",
    ".conf",
    "access.log",
    "error.log",
    "hosts",
    ".properties",
    ".yml",
    ".yaml",
    ".config",
    ".sql",
    ".db",
    ".log",
    "credentials",
    ".pem",
    ".key",
    ".bak",
    "config.inc",
    "appsettings.json",
    "web-inf",
];

/// What kind of text it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The path, a parameter, a form field, a header: a path here is for a server to open.
    Parameter,
    /// A field of a document, which may hold code and relative paths of its own.
    Document,
}

/// Where a traversal begins, if there is one. `hidden` says that dots or slashes were encoded beyond what the place asks for.
pub(super) fn find(text: &[u8], place: Place, hidden: bool) -> Option<usize> {
    let plain: Vec<u8> = text
        .iter()
        .map(|byte| match byte {
            b'\\' => b'/',
            other => other.to_ascii_lowercase(),
        })
        .collect();
    let is_path = plain.len() <= 1024 && !plain.iter().any(|byte| matches!(byte, b'\n' | b'{' | b'}'));
    let text = String::from_utf8_lossy(&plain);
    // Full-width signs become plain ones where a text is normalised.
    if text.contains(['\u{ff0f}', '\u{ff0e}', '\u{ff3c}']) {
        let plain = text.replace(['\u{ff0f}', '\u{ff3c}'], "/").replace('\u{ff0e}', ".");
        return find(plain.as_bytes(), place, hidden);
    }
    let blanks = text.trim().matches(' ').count();
    let climbs = climbs(&plain);
    let sentence = blanks > 2;
    if let Some(climb) = climbs {
        // Among the bytes: where one of them was no UTF-8, the text counts differently.
        let rest = &plain[climb.at.min(plain.len())..];
        let prize = PRIZE.iter().any(|prize| memmem::find(rest, prize.as_bytes()).is_some());
        let enough = match place {
            Place::Parameter if is_path && !sentence => 3,
            Place::Parameter => 4,
            // Projects with many packages climb far to reach what they share.
            Place::Document if is_path && !sentence && !is_linked(&text) => 4,
            Place::Document => 6,
        };
        if climb.steps >= enough
            || climb.odd
            || hidden && is_path
            || prize && is_path && !sentence && (place == Place::Parameter || climb.steps >= 2)
            || climb.starts
                && climb.steps >= 2
                && place == Place::Parameter
                && is_path
                && blanks == 0
                && !is_linked(&text)
        {
            return Some(climb.at);
        }
    }
    if is_path && blanks == 0 && climbs.is_some() {
        let straight = straightened(&text);
        if LOOT.iter().any(|loot| straight.contains(loot)) {
            return climbs.map(|climb| climb.at);
        }
    }
    let loot = LOOT.iter().find_map(|loot| text.find(loot));
    loot.filter(|at| {
        is_path
            && blanks <= 1
            && (*at == 0 || !text[..*at].contains('=') || text.contains('\0'))
            && (*at <= 16 || climbs.is_some())
    })
    // `/var/www/etc/passwd.html` is a page about it.
    .filter(|_| !text.ends_with(".html") && !text.ends_with(".md") && !text.contains("http"))
}

/// Whether a text of harmless signs alone may name one of the files.
pub(super) fn may_name_loot(text: &[u8]) -> bool {
    let slashes = text.contains(&b'/') && text.len() >= 8;
    slashes || text.ends_with(b".ini")
}

/// Whether pages and sources refer to such files by relative paths.
fn is_linked(text: &str) -> bool {
    const KINDS: &[&str] = &[
        "/",
        "/..",
        ".png",
        ".jpg",
        ".jpeg",
        ".gif",
        ".svg",
        ".webp",
        ".ico",
        ".css",
        ".js",
        ".mjs",
        ".ts",
        ".tsx",
        ".jsx",
        ".vue",
        ".html",
        ".htm",
        ".md",
        ".map",
        ".go",
        ".rs",
        ".java",
        ".cs",
        ".py",
        ".rb",
        ".c",
        ".h",
        ".cpp",
        ".swift",
        ".kt",
        ".scss",
        ".csproj",
        "package.json",
        "tsconfig.json",
        "tsconfig.base.json",
        ".woff2",
        ".pdf",
        ".mp4",
    ];
    let path = text.split(['?', '#']).next().unwrap_or_default().trim();
    text.contains("node_modules") || KINDS.iter().any(|kind| path.ends_with(kind))
}

/// Steps out of a directory.
#[derive(Clone, Copy)]
struct Climb {
    at: usize,
    /// How many more steps go up than down, at most.
    steps: usize,
    /// The text begins with it.
    starts: bool,
    /// In a form that only filters are told: `....//`, `..;/`, `.././`.
    odd: bool,
}

fn climbs(path: &[u8]) -> Option<Climb> {
    let mut found: Option<Climb> = None;
    let (mut depth, mut deepest) = (0i32, 0i32);
    let mut at = 0;
    let mut run = 0usize;
    for segment in path.split(|byte| matches!(byte, b'/')) {
        let last = at + segment.len() >= path.len();
        let name = segment
            .split(|byte| matches!(byte, b' ' | b'"' | b'\'' | b'=' | b'(' | b'<' | b'>' | b',' | b':'))
            .next_back()
            .unwrap_or_default();
        let opened = name.len() < segment.len();
        let up = name == b"..";
        let dots = name.len() >= 4 && name.iter().all(|byte| *byte == b'.');
        let odd = (name == b"..." && path[(at + segment.len()).min(path.len())..].starts_with(b"/./")
            || dots
            || name == b"..;"
            || name.starts_with(b"..\0")
            || name == b"..%00"
            || name == b"..." && run > 0)
            && !last;
        if opened {
            (depth, run) = (0, 0);
        }
        if (up && (!last || run > 0)) || odd {
            depth -= 1;
            run += 1;
            let start = at + segment.len() - name.len();
            let climb = found.get_or_insert(Climb { at: start, steps: 0, starts: start <= 1, odd: false });
            climb.odd |= odd && (run > 1 || name == b"...");
            deepest = deepest.min(depth);
        } else if !name.is_empty() && name != b"." {
            depth += 1;
            run = 0;
        }
        at += segment.len() + 1;
    }
    let mut climb = found?;
    climb.steps = usize::try_from(-deepest).unwrap_or(0);
    Some(climb)
}

/// A path without its detours.
fn straightened(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            name => segments.push(name),
        }
    }
    format!("/{}", segments.join("/"))
}
