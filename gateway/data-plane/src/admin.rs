//! The operators' server: what runs, why, since when, and taking over something else. For programs on this machine only.

mod answer;
mod audit;
mod certificates;
mod explain;
mod guard;
mod socket;
mod status;

use crate::{gateway::Shared, metrics::CONTENT_TYPE, observe, reload::Scope};
use answer::AdminProblem;
use audit::Call;
use axum::{
    Router,
    extract::{ConnectInfo, DefaultBodyLimit, Query, Request, State as Extract, rejection::QueryRejection},
    http::{HeaderMap, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use foundation::shutdown::Shutdown;
use serde::Deserialize;
use serde_json::json;
use socket::Peer;
pub(crate) use socket::{AdminSocket, bind};
use std::sync::Arc;

/// Nobody has to send more than the description of a request.
const BODY_BYTES_MAX: usize = 64 << 10;

/// Serves until stopped.
pub(crate) async fn serve(socket: AdminSocket, shared: Arc<Shared>, stop: Shutdown) {
    let router = Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/status", get(status::show))
        .route("/metrics", get(metrics))
        .route("/config", get(config))
        .route("/changes", get(changes))
        .route("/explain", get(explain::by_query).post(explain::by_body))
        .route("/reload-config", post(reload_config))
        .route("/reload-proxy-routes", post(reload_proxy_routes))
        .fallback(nothing)
        .method_not_allowed_fallback(other_method)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), around))
        .with_state(shared)
        .into_make_service_with_connect_info::<Peer>();
    let stopped = async move { stop.requested().await };
    if let Err(error) = axum::serve(socket, router).with_graceful_shutdown(stopped).await {
        tracing::error!(%error, "the admin server ended");
    }
}

/// Around every call: who may, how problems are written, what is remembered.
async fn around(
    Extract(shared): Extract<Arc<Shared>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    request: Request,
    next: Next,
) -> Response {
    let mut call = Call::new(peer, request.method().as_str(), request.uri().path());
    let headers = request.headers().clone();
    let refused = guard::refusal(&headers, matches!(peer, Peer::Tcp(_)));
    // A task of its own: a caller that hangs up leaves nothing half done, and is remembered.
    let done = tokio::spawn(async move {
        let response = match refused {
            Some(detail) => AdminProblem::new(StatusCode::FORBIDDEN, "not_for_pages", detail).into_response(),
            None => next.run(request).await,
        };
        call.status = response.status().as_u16();
        call.problem = response.extensions().get::<AdminProblem>().map(|problem| problem.code);
        call.record(&shared).await;
        response
    });
    let response = done.await.unwrap_or_else(|error| {
        tracing::error!(%error, "an admin call broke off");
        let detail = "the call broke off; the log says why";
        AdminProblem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail).into_response()
    });
    answer::finish(&headers, response)
}

async fn metrics(Extract(shared): Extract<Arc<Shared>>) -> impl IntoResponse {
    let clusters = observe::clusters_now(&shared.state.load());
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], shared.metrics.render(&clusters))
}

/// The settings in force, defaults filled in, secrets hidden.
async fn config(Extract(shared): Extract<Arc<Shared>>, headers: HeaderMap) -> Response {
    let source = shared.state.load().source.clone();
    let settings = tokio::task::spawn_blocking(move || agw_config::redacted(&source.settings())).await;
    answer::value(&headers, &settings.unwrap_or_default())
}

/// How many changes are wanted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangesQuery {
    #[serde(default = "many")]
    last: usize,
}

fn many() -> usize {
    usize::MAX
}

/// What changed, oldest first.
async fn changes(
    Extract(shared): Extract<Arc<Shared>>,
    query: Result<Query<ChangesQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Response {
    match query {
        Ok(Query(query)) => answer::value(&headers, &shared.history.changes.last(query.last)),
        Err(_) => {
            let detail = "the only query parameter is last=N, the number of changes wanted";
            AdminProblem::new(StatusCode::BAD_REQUEST, "bad_query", detail).into_response()
        }
    }
}

async fn reload_config(
    shared: Extract<Arc<Shared>>,
    peer: ConnectInfo<Peer>,
    headers: HeaderMap,
) -> Response {
    reload(Scope::Config, shared, peer, &headers).await
}

async fn reload_proxy_routes(
    shared: Extract<Arc<Shared>>,
    peer: ConnectInfo<Peer>,
    headers: HeaderMap,
) -> Response {
    reload(Scope::ProxyRoutes, shared, peer, &headers).await
}

async fn reload(
    scope: Scope,
    Extract(shared): Extract<Arc<Shared>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    headers: &HeaderMap,
) -> Response {
    match shared.reload(scope, &format!("admin {peer}")).await {
        Ok(()) => {
            let state = shared.state.load();
            let changes = shared.history.last().map(|report| report.changes);
            answer::value(headers, &json!({ "config_sha256": state.config_sha256, "changes": changes }))
        }
        Err(error) => {
            let detail = "the configuration was not taken over and the running one stays; mend the problems and try again";
            let problem = AdminProblem::new(StatusCode::BAD_REQUEST, "invalid_config", detail);
            AdminProblem { problems: error.list(), ..problem }.into_response()
        }
    }
}

async fn nothing() -> AdminProblem {
    let detail = "there is: GET /healthz, /metrics, /status, /config, /changes, /explain; POST /explain, \
                  /reload-config, /reload-proxy-routes";
    AdminProblem::new(StatusCode::NOT_FOUND, "not_found", detail)
}

async fn other_method() -> AdminProblem {
    let detail = "this is not answered with that method; see the Allow header";
    AdminProblem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
}
