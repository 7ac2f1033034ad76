use std::fmt;
use std::ops::RangeInclusive;

/// A command that passed every check. Only the gate makes one, so holding it is the proof that the vector was judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approved {
    tool: Tool,
    argv: Vec<String>,
    arguments_at: usize,
    needs: Needs,
}

/// A registered tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tool {
    /// `kubectl`; [`Tool::known_versions`] tells whose grammar.
    Kubectl,
    /// `helm`, likewise.
    Helm,
    /// Answers of a recorded case that no kubectl command gives; never a program.
    Probe,
}

/// What the executor has to add so that an approved command stays inside its scope and its bounds. The runner renders these
/// fields; it never edits the judged text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// The namespace of the scope, when the command named none.
    pub namespace: Option<String>,
    /// True when no `--request-timeout` was given.
    pub request_timeout: bool,
    /// True for logs without `--tail`.
    pub tail: bool,
    /// True for logs without `--limit-bytes`.
    pub limit_bytes: bool,
}

impl Approved {
    pub(super) fn new(tool: Tool, argv: Vec<String>, arguments_at: usize, needs: Needs) -> Self {
        Self { tool, argv, arguments_at, needs }
    }

    /// The tool to run.
    #[must_use]
    pub fn tool(&self) -> Tool {
        self.tool
    }

    /// The judged arguments, verb first, without the tool's name.
    #[must_use]
    pub fn argv(&self) -> &[String] {
        &self.argv
    }

    /// The judged arguments with the tool's name in front, as recorded cases key their answers.
    #[must_use]
    pub fn argv_with_tool(&self) -> Vec<String> {
        let mut argv = vec![self.tool.name().to_owned()];
        argv.extend_from_slice(&self.argv);
        argv
    }

    /// What the executor adds.
    #[must_use]
    pub fn needs(&self) -> &Needs {
        &self.needs
    }

    /// The vector with the executor's own flags: `global` before the verb, `local` right after it. Flags must not go to the end,
    /// because what follows a `--` would be read as names.
    pub(crate) fn argv_with(&self, global: Vec<String>, local: Vec<String>) -> Vec<String> {
        let (verb, arguments) = self.argv.split_at(self.arguments_at);
        let mut argv = global;
        argv.extend_from_slice(verb);
        argv.extend(local);
        argv.extend_from_slice(arguments);
        argv
    }
}

impl Tool {
    /// Every registered tool.
    pub const ALL: [Self; 3] = [Self::Kubectl, Self::Helm, Self::Probe];

    /// The name as it is written in a command.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Kubectl => "kubectl",
            Self::Helm => "helm",
            Self::Probe => "probe",
        }
    }

    /// The major version and the minor versions that the gate's tables were held against; nothing for what is no program.
    #[must_use]
    pub fn known_versions(self) -> Option<(u32, RangeInclusive<u32>)> {
        match self {
            Self::Kubectl => Some((1, 27..=34)),
            Self::Helm => Some((3, 17..=17)),
            Self::Probe => None,
        }
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
