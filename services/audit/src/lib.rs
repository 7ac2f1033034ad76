//! Audit: everything that services tell each other, in a chain of hashes that shows whether anything was changed afterwards.
//!
//! In: every topic. Out: the links about a subject, and whether the chain holds.
//!
//! Invariants: a message has exactly one link, written in the transaction that takes the message; positions have no gaps; a link
//! is never changed or removed by us; a message that cannot be understood is recorded too.

mod settings;
mod api;
mod record;
mod chain;
mod verify;
mod store;
mod metrics;

pub use settings::{Config, Settings};
pub use store::MIGRATIONS;

use aetherius_contracts::messages::ALL;
use aetherius_rpc::CallerKey;
use aetherius_store::Store;
use axum::Router;
use foundation::{metrics::Metrics, shutdown::Shutdown};
use std::sync::Arc;

/// The name under which the service reads the log, and under which its offset is kept.
pub const CONSUMER: &str = "audit";

/// What the service needs.
pub struct Deps {
    /// Where the chain is kept.
    pub store: Store,
    /// Verifies callers.
    pub key: CallerKey,
    /// Where its metrics go.
    pub metrics: Metrics,
}

/// The audit service.
#[derive(Clone)]
pub struct Service {
    state: Arc<api::State>,
    key: CallerKey,
}

impl Service {
    /// Builds and wires; starts nothing.
    #[must_use]
    pub fn create(_config: Config, deps: Deps) -> Self {
        let Deps { store, key, metrics } = deps;
        let metrics = metrics::AuditMetrics::register(&metrics);
        Self { state: Arc::new(api::State { store, metrics }), key }
    }

    /// `/v1/audit…`.
    pub fn router(&self) -> Router {
        let router = api::router(Arc::clone(&self.state));
        aetherius_rpc::kit::wrap(router, "audit", &self.key, aetherius_rpc::kit::BODY_BYTES_MAX)
    }

    /// Records every message until a stop is asked for.
    pub async fn run(self, shutdown: Shutdown) {
        let state = Arc::clone(&self.state);
        let handle = move |tx: &aetherius_store::Tx<'_>, message: &aetherius_bus::Message| {
            let link = record::of_message(message, jiff::Timestamp::now());
            store::append(tx, link)?;
            state.metrics.links.inc();
            Ok(())
        };
        aetherius_bus::consume(self.state.store.clone(), CONSUMER, ALL, handle, shutdown).await;
    }
}

/// What the endpoints take and answer, with paths of the service.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    api::endpoints().into_openapi()
}

#[cfg(test)]
mod tests;
