//! Invented incidents, and services that know them.

use crate::{Deps, Service, Settings};
use aetherius_contracts::{
    audit::{AuditClient, AuditEvent},
    events::{EventStanding, EventType, EventsClient, Severity, Silence, StandardEvent, StandingRequest},
    execution::{Decision, ExecutionClient, StepResult, StepStatus, Verdict},
    incidents::{Activity, SummaryPage, TaskNotes, TaskQuery, TaskStats, TaskSummary},
    intake::IntakeClient,
    notifications::{DeliveryStatus, Notification, NotificationsClient},
    reasoning::{Diagnosis, Evidence, Finding, ObjectRef},
    reports::{Report, ReportsClient},
    tasks::{DiagnosticTask, TaskResult, TaskStatus, TasksClient},
};
use aetherius_rpc::{CallContext, Caller, CallerKey, Channel, Json, Problem, Query, context::IdempotencyKey};
use aetherius_store::Store;
use axum::{
    Router,
    extract::{Path, State},
    http::Method,
    response::IntoResponse,
    routing::{get, post, put},
};
use foundation::{secret::Secret, shutdown::Shutdown, trace::TraceParent};
use jiff::{SignedDuration, Timestamp};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

pub(crate) const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

pub(crate) fn key() -> CallerKey {
    CallerKey::from_hex(&Secret::new("ab".repeat(32))).unwrap()
}

pub(crate) fn caller(role: &str) -> Caller {
    Caller { name: format!("the {role}"), project: "default".into(), roles: vec![role.into()] }
}

pub(crate) fn context(role: &str) -> CallContext {
    CallContext { caller: caller(role), ..CallContext::new("tester", "default", TraceParent::new_root()) }
}

/// A moment of the incident, in milliseconds after its alert.
pub(crate) fn at(ms: i64) -> Timestamp {
    "2026-03-04T05:06:07Z".parse::<Timestamp>().unwrap() + SignedDuration::from_millis(ms)
}

pub(crate) fn task(id: &str, status: TaskStatus) -> DiagnosticTask {
    let event = StandardEvent {
        id: format!("event-{id}"),
        kind: EventType::Alert,
        source: "alertmanager".into(),
        timestamp: at(0),
        cluster_id: "eu-1".into(),
        namespace: "shop".into(),
        severity: Severity::Critical,
        labels: [].into(),
        annotations: [].into(),
        fingerprint: "f".into(),
        raw_data: serde_json::Value::Null,
    };
    let has_ended = !matches!(status, TaskStatus::Pending | TaskStatus::Scheduled | TaskStatus::Running);
    DiagnosticTask {
        id: id.into(),
        event_id: event.id.clone(),
        project_id: "default".into(),
        cluster_id: "eu-1".into(),
        namespace: "shop".into(),
        alert_name: "DeploymentNotReady".into(),
        severity: Severity::Critical,
        priority: 150,
        status,
        created_at: at(1_040),
        started_at: (status != TaskStatus::Pending).then(|| at(1_052)),
        completed_at: has_ended.then(|| at(3_800)),
        timeout_at: None,
        retry_count: 0,
        context: event,
        result: (status == TaskStatus::Completed).then(found),
        error_message: (has_ended && status != TaskStatus::Completed)
            .then(|| "execution did not answer within 30000 ms".into()),
        trace_id: TRACE.into(),
    }
}

pub(crate) fn ran(id: &str, command: &str, output: &str, ms: i64) -> StepResult {
    StepResult {
        step_id: id.into(),
        command: command.into(),
        argv: command.split(' ').map(str::to_owned).collect(),
        verdict: Verdict {
            verdict: Decision::Allow,
            reason: "`get` reads and changes nothing".into(),
            checks_passed: ["tool", "read_only", "arguments", "rbac", "cluster"].map(str::to_owned).to_vec(),
        },
        status: StepStatus::Success,
        output: output.into(),
        output_hash: format!("{id:0<4}9cf3b2cdbc0b01a98376ace58f64f608030164d4970646d9955825b32977"),
        truncated: false,
        error: String::new(),
        exit_code: 0,
        duration_ms: 212,
        timestamp: at(ms),
    }
}

