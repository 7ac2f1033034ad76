//! Looks for attacks in what clients send.

/// What is looked for on a route, and what follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InjectionPolicy {
    /// Whether a request that looks like an attack is refused, and not only reported.
    pub blocks: bool,
    /// What is looked for.
    pub families: Families,
    /// How much of a body is looked at, in bytes.
    pub body_bytes_max: usize,
}

/// The families of attacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// SQL.
    Sql,
    /// Shell commands.
    Shell,
    /// Paths out of a directory.
    PathTraversal,
    /// Line breaks that begin a header of their own.
    Header,
    /// Line breaks and control characters that forge log lines.
    Log,
}

impl Family {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Sql, Self::Shell, Self::PathTraversal, Self::Header, Self::Log];

    /// Its name in the configuration, logs and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sql => "sql",
            Self::Shell => "shell",
            Self::PathTraversal => "path_traversal",
            Self::Header => "header",
            Self::Log => "log",
        }
    }
}

/// A set of families.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Families(u8);

impl Families {
    /// Whether it holds this one.
    #[must_use]
    pub fn contains(self, family: Family) -> bool {
        self.0 & (1 << family as u8) != 0
    }
}

impl FromIterator<Family> for Families {
    fn from_iter<I: IntoIterator<Item = Family>>(families: I) -> Self {
        Self(families.into_iter().fold(0, |set, family| set | (1 << family as u8)))
    }
}
