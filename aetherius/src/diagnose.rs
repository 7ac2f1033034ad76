//! `aetherius diagnose`: the way of an alert for a recorded case, in this process and without keeping anything.

use crate::{
    cli::{self, CaseFormat, DiagnoseArgs},
    cloudopsbench,
};
use aetherius_contracts::{
    events::{EventType, Severity, StandardEvent},
    execution::ExecutionClient,
    knowledge::KnowledgeClient,
    reasoning::{Diagnosis, Evidence, Finding, ReasoningClient},
    tasks::TaskResult,
};
use aetherius_execution::{ClusterSource, recorded, runner::Cluster};
use aetherius_orchestrator::Clients;
use aetherius_rpc::{CallContext, CallerKey, Channel};
use aetherius_store::Store;
use anyhow::Context;
use foundation::{metrics::Metrics, secret::Secret, trace::TraceParent};
use serde::Serialize;
use std::{fmt::Write, path::Path, sync::Arc};

/// Diagnoses the case and prints the answer.
pub(crate) fn run(args: &DiagnoseArgs) -> anyhow::Result<()> {
    let format = match args.format {
        CaseFormat::Aetherius => recorded::Format::Own,
        CaseFormat::CloudOpsBench => recorded::Format::CloudOpsBench,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let result = runtime.block_on(diagnose(&args.case, format))?;
    let answer = Answer::of(&result.diagnosis, args.format);
    if args.json {
        return cli::print(&format!("{}\n", serde_json::to_string_pretty(&answer)?));
    }
    cli::print(&for_people(&answer, &result))
}

/// The answer as JSON. Everything about the cause is null when nothing is wrong.
#[derive(Debug, Serialize)]
struct Answer {
    root_cause: Option<String>,
    object: Option<String>,
    taxonomy: Option<String>,
    confidence: Option<f64>,
    evidence: Vec<Evidence>,
    gaps: Vec<String>,
}

impl Answer {
    fn of(diagnosis: &Diagnosis, format: CaseFormat) -> Self {
        let label = |finding: &Finding| match format {
            CaseFormat::Aetherius => {
                (finding.rule.clone(), finding.object.to_string(), finding.taxonomy.clone())
            }
            CaseFormat::CloudOpsBench => cloudopsbench::labels(finding),
        };
        let cause = diagnosis.root_cause.as_ref();
        let (root_cause, object, taxonomy) = match cause.map(label) {
            Some((root_cause, object, taxonomy)) => (Some(root_cause), Some(object), Some(taxonomy)),
            None => (None, None, None),
        };
        Self {
            root_cause,
            object,
            taxonomy,
            confidence: cause.map(|finding| finding.confidence),
            evidence: cause.map(|finding| finding.evidence.clone()).unwrap_or_default(),
            gaps: diagnosis.gaps.clone(),
        }
    }
}

async fn diagnose(dir: &Path, format: recorded::Format) -> anyhow::Result<TaskResult> {
    let case = recorded::load(dir, format)?;
    let key = CallerKey::from_hex(&Secret::new(uuid::Uuid::new_v4().simple().to_string().repeat(2)))?;
    let store = Store::ephemeral(&crate::wiring::migrations())?;
    let event = StandardEvent {
        id: uuid::Uuid::now_v7().to_string(),
        kind: EventType::Manual,
        source: "diagnose".to_owned(),
        timestamp: jiff::Timestamp::now(),
        cluster_id: "default".to_owned(),
        namespace: case.namespace.clone(),
        severity: Severity::Medium,
        labels: [].into(),
        annotations: [].into(),
        fingerprint: String::new(),
        raw_data: serde_json::Value::Null,
    };
    let clients = clients(case, &store, &key)?;
    let context = CallContext::new("diagnose", "default", TraceParent::new_root());
    let result =
        aetherius_orchestrator::diagnose(&event, "diagnose", "diagnose", &clients, &store, &context).await;
    result.context("the case could not be diagnosed")
}

fn clients(case: recorded::Recorded, store: &Store, key: &CallerKey) -> anyhow::Result<Clients> {
    let invalid =
        |problems: Vec<foundation::settings::Problem>| anyhow::anyhow!(foundation::settings::list(&problems));
    let local = |name, router| Channel::local(name, router, key.clone());
    let cluster = ClusterSource::Ready(Cluster::Recorded(Arc::new(case)));
    let execution = aetherius_execution::Service::create(
        aetherius_execution::Config::of_one(cluster),
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
        execution: ExecutionClient::new(local("execution", execution.router())),
    })
}

fn for_people(answer: &Answer, result: &TaskResult) -> String {
    let diagnosis = &result.diagnosis;
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = match (&diagnosis.root_cause, &answer.root_cause, &answer.object) {
        (Some(cause), Some(root_cause), Some(object)) => writeln!(
            text,
            "{root_cause}: {object} (confidence {:.2})\n\n{}\nTo do: {}\n",
            cause.confidence, cause.summary, cause.remedy
        ),
        _ if result.outputs_seen() == 0 => {
            writeln!(text, "Nothing could be looked at, so nothing is known.\n")
        }
        _ => writeln!(text, "Nothing was found to be wrong.\n"),
    };
    for (n, evidence) in answer.evidence.iter().enumerate() {
        let hash = evidence.output_hash.get(..12).unwrap_or_default();
        let _ = writeln!(
            text,
            "[{}] {}\n    $ {}\n    output {hash}, line {}:",
            n + 1,
            evidence.shows,
            evidence.command,
            evidence.line
        );
        for line in evidence.excerpt.lines() {
            let _ = writeln!(text, "    | {line}");
        }
    }
    for other in &diagnosis.other_findings {
        let _ = writeln!(text, "Also: {} {}: {}", other.rule, other.object, other.summary);
    }
    for gap in &answer.gaps {
        let _ = writeln!(text, "Not looked at: {gap}");
    }
    text
}
