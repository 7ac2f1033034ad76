//! What every service wraps around its router.

use crate::{
    CallerKey,
    caller::CALLER_HEADER,
    context::Trace,
    origin,
    problem::{Code, Problem},
};
use axum::{
    Router,
    body::Body,
    extract::{DefaultBodyLimit, FromRequestParts, Request, State},
    http::request::Parts,
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use tracing::Instrument;

/// Bytes a body may have unless the service says otherwise: 1 MiB.
pub const BODY_BYTES_MAX: usize = 1 << 20;

/// Wraps a service's endpoints: the caller is verified, requests that pages of other sites send are refused, a span with the trace
/// id opened, bodies bounded, unknown paths and methods answered with problems.
pub fn wrap(router: Router, service: &'static str, key: &CallerKey, body_bytes_max: usize) -> Router {
    bounded(router, body_bytes_max).layer(middleware::from_fn_with_state((service, key.clone()), admit))
}

/// The same for endpoints that anybody may call, such as those by which one becomes somebody.
pub fn wrap_public(router: Router, service: &'static str, body_bytes_max: usize) -> Router {
    bounded(router, body_bytes_max).layer(middleware::from_fn_with_state(service, admit_anybody))
}

fn bounded(router: Router, body_bytes_max: usize) -> Router {
    router
        .fallback(|request: Request| async move {
            Problem::new(Code::NotFound, format!("there is nothing at {}", request.uri().path()))
        })
        .method_not_allowed_fallback(|request: Request| async move {
            let detail = format!("{} does not take {}", request.uri().path(), request.method());
            Problem::new(Code::MethodNotAllowed, detail)
        })
        .layer(DefaultBodyLimit::max(body_bytes_max))
}

/// Paths that prove nothing about a caller and tell nothing worth hiding.
fn is_public(path: &str) -> bool {
    matches!(path, "/health" | "/health/live" | "/health/ready" | "/metrics")
}

async fn admit(
    State((service, key)): State<(&'static str, CallerKey)>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    if !is_public(parts.uri.path()) {
        let token = parts.headers.get(CALLER_HEADER).and_then(|value| value.to_str().ok());
        let verified = token
            .ok_or_else(|| {
                Problem::new(Code::Unauthenticated, "no caller token; call this service through the gateway")
            })
            .and_then(|token| key.verify(token));
        match verified {
            Ok(caller) => {
                parts.extensions.insert(caller);
            }
            Err(problem) => return problem.into_response(),
        }
    }
    answer(service, parts, body, next).await
}

async fn admit_anybody(State(service): State<&'static str>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    answer(service, parts, body, next).await
}

async fn answer(service: &'static str, mut parts: Parts, body: Body, next: Next) -> Response {
    if let Err(problem) = origin::check(&parts.method, &parts.headers) {
        return problem.into_response();
    }
    let Ok(Trace(trace)) = Trace::from_request_parts(&mut parts, &()).await;
    let span = tracing::info_span!("request", service, trace_id = trace.trace_id_hex(), method = %parts.method, path = parts.uri.path());
    next.run(Request::from_parts(parts, body)).instrument(span).await
}