fn cite(step: &StepResult, line: usize, shows: &str) -> Evidence {
    Evidence {
        output_hash: step.output_hash.clone(),
        command: step.command.clone(),
        excerpt: step.output.split('\n').nth(line - 1).unwrap().into(),
        line,
        shows: shows.into(),
    }
}

pub(crate) fn finding(rule: &str, summary: &str, evidence: Vec<Evidence>) -> Finding {
    Finding {
        rule: rule.into(),
        taxonomy: "startup".into(),
        object: ObjectRef { kind: "deployment".into(), namespace: "shop".into(), name: "cart".into() },
        summary: summary.into(),
        remedy: "Set an image tag that exists, e.g. kubectl set image deployment/cart cart=shop/cart:2.4.0."
            .into(),
        confidence: 0.95,
        evidence,
    }
}

/// A cause shown by a line deep in a long output, a symptom, a command that was denied and one that timed out.
pub(crate) fn found() -> TaskResult {
    let pods = "NAME                    READY   STATUS             RESTARTS   AGE\n\
                cart-6d5f9c7b8-x2x9q    0/1     ImagePullBackOff   0          12m\n\
                cart-7c9d8b6f5-k4k2m    1/1     Running            0          3d\n\
                checkout-5f6b7d-9w8vz   1/1     Running            2          9d\n";
    let events: String = (1..=180)
        .map(|n| match n {
            97 => "2m    Warning   Failed    pod/cart-6d5f9c7b8-x2x9q   Failed to pull image \"shop/cart:2.4.1-rc9\": manifest unknown\n".to_owned(),
            n => format!("{n}m   Normal    Pulled    pod/checkout-5f6b7d-9w8vz   Container image already present on machine\n"),
        })
        .collect();
    let pods = ran("0b04", "kubectl get pods -n shop", pods, 1_100);
    let events = ran("19d9", "kubectl get events -n shop --sort-by=.lastTimestamp", &events, 1_330);
    let mut secrets = ran("e3b0", "kubectl get secrets -n shop", "", 1_560);
    secrets.verdict = Verdict {
        verdict: Decision::Deny,
        reason: "`secrets` may not be read: they hold what must not reach a report".into(),
        checks_passed: vec!["tool".into(), "read_only".into()],
    };
    (secrets.status, secrets.exit_code) = (StepStatus::Failed, -1);
    let mut logs = ran("e3b1", "kubectl logs -n shop deploy/cart --tail=200", "", 1_570);
    (logs.status, logs.exit_code, logs.duration_ms) = (StepStatus::Failed, 1, 184);
    logs.error = "Error from server (BadRequest): container \"cart\" in pod \"cart-6d5f9c7b8-x2x9q\" is waiting to start".into();
    let cause = finding(
        "image_not_found",
        "The image shop/cart:2.4.1-rc9 of deployment/cart does not exist.",
        vec![
            cite(&events, 97, "the registry does not have the image"),
            cite(&pods, 2, "the pod waits for its image"),
        ],
    );
    let symptom = finding(
        "not_ready",
        "deployment/cart has 1 pod that is not ready.",
        vec![cite(&pods, 2, "0 of 1 containers are ready")],
    );
    let diagnosis = Diagnosis {
        root_cause: Some(cause),
        other_findings: vec![symptom],
        strategy: "rule_based".into(),
        gaps: vec![
            "secrets of shop: denied".into(),
            "logs of deployment/cart: the container has not started".into(),
        ],
    };
    TaskResult { diagnosis, steps: vec![pods, events, secrets, logs] }
}

pub(crate) fn report(task: &DiagnosticTask) -> Report {
    let result = task.result.clone().unwrap();
    let title = result
        .diagnosis
        .root_cause
        .as_ref()
        .map_or("No fault found".to_owned(), |cause| cause.summary.clone());
    Report {
        id: format!("report-{}", task.id),
        task_id: task.id.clone(),
        project_id: "default".into(),
        title,
        created_at: at(3_820),
        event: task.context.clone(),
        result,
        trace_id: TRACE.into(),
    }
}

