//! What pods and nodes do, as stages of kwok: a condition in jq, a delay, and a template of the next state.
//!
//! Times are about a twentieth of a kubelet's, so that a test sees in seconds what takes minutes.

use serde_json::{Value, json};

#[cfg(test)]
mod tests;

/// A stage. `when` is asked of the object, and the template gives its next status.
struct Stage {
    name: &'static str,
    kind: &'static str,
    when: &'static str,
    /// A duration such as `"300ms"`, in jq.
    delay: &'static str,
    next: Next,
}

enum Next {
    Status(&'static str),
    Deleted,
}

/// What the conditions of pods and nodes are made of.
const CONDITIONS: &str = r#"
def fault($kind): (.metadata.annotations // {})["fault.aetherius.dev/" + $kind] // empty;
def has($kind): any(fault($kind); true);
def target: fault("container") // .spec.containers[0].name;
def state: target as $name | first(.status.containerStatuses[]? | select(.name == $name)) // {};
def waits($reason): state.state.waiting.reason == $reason;
def runs: state.state.running != null;
def restarts: state.restartCount // 0;
def lives: .metadata.deletionTimestamp == null;
def created: .status.hostIP != null;
def starting: lives and created and .status.podIP == null;
def probed: has("liveness") or has("startup");
def once: .spec.restartPolicy == "Never";
def job: any(.metadata.ownerReferences[]?; .kind == "Job");
def ready: any(.status.conditions[]?; .type == "Ready" and .status == "True");
"#;

const STAGES: &[Stage] = &[
    Stage {
        name: "node-ready",
        kind: "Node",
        when: r#"(has("node") | not) and (ready | not)"#,
        delay: r#""0s""#,
        next: Next::Status(include_str!("stages/node-ready.yaml")),
    },
    Stage {
        name: "node-not-ready",
        kind: "Node",
        when: r#"has("node") and ([.status.conditions[]? | select(.type == "Ready") | .status] != ["False"])"#,
        delay: r#""0s""#,
        next: Next::Status(include_str!("stages/node-not-ready.yaml")),
    },
    Stage {
        name: "create",
        kind: "Pod",
        when: "lives and (created | not)",
        delay: r#""0s""#,
        next: Next::Status(include_str!("stages/create.yaml")),
    },
    Stage {
        name: "run",
        kind: "Pod",
        when: r#"starting and (has("image-pull") or has("config") or has("mount") | not)"#,
        delay: r#""100ms""#,
        next: Next::Status(include_str!("stages/run.yaml")),
    },
    Stage {
        name: "pull",
        kind: "Pod",
        when: r#"has("image-pull") and (starting or lives and waits("ImagePullBackOff"))"#,
        delay: r#"if waits("ImagePullBackOff") then "15s" else "100ms" end"#,
        next: Next::Status(include_str!("stages/pull.yaml")),
    },
    Stage {
        name: "pull-back-off",
        kind: "Pod",
        when: r#"lives and waits("ErrImagePull")"#,
        delay: r#""300ms""#,
        next: Next::Status(include_str!("stages/pull-back-off.yaml")),
    },
    Stage {
        name: "config",
        kind: "Pod",
        when: r#"starting and has("config")"#,
        delay: r#""100ms""#,
        next: Next::Status(include_str!("stages/config.yaml")),
    },
    Stage {
        name: "crash",
        kind: "Pod",
        when: r#"lives and has("crash") and runs and (once | not)"#,
        delay: r#"if restarts < 3 then "200ms" else "1s" end"#,
        next: Next::Status(include_str!("stages/crash.yaml")),
    },
    Stage {
        name: "fail",
        kind: "Pod",
        when: r#"lives and has("crash") and runs and once"#,
        delay: r#""200ms""#,
        next: Next::Status(include_str!("stages/end.yaml")),
    },
    Stage {
        name: "restart",
        kind: "Pod",
        when: r#"lives and waits("CrashLoopBackOff")"#,
        delay: r#"if restarts < 3 then "300ms" else "15s" end"#,
        next: Next::Status(include_str!("stages/restart.yaml")),
    },
    Stage {
        name: "probe-restart",
        kind: "Pod",
        when: "lives and probed and runs and restarts < 3",
        delay: r#""1s""#,
        next: Next::Status(include_str!("stages/restart.yaml")),
    },
    Stage {
        name: "probe-back-off",
        kind: "Pod",
        when: "lives and probed and runs and restarts >= 3",
        delay: r#""5s""#,
        next: Next::Status(include_str!("stages/crash.yaml")),
    },
    Stage {
        name: "complete",
        kind: "Pod",
        when: r#"lives and job and runs and (has("crash") | not)"#,
        delay: r#""300ms""#,
        next: Next::Status(include_str!("stages/end.yaml")),
    },
    Stage {
        name: "delete",
        kind: "Pod",
        when: "(lives | not) and (.metadata.finalizers // [] | length == 0)",
        delay: r#""100ms""#,
        next: Next::Deleted,
    },
];

/// Put before every template: what is asked for again and again.
const PREAMBLE: &str = include_str!("stages/preamble.gotmpl");
/// What is defined for templates of pods, to be used by them with `template`.
const POD_PARTS: &str = include_str!("stages/pod-parts.gotmpl");

/// All stages, as kwok reads them from a file.
pub(crate) fn file() -> String {
    STAGES.iter().map(|stage| format!("{}\n---\n", document(stage))).collect()
}

fn document(stage: &Stage) -> Value {
    let jq = |expression: &str| format!("{CONDITIONS}{expression}");
    let next = match stage.next {
        Next::Deleted => json!({ "delete": true }),
        Next::Status(template) => {
            let parts = if stage.kind == "Pod" { POD_PARTS } else { "" };
            let template = format!("{PREAMBLE}{parts}{template}");
            json!({ "patches": [{ "root": "status", "subresource": "status", "template": template }] })
        }
    };
    json!({
        "apiVersion": "kwok.x-k8s.io/v1alpha1",
        "kind": "Stage",
        "metadata": { "name": stage.name },
        "spec": {
            "resourceRef": { "apiGroup": "v1", "kind": stage.kind },
            "selector": {
                "matchExpressions": [{ "jq": { "key": jq(stage.when), "operator": "In", "values": ["true"] } }],
            },
            "delay": { "durationFrom": { "jq": { "expression": jq(stage.delay) } } },
            "next": next,
        },
    })
}
