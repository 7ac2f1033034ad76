//! Orchestrator: events become durable tasks, and workers carry each task from its lease to its end.
//!
//! In: `event.received`, and people through `/v1/tasks`. Out: `task.created`, `task.changed`, `task.completed`.
//!
//! Invariants: no two tasks have one event; a task is held by one lease at a time and a worker that lost its lease writes
//! nothing; what a task has done is in the journal before it is used, so that a task goes on after a crash where it was.

mod settings;
mod priority;
mod lease;
mod workflow;
mod worker;
mod intake;
mod people;
mod summary;
mod stats;
mod api;
mod store;
mod metrics;

pub use settings::{Config, Settings};
pub use store::MIGRATIONS;
pub use workflow::{Clients, WorkflowError, diagnose};

use aetherius_rpc::CallerKey;
use aetherius_store::Store;
use axum::Router;
use foundation::{metrics::Metrics, shutdown::Shutdown};
use std::sync::{Arc, atomic::AtomicU32};
use tokio::sync::Notify;

/// What the service needs.
pub struct Deps {
    /// Where tasks are kept.
    pub store: Store,
    /// Verifies callers.
    pub key: CallerKey,
    /// Where its metrics go.
    pub metrics: Metrics,
    /// The services it drives.
    pub clients: Clients,
}

/// The orchestrator.
#[derive(Clone)]
pub struct Service {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) config: Config,
    pub(crate) store: Store,
    pub(crate) key: CallerKey,
    pub(crate) clients: Clients,
    pub(crate) metrics: metrics::TaskMetrics,
    /// Tasks that wait, measured now and then.
    pub(crate) waiting: AtomicU32,
    /// Rings when a worker has become free or a person has put a task back.
    pub(crate) work: Notify,
}

impl Service {
    /// Builds and wires; starts nothing.
    #[must_use]
    pub fn create(config: Config, deps: Deps) -> Self {
        let Deps { store, key, metrics, clients } = deps;
        let metrics = metrics::TaskMetrics::register(&metrics);
        let inner =
            Inner { config, store, key, clients, metrics, waiting: AtomicU32::new(0), work: Notify::new() };
        Self { inner: Arc::new(inner) }
    }

    /// `/v1/tasks…` and `/v1/queue/status`.
    pub fn router(&self) -> Router {
        let router = api::router(Arc::clone(&self.inner));
        aetherius_rpc::kit::wrap(router, "orchestrator", &self.inner.key, aetherius_rpc::kit::BODY_BYTES_MAX)
    }

    /// Makes tasks of events and works on them until a stop is asked for. Tasks in work then give their leases back and go on
    /// from their journals after the next start.
    pub async fn run(self, shutdown: Shutdown) {
        let intake = intake::run(Arc::clone(&self.inner), shutdown.clone());
        let workers = worker::run(Arc::clone(&self.inner), shutdown);
        tokio::join!(intake, workers);
    }
}

/// What the endpoints take and answer, with paths of the service.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    api::endpoints().into_openapi()
}
