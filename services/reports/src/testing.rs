//! Invented ends of tasks.

use crate::{Document, compose::compose};
use aetherius_bus::Context;
use aetherius_contracts::{
    events::{EventType, Severity, StandardEvent},
    execution::{Decision, StepResult, StepStatus, Verdict},
    messages::TaskCompleted,
    reasoning::{Diagnosis, Evidence, Finding, ObjectRef},
    tasks::TaskResult,
};
use foundation::trace::TraceParent;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

pub(crate) const PODS: &str = "NAME                    READY   STATUS             RESTARTS   AGE\n\
    cart-6d5f9c7b8-x2x9q    0/1     ImagePullBackOff   0          12m\n\
    cart-7c9d8b6f5-k4k2m    1/1     Running            0          3d\n";
pub(crate) const EVENTS: &str = "LAST SEEN   TYPE      REASON    OBJECT                     MESSAGE\n\
    12m         Normal    Pulling   pod/cart-6d5f9c7b8-x2x9q   Pulling image \"shop/cart:2.4.1-rc9\"\n\
    2m          Warning   Failed    pod/cart-6d5f9c7b8-x2x9q   Failed to pull image \"shop/cart:2.4.1-rc9\": not found\n";
pub(crate) const HOSTILE: &str =
    "<script>alert(1)</script> ``` | x](javascript:alert(1)) ![i](//e.vil) <img src=x onerror=a>";

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn context() -> Context {
    let trace = TraceParent::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").unwrap();
    Context { project_id: "default".into(), lane: String::new(), trace }
}

pub(crate) fn event() -> StandardEvent {
    let labels = [("alertname", "DeploymentNotReady"), ("namespace", "shop"), ("severity", "critical")];
    StandardEvent {
        id: "0190a000-0000-7000-8000-00000000e001".into(),
        kind: EventType::Alert,
        source: "alertmanager".into(),
        timestamp: at("2026-03-04T05:06:07Z"),
        cluster_id: "eu-1".into(),
        namespace: "shop".into(),
        severity: Severity::Critical,
        labels: labels.into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect(),
        annotations: [].into(),
        fingerprint: "f".into(),
        raw_data: serde_json::Value::Null,
    }
}

pub(crate) fn sha(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

pub(crate) fn ran(id: &str, command: &str, output: &str) -> StepResult {
    StepResult {
        step_id: id.into(),
        command: command.into(),
        argv: command.split(' ').map(str::to_owned).collect(),
        verdict: Verdict {
            verdict: Decision::Allow,
            reason: "reads only".into(),
            checks_passed: ["tool", "read_only", "arguments", "rbac", "cluster"].map(str::to_owned).to_vec(),
        },
        status: StepStatus::Success,
        output: output.into(),
        output_hash: sha(output),
        truncated: false,
        error: String::new(),
        exit_code: 0,
        duration_ms: 212,
        timestamp: at("2026-03-04T05:06:12Z"),
    }
}

pub(crate) fn denied(id: &str, command: &str, reason: &str) -> StepResult {
    let verdict =
        Verdict { verdict: Decision::Deny, reason: reason.into(), checks_passed: vec!["tool".into()] };
    StepResult { verdict, status: StepStatus::Failed, exit_code: -1, duration_ms: 0, ..ran(id, command, "") }
}

pub(crate) fn cite(step: &StepResult, line: usize, shows: &str) -> Evidence {
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
        remedy: "Set an image tag that exists, e.g. with kubectl set image.".into(),
        confidence: 0.95,
        evidence,
    }
}

pub(crate) fn completed(result: Option<TaskResult>, error: Option<&str>) -> TaskCompleted {
    let task_id = "0190a000-0000-7000-8000-0000000000a1".to_owned();
    TaskCompleted { task_id, event: event(), result, error: error.map(str::to_owned) }
}

/// A cause with two excerpts, a symptom, a command that was denied and one that timed out.
pub(crate) fn found() -> TaskResult {
    let pods = ran("pods", "kubectl get pods -n shop", PODS);
    let events = ran("events", "kubectl get events -n shop", EVENTS);
    let secrets =
        denied("secrets", "kubectl get secrets -n shop", "`secrets` may not be read: they hold secrets");
    let mut logs = ran("logs", "kubectl logs -n shop deploy/cart --tail=200", "");
    logs.status = StepStatus::Timeout;
    logs.exit_code = -1;
    logs.duration_ms = 30_004;
    logs.error = "killed after 30 s".into();
    let cause = finding(
        "image_not_found",
        "The image shop/cart:2.4.1-rc9 of deployment/cart does not exist.",
        vec![
            cite(&events, 3, "the registry does not have the image"),
            cite(&pods, 2, "the pod waits for its image"),
        ],
    );
    let symptom = finding(
        "not_ready",
        "deployment/cart has a pod that is not ready.",
        vec![cite(&pods, 2, "0 of 1 ready")],
    );
    let diagnosis = Diagnosis {
        root_cause: Some(cause),
        other_findings: vec![symptom],
        strategy: "rule_based".into(),
        gaps: vec!["secrets of shop: denied".into(), "logs of deployment/cart: timed out".into()],
    };
    TaskResult { diagnosis, steps: vec![pods, events, secrets, logs] }
}

pub(crate) fn nothing() -> TaskResult {
    let pods = ran("pods", "kubectl get pods -n shop", "NAME   READY   STATUS\ncart   1/1     Running\n");
    let diagnosis =
        Diagnosis { root_cause: None, other_findings: vec![], strategy: "rule_based".into(), gaps: vec![] };
    TaskResult { diagnosis, steps: vec![pods] }
}

/// Everything that others write is hostile, and the evidence holds.
pub(crate) fn hostile() -> TaskCompleted {
    let output = format!("first\n{HOSTILE}\n````` five ticks\n\u{1b}[31mred\u{202e}");
    let step = ran("s", &format!("kubectl get {HOSTILE}"), &output);
    let mut failed = ran("f", "`a` | b\nc", "");
    failed.status = StepStatus::Failed;
    failed.exit_code = 1;
    failed.error = HOSTILE.into();
    let mut whole = cite(&step, 2, HOSTILE);
    whole.excerpt = output.split_once('\n').unwrap().1.to_owned();
    let mut cause = finding(HOSTILE, HOSTILE, vec![whole]);
    cause.remedy = HOSTILE.into();
    cause.taxonomy = HOSTILE.into();
    cause.object = ObjectRef { kind: "pod".into(), namespace: HOSTILE.into(), name: HOSTILE.into() };
    let diagnosis = Diagnosis {
        root_cause: Some(cause),
        other_findings: vec![],
        strategy: HOSTILE.into(),
        gaps: vec![HOSTILE.into(), format!("# x\n\n{HOSTILE}")],
    };
    let mut completed = completed(Some(TaskResult { diagnosis, steps: vec![step, failed] }), None);
    completed.event.labels.insert("alertname".into(), HOSTILE.into());
    completed.event.namespace = format!("a\n\n# {HOSTILE}");
    completed.event.cluster_id = HOSTILE.into();
    completed
}

pub(crate) fn document(completed: TaskCompleted) -> Document {
    compose(completed, &context(), at("2026-03-04T05:06:50Z"))
}
