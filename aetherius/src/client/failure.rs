use serde::Deserialize;
use std::{fmt::Display, io, path::PathBuf};

/// Why an installation did not do what was asked. What it says tells a person what to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("cannot make an HTTP client")]
    NoClient(#[source] reqwest::Error),
    #[error(
        "there is no token: name a file with --token-file, set AETHERIUS_TOKEN, or go to the directory in which Aetherius keeps data/admin-token"
    )]
    NoToken,
    #[error("cannot read the token in {}", path.display())]
    TokenFile { path: PathBuf, source: io::Error },
    #[error(
        "nobody answers at {url}: start Aetherius there with `aetherius serve`, or say with --url where it runs"
    )]
    Unreachable { url: String, source: reqwest::Error },
    #[error("{url} does not know the token: {detail}; name another with --token-file or AETHERIUS_TOKEN")]
    Unknown { url: String, detail: String },
    #[error("not allowed: {detail} (viewers read, operators also act, admins also manage users and keys)")]
    NotAllowed { detail: String },
    #[error("{detail}")]
    NotFound { detail: String },
    #[error("{detail}")]
    Conflict { detail: String },
    #[error("{url} answered {status}: {detail}")]
    Refused { url: String, status: u16, detail: String },
    #[error("what {url} answered cannot be read: {reason}; is that Aetherius, of this version?")]
    Unreadable { url: String, reason: String },
}

/// A problem, as services and the gateway tell it.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Told {
    title: String,
    detail: String,
    retry_after: Option<u32>,
}

impl Failure {
    pub(super) fn unreadable(url: &str, reason: impl Display) -> Self {
        Self::Unreadable { url: url.to_owned(), reason: reason.to_string() }
    }

    /// Of an answer that is no success.
    pub(super) fn refused(url: &str, status: u16, body: &[u8]) -> Self {
        let told: Told = serde_json::from_slice(body).unwrap_or_default();
        let detail = [told.detail, told.title].into_iter().find(|text| !text.is_empty());
        let mut detail = detail.unwrap_or_else(|| "it did not say why".to_owned());
        if let Some(seconds) = told.retry_after {
            detail.push_str(&format!("; try again in {seconds} s"));
        }
        let url = url.to_owned();
        match status {
            401 => Self::Unknown { url, detail },
            403 => Self::NotAllowed { detail },
            404 => Self::NotFound { detail },
            409 => Self::Conflict { detail },
            _ => Self::Refused { url, status, detail },
        }
    }

    /// What the program ends with, so that a script can tell what happened; 2 is a wrong command line.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Unreachable { .. } => 3,
            Self::NoToken | Self::TokenFile { .. } | Self::Unknown { .. } | Self::NotAllowed { .. } => 4,
            Self::NotFound { .. } => 5,
            Self::Conflict { .. } => 6,
            Self::NoClient(_) | Self::Refused { .. } | Self::Unreadable { .. } => 1,
        }
    }
}
