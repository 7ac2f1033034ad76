use super::*;
use crate::testing::{found, refused_pod, step};

#[test]
fn host_ports_places_of_volumes_and_what_nobody_knows() {
    let container = "Containers:\n  main:\n    Image:  hay:1";
    for (reasons, expected) in [
        (
            "3 node(s) didn't have free ports for the requested pod ports",
            vec!["host_port_conflict deployment/goat 0.95"],
        ),
        (
            "1 Insufficient cpu, 2 node(s) had volume node affinity conflict",
            vec!["volume_node_affinity_conflict deployment/goat 0.85"],
        ),
        (
            "3 node(s) didn't match PersistentVolume's node affinity",
            vec!["volume_node_affinity_conflict deployment/goat 0.95"],
        ),
        ("3 node(s) exceed max volume count", vec!["unschedulable deployment/goat 0.95"]),
        ("3 Insufficient cpu", vec![]),
        ("3 node(s) didn't match Pod's node affinity/selector", vec![]),
    ] {
        let message = format!("0/3 nodes are available: {reasons}.");
        assert_eq!(found(&RULE, &[refused_pod(container, &message)]), expected, "{reasons}");
    }
}

#[test]
fn a_row_does_not_tell_which_labels_are_asked_for() {
    let pods = "NAME     READY   STATUS    RESTARTS   AGE\ngoat-0   0/1     Pending   0          9s\n";
    let events = "LAST SEEN   TYPE      REASON             OBJECT       MESSAGE\n9s          Warning   FailedScheduling   pod/goat-0   0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector.\n";
    let outputs = [step("kubectl get pods -n barn", pods), step("kubectl get events -n barn", events)];
    assert_eq!(found(&RULE, &outputs), ["unschedulable statefulset/goat 0.95"]);
}
