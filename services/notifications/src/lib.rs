//! Notifications: people are told, on every channel that is configured, and it is known whether it arrived.
//!
//! In: `notification.send`. Out: a log line or a webhook for each channel, and `notification.delivered`;
//! `channel.tested` when a person has tried a channel.
//!
//! Invariants: a notification is on the disk before it is tried, and each try is counted before it is made; a message gives one
//! notification a channel, whose id goes along as its idempotency key, the same at every try; waiting for a retry holds nothing
//! but a row; a channel that hangs delays no other.

mod settings;
mod api;
mod store;
mod delivery;
mod attempt;
mod channels;
mod metrics;

pub use settings::{ChannelKind, ChannelSettings, Config, Settings};
pub use store::MIGRATIONS;

use aetherius_bus::{HandleError, Message};
use aetherius_contracts::messages::{NOTIFICATION_SEND, NotificationSend};
use aetherius_rpc::CallerKey;
use aetherius_store::{Store, Tx};
use axum::Router;
use foundation::{metrics::Metrics, shutdown::Shutdown};
use std::sync::Arc;
use tokio::sync::Notify;

/// The name under which the service reads the log, and under which its offset is kept.
pub const CONSUMER: &str = "notifications";

/// What the service needs.
pub struct Deps {
    /// Where notifications are kept.
    pub store: Store,
    /// Verifies callers.
    pub key: CallerKey,
    /// Where its metrics go.
    pub metrics: Metrics,
    /// Calls webhooks: the one of [`aetherius_rpc::channel::http_client`], which follows no redirects.
    pub http: reqwest::Client,
}

/// The notification service.
#[derive(Clone)]
pub struct Service {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) config: Config,
    pub(crate) store: Store,
    pub(crate) key: CallerKey,
    pub(crate) http: reqwest::Client,
    pub(crate) metrics: metrics::DeliveryMetrics,
    /// Wakes the deliverer of each channel, in the order of the channels.
    pub(crate) news: Vec<Notify>,
}

impl Service {
    /// Builds and wires; starts nothing.
    #[must_use]
    pub fn create(config: Config, deps: Deps) -> Self {
        let Deps { store, key, metrics, http } = deps;
        let news = config.channels.iter().map(|_| Notify::new()).collect();
        let metrics = metrics::DeliveryMetrics::register(&metrics);
        Self { inner: Arc::new(Inner { config, store, key, http, metrics, news }) }
    }

    /// `/v1/notifications…` and `/v1/channels…`.
    pub fn router(&self) -> Router {
        let router = api::router(Arc::clone(&self.inner));
        aetherius_rpc::kit::wrap(router, "notifications", &self.inner.key, aetherius_rpc::kit::BODY_BYTES_MAX)
    }

    /// Takes messages and delivers them until a stop is asked for. A try that has begun is finished first; the rest goes on
    /// after the next start.
    pub async fn run(self, shutdown: Shutdown) {
        let inner = Arc::clone(&self.inner);
        let handle = move |tx: &Tx<'_>, message: &Message| take(&inner, tx, message);
        let store = self.inner.store.clone();
        let intake = aetherius_bus::consume(store, CONSUMER, &[NOTIFICATION_SEND], handle, shutdown.clone());
        let deliveries = delivery::run(self.inner, shutdown);
        tokio::join!(intake, deliveries);
    }
}

/// Writes a notification for each channel. The deliverers are woken before this is committed, which is soon enough: they look by
/// a write, and writes are done one after the other.
fn take(inner: &Inner, tx: &Tx<'_>, message: &Message) -> Result<(), HandleError> {
    let send: NotificationSend = message.payload()?;
    for (channel, news) in inner.config.channels.iter().zip(&inner.news) {
        store::put(tx, &channel.name, message, &send, jiff::Timestamp::now())?;
        news.notify_one();
    }
    Ok(())
}

/// What the endpoints take and answer, with paths of the service.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    api::endpoints().into_openapi()
}

#[cfg(test)]
mod tests;
