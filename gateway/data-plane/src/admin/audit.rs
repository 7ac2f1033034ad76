//! Who called the admin server, for what, and how it ended.

use super::socket::Peer;
use crate::{change_log, gateway::Shared};
use jiff::Timestamp;
use serde::Serialize;
use std::sync::Arc;

/// Asked for all day by probes; only their refusals are news.
const PROBED: [&str; 2] = ["/healthz", "/metrics"];

/// One call. Never its query or body: credentials to be explained travel there.
#[derive(Debug, Serialize)]
pub(super) struct Call {
    pub(super) at: Timestamp,
    /// The address, or the user and process that the kernel names.
    pub(super) by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) uid: Option<u32>,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) status: u16,
    /// The code of the problem, if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) problem: Option<&'static str>,
}

impl Call {
    pub(super) fn new(peer: Peer, method: &str, path: &str) -> Self {
        let uid = match peer {
            Peer::Unix { uid, .. } => Some(uid),
            Peer::Tcp(_) | Peer::Unknown => None,
        };
        let path = path.chars().take(200).collect();
        let (by, method) = (peer.to_string(), method.to_owned());
        Self { at: Timestamp::now(), by, uid, method, path, status: 0, problem: None }
    }

    /// Appends it to the file, or logs it.
    pub(super) async fn record(self, shared: &Arc<Shared>) {
        if self.status < 400 && PROBED.contains(&self.path.as_str()) {
            return;
        }
        let Some(file) = shared.state.load().source.base.admin_options.audit_file.clone() else {
            self.log();
            return;
        };
        let written = tokio::task::spawn_blocking(move || {
            if let Err(error) = change_log::append(&file, std::slice::from_ref(&self)) {
                tracing::error!(file = %file.display(), %error, "cannot write the audit log");
                self.log();
            }
        });
        // It was logged where it failed.
        let _ = written.await;
    }

    fn log(&self) {
        let Self { at: _, by, uid, method, path, status, problem } = self;
        tracing::info!(target: "audit", by, uid, method, path, status, problem, "admin call");
    }
}
