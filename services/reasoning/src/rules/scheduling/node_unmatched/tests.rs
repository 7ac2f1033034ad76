use super::*;
use crate::testing::{described_nodes, found, refused_pod, step};
use aetherius_contracts::execution::StepResult;

const UNMATCHED: &str = "node(s) didn't match Pod's node affinity/selector";
const CONTAINER: &str = "Containers:\n  main:\n    Image:  hay:1";
const NODES: [(&str, &str, &str, &str); 3] = [
    ("head", "control-plane", "a=b", "node.kubernetes.io/unschedulable:NoSchedule"),
    ("barn", "<none>", "disk=slow", "<none>"),
    ("shed", "<none>", "a=b", "<none>"),
];

fn pod(wishes: &str) -> StepResult {
    let message =
        format!("0/3 nodes are available: 1 node(s) were unschedulable, 2 {UNMATCHED}. preemption: none");
    refused_pod(wishes, &message)
}

fn manifest(spec: &str) -> StepResult {
    let text = format!(
        "kind: Deployment\nmetadata: {{name: goat, namespace: barn}}\nspec:\n  template:\n    spec:\n{spec}"
    );
    step("probe GetAppYAML app_name=goat", &text)
}

fn affinity(expression: &str) -> String {
    format!(
        "      affinity:\n        nodeAffinity:\n          requiredDuringSchedulingIgnoredDuringExecution:\n            nodeSelectorTerms:\n            - matchExpressions:\n              - {expression}\n"
    )
}

#[test]
fn no_node_has_what_the_selector_asks_for() {
    for selector in ["disk=fast", "disk=slow\n                 a=b"] {
        let pod = pod(&format!("{CONTAINER}\nNode-Selectors:  {selector}"));
        let expected = ["node_selector_mismatch deployment/goat 0.95"];
        assert_eq!(found(&RULE, &[pod.clone(), described_nodes(&NODES)]), expected, "{selector}");
        assert_eq!(found(&RULE, &[pod]), ["node_selector_mismatch deployment/goat 0.85"], "labels not known");
    }
}

#[test]
fn no_node_has_what_node_affinity_requires() {
    let described = pod(&format!("{CONTAINER}\nNode-Selectors:  <none>"));
    for expression in ["{key: disk, operator: In, values: [fast, odd]}", "{key: tape, operator: Exists}"] {
        let outputs = [described.clone(), described_nodes(&NODES), manifest(&affinity(expression))];
        assert_eq!(found(&RULE, &outputs), ["node_affinity_mismatch deployment/goat 0.95"], "{expression}");
    }
    let outputs = [described, described_nodes(&NODES)];
    assert_eq!(
        found(&RULE, &outputs),
        ["node_affinity_mismatch deployment/goat 0.85"],
        "a description without selector"
    );
}

#[test]
fn of_both_the_one_that_no_node_meets() {
    for (selector, expression, expected) in [
        ("disk=slow", "{key: tape, operator: Exists}", "node_affinity_mismatch"),
        ("disk=fast", "{key: a, operator: Exists}", "node_selector_mismatch"),
    ] {
        let pod = pod(&format!("{CONTAINER}\nNode-Selectors:  {selector}"));
        let outputs = [pod, described_nodes(&NODES), manifest(&affinity(expression))];
        assert_eq!(found(&RULE, &outputs), [format!("{expected} deployment/goat 0.95")]);
    }
}

#[test]
fn a_node_with_the_labels_that_is_refused_for_another_reason_clears_them() {
    let selector = format!("{CONTAINER}\nNode-Selectors:  disk=slow");
    for other in
        ["1 node(s) had untolerated taint {fire: yes}", "1 Insufficient cpu", "2 node(s) were unschedulable"]
    {
        let message = format!("0/3 nodes are available: {other}, 1 {UNMATCHED}.");
        let outputs = [refused_pod(&selector, &message), described_nodes(&NODES)];
        assert!(found(&RULE, &outputs).is_empty(), "{other}");
    }
}

#[test]
fn rows_of_tables_do_not_tell_which_it_was() {
    let pods = "NAME     READY   STATUS    RESTARTS   AGE\ngoat-0   0/1     Pending   0          9s\n";
    let events = format!(
        "LAST SEEN   TYPE      REASON             OBJECT       MESSAGE\n9s          Warning   FailedScheduling   pod/goat-0   0/3 nodes are available: 3 {UNMATCHED}.\n"
    );
    let outputs = [step("kubectl get pods -n barn", pods), step("kubectl get events -n barn", &events)];
    assert!(found(&RULE, &outputs).is_empty());
}
