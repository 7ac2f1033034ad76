//! Events: webhooks in, stored and standardised events out.
//!
//! In: Alertmanager's webhook and custom ones. Out: `event.received`, once for each event that is not a repeat.
//!
//! Invariants: nothing is answered with 2xx before it is on the disk; a full inbox answers 503 with `Retry-After` (Alertmanager
//! does not retry a 429); what is wrong with a request is told with its place, and nothing of it is stored.

mod settings;
mod api;
mod alertmanager;
mod custom;
mod dedup;
mod pace;
mod store;
mod metrics;

pub use settings::{Config, Settings};
pub use store::MIGRATIONS;

use aetherius_contracts::messages::{EVENT_RECEIVED, EVENT_RECEIVED_CONSUMER};
use aetherius_rpc::{CallerKey, problem::chain};
use aetherius_store::Store;
use axum::Router;
use foundation::{metrics::Metrics, shutdown::Shutdown};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

/// How often the inbox is measured.
const BACKLOG_EVERY: Duration = Duration::from_millis(250);

/// What the service needs.
pub struct Deps {
    /// Where events are kept.
    pub store: Store,
    /// Verifies callers.
    pub key: CallerKey,
    /// Where its metrics go.
    pub metrics: Metrics,
}

/// The event service.
#[derive(Clone)]
pub struct Service {
    state: Arc<api::State>,
    key: CallerKey,
}

impl Service {
    /// Builds and wires; starts nothing.
    #[must_use]
    pub fn create(config: Config, deps: Deps) -> Self {
        let state = api::State {
            pace: pace::Pace::new(config.rate_limit_per_minute),
            config,
            store: deps.store,
            backlog: AtomicU32::new(0),
            metrics: metrics::EventMetrics::register(&deps.metrics),
        };
        Self { state: Arc::new(state), key: deps.key }
    }

    /// `/webhook/…` and `/v1/events/…`.
    pub fn router(&self) -> Router {
        let body_bytes_max = self.state.config.max_payload_size;
        aetherius_rpc::kit::wrap(api::router(Arc::clone(&self.state)), "events", &self.key, body_bytes_max)
    }

    /// Measures the inbox until a stop is asked for.
    pub async fn run(self, shutdown: Shutdown) {
        let state = &self.state;
        while !shutdown.is_requested() {
            let limit = state.config.inbox_max;
            match aetherius_bus::backlog(&state.store, EVENT_RECEIVED_CONSUMER, EVENT_RECEIVED, limit).await {
                Ok(backlog) => state.backlog.store(backlog, Ordering::Relaxed),
                Err(error) => tracing::warn!(error = %chain(&error), "the inbox could not be measured"),
            }
            tokio::select! {
                () = shutdown.requested() => return,
                () = tokio::time::sleep(BACKLOG_EVERY) => {}
            }
        }
    }
}
