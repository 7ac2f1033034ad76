//! Reasoning: from an event to what to run, from outputs to findings, from findings to one root cause.
//!
//! In go the outputs of commands ([`StepResult`](aetherius_contracts::execution::StepResult)); out comes a
//! [`Diagnosis`](aetherius_contracts::reasoning::Diagnosis). On the way, `adapter` reads each output, whatever its form, into the
//! same simplified `objects`; `rules` look at the objects and never at text; `rank` chooses the root cause among their findings.
//! `plan` says which commands to run in the first place.
//!
//! Invariants: everything between input and answer is pure and deterministic, without IO and clock, and the service keeps nothing.
//! No input makes it panic. Every finding carries at least one line of evidence that stands, byte for byte, in an output. No rule
//! knows the name of a service, a namespace or a node: renaming all objects of a cluster does not change a verdict.

mod settings;
mod api;
mod plan;
mod adapter;
mod objects;
mod evidence;
mod rules;
mod rank;

/// What the endpoints take and answer, with paths of the service.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    api::endpoints().into_openapi()
}

#[cfg(test)]
mod testing;

pub use rank::diagnose;
pub use settings::{Config, Settings};

use aetherius_contracts::knowledge::KnowledgeClient;
use aetherius_rpc::CallerKey;
use axum::Router;
use std::sync::Arc;

/// What the service needs.
pub struct Deps {
    /// Verifies callers.
    pub key: CallerKey,
    /// What was learnt before.
    pub knowledge: KnowledgeClient,
}

/// The reasoning service. It keeps no state.
#[derive(Clone)]
pub struct Service {
    state: Arc<api::State>,
    key: CallerKey,
}

impl Service {
    /// Builds and wires.
    #[must_use]
    pub fn create(config: Config, deps: Deps) -> Self {
        let state = api::State { config, knowledge: deps.knowledge };
        Self { state: Arc::new(state), key: deps.key }
    }

    /// `/v1/strategies` and `/v1/decisions`.
    pub fn router(&self) -> Router {
        let router = api::router(Arc::clone(&self.state));
        aetherius_rpc::kit::wrap(router, "reasoning", &self.key, self.state.config.outputs_bytes_max)
    }
}