pub(crate) fn notification(task: &str, channel: &str, status: DeliveryStatus) -> Notification {
    let failed = status == DeliveryStatus::Failed;
    Notification {
        id: format!("n-{channel}"),
        task_id: task.into(),
        channel: channel.into(),
        status,
        attempts: if failed { 8 } else { 1 },
        error: failed.then(|| "the receiver answered 502 Bad Gateway: upstream is away".into()),
        created_at: at(3_840),
        delivered_at: (status == DeliveryStatus::Delivered).then(|| at(3_900)),
    }
}

pub(crate) fn link(seq: i64, action: &str, subject: &str, ms: i64) -> AuditEvent {
    AuditEvent {
        seq,
        message_id: format!("m{seq}"),
        action: action.into(),
        project_id: "default".into(),
        subject: subject.into(),
        trace_id: TRACE.into(),
        payload_hash: "c".repeat(64),
        recorded_at: at(ms),
        previous_hash: chain_hash(seq - 1),
        hash: chain_hash(seq),
    }
}

fn chain_hash(seq: i64) -> String {
    format!("{:0<64}", format!("{:x}", seq * 0x9e37_79b9_7f4a))
}

/// What the services know. A part that is `None` is of a service that does not answer.
#[derive(Clone, Default)]
pub(crate) struct World {
    pub(crate) tasks: Option<Vec<DiagnosticTask>>,
    pub(crate) reports: Option<Vec<Report>>,
    pub(crate) notifications: Option<Vec<Notification>>,
    pub(crate) audit: Option<Vec<AuditEvent>>,
    /// Whether the events answer.
    pub(crate) has_events: bool,
    /// The log of which clients are told.
    pub(crate) log: Option<Store>,
    /// What people did, by whom, under which key.
    pub(crate) acts: Arc<Mutex<Vec<String>>>,
}

impl World {
    /// Services that answer, and know nothing.
    pub(crate) fn empty() -> Self {
        Self {
            tasks: Some(vec![]),
            reports: Some(vec![]),
            notifications: Some(vec![]),
            audit: Some(vec![]),
            has_events: true,
            ..Self::default()
        }
    }

    /// These tasks, with all that the services would know of them.
    pub(crate) fn of(tasks: Vec<DiagnosticTask>) -> Self {
        let mut world = Self::empty();
        for task in tasks {
            world.add(task);
        }
        world
    }

    fn add(&mut self, task: DiagnosticTask) {
        let links = self.audit.as_mut().unwrap();
        let mut record =
            |action: &str, subject: &str, ms| links.push(link(links.len() as i64 + 1, action, subject, ms));
        record("event.received", &task.event_id, 1_030);
        record("task.created", &task.id, 1_041);
        for ms in [1_312, 1_542] {
            record("step.executed", &task.id, ms);
        }
        if task.result.is_some() {
            record("task.completed", &task.id, 3_805);
            record("notification.send", &task.id, 3_825);
            record("notification.delivered", &task.id, 3_905);
            self.reports.as_mut().unwrap().push(report(&task));
            let told = self.notifications.as_mut().unwrap();
            told.push(notification(&task.id, "log", DeliveryStatus::Delivered));
            told.push(notification(&task.id, "on-call-chat", DeliveryStatus::Failed));
        }
        self.tasks.as_mut().unwrap().push(task);
    }

