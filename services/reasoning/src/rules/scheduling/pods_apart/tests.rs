use super::*;
use crate::testing::{found, refused_pod, step};

const CONTAINER: &str = "Containers:\n  main:\n    Image:  hay:1";

fn refused(reasons: &str) -> Vec<String> {
    let message = format!("0/4 nodes are available: {reasons}. preemption: none");
    let manifest = "kind: Deployment\nmetadata: {name: goat, namespace: barn}\nspec:\n  replicas: 5\n  template:\n    spec:\n      affinity:\n        podAntiAffinity:\n          requiredDuringSchedulingIgnoredDuringExecution:\n          - labelSelector: {matchLabels: {app: goat}}\n            topologyKey: kubernetes.io/hostname\n";
    found(&RULE, &[refused_pod(CONTAINER, &message), step("probe GetAppYAML app_name=goat", manifest)])
}

#[test]
fn pods_that_are_there_or_not_there_keep_it_away() {
    for (reasons, expected) in [
        (
            "1 node(s) were unschedulable, 3 node(s) didn't match pod anti-affinity rules",
            "pod_anti_affinity_conflict deployment/goat 0.95",
        ),
        (
            "4 node(s) didn't satisfy existing pods anti-affinity rules",
            "pod_anti_affinity_conflict deployment/goat 0.95",
        ),
        (
            "2 Insufficient cpu, 2 node(s) didn't match pod anti-affinity rules",
            "pod_anti_affinity_conflict deployment/goat 0.85",
        ),
        ("4 node(s) didn't match pod affinity rules", "pod_affinity_mismatch deployment/goat 0.95"),
        (
            "4 node(s) didn't match pod topology spread constraints",
            "topology_spread_conflict deployment/goat 0.95",
        ),
    ] {
        assert_eq!(refused(reasons), [expected], "{reasons}");
    }
}

#[test]
fn other_reasons_are_not_its_business() {
    for reasons in ["4 Insufficient cpu", "4 node(s) didn't match Pod's node affinity/selector"] {
        assert!(refused(reasons).is_empty(), "{reasons}");
    }
}

#[test]
fn the_rule_of_the_manifest_is_cited_and_told() {
    let manifest = "kind: Deployment\nmetadata: {name: goat, namespace: barn}\nspec:\n  replicas: 5\n  template:\n    spec:\n      affinity:\n        podAntiAffinity:\n          requiredDuringSchedulingIgnoredDuringExecution:\n          - labelSelector: {matchLabels: {app: goat}}\n            topologyKey: kubernetes.io/hostname\n";
    let said = "0/4 nodes are available: 4 node(s) didn't match pod anti-affinity rules.";
    let outputs = [refused_pod(CONTAINER, said), step("probe GetAppYAML app_name=goat", manifest)];
    let snapshot = crate::adapter::observe(&outputs);
    let findings = (RULE.check)(&snapshot);
    assert!(
        findings[0].summary.contains("app=goat in the same kubernetes.io/hostname, and 5 replicas"),
        "{findings:?}"
    );
    assert!(findings[0].evidence.iter().any(|line| line.excerpt.contains("topologyKey")));
}
