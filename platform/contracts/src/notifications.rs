//! Notifications: who was told what, and whether it arrived.

use aetherius_rpc::{CallContext, CallError, Channel};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One message to one channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Notification {
    /// Ours; sent along as the idempotency key, so that a receiver that honours it sees one.
    pub id: String,
    /// The task it is about.
    pub task_id: String,
    /// The channel's name in the settings.
    pub channel: String,
    /// Where it stands.
    pub status: DeliveryStatus,
    /// How often it was tried.
    pub attempts: u32,
    /// Why the last attempt failed.
    pub error: Option<String>,
    /// When it was written down.
    pub created_at: Timestamp,
    /// When the receiver took it.
    pub delivered_at: Option<Timestamp>,
}

/// Where a notification stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryStatus {
    /// Will be tried.
    Pending,
    /// The receiver answered 2xx.
    Delivered,
    /// Given up after the last attempt.
    Failed,
}

/// A channel as people see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChannelInfo {
    /// Its name in the settings.
    pub name: String,
    /// `log` or `webhook`.
    pub kind: String,
    /// Where it leads, as far as that is no secret: of an address only scheme and host.
    pub target: String,
}

/// All channels; there are few.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChannelList {
    /// In the order of the settings.
    pub items: Vec<ChannelInfo>,
}

/// What became of a test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChannelTest {
    /// Whether it arrived.
    pub delivered: bool,
    /// How it went, in a sentence.
    pub detail: String,
}

/// The way to the notification service.
#[derive(Clone)]
pub struct NotificationsClient {
    channel: Channel,
}

impl NotificationsClient {
    /// Over a channel.
    #[must_use]
    pub fn new(channel: Channel) -> Self {
        Self { channel }
    }

    /// What was sent about a task.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn of_task(
        &self,
        task_id: &str,
        context: &CallContext,
    ) -> Result<Vec<Notification>, CallError> {
        self.channel.get(&format!("/v1/notifications?task_id={task_id}"), context).await
    }
}
