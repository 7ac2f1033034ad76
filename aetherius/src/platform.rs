//! The services' process: open the store, wire, serve, run, drain.

use crate::{
    cli::ServeArgs,
    data_dir::{self, DataDir},
    services::Service,
    settings,
    wiring::{self, Loop, Wired},
};
use aetherius_rpc::{CallerKey, Json, problem::chain, serve};
use aetherius_store::{Store, StoreError, Urgency, outbox};
use anyhow::{Context, bail};
use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
};
use foundation::{
    health::{CheckResult, HealthStatus},
    metrics::Metrics,
    shutdown::Shutdown,
    telemetry,
};
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    time::{Duration, Instant},
};
use tokio::task::JoinSet;
use utoipa_axum::{router::OpenApiRouter, routes};

/// How long a process before this one may take to let go of the database.
const TAKEOVER_TIMEOUT: Duration = Duration::from_secs(20);
/// How long requests in flight, and then work in hand, may take at the end.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(8);
/// How long messages that everybody has taken are kept, for people who look into the log.
const LOG_RETENTION: Duration = Duration::from_secs(24 * 3600);
/// 0 is as urgent as any program, 19 the least.
const WORK_NICENESS: i32 = 10;
const PRUNE_EVERY: Duration = Duration::from_secs(60);

/// Runs the services until SIGTERM.
pub(crate) fn run(args: &ServeArgs) -> anyhow::Result<()> {
    let config = settings::load(args)?;
    telemetry::init(config.log, "info");
    data_dir::private_files();
    let serving_runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().thread_name("serve").build()?;
    // Work steps back for requests: while a storm is looked into, taking in its alerts comes first.
    let working_runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("work")
        .on_thread_start(step_back)
        .build()?;
    let work = working_runtime.handle().clone();
    let outcome = serving_runtime.block_on(async {
        let signals = Shutdown::on_signals().context("cannot listen for signals")?;
        let data = DataDir::open(&config.data)?;
        let _lock = exclusive(&data).await?;
        let key = CallerKey::from_hex(&data.caller_key()?)
            .with_context(|| format!("{} cannot be used; delete it to have a new one made", data.caller_key_file().display()))?;
        let store = Store::open(&data.database(), &wiring::migrations())?;
        let metrics = Metrics::default();
        let (serving, working) = (Shutdown::new(), Shutdown::new());
        let wired = wiring::wire(&config, &data, &store, &key, &metrics, &working)?;
        let mut tasks = start(wired, &config.bind, &data, &serving, &work);
        tasks.spawn(named("platform", serve::unix(own_routes(store.clone(), metrics), data.socket("platform"), serving.clone())));
        tasks.spawn_on(prune(store, working.clone()), &work);
        let ended = tokio::select! {
            () = signals.requested() => Ok(()),
            ended = tasks.join_next() => ended.context("nothing was started")?.unwrap_or_else(|error| bail!("a service panicked: {error}")),
        };
        drain(&mut tasks, &serving, &working).await;
        ended
    });
    working_runtime.shutdown_timeout(Duration::from_secs(1));
    serving_runtime.shutdown_timeout(Duration::from_secs(1));
    outcome
}

/// Makes the calling thread less urgent than those that answer requests; on Linux niceness belongs to the thread.
fn step_back() {
    if let Err(error) = rustix::process::setpriority_process(Some(rustix::thread::gettid()), WORK_NICENESS) {
        tracing::debug!(%error, "work keeps its priority");
    }
}

