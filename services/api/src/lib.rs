//! The API of the whole: incidents joined from the services that know a part of each, for programs and as pages for people.
//!
//! In: requests of people. Out: JSON under `/v1/incidents`, HTML under `/ui`.
//!
//! Invariants: nothing is stored here; who asks is a verified caller, but for signing in and out, where nothing is told; a side
//! service that does not answer costs its part of a page and never the page; pages run no scripts and load nothing; what others
//! wrote is shown as text and never as markup.

mod settings;
mod rest;
mod incident;
mod gather;
mod pages;
mod reference;

pub use incident::{IncidentPage, IncidentSummary, IncidentView, Part};
pub use settings::{Config, Settings};

use aetherius_contracts::{
    audit::AuditClient, notifications::NotificationsClient, reports::ReportsClient, tasks::TasksClient,
};
use aetherius_rpc::{CallerKey, kit};
use axum::{Router, middleware};
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
    /// The document that describes the endpoints of all services.
    pub openapi: serde_json::Value,
}

/// The API service.
#[derive(Clone)]
pub struct Service {
    gather: Arc<gather::Gather>,
    reference: Arc<reference::Reference>,
    key: CallerKey,
}

impl Service {
    /// Builds and wires; starts nothing.
    #[must_use]
    pub fn create(_config: Config, deps: Deps) -> Self {
        let Deps { key, tasks, reports, notifications, audit, openapi } = deps;
        let gather = gather::Gather::new(tasks, reports, notifications, audit);
        Self { gather: Arc::new(gather), reference: Arc::new(reference::Reference::new(openapi)), key }
    }

    /// `/v1/incidents…`, `/ui/…` and `/`.
    pub fn router(&self) -> Router {
        let known = rest::router(Arc::clone(&self.gather))
            .merge(pages::router(Arc::clone(&self.gather)))
            .merge(reference::router(Arc::clone(&self.reference)));
        let known = kit::wrap(known, "api", &self.key, kit::BODY_BYTES_MAX);
        known.merge(pages::public_router()).layer(middleware::from_fn(pages::as_page))
    }
}

/// What the endpoints take and answer, with paths of the service.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    let mut document = rest::endpoints().into_openapi();
    document.merge(reference::endpoints().into_openapi());
    document
}

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
