//! HTTP in and out.

use crate::{Inner, denied::Denied, name, store::Scope};
use aetherius_contracts::{
    endpoint::{ADMINS, page_limit},
    identity::Page,
};
use aetherius_rpc::{Caller, Problem};
use aetherius_store::StoreError;
use axum::Router;
use serde::Deserialize;
use std::sync::Arc;
use utoipa_axum::{router::OpenApiRouter, routes};

mod cookies;
mod keys;
mod me;
mod projects;
mod sign_in;
mod users;

/// The largest body is a user with a long name and a long password.
pub(crate) const BODY_BYTES_MAX: usize = 16 << 10;

pub(crate) fn router(inner: Arc<Inner>) -> Router {
    endpoints().with_state(inner).into()
}

pub(crate) fn endpoints() -> OpenApiRouter<Arc<Inner>> {
    OpenApiRouter::new()
        .routes(routes!(me::show))
        .routes(routes!(me::change_password))
        .routes(routes!(users::list, users::add))
        .routes(routes!(users::change, users::remove))
        .routes(routes!(keys::list, keys::add))
        .routes(routes!(keys::revoke))
        .routes(routes!(projects::list, projects::add))
        .routes(routes!(keys::rotate_signing_keys))
}

pub(crate) fn public_router(inner: Arc<Inner>) -> Router {
    public_endpoints().with_state(inner).into()
}

pub(crate) fn public_endpoints() -> OpenApiRouter<Arc<Inner>> {
    OpenApiRouter::new()
        .routes(routes!(sign_in::sign_in))
        .routes(routes!(sign_in::refresh))
        .routes(routes!(sign_in::sign_out))
        .routes(routes!(keys::public_signing_keys))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListParams {
    /// The `next` of the page before.
    #[serde(default)]
    after: String,
    /// How many at most; 50 if absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

impl ListParams {
    fn limit(&self) -> Result<u32, Problem> {
        page_limit(self.limit, 50, 200)
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
