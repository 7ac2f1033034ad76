//! Runs what the gate approved: against a cluster through kubectl and helm, or against a recorded case.

mod capture;
mod kubectl;
mod process;
mod versions;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use crate::gate::Approved;
use crate::recorded::Recorded;

pub use kubectl::{Access, Kubectl};

/// Where commands go.
#[derive(Clone, Debug)]
pub enum Cluster {
    /// A real cluster.
    Kubectl(Arc<Kubectl>),
    /// A recorded case; nothing is started.
    Recorded(Arc<Recorded>),
}

/// The bounds of one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// After this the command and everything it started is killed.
    pub timeout: Duration,
    /// The most bytes kept of each output stream; the rest is read and dropped.
    pub output_bytes_max: usize,
    /// The most log lines asked for when the command does not say.
    pub log_lines_max: u32,
}

/// What a run gave; not yet redacted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunOutput {
    /// The vector that ran, tool first, with the executor's own flags.
    pub argv: Vec<String>,
    /// Standard output, up to the limit.
    pub stdout: Vec<u8>,
    /// Standard error, up to the limit.
    pub stderr: Vec<u8>,
    /// The exit code; nothing when it was killed.
    pub exit_code: Option<i32>,
    /// True when it was killed at its timeout.
    pub timed_out: bool,
    /// True when more standard output came than was kept.
    pub truncated: bool,
    /// From start to end.
    pub duration: Duration,
}

/// Why a command could not even start.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The program is not installed.
    #[error(
        "{tool} was not found in PATH: install it (https://kubernetes.io/docs/tasks/tools/ or https://helm.sh/docs/intro/install/), \
         name its path in the settings, or use a recorded case"
    )]
    Missing {
        /// The program.
        tool: &'static str,
    },
    /// The settings name a file that is not there.
    #[error("{what} {path} is not a file")]
    NotAFile {
        /// What the file was for.
        what: &'static str,
        /// The path as it was given.
        path: String,
    },
    /// This kind of command has no answer here.
    #[error("`{tool}` only works on a recorded case")]
    OnlyRecorded {
        /// The tool.
        tool: &'static str,
    },
    /// The operating system refused.
    #[error("cannot start {program}")]
    Start {
        /// The resolved program.
        program: String,
        /// Its reason.
        source: std::io::Error,
    },
}

impl Default for Limits {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(300), output_bytes_max: 1024 * 1024, log_lines_max: 500 }
    }
}

impl Cluster {
    /// Runs an approved command within the limits. A command that exits with an error is an output, not an error.
    pub async fn run(&self, approved: &Approved, limits: Limits) -> Result<RunOutput, RunError> {
        match self {
            Self::Kubectl(kubectl) => kubectl.run(approved, limits).await,
            Self::Recorded(recorded) => Ok(replay(recorded, approved, limits)),
        }
    }
}

fn replay(recorded: &Recorded, approved: &Approved, limits: Limits) -> RunOutput {
    let argv = approved.argv_with_tool();
    let mut output = match recorded.get(&argv) {
        Some(found) => RunOutput {
            stdout: found.stdout.clone().into_bytes(),
            stderr: found.stderr.clone().into_bytes(),
            exit_code: Some(found.exit_code),
            ..RunOutput::default()
        },
        None => RunOutput {
            stderr: format!("not recorded: {}\n", argv.join(" ")).into_bytes(),
            exit_code: Some(1),
            ..RunOutput::default()
        },
    };
    output.truncated = output.stdout.len() > limits.output_bytes_max;
    output.stdout.truncate(limits.output_bytes_max);
    output.argv = argv;
    output
}
