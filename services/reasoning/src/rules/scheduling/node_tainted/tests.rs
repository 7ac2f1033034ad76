use super::*;
use crate::testing::{described_nodes, found, refused_pod, step};

const CORDON: &str = "node.kubernetes.io/unschedulable:NoSchedule";
const HEAD: (&str, &str, &str, &str) =
    ("head", "control-plane", "a=b", "node-role.kubernetes.io/control-plane:NoSchedule");
const CONTAINER: &str = "Containers:\n  main:\n    Image:  hay:1";

fn refused(nodes: &[(&str, &str, &str, &str)], wishes: &str, reasons: &str) -> Vec<String> {
    let message = format!("0/{} nodes are available: {reasons}. preemption: none", nodes.len());
    let pod = refused_pod(&format!("{CONTAINER}\n{wishes}"), &message);
    found(&RULE, &[pod, described_nodes(nodes)])
}

#[test]
fn all_workers_have_a_taint_that_the_pod_does_not_tolerate() {
    let nodes = [
        HEAD,
        ("barn", "<none>", "a=b", "fire=yes:NoSchedule"),
        ("shed", "<none>", "a=b", "fire=yes:NoExecute"),
    ];
    let control_plane = "1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }";
    for reasons in [
        format!("{control_plane}, 2 node(s) had untolerated taint {{fire: yes}}"),
        "3 node(s) had untolerated taint(s)".to_owned(),
        "1 node(s) were unschedulable, 2 node(s) had taint {fire: yes}, that the pod didn't tolerate"
            .to_owned(),
    ] {
        assert_eq!(
            refused(&nodes, "", &reasons),
            ["taint_toleration_mismatch deployment/goat 0.95"],
            "{reasons}"
        );
    }
    let near = "Tolerations:  fire=no:NoSchedule";
    let reasons = "3 node(s) had untolerated taint(s)";
    assert_eq!(refused(&nodes, near, reasons), ["taint_toleration_mismatch deployment/goat 0.95"]);
}

#[test]
fn the_only_node_that_the_selector_allows_is_tainted() {
    let nodes = [
        ("head", "control-plane", "a=b", CORDON),
        ("barn", "<none>", "disk=fast", "fire=yes:NoSchedule"),
        ("shed", "<none>", "a=b", "<none>"),
    ];
    let reasons = "1 node(s) were unschedulable, 1 node(s) had untolerated taint {fire: yes}, 1 node(s) didn't match Pod's node affinity/selector";
    let wish = "Node-Selectors:  disk=fast";
    assert_eq!(refused(&nodes, wish, reasons), ["taint_toleration_mismatch deployment/goat 0.85"]);
    for other in ["Node-Selectors:  disk=slow", "Node-Selectors:  a=b", ""] {
        assert!(refused(&nodes, other, reasons).is_empty(), "{other}");
    }
}

#[test]
fn the_control_plane_alone_is_not_to_blame() {
    let nodes = [HEAD, ("barn", "<none>", "a=b", "<none>"), ("shed", "<none>", "a=b", CORDON)];
    let control_plane = "1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }";
    for other in [
        "2 Insufficient cpu",
        "2 node(s) were unschedulable",
        "2 node(s) didn't match pod anti-affinity rules",
    ] {
        assert!(refused(&nodes, "", &format!("{control_plane}, {other}")).is_empty(), "{other}");
    }
    assert_eq!(refused(&[HEAD], "", control_plane), ["taint_toleration_mismatch deployment/goat 0.95"]);
}

#[test]
fn marks_of_kubernetes_itself_are_a_symptom() {
    let nodes = [HEAD, ("barn", "<none>", "a=b", "node.kubernetes.io/unreachable:NoExecute")];
    let reasons = "2 node(s) had untolerated taint(s)";
    assert_eq!(refused(&nodes, "", reasons), ["nodes_out_of_order deployment/goat 0.95"]);
}

#[test]
fn json_and_a_pod_that_was_placed_since() {
    let pod = |node: &str| {
        format!(
            r#"{{"kind": "Pod", "metadata": {{"name": "goat", "namespace": "barn"}}, "spec": {{ {node} "containers": [{{"name": "main"}}]}},
            "status": {{"phase": "Pending", "conditions": [{{"type": "PodScheduled", "status": "False", "reason": "Unschedulable",
            "message": "0/1 nodes are available: 1 node(s) had untolerated taint(s)."}}]}}}}"#
        )
    };
    let node = "{\"kind\": \"Node\", \"metadata\": {\"name\": \"barn\"},\n\"spec\": {\"taints\": [\n{\"key\": \"fire\",\n\"effect\": \"NoSchedule\"}]}}";
    let outputs = |spec: &str| {
        [step("kubectl get pods -n barn -o json", &pod(spec)), step("kubectl get nodes -o json", node)]
    };
    assert_eq!(found(&RULE, &outputs("")), ["taint_toleration_mismatch pod/goat 0.95"]);
    assert!(found(&RULE, &outputs("\"nodeName\": \"barn\",")).is_empty());
    let tolerates = "\"tolerations\": [{\"operator\": \"Exists\"}],";
    let told = found(&RULE, &outputs(tolerates));
    assert_eq!(told, ["taint_toleration_mismatch pod/goat 0.95"], "the scheduler is believed");
}
