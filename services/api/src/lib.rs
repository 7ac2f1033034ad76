//! The API of the whole: incidents joined from the services that know a part of each, and the dashboard that shows them.
//!
//! In: requests of people, and the log. Out: JSON under `/v1/incidents`, every change over `/v1/live`, the gateway's state under
//! `/v1/gateway`, the document of all endpoints under `/api`, the dashboard's files under `/ui`.
//!
//! Invariants: nothing is stored here; what a person does is passed on in their name; who asks is a verified caller, but for the
//! dashboard's files, which tell nothing; a side service that does not answer costs its part of an answer and never the answer.

mod settings;
mod rest;
mod incident;
mod gather;
mod live;
mod gateway;
mod dashboard;
pub mod demo;
mod reference;

pub use gateway::{Cluster, Endpoint, GatewayState, GatewayView, Listener, Route, RouteTraffic, Traffic};
pub use incident::{IncidentPage, IncidentSummary, IncidentView, Part};
pub use settings::{Config, Settings};

use aetherius_contracts::{
    audit::AuditClient, events::EventsClient, execution::ExecutionClient, notifications::NotificationsClient,
    reports::ReportsClient, tasks::TasksClient,
};
use aetherius_rpc::{CallerKey, Channel, kit};
use aetherius_store::Store;
use axum::Router;
use foundation::shutdown::Shutdown;
use std::sync::Arc;

/// What the service needs.
pub struct Deps {
    /// Verifies callers.
    pub key: CallerKey,
    /// The way to the orchestrator.
    pub tasks: TasksClient,
    /// The way to the events.
    pub events: EventsClient,
    /// The way to the execution.
    pub execution: ExecutionClient,
    /// The way to the reports.
    pub reports: ReportsClient,
    /// The way to the notifications.
    pub notifications: NotificationsClient,
    /// The way to the audit.
    pub audit: AuditClient,
    /// The log of which clients are told; none where the orchestrator is in another process.
    pub log: Option<Store>,
    /// The way to the gateway's admin server, if there is one.
    pub gateway: Option<Channel>,
    /// What the demonstration needs.
    pub demo: demo::DemoDeps,
    /// The document that describes the endpoints of all services.
    pub openapi: serde_json::Value,
}

/// The API service.
#[derive(Clone)]
pub struct Service {
    gather: Arc<gather::Gather>,
    live: Option<Arc<live::Live>>,
    gateway: Arc<gateway::Gateway>,
    demo: Arc<demo::Stage>,
    reference: Arc<reference::Reference>,
    key: CallerKey,
}

impl Service {
    /// Builds and wires; starts nothing.
    #[must_use]
    pub fn create(_config: Config, deps: Deps) -> Self {
        let Deps {
            key,
            tasks,
            events,
            execution,
            reports,
            notifications,
            audit,
            log,
            gateway,
            demo,
            openapi,
        } = deps;
        let gather = Arc::new(gather::Gather { tasks, events, execution, reports, notifications, audit });
        let live = log.map(|store| Arc::new(live::Live::new(store, Arc::clone(&gather))));
        Self {
            gather,
            live,
            gateway: Arc::new(gateway::Gateway::new(gateway)),
            demo: Arc::new(demo::Stage::new(demo)),
            reference: Arc::new(reference::Reference::new(openapi)),
            key,
        }
    }

    /// `/v1/incidents…`, `/v1/live`, `/v1/gateway`, `/v1/demo`, `/api/openapi.json`, `/api/reference`, `/ui/…` and `/`.
    pub fn router(&self) -> Router {
        let known = rest::router(Arc::clone(&self.gather))
            .merge(rest::gateway_router(Arc::clone(&self.gateway)))
            .merge(live::router(self.live.clone()))
            .merge(demo::router(Arc::clone(&self.demo)))
            .merge(reference::router(Arc::clone(&self.reference)));
        let known = kit::wrap(known, "api", &self.key, kit::BODY_BYTES_MAX);
        known.merge(dashboard::router())
    }

    /// Tells clients of changes until a stop is asked for.
    pub async fn run(self, shutdown: Shutdown) {
        match &self.live {
            Some(live) => live.run(shutdown).await,
            None => shutdown.requested().await,
        }
    }
}

/// What the endpoints take and answer, with paths of the service.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    let mut document = rest::endpoints().into_openapi();
    document.merge(rest::gateway_endpoints().into_openapi());
    document.merge(live::endpoints().into_openapi());
    document.merge(demo::endpoints().into_openapi());
    document.merge(reference::endpoints().into_openapi());
    document
}

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
