use aetherius_contracts::execution::StepResult;

use super::*;
use crate::testing::{found, step};

/// A described node with its `Ready` condition and a second one.
fn node(name: &str, ready: &str, reason: &str, message: &str) -> StepResult {
    let text = format!(
        "Name:    {name}\nRoles:   <none>\nTaints:  <none>\nConditions:\n  Type                 Status   LastHeartbeatTime                 LastTransitionTime                Reason              Message\n  \
         ----                 ------   -----------------                 ------------------                ------              -------\n  \
         MemoryPressure       False    Fri, 02 Jan 2026 13:02:21 +0800   Fri, 02 Jan 2026 13:02:21 +0800   Fine                fine\n  \
         Ready                {ready:<8} Fri, 02 Jan 2026 13:02:21 +0800   Fri, 02 Jan 2026 13:02:21 +0800   {reason:<19} {message}\n"
    );
    step(&format!("kubectl describe nodes {name}"), &text)
}

fn unit(node: &str, unit: &str, state: &str) -> StepResult {
    let text = format!(
        "Service: {unit}\nNode: {node}\n     Active: {state} since Fri 2026-01-02 16:06:23 CST; 4min ago\n"
    );
    step(&format!("probe CheckNodeServiceStatus node_name={node} service_name={unit}"), &text)
}

fn ready(name: &str) -> StepResult {
    node(name, "True", "KubeletReady", "kubelet is posting ready status")
}

#[test]
fn a_look_at_the_node_tells_which_daemon_stands_still() {
    for (daemon, cause) in [
        ("kubelet", "kubelet_unavailable"),
        ("containerd", "containerd_unavailable"),
        ("crio", "containerd_unavailable"),
        ("kube-proxy", "kube_proxy_unavailable"),
    ] {
        for state in ["inactive (dead)", "failed (Result: exit-code)", "activating (auto-restart)"] {
            let outputs = [
                ready("barn"),
                ready("shed"),
                unit("barn", daemon, state),
                unit("shed", daemon, "active (running)"),
            ];
            assert_eq!(found(&RULE, &outputs), [format!("{cause} node/barn 0.95")], "{state}");
        }
        assert!(found(&RULE, &[ready("barn"), unit("barn", daemon, "active (running)")]).is_empty());
    }
}

#[test]
fn each_daemon_is_shown_by_its_own_unit() {
    let outputs = [
        unit("barn", "kubelet", "inactive (dead)"),
        unit("barn", "containerd", "inactive (dead)"),
        node("barn", "Unknown", "NodeStatusUnknown", "Kubelet stopped posting node status."),
    ];
    assert_eq!(
        found(&RULE, &outputs),
        ["containerd_unavailable node/barn 0.95", "kubelet_unavailable node/barn 0.85"]
    );
    let findings = (RULE.check)(&crate::adapter::observe(&outputs));
    assert!(findings[0].evidence[0].command.contains("containerd"));
    assert!(findings[1].evidence[0].command.contains("kubelet"));
}

#[test]
fn conditions_tell_a_silent_kubelet_from_a_runtime_that_is_down() {
    let said =
        |ready: &str, reason: &str, message: &str| found(&RULE, &[node("barn", ready, reason, message)]);
    let cases = [
        (
            "Unknown",
            "NodeStatusUnknown",
            "Kubelet stopped posting node status.",
            "kubelet_unavailable node/barn 0.85",
        ),
        (
            "Unknown",
            "NodeStatusNeverUpdated",
            "Kubelet never posted node status.",
            "kubelet_unavailable node/barn 0.85",
        ),
        ("False", "KubeletNotReady", "container runtime is down", "containerd_unavailable node/barn 0.95"),
        (
            "False",
            "KubeletNotReady",
            "[container runtime is down, container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady]",
            "containerd_unavailable node/barn 0.95",
        ),
        (
            "False",
            "KubeletNotReady",
            "PLEG is not healthy: pleg was last seen active 3m12s ago; threshold is 3m0s",
            "containerd_unavailable node/barn 0.85",
        ),
        (
            "False",
            "KubeletNotReady",
            "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized",
            "node_network_unavailable node/barn 0.95",
        ),
        ("False", "KubeletNotReady", "node is shutting down", "node_not_ready node/barn 0.95"),
    ];
    for (ready, reason, message, expected) in cases {
        assert_eq!(said(ready, reason, message), [expected], "{message}");
    }
    assert!(said("True", "KubeletReady", "kubelet is posting ready status").is_empty());
}

