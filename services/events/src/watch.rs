//! Watches of clusters: Kubernetes Events, and workloads and nodes that are in trouble, without anybody who sends an alert.
//!
//! Each kind of object of each cluster has a watch of its own. What it sees becomes events of the same inbox as alerts, and its
//! cursor moves in the transaction of the events before it: after a stop, an error or a cut connection it goes on there, so that
//! nothing is lost or told twice. What the API server no longer remembers is found in a list, by the versions of its objects.
//!
//! Invariants: a watch only lists and watches; new events of a cluster are bounded by a rate, and none is taken while half the inbox
//! waits, so that alerts always find room; what is decided about an object is decided without IO.

mod settings;
mod reasons;
mod scope;
mod session;
mod client;
mod protocol;
mod reader;
mod objects;
mod event;
mod condition;
mod tracker;
mod store;
mod status;

pub(crate) use settings::WatchConfig;
pub use settings::{ClusterAccess, KubernetesType, NamespaceSettings, WatchSettings, Way};
pub(crate) use store::MIGRATION;

use crate::{metrics::EventMetrics, pace::Pace};
use aetherius_contracts::events::WatchStatus;
use aetherius_store::Store;
use foundation::shutdown::Shutdown;
use session::{Dropped, Shared, Watch};
use status::Status;
use std::sync::{Arc, Mutex, PoisonError, atomic::AtomicU32};
use tokio::task::JoinSet;

/// What watches need.
pub(crate) struct WatchDeps {
    pub(crate) store: Store,
    pub(crate) project_id: String,
    pub(crate) metrics: EventMetrics,
    /// Events that wait for a task, as it was last measured, and how many may.
    pub(crate) backlog: Arc<AtomicU32>,
    pub(crate) inbox_max: u32,
}

/// All watches of the process.
pub(crate) struct Watches {
    statuses: Vec<Arc<Status>>,
    waiting: Mutex<Vec<Watch>>,
}

impl Watches {
    /// Prepares a watch for each kind of object of each cluster; starts none.
    pub(crate) fn new(config: WatchConfig, deps: WatchDeps) -> Self {
        if config.enabled && config.clusters.is_empty() {
            tracing::warn!(
                "watching is enabled, and no cluster of `services.execution.clusters` can be watched"
            );
        }
        let shared = Arc::new(Shared {
            pace: Pace::new(config.rate_limit_per_minute),
            store: deps.store,
            config,
            project_id: deps.project_id,
            backlog: deps.backlog,
            backlog_max: (deps.inbox_max / 2).max(1),
        });
        let mut watches = Vec::new();
        for access in &shared.config.clusters {
            let nodes_not_ready = Arc::new(AtomicU32::new(0));
            for scope in scope::scopes(&access.id, &shared.config.rules) {
                watches.push(Watch {
                    status: Arc::new(Status::new(&scope, deps.metrics.clone())),
                    scope,
                    access: access.clone(),
                    shared: Arc::clone(&shared),
                    nodes_not_ready: Arc::clone(&nodes_not_ready),
                    dropped: Mutex::new(Dropped::default()),
                });
            }
            tracing::info!(cluster = access.id, "a cluster is watched");
        }
        let statuses = watches.iter().map(|watch| Arc::clone(&watch.status)).collect();
        Self { statuses, waiting: Mutex::new(watches) }
    }

    /// How each is doing.
    pub(crate) fn shown(&self) -> Vec<WatchStatus> {
        self.statuses.iter().map(|status| status.shown()).collect()
    }

    /// Runs them all until a stop is asked for.
    pub(crate) async fn run(&self, shutdown: &Shutdown) {
        let watches = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        let mut running: JoinSet<()> = watches.into_iter().map(|watch| watch.run(shutdown.clone())).collect();
        while let Some(ended) = running.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a watch ended that should not have");
            }
        }
    }
}
