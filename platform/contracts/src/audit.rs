//! Audit: what was done, in a chain that shows whether anything was changed afterwards.

use aetherius_rpc::{CallContext, CallError, Channel};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One link of the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditEvent {
    /// The position, from 1, without gaps.
    pub seq: i64,
    /// The message it records.
    pub message_id: String,
    /// What happened: the message's topic.
    pub action: String,
    /// The project.
    pub project_id: String,
    /// What it happened to, e.g. a task's id.
    pub subject: String,
    /// The trace id.
    pub trace_id: String,
    /// SHA-256 of the message's payload.
    pub payload_hash: String,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// The hash of the link before; 64 zeros for the first.
    pub previous_hash: String,
    /// SHA-256 over this link's fields and `previous_hash`.
    pub hash: String,
}

/// Whether the chain holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChainStatus {
    /// True when every link follows from the one before.
    pub intact: bool,
    /// How many links were checked.
    pub links: i64,
    /// The first link that does not follow.
    pub broken_at: Option<i64>,
    /// The last link's hash: write it down elsewhere, and a chain that was rewritten as a whole shows too.
    pub head: String,
}

/// The way to the audit service.
#[derive(Clone)]
pub struct AuditClient {
    channel: Channel,
}

impl AuditClient {
    /// Over a channel.
    #[must_use]
    pub fn new(channel: Channel) -> Self {
        Self { channel }
    }

    /// The links about a subject, oldest first.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn of_subject(
        &self,
        subject: &str,
        context: &CallContext,
    ) -> Result<Vec<AuditEvent>, CallError> {
        self.channel.get(&format!("/v1/audit?subject={subject}"), context).await
    }
}
