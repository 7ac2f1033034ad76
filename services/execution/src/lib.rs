//! Execution: a command goes in, is judged, runs, and comes out as a redacted output.
//!
//! The decisions are pure and sit apart from the IO. [`gate`] says whether an argument vector may run; [`runner`] runs exactly
//! that vector, against a cluster or against a [`recorded`] case; [`redact`] takes the secrets out of what it printed.
//!
//! Invariants: no command runs that [`gate::judge`] did not approve; no shell is ever started; a child gets an environment made for
//! it, not ours; no output leaves this crate before [`redact::redact`] has seen it.

mod settings;
mod api;
mod execute;
pub mod gate;
pub mod runner;
mod reach;
pub mod redact;
pub mod recorded;
pub mod demo;
mod store;
mod metrics;

/// What the endpoints take and answer, with paths of the service.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    api::endpoints().into_openapi()
}

#[cfg(test)]
mod testing;

pub use reach::tells_of_silence;
pub use settings::{ClusterSettings, ClusterSource, Config, Environment, KubectlSettings, Settings};
pub use store::MIGRATIONS;

use aetherius_rpc::CallerKey;
use aetherius_store::Store;
use axum::Router;
use foundation::{metrics::Metrics, shutdown::Shutdown};
use std::sync::Arc;

/// What the service needs.
pub struct Deps {
    /// Where results and outputs are kept.
    pub store: Store,
    /// Verifies callers.
    pub key: CallerKey,
    /// Where its metrics go.
    pub metrics: Metrics,
}

/// The execution service.
#[derive(Clone)]
pub struct Service {
    state: Arc<api::State>,
    key: CallerKey,
}

impl Service {
    /// Builds and wires; starts nothing.
    #[must_use]
    pub fn create(config: Config, deps: Deps) -> Self {
        for (id, reason) in config.missing() {
            tracing::warn!(cluster = id, reason, "a cluster cannot be asked");
        }
        let metrics = metrics::ExecutionMetrics::register(&deps.metrics);
        let state = api::State { executor: execute::Executor::new(config, deps.store, metrics) };
        Self { state: Arc::new(state), key: deps.key }
    }

    /// Warns of tools whose version the gate was not checked against, then waits for the shutdown. Nothing waits for the warnings.
    pub async fn run(self, shutdown: Shutdown) {
        tokio::select! {
            () = self.state.executor.doubt_tools() => shutdown.requested().await,
            () = shutdown.requested() => {}
        }
    }

    /// `/v1/commands…`, `/v1/steps`, `/v1/steps/execute`, `/v1/tools`, `/v1/clusters…` and `/v1/outputs/{hash}`.
    pub fn router(&self) -> Router {
        let router = api::router(Arc::clone(&self.state));
        aetherius_rpc::kit::wrap(router, "execution", &self.key, aetherius_rpc::kit::BODY_BYTES_MAX)
    }
}
