//! What an API server says on a watch, line by line (Kubernetes API concepts, "Efficient detection of changes").

use kube::core::{Status, WatchEvent};
use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;

#[cfg(test)]
mod tests;

/// One line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Change {
    /// An object is there, new or changed.
    Seen(Value),
    /// An object is no more.
    Gone(Value),
    /// Nothing happened up to here.
    Bookmark(String),
}

/// A page of a list.
#[derive(Debug, Deserialize)]
pub(crate) struct Page {
    pub(crate) metadata: PageMeta,
    #[serde(default = "Vec::new")]
    pub(crate) items: Vec<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PageMeta {
    pub(crate) resource_version: String,
    /// Absent or empty on the last page.
    #[serde(default, rename = "continue")]
    pub(crate) next: String,
}

/// Why a watch ended before its time.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WatchError {
    /// What happened since the cursor is forgotten; a list tells what there is now.
    #[error("the API server no longer knows what happened since the cursor")]
    Gone,
    /// A line that is no change, or a longer one than is read; a list tells what it was about.
    #[error("the API server sent {0}")]
    Unreadable(String),
    /// The credentials are not known to the cluster.
    #[error("the cluster does not know who we are ({0}); renew the credentials in the kubeconfig")]
    Unauthorized(String),
    /// A right is missing.
    #[error("not allowed to list and watch: {said}; grant {right}")]
    Forbidden {
        /// What the server said.
        said: String,
        /// What to grant.
        right: String,
    },
    /// Anything else that the server said.
    #[error("the API server answered {code}: {said}")]
    Refused {
        /// The HTTP status.
        code: u16,
        /// What the server said.
        said: String,
        /// How long it asks to be left alone.
        retry_after: Option<Duration>,
    },
    /// The way to the server.
    #[error("{0}")]
    Unreachable(String),
    /// The way in: kubeconfig, context, certificates.
    #[error("there is no way into the cluster: {0}")]
    Access(String),
    /// Our own database.
    #[error(transparent)]
    Store(#[from] aetherius_store::StoreError),
}

impl WatchError {
    /// The label of metrics.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Unreadable(_) => "unreadable",
            Self::Unauthorized(_) => "unauthorized",
            Self::Forbidden { .. } => "forbidden",
            Self::Refused { .. } => "refused",
            Self::Unreachable(_) => "unreachable",
            Self::Access(_) => "access",
            Self::Store(_) => "store",
        }
    }

    /// What a refusal means. `right` is what a 403 lacks.
    pub(crate) fn of_status(status: &Status, retry_after: Option<Duration>, right: String) -> Self {
        let said = short(&status.message);
        match status.code {
            410 => Self::Gone,
            401 => Self::Unauthorized(said),
            403 => Self::Forbidden { said, right },
            code => Self::Refused { code, said, retry_after },
        }
    }
}

/// Reads a line. `right` is what a refusal in the stream would lack.
pub(crate) fn read_line(line: &[u8], right: impl FnOnce() -> String) -> Result<Change, WatchError> {
    let event: WatchEvent<Value> = serde_json::from_slice(line)
        .map_err(|error| WatchError::Unreadable(format!("a line that is no change: {error}")))?;
    match event {
        WatchEvent::Added(object) | WatchEvent::Modified(object) => Ok(Change::Seen(object)),
        WatchEvent::Deleted(object) => Ok(Change::Gone(object)),
        WatchEvent::Bookmark(bookmark) => Ok(Change::Bookmark(bookmark.metadata.resource_version)),
        WatchEvent::Error(status) => Err(WatchError::of_status(&status, None, right())),
    }
}

/// Where an object stands in the history of its cluster.
pub(crate) fn resource_version(object: &Value) -> Option<&str> {
    object.pointer("/metadata/resourceVersion")?.as_str()
}

/// Whether one version is later than another. Nothing when one of them is no number, as versions of Kubernetes itself are.
pub(crate) fn is_later(version: &str, than: &str) -> Option<bool> {
    Some(version.parse::<u64>().ok()? > than.parse::<u64>().ok()?)
}

/// The beginning of what a server said; proxies may send whole pages.
pub(crate) fn short(said: &str) -> String {
    said.trim().chars().take(300).collect()
}