#[test]
fn a_kubelet_that_runs_but_is_not_heard_is_cut_off() {
    let silent = node("barn", "Unknown", "NodeStatusUnknown", "Kubelet stopped posting node status.");
    let outputs = [silent, unit("barn", "kubelet", "active (running)")];
    assert_eq!(found(&RULE, &outputs), ["node_unreachable node/barn 0.85"]);
}

#[test]
fn json_and_rows_say_what_they_can() {
    let json = r#"{"kind": "Node", "metadata": {"name": "barn"}, "status": {"conditions": [
        {"type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown",
         "message": "Kubelet stopped posting node status."}]}}"#;
    assert_eq!(
        found(&RULE, &[step("kubectl get node barn -o json", json)]),
        ["kubelet_unavailable node/barn 0.85"]
    );
    let rows = "NAME   STATUS                        ROLES    AGE\nbarn   NotReady,SchedulingDisabled   <none>   9d\nshed   Ready                         <none>   9d\n";
    assert_eq!(found(&RULE, &[step("kubectl get nodes", rows)]), ["node_not_ready node/barn 0.95"]);
}

#[test]
fn a_proxy_that_runs_nowhere_was_not_meant_to() {
    let outputs = [
        ready("barn"),
        ready("shed"),
        unit("barn", "kube-proxy", "inactive (dead)"),
        unit("shed", "kube-proxy", "inactive (dead)"),
    ];
    assert!(found(&RULE, &outputs).is_empty());
}

/// A pod of kube-proxy's daemon set on node `barn`.
fn proxy(ready: &str, state: &str) -> StepResult {
    let json = format!(
        r#"{{"kind": "Pod", "metadata": {{"name": "kube-proxy-x2v", "namespace": "kube-system", "labels": {{"k8s-app": "kube-proxy"}},
            "ownerReferences": [{{"kind": "DaemonSet", "name": "kube-proxy", "controller": true}}]}}, "spec": {{"nodeName": "barn", "containers": [{{"name": "main"}}]}},
            "status": {{"phase": "Running", "conditions": [{{"type": "Ready", "status": "{ready}"}}], "containerStatuses": [{{"name": "main", "ready": false,
            "state": {{"waiting": {{"reason": "{state}"}}}}}}]}}}}"#
    );
    step("kubectl get pods -n kube-system -o json", &json)
}

#[test]
fn a_proxy_in_a_pod_is_watched_there() {
    assert_eq!(
        found(&RULE, &[proxy("False", "CrashLoopBackOff")]),
        ["kube_proxy_unavailable node/barn 0.85"]
    );
    assert!(found(&RULE, &[proxy("True", "")]).is_empty());
    let silent = node("barn", "Unknown", "NodeStatusUnknown", "Kubelet stopped posting node status.");
    assert_eq!(
        found(&RULE, &[proxy("False", "CrashLoopBackOff"), silent]),
        ["kubelet_unavailable node/barn 0.85"]
    );
}

#[test]
fn pods_that_wait_tell_of_a_runtime_before_the_node_does() {
    let pod = |state: &str| {
        let text = format!(
            "Name:       goat-0\nNamespace:  barn\nNode:       shed/10.0.0.1\nStatus:     Pending\nContainers:\n  main:\n    State:    Waiting\n      Reason:  {state}\nEvents:\n  \
             Type     Reason                  Age  From     Message\n  ----     ------                  ---- ----     -------\n  \
             Warning  FailedCreatePodSandBox  9s   kubelet  Failed to create pod sandbox: rpc error: code = Unavailable desc = connection error: desc = \"transport: Error while dialing: dial unix /run/containerd/containerd.sock: connect: no such file or directory\"\n"
        );
        step("kubectl describe pods goat-0 -n barn", &text)
    };
    assert_eq!(
        found(&RULE, &[ready("shed"), pod("ContainerCreating")]),
        ["containerd_unavailable node/shed 0.85"]
    );
    assert!(found(&RULE, &[ready("shed"), pod("ErrImagePull")]).is_empty(), "it has answered since");
    let back = unit("shed", "containerd", "active (running)");
    assert!(found(&RULE, &[ready("shed"), back, pod("ContainerCreating")]).is_empty());
}
