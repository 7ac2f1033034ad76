//! The pages under `/ui`.

mod layout;
mod sign_in;
mod list;
mod incident;
mod findings;
mod timeline;
mod output;
mod text;

use crate::gather::Gather;
use aetherius_rpc::{Caller, Code, Problem, Query, context::Trace};
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Path, Request, State},
    http::{Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use jiff::Timestamp;
use layout::Page;
use serde::Deserialize;
use std::sync::Arc;

/// Where people begin.
const HOME: &str = "/ui/incidents";
const SIGN_IN: &str = "/ui/sign-in";
/// Incidents on one page.
const LIMIT: u32 = 50;
/// A problem is a few sentences.
const PROBLEM_BYTES_MAX: usize = 64 << 10;

/// Pages for a known caller.
pub(crate) fn router(gather: Arc<Gather>) -> Router {
    Router::new().route(HOME, get(incidents)).route("/ui/incidents/{id}", get(one)).with_state(gather)
}

/// What is reached without a caller: it tells nothing.
pub(crate) fn public_router() -> Router {
    let home = || async { Redirect::to(HOME) };
    Router::new()
        .route("/", get(home))
        .route("/ui", get(home))
        .route("/ui/", get(home))
        .merge(sign_in::router())
}

#[derive(Deserialize)]
struct ListQuery {
    #[serde(default)]
    after: String,
}

async fn incidents(
    State(gather): State<Arc<Gather>>,
    caller: Caller,
    Trace(trace): Trace,
    Query(query): Query<ListQuery>,
) -> Result<Page, Problem> {
    let page = gather.list(&caller, trace, LIMIT, &query.after).await?;
    Ok(list::page(&page, &query.after, Timestamp::now()))
}

async fn one(
    State(gather): State<Arc<Gather>>,
    caller: Caller,
    Trace(trace): Trace,
    Path(id): Path<String>,
) -> Result<Page, Problem> {
    let incident = gather.one(&caller, trace, &id).await?;
    Ok(incident::page(&incident, Timestamp::now()))
}

/// Who looks at pages is told of problems by a page; who is not known is sent to sign in.
pub(crate) async fn as_page(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_page = path == "/ui" || path.starts_with("/ui/");
    let is_get = request.method() == Method::GET;
    let response = next.run(request).await;
    let is_problem =
        response.headers().get(header::CONTENT_TYPE).is_some_and(|value| value == "application/problem+json");
    if !is_page || !is_problem {
        return response;
    }
    if response.status() == StatusCode::UNAUTHORIZED && is_get {
        return Redirect::to(SIGN_IN).into_response();
    }
    let status = response.status();
    let problem =
        read(response.into_body()).await.unwrap_or_else(|| Problem::new(Code::Internal, "no more is known"));
    (status, layout::problem(&problem)).into_response()
}

async fn read(body: Body) -> Option<Problem> {
    let bytes = to_bytes(body, PROBLEM_BYTES_MAX).await.ok()?;
    serde_json::from_slice(&bytes).ok()
}
