//! What can go wrong: there is no cluster, or a cluster did not do what it was asked to.

use std::{io, path::PathBuf, time::Duration};

/// Why there is no cluster.
#[derive(Debug, thiserror::Error)]
pub enum Unavailable {
    /// The programs were not built.
    #[error(
        "{programs} not found in any of {}; run scripts/test-cluster.sh, or set KUBEBUILDER_ASSETS",
        list(searched)
    )]
    NotBuilt {
        /// The names that belong together.
        programs: String,
        /// The folders in which they were looked for.
        searched: Vec<PathBuf>,
    },
    /// Files or processes could not be made.
    #[error("the files and processes of the cluster could not be made")]
    Io(#[from] io::Error),
    /// A program of the cluster ended.
    #[error("{name} ended while the cluster was starting; the end of its log:\n{log}")]
    Ended {
        /// The program.
        name: &'static str,
        /// Its last lines.
        log: String,
    },
    /// The API did not do what a starting cluster needs.
    #[error("the cluster did not become ready")]
    NotReady(#[from] Error),
}

/// What a running cluster refused or did not do in time.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The API server refused.
    #[error("{method} {path}: {status}: {message}")]
    Refused {
        /// The HTTP method.
        method: String,
        /// The path, without the query.
        path: String,
        /// The HTTP status.
        status: u16,
        /// What the API server said.
        message: String,
    },
    /// The API server could not be asked.
    #[error("the API server could not be asked")]
    Transport(#[from] reqwest::Error),
    /// The API server was asked and did not answer in time.
    #[error("the API server did not answer within {} s", .0.as_secs())]
    Silent(Duration),
    /// kubectl could not be run.
    #[error("kubectl could not be run")]
    Io(#[from] io::Error),
    /// kubectl ended with an error.
    #[error("kubectl {args}: {stderr}")]
    Kubectl {
        /// Its arguments, joined by blanks.
        args: String,
        /// What it said.
        stderr: String,
    },
    /// A condition did not come true.
    #[error("within {} s there was no {what}", .within.as_secs())]
    Late {
        /// What was waited for.
        what: String,
        /// How long.
        within: Duration,
    },
}

impl Error {
    /// The HTTP status with which the API server refused.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            _ => None,
        }
    }
}

fn list(folders: &[PathBuf]) -> String {
    folders.iter().map(|it| it.display().to_string()).collect::<Vec<_>>().join(", ")
}