    pub(crate) fn service(self) -> Service {
        let log = self.log.clone();
        let world = Arc::new(self);
        let router = Router::new()
            .route("/v1/tasks/summaries", post(summaries))
            .route("/v1/tasks/stats", get(stats))
            .route("/v1/tasks/{id}", get(one_task))
            .route("/v1/tasks/{id}/summary", get(one_summary))
            .route("/v1/tasks/{id}/notes", get(notes))
            .route("/v1/tasks/{id}/similar", get(similar))
            .route("/v1/tasks/{id}/{act}", post(act).put(act).delete(act))
            .route("/v1/events/standing", post(standing))
            .route("/v1/events/{id}/silences", get(silences))
            .route("/v1/events/{id}/silence", put(act_on_event).delete(act_on_event))
            .route("/v1/tasks/{id}/report", get(one_report))
            .route("/v1/steps", get(steps))
            .route("/v1/notifications", get(notifications))
            .route("/v1/audit", get(audit))
            .with_state(world);
        let router = aetherius_rpc::kit::wrap(router, "world", &key(), aetherius_rpc::kit::BODY_BYTES_MAX);
        let channel = |name| Channel::local(name, router.clone(), key());
        let deps = Deps {
            key: key(),
            tasks: TasksClient::new(channel("orchestrator")),
            events: EventsClient::new(channel("events")),
            execution: ExecutionClient::new(channel("execution")),
            reports: ReportsClient::new(channel("reports")),
            notifications: NotificationsClient::new(channel("notifications")),
            audit: AuditClient::new(channel("audit")),
            log,
            gateway: None,
            demo: crate::demo::DemoDeps {
                events: IntakeClient::new(channel("events")),
                shutdown: Shutdown::new(),
                enabled: true,
            },
            openapi: serde_json::json!({}),
        };
        Service::create(Settings::default().validate().unwrap(), deps)
    }
}

type Params = Query<HashMap<String, String>>;
type Answer<T> = Result<Json<T>, Problem>;

fn away<T>(known: &Option<T>) -> Result<&T, Problem> {
    known.as_ref().ok_or_else(|| Problem::new(aetherius_rpc::Code::Unavailable, "away"))
}

fn summary(task: &DiagnosticTask) -> TaskSummary {
    let cause = task.result.as_ref().and_then(|result| result.diagnosis.root_cause.as_ref());
    TaskSummary {
        task_id: task.id.clone(),
        event_id: task.event_id.clone(),
        status: task.status,
        severity: task.severity,
        alert_name: task.alert_name.clone(),
        cluster_id: task.cluster_id.clone(),
        namespace: task.namespace.clone(),
        title: cause.map(|cause| cause.summary.clone()).or(task.error_message.clone()),
        root_cause: cause.map(|cause| cause.rule.clone()),
        object: cause.map(|cause| cause.object.to_string()),
        priority: task.priority,
        created_at: task.created_at,
        started_at: task.started_at,
        completed_at: task.completed_at,
        trace_id: task.trace_id.clone(),
        acknowledged_by: None,
        acknowledged_at: None,
        assignee: None,
        feedback: None,
    }
}

async fn summaries(State(world): State<Arc<World>>, Json(query): Json<TaskQuery>) -> Answer<SummaryPage> {
    let all = away(&world.tasks)?;
    let after = query.after.unwrap_or_default();
    let begin = all.iter().position(|task| task.id == after).map_or(0, |index| index + 1);
    let fits = |task: &&DiagnosticTask| {
        (query.ids.is_empty() || query.ids.contains(&task.id))
            && (query.statuses.is_empty() || query.statuses.contains(&task.status))
    };
    let items: Vec<_> = all[begin..].iter().filter(fits).take(query.limit as usize).map(summary).collect();
    let next = (query.ids.is_empty() && begin + items.len() < all.len())
        .then(|| items.last().map(|last| last.task_id.clone()))
        .flatten();
    Ok(Json(SummaryPage { items, next }))
}

async fn stats(State(world): State<Arc<World>>) -> Answer<TaskStats> {
    let total = away(&world.tasks)?.len() as u64;
    let (by_status, by_severity) = Default::default();
    Ok(Json(TaskStats { open: 0, total, by_status, by_severity, volume: vec![] }))
}

async fn one_summary(State(world): State<Arc<World>>, Path(id): Path<String>) -> Answer<TaskSummary> {
    let found = away(&world.tasks)?.iter().find(|task| task.id == id).map(summary);
    found.map(Json).ok_or_else(|| Problem::not_found("task", &id))
}

