//! The API of the whole: incidents joined from the services that know a part of each, and the dashboard that shows them.
//!
//! In: requests of people. Out: JSON under `/v1/incidents`, the dashboard's files under `/ui`.
//!
//! Invariants: nothing is stored here; who asks is a verified caller, but for the dashboard's files, which tell nothing; a side
//! service that does not answer costs its part of an answer and never the answer.

mod settings;
mod rest;
mod incident;
mod gather;
mod dashboard;

pub use incident::{IncidentPage, IncidentSummary, IncidentView, Part};
pub use settings::{Config, Settings};

use aetherius_contracts::{
    audit::AuditClient, notifications::NotificationsClient, reports::ReportsClient, tasks::TasksClient,
};
use aetherius_rpc::{CallerKey, kit};
use axum::Router;
use std::sync::Arc;

/// What the service needs.
pub struct Deps {
    /// Verifies callers.
    pub key: CallerKey,
    /// The way to the orchestrator.
    pub tasks: TasksClient,
    /// The way to the reports.
    pub reports: ReportsClient,
    /// The way to the notifications.
    pub notifications: NotificationsClient,
    /// The way to the audit.
    pub audit: AuditClient,
}

/// The API service.
#[derive(Clone)]
pub struct Service {
    gather: Arc<gather::Gather>,
    key: CallerKey,
}

impl Service {
    /// Builds and wires; starts nothing.
    #[must_use]
    pub fn create(_config: Config, deps: Deps) -> Self {
        let Deps { key, tasks, reports, notifications, audit } = deps;
        Self { gather: Arc::new(gather::Gather::new(tasks, reports, notifications, audit)), key }
    }

    /// `/v1/incidents…`, `/ui/…` and `/`.
    pub fn router(&self) -> Router {
        let known = kit::wrap(rest::router(Arc::clone(&self.gather)), "api", &self.key, kit::BODY_BYTES_MAX);
        known.merge(dashboard::router())
    }
}

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