/// One process at a time writes; the one before may still be on its way out.
async fn exclusive(data: &DataDir) -> anyhow::Result<std::fs::File> {
    let started = Instant::now();
    loop {
        if let Some(lock) = data.lock("platform.lock")? {
            return Ok(lock);
        }
        if started.elapsed() > TAKEOVER_TIMEOUT {
            bail!("another process works on this data directory; stop it, or choose another with --data");
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

type Tasks = JoinSet<anyhow::Result<()>>;

fn start(
    wired: Wired,
    bind: &BTreeMap<Service, SocketAddr>,
    data: &DataDir,
    serving: &Shutdown,
    work: &tokio::runtime::Handle,
) -> Tasks {
    let mut tasks = JoinSet::new();
    for (service, router) in wired.routers {
        if let Some(&address) = bind.get(&service) {
            tasks.spawn(named(service.name(), serve::tcp(router.clone(), address, serving.clone())));
        }
        tasks.spawn(named(service.name(), serve::unix(router, data.socket(service.name()), serving.clone())));
    }
    for (service, running) in wired.loops {
        tasks.spawn_on(run_loop(service, running), work);
    }
    tasks
}

async fn named(
    service: &'static str,
    serving: impl Future<Output = std::io::Result<()>>,
) -> anyhow::Result<()> {
    serving.await.with_context(|| format!("{service} cannot listen"))
}

async fn run_loop(service: Service, running: Loop) -> anyhow::Result<()> {
    running.await;
    tracing::debug!(%service, "stopped");
    Ok(())
}

/// Requests in flight first, then work in hand: a request may still need the work.
async fn drain(tasks: &mut Tasks, serving: &Shutdown, working: &Shutdown) {
    serving.request();
    // A moment for what was just accepted; what takes longer is cut off by the second stop.
    tokio::time::sleep(Duration::from_millis(50)).await;
    working.request();
    let all = async { while tasks.join_next().await.is_some() {} };
    if tokio::time::timeout(DRAIN_TIMEOUT, all).await.is_err() {
        tracing::warn!("not everything ended in time; tasks go on from their journals after the next start");
    }
}

/// What belongs to no service: health and metrics of the process.
fn own_routes(store: Store, metrics: Metrics) -> Router {
    endpoints().with_state(Own { store, metrics }).into()
}

/// What those endpoints take and answer.
pub(crate) fn openapi() -> utoipa::openapi::OpenApi {
    endpoints().into_openapi()
}

#[derive(Clone)]
struct Own {
    store: Store,
    metrics: Metrics,
}

fn endpoints() -> OpenApiRouter<Own> {
    OpenApiRouter::new()
        .routes(routes!(live))
        .routes(routes!(ready))
        .routes(routes!(health))
        .routes(routes!(metrics))
}

/// Whether the process runs.
#[utoipa::path(get, path = "/health/live", responses((status = 200, body = Object)))]
async fn live() -> Json<HealthStatus> {
    Json(HealthStatus::of(Vec::new()))
}

/// The same as `/health/ready`.
#[utoipa::path(
    get,
    path = "/health",
    responses((status = 200, body = Object), (status = 503, description = "it does not", body = Object)),
)]
async fn health(state: State<Own>) -> (StatusCode, Json<HealthStatus>) {
    ready(state).await
}

/// The metrics of the services, as OpenMetrics.
#[utoipa::path(
    get,
    path = "/metrics",
    responses((status = 200, body = String, content_type = "application/openmetrics-text")),
    extensions(("x-roles" = json!(["viewer", "operator", "admin"]))),
)]
async fn metrics(State(own): State<Own>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, Metrics::CONTENT_TYPE)], own.metrics.render())
}

/// Whether the database answers.
#[utoipa::path(
    get,
    path = "/health/ready",
    responses((status = 200, body = Object), (status = 503, description = "it does not", body = Object)),
)]
async fn ready(State(Own { store, .. }): State<Own>) -> (StatusCode, Json<HealthStatus>) {
    let started = Instant::now();
    let answered = store.ping().await;
    let check = CheckResult {
        name: "database".to_owned(),
        healthy: answered.is_ok(),
        duration_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        error: answered.err().map(|error| error.to_string()),
    };
    let health = HealthStatus::of(vec![check]);
    let status = if health.is_healthy() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(health))
}

/// Keeps the message log from growing for ever.
async fn prune(store: Store, shutdown: Shutdown) -> anyhow::Result<()> {
    let consumers = [
        aetherius_contracts::messages::EVENT_RECEIVED_CONSUMER,
        aetherius_reports::CONSUMER,
        aetherius_notifications::CONSUMER,
        aetherius_audit::CONSUMER,
    ];
    loop {
        tokio::select! {
            () = shutdown.requested() => return Ok(()),
            () = tokio::time::sleep(PRUNE_EVERY) => {}
        }
        let before = jiff::Timestamp::now() - LOG_RETENTION;
        let pruned: Result<usize, StoreError> =
            store.write(Urgency::Work, move |tx| outbox::prune(tx, &consumers, before)).await;
        match pruned {
            Ok(0) => {}
            Ok(entries) => tracing::debug!(entries, "old messages removed"),
            Err(error) => tracing::warn!(error = %chain(&error), "old messages could not be removed"),
        }
    }
}
