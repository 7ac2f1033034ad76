use super::trouble;
use crate::watch::{objects::Object, scope::Resource};
use serde_json::{Value, json};

fn found(resource: Resource, object: &Value) -> Option<(&'static str, bool)> {
    let object: Object = serde_json::from_value(object.clone()).unwrap();
    trouble(resource, &object).map(|trouble| (trouble.reason, trouble.is_final))
}

fn deployment(conditions: &[(&str, &str, &str)]) -> Value {
    let conditions: Vec<Value> = conditions
        .iter()
        .map(|(kind, status, reason)| json!({"type": kind, "status": status, "reason": reason}))
        .collect();
    json!({"status": {"conditions": conditions}})
}

#[test]
fn a_deployment_is_in_trouble_by_its_conditions() {
    let available = ("Available", "True", "MinimumReplicasAvailable");
    let unavailable = ("Available", "False", "MinimumReplicasUnavailable");
    let stuck = ("Progressing", "False", "ProgressDeadlineExceeded");
    let moving = ("Progressing", "True", "ReplicaSetUpdated");
    let failed = ("Progressing", "False", "FailedCreate");
    for (conditions, expected) in [
        (&[available, moving][..], None),
        (&[], None),
        (&[available, failed], None),
        (&[unavailable, moving], Some(("MinimumReplicasUnavailable", false))),
        (&[available, stuck], Some(("ProgressDeadlineExceeded", true))),
        (&[unavailable, stuck], Some(("ProgressDeadlineExceeded", true))),
    ] {
        assert_eq!(found(Resource::Deployments, &deployment(conditions)), expected, "{conditions:?}");
    }
}

#[test]
fn trouble_begins_with_the_first_condition_that_shows_it() {
    let object: Object = serde_json::from_value(json!({"status": {"conditions": [
        {"type": "Available", "status": "False", "lastTransitionTime": "2026-01-02T03:00:00Z"},
        {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "lastTransitionTime": "2026-01-02T03:10:00Z"},
    ]}}))
    .unwrap();
    let trouble = trouble(Resource::Deployments, &object).unwrap();
    assert_eq!(trouble.began.unwrap().to_string(), "2026-01-02T03:00:00Z");
}

#[test]
fn sets_are_in_trouble_while_they_lack_pods() {
    let lacking = Some(("ReplicasUnavailable", false));
    for (object, expected) in [
        (json!({"spec": {"replicas": 3}, "status": {"readyReplicas": 3}}), None),
        (json!({"spec": {"replicas": 3}, "status": {"readyReplicas": 2}}), lacking),
        (json!({"spec": {"replicas": 3}, "status": {}}), lacking),
        (json!({"spec": {}, "status": {}}), lacking),
        (json!({"spec": {"replicas": 0}, "status": {}}), None),
    ] {
        assert_eq!(found(Resource::StatefulSets, &object), expected, "{object}");
    }
    for (object, expected) in [
        (json!({"status": {"desiredNumberScheduled": 2, "numberReady": 2}}), None),
        (json!({"status": {"desiredNumberScheduled": 2, "numberReady": 1}}), lacking),
        (json!({"status": {"desiredNumberScheduled": 0}}), None),
    ] {
        assert_eq!(found(Resource::DaemonSets, &object), expected, "{object}");
    }
}

#[test]
fn a_node_is_in_trouble_unless_it_says_that_it_is_ready() {
    let node = |status: &str| json!({"status": {"conditions": [{"type": "Ready", "status": status}]}});
    assert_eq!(found(Resource::Nodes, &node("True")), None);
    assert_eq!(found(Resource::Nodes, &node("False")), Some(("NodeNotReady", false)));
    assert_eq!(found(Resource::Nodes, &node("Unknown")), Some(("NodeNotReady", false)));
    assert_eq!(found(Resource::Nodes, &json!({"status": {}})), None, "it has not reported yet");
}
