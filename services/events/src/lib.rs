//! Events: webhooks in, stored and standardised events out.
//!
//! In: Alertmanager's webhook and custom ones, and what [`watch`] sees of clusters. Out: `event.received`, once for each event that
//! is neither a repeat nor silenced, and `silence.changed`.
//!
//! Invariants: nothing is answered with 2xx before it is on the disk; a full inbox answers 503 with `Retry-After` (Alertmanager
//! does not retry a 429); what is wrong with a request is told with its place, and nothing of it is stored.

mod settings;
mod api;
mod alertmanager;
mod custom;
mod dedup;
mod silence;
mod pace;
mod watch;
mod store;
mod metrics;

pub use settings::{Config, Settings};
pub use store::MIGRATIONS;
pub use watch::{ClusterAccess, KubernetesType, NamespaceSettings, WatchSettings, Way};

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
    /// The project of what a watch sees: nobody sends it.
    pub project_id: String,
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
        let metrics = metrics::EventMetrics::register(&deps.metrics);
        let backlog = Arc::new(AtomicU32::new(0));
        let watching = watch::WatchDeps {
            store: deps.store.clone(),
            project_id: deps.project_id,
            metrics: metrics.clone(),
            backlog: Arc::clone(&backlog),
            inbox_max: config.inbox_max,
        };
        let state = api::State {
            pace: pace::Pace::new(config.rate_limit_per_minute),
            watches: watch::Watches::new(config.watch.clone(), watching),
            config,
            store: deps.store,
            backlog,
            metrics,
        };
        Self { state: Arc::new(state), key: deps.key }
    }

    /// `/webhook/…`, `/v1/events/…`, `/v1/silences` and `/v1/watches`.
    pub fn router(&self) -> Router {
        let body_bytes_max = self.state.config.max_payload_size;
        aetherius_rpc::kit::wrap(api::router(Arc::clone(&self.state)), "events", &self.key, body_bytes_max)
    }

    /// Measures the inbox and watches clusters until a stop is asked for.
    pub async fn run(self, shutdown: Shutdown) {
        tokio::join!(self.measure(&shutdown), self.state.watches.run(&shutdown));
    }

    async fn measure(&self, shutdown: &Shutdown) {
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

/// What the endpoints take and answer, with paths of the service.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    api::endpoints().into_openapi()
}
