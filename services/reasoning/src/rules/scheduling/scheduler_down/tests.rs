use aetherius_contracts::execution::StepResult;

use super::*;
use crate::testing::{found, step};

fn daemon(node: &str, state: &str) -> StepResult {
    step(
        &format!("probe CheckNodeServiceStatus node_name={node} service_name=kube-scheduler"),
        &format!("Service: kube-scheduler\n     Active: {state} since Thu\n"),
    )
}

/// A pod of this age without a node, and a control-plane node that reported at noon.
fn pending(created: &str, more: &str) -> Vec<StepResult> {
    let pod = format!(
        "{{\"kind\": \"Pod\", \"metadata\": {{\"name\": \"goat\", \"namespace\": \"barn\", \"creationTimestamp\": \"2026-01-01T{created}Z\"}}, \"spec\": {{ {more} \"containers\": [{{\"name\": \"main\"}}]}},\n\"status\": {{\n\"phase\": \"Pending\"}}}}"
    );
    let node = "{\"kind\": \"Node\", \"metadata\": {\"name\": \"head\", \"labels\": {\"node-role.kubernetes.io/control-plane\": \"\"}},\n\"status\": {\"conditions\": [{\"type\": \"Ready\", \"status\": \"True\", \"lastHeartbeatTime\": \"2026-01-01T12:00:00Z\"}]}}";
    vec![step("kubectl get pods -n barn -o json", &pod), step("kubectl get nodes -o json", node)]
}

#[test]
fn the_daemon_does_not_run() {
    for state in ["inactive (dead)", "failed (Result: exit-code)", "activating (auto-restart)"] {
        let outputs = [daemon("head", state)];
        assert_eq!(found(&RULE, &outputs), ["kube_scheduler_unavailable node/head 0.95"], "{state}");
    }
    assert!(found(&RULE, &[daemon("head", "active (running)")]).is_empty());
    let outputs = [daemon("head", "inactive (dead)"), daemon("tail", "active (running)")];
    assert_eq!(
        found(&RULE, &outputs),
        ["kube_scheduler_unavailable node/head 0.6"],
        "another one does its work"
    );
}

#[test]
fn silence_over_a_pod_that_waits() {
    assert_eq!(found(&RULE, &pending("11:58:00", "")), ["kube_scheduler_unavailable node/head 0.85"]);
    assert!(found(&RULE, &pending("11:59:30", "")).is_empty(), "it may still come to it");
    assert!(found(&RULE, &pending("11:58:00", "\"schedulerName\": \"own\",")).is_empty());
    assert!(found(&RULE, &pending("11:58:00", "\"nodeName\": \"head\",")).is_empty());
    let mut outputs = pending("11:50:00", "");
    outputs[0].output = outputs[0].output.replace(
        "\n\"phase\"",
        "\"conditions\": [{\"type\": \"PodScheduled\", \"status\": \"False\", \"reason\": \"SchedulingGated\"}],\n\"phase\"",
    );
    assert!(found(&RULE, &outputs).is_empty(), "the pod is held back on purpose");
}

#[test]
fn a_scheduler_that_spoke_since_runs() {
    let with_event = |age: &str, reason: &str| {
        let row = format!(
            "LAST SEEN   TYPE     REASON      OBJECT    MESSAGE\n{age}         Normal   {reason}   pod/hen   Successfully assigned\n"
        );
        let mut outputs = pending("11:50:00", "");
        outputs.push(step("kubectl get events -n barn", &row));
        found(&RULE, &outputs)
    };
    assert!(with_event("60s", "Scheduled").is_empty());
    assert_eq!(with_event("20m", "Scheduled"), ["kube_scheduler_unavailable node/head 0.85"]);
    assert_eq!(with_event("60s", "Pulled"), ["kube_scheduler_unavailable node/head 0.85"]);
}

#[test]
fn a_description_and_a_row_tell_it_and_so_does_the_own_pod() {
    let described = "Name:         goat\nNamespace:    barn\nNode:         <none>\nStatus:       Pending\nContainers:\n  main:\n    Image:  hay:1\nEvents:  <none>\n";
    let rows = "NAME   READY   STATUS    RESTARTS   AGE\ngoat   0/1     Pending   0          5m\n";
    let system = "NAME                  READY   STATUS             RESTARTS   AGE   IP         NODE   LABELS\nkube-scheduler-head   0/1     CrashLoopBackOff   9          9d    10.0.0.1   head   component=kube-scheduler,tier=control-plane\n";
    let mut outputs =
        vec![step("kubectl get pods -n barn", rows), step("kubectl describe pods goat -n barn", described)];
    assert_eq!(found(&RULE, &outputs), ["kube_scheduler_unavailable pod/goat 0.85"]);
    outputs.push(step("kubectl get pods -n kube-system -o wide --show-labels", system));
    assert_eq!(found(&RULE, &outputs), ["kube_scheduler_unavailable node/head 0.95"]);
    assert!(found(&RULE, &outputs[..1]).is_empty(), "a row does not tell what the scheduler said");
}
