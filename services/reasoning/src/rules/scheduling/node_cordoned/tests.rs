use super::*;
use crate::testing::{found, step};

/// `nodes` are (name, status, role, labels); the pod `goat-0` is pending with `selector`, `hen-0` runs on `used`.
fn scheduled(nodes: &[(&str, &str, &str, &str)], selector: &str, used: &str, message: &str) -> Vec<String> {
    let mut table = format!("{:<8}{:<29}{:<16}LABELS\n", "NAME", "STATUS", "ROLES");
    for (name, status, role, labels) in nodes {
        table.push_str(&format!("{name:<8}{status:<29}{role:<16}{labels}\n"));
    }
    let pending = format!(
        "Name:            goat-0\nNamespace:       barn\nNode:            <none>\nStatus:          Pending\n\
         Node-Selectors:  {selector}\nEvents:\n  Type     Reason            Age  From               Message\n  \
         ----     ------            ---- ----               -------\n  \
         Warning  FailedScheduling  9s   default-scheduler  {message}\n"
    );
    let rows = format!(
        "NAME    READY   STATUS    RESTARTS   AGE   IP         NODE\nhen-0   1/1     Running   0          9d    10.0.0.1   {used}\n"
    );
    found(
        &RULE,
        &[
            step("kubectl get nodes --show-labels", &table),
            step("kubectl describe pods goat-0 -n barn", &pending),
            step("kubectl get pods -n barn -o wide", &rows),
        ],
    )
}

const OFF: &str = "Ready,SchedulingDisabled";

#[test]
fn all_nodes_cordoned() {
    let nodes = [
        ("head", OFF, "control-plane", "<none>"),
        ("barn", OFF, "<none>", "<none>"),
        ("shed", OFF, "<none>", "<none>"),
    ];
    let said =
        "0/3 nodes are available: 3 node(s) were unschedulable. preemption: 0/3 nodes are available: 3 no.";
    assert_eq!(scheduled(&nodes, "<none>", "barn", said), ["node_cordon_mismatch statefulset/goat 0.95"]);
    let single = [("head", OFF, "control-plane", "<none>")];
    let said = "0/1 nodes are available: 1 node(s) were unschedulable.";
    assert_eq!(scheduled(&single, "<none>", "head", said), ["node_cordon_mismatch statefulset/goat 0.95"]);
}

#[test]
fn the_only_nodes_that_the_selector_allows_are_cordoned() {
    let nodes = [
        ("head", OFF, "control-plane", "a=b"),
        ("barn", OFF, "<none>", "disk=fast"),
        ("shed", "Ready", "<none>", "a=b"),
    ];
    let said = "0/3 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 2 node(s) were unschedulable.";
    assert_eq!(scheduled(&nodes, "disk=fast", "shed", said), ["node_cordon_mismatch statefulset/goat 0.85"]);
}

#[test]
fn a_cordoned_worker_in_a_full_cluster_is_one_way_out() {
    let nodes = [
        ("head", OFF, "control-plane", "a=b"),
        ("barn", OFF, "<none>", "a=b"),
        ("shed", "Ready", "<none>", "a=b"),
    ];
    let said = "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable.";
    assert_eq!(scheduled(&nodes, "<none>", "barn", said), ["node_cordon_mismatch statefulset/goat 0.6"]);
    assert!(
        scheduled(&nodes, "<none>", "shed", said).is_empty(),
        "a drained node may be out of service for good"
    );
}

#[test]
fn a_control_plane_that_is_always_cordoned_is_not_to_blame() {
    let nodes = [
        ("head", OFF, "control-plane", "a=b"),
        ("barn", "Ready", "<none>", "a=b"),
        ("shed", "Ready", "<none>", "a=b"),
    ];
    for reason in [
        "2 Insufficient memory",
        "2 node(s) didn't match Pod's node affinity/selector",
        "2 node(s) had untolerated taint {fire: yes}",
        "2 node(s) didn't match pod anti-affinity rules",
    ] {
        let said = format!("0/3 nodes are available: 1 node(s) were unschedulable, {reason}. preemption: no");
        for selector in ["<none>", "a=b", "disk=fast"] {
            assert!(scheduled(&nodes, selector, "head", &said).is_empty(), "{reason} {selector}");
        }
    }
}

#[test]
fn a_cordon_that_the_scheduler_does_not_name_is_not_to_blame() {
    let nodes = [("barn", OFF, "<none>", "a=b"), ("shed", OFF, "<none>", "a=b")];
    for said in [
        "0/2 nodes are available: 2 Insufficient cpu. preemption: 2 node(s) were unschedulable.",
        "0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims.",
        "skip schedule deleting pod: barn/goat-0",
    ] {
        assert!(scheduled(&nodes, "<none>", "barn", said).is_empty(), "{said}");
    }
}

#[test]
fn json_says_it_in_the_condition_of_the_pod() {
    let pod = r#"{"kind": "Pod", "metadata": {"name": "goat-0", "namespace": "barn"}, "status": {"phase": "Pending",
        "conditions": [{"type": "PodScheduled", "status": "False",
        "message": "0/1 nodes are available: 1 node(s) were unschedulable."}]}}"#;
    let node =
        "{\"kind\": \"Node\", \"metadata\": {\"name\": \"barn\"},\n\"spec\": {\n\"unschedulable\": true\n}}";
    let outputs =
        [step("kubectl get pod goat-0 -n barn -o json", pod), step("kubectl get node barn -o json", node)];
    assert_eq!(found(&RULE, &outputs), ["node_cordon_mismatch statefulset/goat 0.95"]);
}