async fn notes(Path(_): Path<String>) -> Json<TaskNotes> {
    let activity =
        Activity { at: at(5_000), actor: "ada".into(), action: "acknowledged".into(), detail: String::new() };
    Json(TaskNotes { comments: vec![], activity: vec![activity] })
}

async fn similar(State(world): State<Arc<World>>, Path(id): Path<String>) -> Answer<Vec<TaskSummary>> {
    let others = away(&world.tasks)?.iter().filter(|task| task.id != id);
    Ok(Json(others.take(5).map(summary).collect()))
}

/// Remembers what was done, by whom.
async fn act(
    State(world): State<Arc<World>>,
    method: Method,
    Path((id, act)): Path<(String, String)>,
    caller: Caller,
    IdempotencyKey(idempotency_key): IdempotencyKey,
) -> Answer<serde_json::Value> {
    if !away(&world.tasks)?.iter().any(|task| task.id == id) {
        return Err(Problem::not_found("task", &id));
    }
    let key = idempotency_key.unwrap_or_default();
    world.acts.lock().unwrap().push(format!("{method} {act} {id} {} {key}", caller.name).trim().to_owned());
    Ok(Json(serde_json::Value::Null))
}

async fn act_on_event(
    State(world): State<Arc<World>>,
    method: Method,
    Path(id): Path<String>,
    caller: Caller,
) -> Json<Option<Silence>> {
    let is_begun = method == Method::PUT;
    world.acts.lock().unwrap().push(format!("{method} silence {id} {}", caller.name));
    Json(is_begun.then(|| silence(&id)))
}

fn silence(event_id: &str) -> Silence {
    Silence {
        id: "s1".into(),
        fingerprint: "f".into(),
        event_id: event_id.into(),
        task_id: None,
        reason: "known".into(),
        created_by: "bob".into(),
        created_at: at(4_000),
        until: at(3_600_000),
        ended_by: Some("ada".into()),
        ended_at: Some(at(6_000)),
        repeats: 2,
    }
}

async fn silences(State(world): State<Arc<World>>, Path(id): Path<String>) -> Answer<Vec<Silence>> {
    away(&world.has_events.then_some(()))?;
    Ok(Json(vec![silence(&id)]))
}

/// Of every task: a step of an earlier try, and one of this.
async fn steps() -> Json<Vec<StepResult>> {
    Json(vec![
        ran("old", "kubectl get pods -n shop", "", 900),
        ran("new", "kubectl get pods -n shop", "", 1_100),
    ])
}

async fn standing(
    State(world): State<Arc<World>>,
    Json(request): Json<StandingRequest>,
) -> Answer<Vec<EventStanding>> {
    away(&world.has_events.then_some(()))?;
    let stands = |event_id| EventStanding { event_id, repeats: 7, silenced_until: Some(at(3_600_000)) };
    Ok(Json(request.event_ids.into_iter().map(stands).collect()))
}

async fn one_task(State(world): State<Arc<World>>, Path(id): Path<String>) -> Answer<DiagnosticTask> {
    let found = away(&world.tasks)?.iter().find(|task| task.id == id).cloned();
    found.map(Json).ok_or_else(|| Problem::not_found("task", &id))
}

async fn one_report(State(world): State<Arc<World>>, Path(id): Path<String>) -> impl IntoResponse {
    let found = away(&world.reports)?.iter().find(|report| report.task_id == id).cloned();
    found.map(Json).ok_or_else(|| Problem::not_found("report on the task", &id))
}

async fn notifications(State(world): State<Arc<World>>, Query(params): Params) -> Answer<Vec<Notification>> {
    let all = away(&world.notifications)?.iter();
    Ok(Json(all.filter(|one| one.task_id == params["task_id"]).cloned().collect()))
}

async fn audit(State(world): State<Arc<World>>, Query(params): Params) -> Answer<Vec<AuditEvent>> {
    let all = away(&world.audit)?.iter();
    Ok(Json(all.filter(|link| link.subject == params["subject"]).cloned().collect()))
}
