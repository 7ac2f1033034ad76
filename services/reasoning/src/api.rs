//! HTTP in and out: the seed's `/strategies` and `/decisions` under `/v1`.

use crate::{Config, plan, rank, rules};
use aetherius_contracts::{
    endpoint::{READERS, WRITERS},
    events::StandardEvent,
    execution::Command,
    knowledge::{KnowledgeClient, KnowledgeMatch, SearchQuery},
    reasoning::{AnalyzeRequest, ConcludeRequest, Diagnosis, DiagnosticStep, DiagnosticStrategy},
};
use aetherius_rpc::{CallContext, Caller, Json, Problem, context::Trace, problem::chain};
use axum::{Router, extract};
use serde::Serialize;
use std::{sync::Arc, time::Duration};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) struct State {
    pub(crate) config: Config,
    pub(crate) knowledge: KnowledgeClient,
}

/// Looking into the knowledge base must never hold up a diagnosis that can do without it.
const KNOWLEDGE_TIMEOUT: Duration = Duration::from_millis(500);
/// Commands that an entry may add to a plan.
const ENTRY_COMMANDS_MAX: usize = 20;

pub(crate) fn router(state: Arc<State>) -> Router {
    endpoints().with_state(state).into()
}

pub(crate) fn endpoints() -> OpenApiRouter<Arc<State>> {
    OpenApiRouter::new().routes(routes!(strategy)).routes(routes!(decide)).routes(routes!(rules))
}

/// What to run to find out about an event.
#[utoipa::path(
    post,
    path = "/v1/strategies",
    request_body(content = AnalyzeRequest, example = json!({"event": {"id": "01990000-0000-7000-8000-000000000000", "type": "alert", "source": "alertmanager", "timestamp": "2026-01-02T03:04:05Z", "cluster_id": "default", "namespace": "shop", "severity": "critical", "labels": {"alertname": "KubePodCrashLooping"}, "fingerprint": "4f1d"}, "source": {"kind": "live"}})),
    responses((status = 200, body = DiagnosticStrategy)),
    extensions(("x-roles" = json!(WRITERS))),
)]
async fn strategy(
    extract::State(state): extract::State<Arc<State>>,
    caller: Caller,
    Trace(trace): Trace,
    Json(request): Json<AnalyzeRequest>,
) -> Result<Json<DiagnosticStrategy>, Problem> {
    caller.require(WRITERS)?;
    let AnalyzeRequest { event, source } = request;
    let context = CallContext::new("reasoning", &caller.project, trace).within(KNOWLEDGE_TIMEOUT);
    let known = lookup(&state, &event, &context).await;
    let mut commands = plan::plan(&source, &event.namespace);
    let (kind, confidence) = match &known {
        Some(found) => {
            commands.extend(commands_of(found, &event.namespace));
            ("knowledge_based", found.score)
        }
        None => ("rule_based", 1.0),
    };
    let steps = commands.into_iter().enumerate().map(|(n, mut command)| {
        let id = format!("step-{}", n + 1);
        command.id.clone_from(&id);
        command.cluster_id.clone_from(&event.cluster_id);
        DiagnosticStep {
            id,
            purpose: format!("look at {}", command.args.first().map_or("it", String::as_str)),
            command,
        }
    });
    let steps = steps.collect();
    Ok(Json(DiagnosticStrategy {
        id: format!("{kind}/{}", event.id),
        kind: kind.to_owned(),
        steps,
        confidence,
    }))
}

/// The entry that is most like the event, if it is alike enough. Without the knowledge base the rules answer alone.
async fn lookup(state: &State, event: &StandardEvent, context: &CallContext) -> Option<KnowledgeMatch> {
    let mut text = event.alert_name().to_owned();
    for annotation in event.annotations.values() {
        text.push('\n');
        text.push_str(annotation);
    }
    let query = SearchQuery {
        text,
        category: String::new(),
        tags: Vec::new(),
        top_k: 1,
        threshold: state.config.knowledge_threshold,
    };
    match state.knowledge.search(&query, context).await {
        Ok(matches) => matches.into_iter().next(),
        Err(error) => {
            tracing::warn!(error = %chain(&error), "the knowledge base did not answer; going on without");
            None
        }
    }
}

/// The `kubectl` command lines in an entry's metadata under `commands`, one a line. The gate judges them like any other.
fn commands_of(found: &KnowledgeMatch, namespace: &str) -> Vec<Command> {
    let Some(lines) = found.entry.metadata.get("commands") else {
        return Vec::new();
    };
    let argvs = lines.lines().map(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
    argvs
        .filter_map(|mut argv| {
            (argv.first()? == "kubectl" && argv.len() > 1).then(|| Command {
                tool: argv.remove(0),
                args: argv,
                namespace: namespace.to_owned(),
                ..Command::default()
            })
        })
        .take(ENTRY_COMMANDS_MAX)
        .collect()
}

/// What outputs mean: one root cause with its evidence, or none.
#[utoipa::path(
    post,
    path = "/v1/decisions",
    request_body(content = ConcludeRequest, example = json!({"steps": [{"step_id": "step-1", "command": "kubectl get pods -n shop", "argv": ["kubectl", "get", "pods", "-n", "shop"], "verdict": {"verdict": "allow", "reason": "it only reads"}, "status": "success", "output": "NAME   READY   STATUS    RESTARTS   AGE\ncart   1/1     Running   0          2d\n", "output_hash": "c8a1", "exit_code": 0, "duration_ms": 40, "timestamp": "2026-01-02T03:04:05Z"}]})),
    responses((status = 200, body = Diagnosis)),
    extensions(("x-roles" = json!(WRITERS))),
)]
async fn decide(caller: Caller, Json(request): Json<ConcludeRequest>) -> Result<Json<Diagnosis>, Problem> {
    caller.require(WRITERS)?;
    // Milliseconds of computing on megabytes of output: not on a thread that others wait for.
    let diagnosis = tokio::task::spawn_blocking(move || rank::diagnose(&request.steps)).await;
    diagnosis.map(Json).map_err(|error| Problem::internal(&error))
}

/// What a rule can find.
#[derive(Serialize, ToSchema)]
struct RuleInfo {
    /// Its name.
    id: &'static str,
    /// What it looks at, in a sentence.
    looks_at: &'static str,
    /// The root causes that it can name.
    causes: Vec<&'static str>,
}

/// What the rules can find, for people who wonder what is covered.
#[utoipa::path(
    get,
    path = "/v1/rules",
    responses((status = 200, body = Vec<RuleInfo>)),
    extensions(("x-roles" = json!(READERS))),
)]
async fn rules(caller: Caller) -> Result<Json<Vec<RuleInfo>>, Problem> {
    caller.require(READERS)?;
    let rules = rules::all().map(|rule| RuleInfo {
        id: rule.id,
        looks_at: rule.doc,
        causes: rule.causes.iter().map(|cause| cause.id).collect(),
    });
    Ok(Json(rules.collect()))
}
