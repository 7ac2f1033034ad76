//! The way of an alert in this process, without keeping anything: planned, judged, run, redacted, concluded by the services
//! themselves.

use aetherius_contracts::{
    events::{EventType, Severity, StandardEvent},
    execution::{Command, ExecutionClient},
    knowledge::KnowledgeClient,
    reasoning::{DiagnosticStrategy, ReasoningClient},
    tasks::TaskResult,
};
use aetherius_execution::{ClusterSource, runner::Cluster};
use aetherius_orchestrator::Clients;
use aetherius_rpc::{CallContext, CallerKey, Channel};
use aetherius_store::{Store, journal};
use anyhow::Context;
use axum::{
    Router,
    extract::Request,
    middleware::{self, Next},
};
use foundation::{metrics::Metrics, secret::Secret, trace::TraceParent};
use std::{
    collections::BTreeMap,
    sync::Arc,
    sync::atomic::{AtomicUsize, Ordering},
};

/// The scope of the one task in its journal.
const SCOPE: &str = "one-shot";

/// What a task came to, and what it asked for.
pub(crate) struct Outcome {
    pub(crate) result: TaskResult,
    /// The command of each step as it was planned, before execution added its own flags, by the step's id.
    pub(crate) commands: BTreeMap<String, Command>,
}

/// Looks into a cluster, in one namespace or, when it is empty, in all. `asked` counts the commands that came back.
pub(crate) async fn diagnose(
    cluster: Cluster,
    namespace: &str,
    asked: Arc<AtomicUsize>,
) -> anyhow::Result<Outcome> {
    let key = CallerKey::from_hex(&Secret::new(uuid::Uuid::new_v4().simple().to_string().repeat(2)))?;
    let store = Store::ephemeral(&crate::wiring::migrations())?;
    let event = StandardEvent {
        id: uuid::Uuid::now_v7().to_string(),
        kind: EventType::Manual,
        source: "diagnose".to_owned(),
        timestamp: jiff::Timestamp::now(),
        cluster_id: "default".to_owned(),
        namespace: namespace.to_owned(),
        severity: Severity::Medium,
        labels: [].into(),
        annotations: [].into(),
        fingerprint: String::new(),
        raw_data: serde_json::Value::Null,
    };
    let clients = clients(cluster, &store, &key, asked)?;
    let context = CallContext::new("diagnose", "default", TraceParent::new_root());
    let result = aetherius_orchestrator::diagnose(&event, SCOPE, SCOPE, &clients, &store, &context).await?;
    let planned = store.read(|tx| journal::recall(tx, SCOPE, "strategy")).await?;
    let strategy: DiagnosticStrategy = serde_json::from_str(&planned.context("no strategy was journalled")?)?;
    let commands = strategy.steps.into_iter().map(|step| (step.id, step.command)).collect();
    Ok(Outcome { result, commands })
}

fn clients(
    cluster: Cluster,
    store: &Store,
    key: &CallerKey,
    asked: Arc<AtomicUsize>,
) -> anyhow::Result<Clients> {
    let invalid =
        |problems: Vec<foundation::settings::Problem>| anyhow::anyhow!(foundation::settings::list(&problems));
    let local = |name, router| Channel::local(name, router, key.clone());
    let execution = aetherius_execution::Service::create(
        aetherius_execution::Config::of_one(ClusterSource::Ready(cluster)),
        aetherius_execution::Deps { store: store.clone(), key: key.clone(), metrics: Metrics::default() },
    );
    let knowledge = aetherius_knowledge::Service::create(
        aetherius_knowledge::Settings::default().validate().map_err(invalid)?,
        aetherius_knowledge::Deps { store: store.clone(), key: key.clone() },
    );
    let knowledge = KnowledgeClient::new(local("knowledge", knowledge.router()));
    let reasoning = aetherius_reasoning::Service::create(
        aetherius_reasoning::Settings::default().validate().map_err(invalid)?,
        aetherius_reasoning::Deps { key: key.clone(), knowledge },
    );
    Ok(Clients {
        reasoning: ReasoningClient::new(local("reasoning", reasoning.router())),
        execution: ExecutionClient::new(local("execution", counted(execution.router(), asked))),
    })
}

/// Counts the steps that were executed, for people who wait.
fn counted(router: Router, asked: Arc<AtomicUsize>) -> Router {
    router.layer(middleware::from_fn(move |request: Request, next: Next| {
        let asked = Arc::clone(&asked);
        async move {
            let is_step = request.uri().path() == "/v1/steps/execute";
            let response = next.run(request).await;
            asked.fetch_add(usize::from(is_step), Ordering::Relaxed);
            response
        }
    }))
}
