//! The document that describes every endpoint: as JSON for programs, and as a page for people.
//!
//! The page is made of the document alone, once, and loads nothing: what a browser finds with Ctrl-F is all there is.

mod page;
mod schema;

use aetherius_contracts::endpoint::READERS;
use aetherius_rpc::{Caller, Problem};
use axum::{
    Router,
    extract::State,
    http::{HeaderName, header},
    response::{Html, IntoResponse, Response},
};
use serde_json::Value;
use std::sync::{Arc, OnceLock};
use utoipa_axum::{router::OpenApiRouter, routes};

#[cfg(test)]
mod tests;

const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The document, and the page that is made of it when it is first asked for.
pub(crate) struct Reference {
    document: Value,
    json: String,
    page: OnceLock<String>,
}

impl Reference {
    pub(crate) fn new(document: Value) -> Self {
        Self { json: document.to_string(), document, page: OnceLock::new() }
    }
}

pub(crate) fn router(reference: Arc<Reference>) -> Router {
    endpoints().with_state(reference).into()
}

pub(crate) fn endpoints() -> OpenApiRouter<Arc<Reference>> {
    OpenApiRouter::new().routes(routes!(openapi)).routes(routes!(reference))
}

/// This document: every endpoint of every service, as OpenAPI 3.1.
#[utoipa::path(
    get,
    path = "/api/openapi.json",
    responses((status = 200, description = "the document", body = Object)),
    extensions(("x-roles" = json!(READERS))),
)]
async fn openapi(State(reference): State<Arc<Reference>>, caller: Caller) -> Result<Response, Problem> {
    caller.require(READERS)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], reference.json.clone()).into_response())
}

/// The same as a page for people.
#[utoipa::path(
    get,
    path = "/api/reference",
    responses((status = 200, description = "the page", body = String, content_type = "text/html")),
    extensions(("x-roles" = json!(READERS))),
)]
async fn reference(State(reference): State<Arc<Reference>>, caller: Caller) -> Result<Response, Problem> {
    caller.require(READERS)?;
    let page = reference.page.get_or_init(|| page::render(&reference.document).into_string());
    let headers: [(HeaderName, &str); 3] = [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    Ok((headers, Html(page.clone())).into_response())
}
