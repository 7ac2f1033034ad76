//! Identity: people, projects, roles and keys, and what proves them.
//!
//! In: names with passwords, keys, and what admins decide. Out: access tokens that whoever knows our public keys can check by
//! himself, and [`Trust`]: the keys, revocations and key hashes that whoever checks has to know.
//!
//! Invariants: no password, key or refresh token is stored or told, only what was made of it by hashing; whether a name exists can
//! be told neither from an answer nor from its time; a refresh token gives one successor, and whoever shows it again ends the
//! session; what is revoked is published before the answer that says so; every change is told in its own transaction.

mod settings;
mod trust;
mod api;
mod name;
mod password;
mod throttle;
mod refresh;
mod random;
mod signing;
mod store;
mod news;
mod denied;
mod housekeeping;
mod metrics;

pub use settings::{Config, Settings};
pub use signing::{KeyError, SigningKeys};
pub use store::MIGRATIONS;
pub use trust::{Surroundings, Trust, TrustedKey};

use aetherius_contracts::identity::Role;
use aetherius_rpc::{CallerKey, kit};
use aetherius_store::Store;
use axum::Router;
use foundation::{metrics::Metrics, shutdown::Shutdown};
use std::sync::{Arc, Mutex, RwLock};

/// What the service needs.
pub struct Deps {
    /// Where people, sessions and keys are kept.
    pub store: Store,
    /// Verifies callers.
    pub key: CallerKey,
    /// Where its metrics go.
    pub metrics: Metrics,
    /// The first project: its admins look after the whole installation, those of others after their own project.
    pub project_id: String,
    /// Signs access tokens.
    pub signing_keys: SigningKeys,
    /// Keys that are kept elsewhere and may sign in too.
    pub fixed_keys: Vec<FixedKey>,
    /// Where signing keys are kept, and who is told whom to believe.
    pub surroundings: Arc<dyn Surroundings>,
}

/// A key that is not ours to make or revoke.
#[derive(Clone, Debug)]
pub struct FixedKey {
    /// What its holder is called; no user can have this name.
    pub name: String,
    /// For people to read.
    pub display_name: String,
    /// What it may be used for.
    pub role: Role,
    /// Its hash in hexadecimal.
    pub sha256: String,
}

/// The identity service.
#[derive(Clone)]
pub struct Service {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) key: CallerKey,
    pub(crate) home_project: String,
    pub(crate) fixed_keys: Vec<FixedKey>,
    pub(crate) passwords: password::Passwords,
    pub(crate) throttle: Mutex<throttle::Throttle>,
    pub(crate) signing_keys: RwLock<Arc<SigningKeys>>,
    pub(crate) publisher: trust::Publisher,
    pub(crate) metrics: metrics::IdentityMetrics,
}

impl Service {
    /// Builds and wires; starts nothing.
    #[must_use]
    pub fn create(_config: Config, deps: Deps) -> Self {
        let metrics = metrics::IdentityMetrics::register(&deps.metrics);
        let inner = Inner {
            store: deps.store,
            key: deps.key,
            home_project: deps.project_id,
            fixed_keys: deps.fixed_keys,
            passwords: password::Passwords::new(),
            throttle: Mutex::default(),
            signing_keys: RwLock::new(Arc::new(deps.signing_keys)),
            publisher: trust::Publisher::new(deps.surroundings),
            metrics,
        };
        Self { inner: Arc::new(inner) }
    }

    /// `/v1/…` for known callers; `/auth/…` and `/.well-known/jwks.json` for everybody.
    pub fn router(&self) -> Router {
        let known = api::router(Arc::clone(&self.inner));
        let known = kit::wrap(known, "identity", &self.inner.key, api::BODY_BYTES_MAX);
        let public = api::public_router(Arc::clone(&self.inner));
        known.reset_fallback().merge(kit::wrap_public(public, "identity", api::BODY_BYTES_MAX))
    }

    /// Tells whom to believe, and keeps house, until a stop is asked for.
    pub async fn run(self, shutdown: Shutdown) {
        housekeeping::run(self.inner, shutdown).await;
    }
}

/// What the endpoints take and answer, with paths of the service.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    let mut document = api::endpoints().into_openapi();
    document.merge(api::public_endpoints().into_openapi());
    document
}

#[cfg(test)]
mod tests;
