//! HTTP in and out.

mod silences;

use crate::{
    Config,
    alertmanager::{Incoming, Payload},
    custom::{CustomEvent, check_source},
    metrics::EventMetrics,
    pace::Pace,
    store,
    watch::Watches,
};
use aetherius_bus::Context;
use aetherius_contracts::endpoint::{READERS, SENDERS, refused};
use aetherius_contracts::events::{Accepted, StandardEvent, WatchList};
use aetherius_rpc::{
    Caller, Code, Json, Problem,
    context::{Lane, Trace},
};
use aetherius_store::{Store, StoreError, Urgency};
use axum::{
    Router,
    extract::{self, Path},
    http::StatusCode,
};
use jiff::Timestamp;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Instant,
};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) struct State {
    pub(crate) config: Config,
    pub(crate) store: Store,
    pub(crate) pace: Pace,
    /// Events that wait for a task, measured now and then.
    pub(crate) backlog: Arc<AtomicU32>,
    pub(crate) watches: Watches,
    pub(crate) metrics: EventMetrics,
}

pub(crate) fn router(state: Arc<State>) -> Router {
    endpoints().with_state(state).into()
}

pub(crate) fn endpoints() -> OpenApiRouter<Arc<State>> {
    OpenApiRouter::new()
        .routes(routes!(alertmanager))
        .routes(routes!(custom))
        .routes(routes!(event))
        .routes(routes!(watches))
        .merge(silences::endpoints())
}

/// Alertmanager's webhook, version 4. The answer comes once every alert is on the disk.
#[utoipa::path(
    post,
    path = "/webhook/alertmanager",
    request_body(content = Payload, example = json!({"version": "4", "receiver": "aetherius", "groupKey": "{}:{}", "alerts": [{"status": "firing", "labels": {"alertname": "KubePodCrashLooping", "severity": "critical", "namespace": "shop"}, "annotations": {"summary": "a pod restarts again and again"}, "startsAt": "2026-01-02T03:04:05Z"}]})),
    responses((status = 202, body = Accepted), (status = 507)),
    extensions(("x-roles" = json!(SENDERS))),
)]
async fn alertmanager(
    extract::State(state): extract::State<Arc<State>>,
    caller: Caller,
    Trace(trace): Trace,
    Lane(lane): Lane,
    Json(payload): Json<Payload>,
) -> Result<(StatusCode, Json<Accepted>), Problem> {
    caller.require(SENDERS)?;
    let context = Context { project_id: caller.project, lane, trace };
    accept(&state, payload.standardise(Timestamp::now()), context).await
}

/// One event of anything that is not Alertmanager.
#[utoipa::path(
    post,
    path = "/webhook/custom/{source}",
    params(("source" = String, Path, description = "who sends", pattern = "^[a-z0-9_-]{1,64}$")),
    request_body(content = CustomEvent, example = json!({"name": "CheckoutSlow", "severity": "high", "namespace": "shop", "labels": {"service": "checkout"}})),
    responses((status = 202, body = Accepted), (status = 507)),
    extensions(("x-roles" = json!(SENDERS))),
)]
async fn custom(
    extract::State(state): extract::State<Arc<State>>,
    Path(source): Path<String>,
    caller: Caller,
    Trace(trace): Trace,
    Lane(lane): Lane,
    Json(event): Json<CustomEvent>,
) -> Result<(StatusCode, Json<Accepted>), Problem> {
    caller.require(SENDERS)?;
    check_source(&source)?;
    state.pace.admit(&source, Instant::now()).map_err(|wait| {
        let seconds = u32::try_from(wait.as_secs() + 1).unwrap_or(60);
        let detail =
            format!("`{source}` sends more than {} events a minute", state.config.rate_limit_per_minute);
        Problem::new(Code::RateLimited, detail).retry_after(seconds)
    })?;
    let event = event.standardise(&source, Timestamp::now())?;
    let context = Context { project_id: caller.project, lane, trace };
    accept(&state, vec![Incoming { event, resolved: false }], context).await
}

/// One event.
#[utoipa::path(
    get,
    path = "/v1/events/{id}",
    params(("id" = String, Path, description = "the event")),
    responses((status = 200, body = StandardEvent)),
    extensions(("x-roles" = json!(READERS))),
)]
async fn event(
    extract::State(state): extract::State<Arc<State>>,
    Path(id): Path<String>,
    caller: Caller,
) -> Result<Json<StandardEvent>, Problem> {
    caller.require(READERS)?;
    let wanted = id.clone();
    let found = state.store.read(move |tx| store::get(tx, &caller.project, &wanted)).await;
    found.map_err(refused)?.map(Json).ok_or_else(|| Problem::not_found("event", &id))
}

/// How each watch of a cluster is doing.
#[utoipa::path(
    get,
    path = "/v1/watches",
    responses((status = 200, body = WatchList)),
    extensions(("x-roles" = json!(READERS))),
)]
async fn watches(
    extract::State(state): extract::State<Arc<State>>,
    caller: Caller,
) -> Result<Json<WatchList>, Problem> {
    caller.require(READERS)?;
    Ok(Json(WatchList { watches: state.watches.shown() }))
}

/// Stores all of a request in one transaction, and answers only then.
async fn accept(
    state: &State,
    incoming: Vec<Incoming>,
    context: Context,
) -> Result<(StatusCode, Json<Accepted>), Problem> {
    let started = Instant::now();
    if state.backlog.load(Ordering::Relaxed) >= state.config.inbox_max {
        state.metrics.refused.inc();
        let detail = "the inbox is full: as many events wait for a task as may; send again a little later";
        return Err(Problem::new(Code::Unavailable, detail).retry_after(5));
    }
    let ttl = state.config.deduplication_ttl;
    let stored = state.store.write(Urgency::Acknowledgement, move |tx| {
        let now = Timestamp::now();
        incoming
            .into_iter()
            .map(|alert| store::accept(tx, alert, &context, now, ttl))
            .collect::<Result<Vec<_>, StoreError>>()
    });
    let events = tokio::time::timeout(state.config.webhook_timeout, stored)
        .await
        .map_err(|_| {
            Problem::new(Code::Unavailable, "the disk did not take it in time; send it again").retry_after(5)
        })?
        .map_err(|error| {
            state.metrics.refused.inc();
            refused(error)
        })?;
    for event in &events {
        state.metrics.count(event.outcome);
    }
    state.metrics.acknowledgement_seconds.observe(started.elapsed().as_secs_f64());
    Ok((StatusCode::ACCEPTED, Json(Accepted { events })))
}
