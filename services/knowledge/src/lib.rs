//! Knowledge: what people and earlier incidents taught, found again by likeness.
//!
//! In: entries. Out: the entries most like a text, with a score from 0 to 1.
//!
//! Invariants: an entry is seen only by its project; an embedding never leaves the service and follows every change of its entry.

mod settings;
mod api;
mod embedding;
mod store;

pub use settings::{Config, Settings};
pub use store::MIGRATIONS;

use aetherius_rpc::CallerKey;
use aetherius_store::Store;
use axum::Router;
use std::sync::Arc;

/// What the service needs.
pub struct Deps {
    /// Where entries are kept.
    pub store: Store,
    /// Verifies callers.
    pub key: CallerKey,
}

/// The knowledge service.
#[derive(Clone)]
pub struct Service {
    state: Arc<api::State>,
    key: CallerKey,
}

impl Service {
    /// Builds and wires; starts nothing.
    #[must_use]
    pub fn create(config: Config, deps: Deps) -> Self {
        Self { state: Arc::new(api::State { config, store: deps.store }), key: deps.key }
    }

    /// `/v1/knowledge…` and `/v1/search`.
    pub fn router(&self) -> Router {
        let router = api::router(Arc::clone(&self.state));
        aetherius_rpc::kit::wrap(router, "knowledge", &self.key, aetherius_rpc::kit::BODY_BYTES_MAX)
    }
}

/// What the endpoints take and answer, with paths of the service.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    api::endpoints().into_openapi()
}
