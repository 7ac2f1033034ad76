//! HTTP in and out.

use crate::{Inner, denied::Denied, name, store::Scope};
use aetherius_contracts::{endpoint::ADMINS, identity::Page};
use aetherius_rpc::{Caller, Problem};
use aetherius_store::StoreError;
use axum::{
    Router,
    routing::{delete, get, patch, post},
};
use serde::Deserialize;
use std::sync::Arc;

mod cookies;
mod keys;
mod me;
mod projects;
mod sign_in;
mod users;

/// The largest body is a user with a long name and a long password.
pub(crate) const BODY_BYTES_MAX: usize = 16 << 10;

pub(crate) fn router(inner: Arc<Inner>) -> Router {
    Router::new()
        .route("/v1/me", get(me::show))
        .route("/v1/me/password", post(me::change_password))
        .route("/v1/users", get(users::list).post(users::add))
        .route("/v1/users/{name}", patch(users::change).delete(users::remove))
        .route("/v1/keys", get(keys::list).post(keys::add))
        .route("/v1/keys/{id}", delete(keys::revoke))
        .route("/v1/projects", get(projects::list).post(projects::add))
        .route("/v1/signing-keys", post(keys::rotate_signing_keys))
        .with_state(inner)
}

pub(crate) fn public_router(inner: Arc<Inner>) -> Router {
    Router::new()
        .route("/auth/login", post(sign_in::sign_in))
        .route("/auth/refresh", post(sign_in::refresh))
        .route("/auth/logout", post(sign_in::sign_out))
        .route("/.well-known/jwks.json", get(keys::public_signing_keys))
        .with_state(inner)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListParams {
    #[serde(default)]
    after: String,
    limit: Option<u32>,
}

impl ListParams {
    fn limit(&self) -> u32 {
        self.limit.unwrap_or(50).clamp(1, 200)
    }
}

/// A page of what was read with one row more than fits.
fn page<T>(mut items: Vec<T>, limit: u32, id: impl Fn(&T) -> &str) -> Page<T> {
    let has_more = items.len() > limit as usize;
    items.truncate(limit as usize);
    let next = items.last().filter(|_| has_more).map(|last| id(last).to_owned());
    Page { items, next }
}

impl Inner {
    /// What an admin may look after.
    fn scope(&self, caller: &Caller) -> Result<Scope, Problem> {
        caller.require(ADMINS)?;
        Ok(if caller.project == self.home_project {
            Scope::Installation
        } else {
            Scope::Project(caller.project.clone())
        })
    }

    /// Where something new belongs: where it was asked for, or where the caller does.
    fn project_for(&self, caller: &Caller, wanted: Option<String>) -> Result<String, Problem> {
        let project = wanted.unwrap_or_else(|| caller.project.clone());
        match self.scope(caller)? {
            Scope::Project(own) if own != project => Err(Problem::not_found("project", &project)),
            _ => Ok(project),
        }
    }

    fn is_user(&self, caller: &Caller) -> bool {
        name::is_user(caller, &self.fixed_keys)
    }

    async fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&aetherius_store::Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Denied> {
        Ok(self.store.read(job).await?)
    }
}
