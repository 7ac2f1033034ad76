use std::fmt;

/// Why a command may not run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason} (check {check})")]
pub struct Denial {
    /// The first check that failed.
    pub check: Check,
    /// One sentence for a person. It names the argument but never repeats the value of a flag, which may be a secret.
    pub reason: String,
}

/// The five checks of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Check {
    /// The tool is registered.
    Tool,
    /// The verb and its sub-verb only read.
    ReadOnly,
    /// Every argument is known and well formed.
    Arguments,
    /// The caller's role and scope cover it.
    Rbac,
    /// The cluster is known.
    Cluster,
}

impl Denial {
    pub(super) fn tool(reason: impl Into<String>) -> Self {
        Self { check: Check::Tool, reason: reason.into() }
    }

    pub(super) fn read_only(reason: impl Into<String>) -> Self {
        Self { check: Check::ReadOnly, reason: reason.into() }
    }

    pub(super) fn arguments(reason: impl Into<String>) -> Self {
        Self { check: Check::Arguments, reason: reason.into() }
    }

    pub(super) fn rbac(reason: impl Into<String>) -> Self {
        Self { check: Check::Rbac, reason: reason.into() }
    }

    pub(super) fn cluster(reason: impl Into<String>) -> Self {
        Self { check: Check::Cluster, reason: reason.into() }
    }
}

impl Check {
    /// Every check, in the order in which they are made.
    pub const ALL: [Self; 5] = [Self::Tool, Self::ReadOnly, Self::Arguments, Self::Rbac, Self::Cluster];

    /// The name on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Tool => "tool",
            Self::ReadOnly => "read_only",
            Self::Arguments => "arguments",
            Self::Rbac => "rbac",
            Self::Cluster => "cluster",
        }
    }

    /// The names of the checks made, and passed, before this one.
    pub fn passed_before(self) -> impl Iterator<Item = &'static str> {
        Self::ALL.into_iter().take_while(move |check| *check != self).map(Self::name)
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An argument as a denial may show it: escaped, short, and a flag without its value.
pub(super) fn quote(arg: &str) -> String {
    const SHOWN_CHARS_MAX: usize = 60;
    let shown = match arg.split_once('=') {
        Some((flag, _)) if flag.starts_with('-') => format!("{flag}=…"),
        _ if arg.starts_with('-') && !arg.starts_with("--") && arg.chars().count() > 2 => {
            format!("{}…", arg.chars().take(2).collect::<String>())
        }
        _ => arg.to_owned(),
    };
    let mut text: String = shown.chars().take(SHOWN_CHARS_MAX).flat_map(char::escape_debug).collect();
    if shown.chars().count() > SHOWN_CHARS_MAX {
        text.push('…');
    }
    format!("`{text}`")
}
