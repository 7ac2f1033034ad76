use super::{Said, on_change, on_node_change, while_it_lasts};
use serde_json::{Value, json};

fn pod(annotations: &Value, status: &Value) -> Value {
    json!({
        "metadata": { "name": "web-1", "namespace": "shop", "uid": "u-1", "annotations": annotations },
        "spec": { "containers": [{
            "name": "app", "image": "web:1", "livenessProbe": { "tcpSocket": { "port": 80 } },
        }] },
        "status": { "hostIP": "172.18.0.2", "podIP": "10.0.0.1", "containerStatuses": [status] },
    })
}

fn running(restarts: u32) -> Value {
    json!({
        "name": "app", "containerID": format!("containerd://{restarts}"), "restartCount": restarts,
        "state": { "running": { "startedAt": "2025-01-01T00:00:00Z" } },
    })
}

fn waiting(reason: &str, message: &str) -> Value {
    json!({ "name": "app", "restartCount": 0, "state": { "waiting": { "reason": reason, "message": message } } })
}

fn reasons(said: &[Said]) -> Vec<&str> {
    said.iter().map(|it| it.reason).collect()
}

#[test]
fn a_start_is_told_once_and_a_restart_takes_the_image_that_is_there() {
    let (new, again) = (pod(&json!({}), &running(0)), pod(&json!({}), &running(1)));
    assert_eq!(reasons(&on_change(&Value::Null, &new)), ["Pulling", "Pulled", "Created", "Started"]);
    assert_eq!(on_change(&new, &new), []);
    let restart = on_change(&new, &again);
    assert_eq!(reasons(&restart), ["Pulled", "Created", "Started"]);
    assert_eq!(restart[0].message, "Container image \"web:1\" already present on machine");
}

#[test]
fn a_failed_pull_is_told_with_its_error_and_then_backs_off() {
    let fails = pod(&json!({}), &waiting("ErrImagePull", "no such tag"));
    let waits = pod(&json!({}), &waiting("ImagePullBackOff", "Back-off"));
    let said = on_change(&Value::Null, &fails);
    assert_eq!(reasons(&said), ["Pulling", "Failed", "Failed"]);
    assert_eq!(said[1].message, "Failed to pull image \"web:1\": no such tag");
    assert_eq!(said[2].message, "Error: ErrImagePull");
    assert_eq!(reasons(&on_change(&fails, &waits)), ["BackOff", "Failed"]);
    assert_eq!(reasons(&while_it_lasts(&waits)), ["BackOff", "Failed"]);
    assert_eq!(while_it_lasts(&fails), []);
}

#[test]
fn a_container_that_a_probe_kills_is_told_to_be_killed_first() {
    let annotations = json!({ "fault.aetherius.dev/liveness": "refused" });
    let (before, after) = (pod(&annotations, &running(0)), pod(&annotations, &running(1)));
    let said = on_change(&before, &after);
    assert_eq!(said[0].message, "Container app failed liveness probe, will be restarted");
    let lasting = while_it_lasts(&after);
    assert_eq!(
        lasting[0].message,
        "Liveness probe failed: dial tcp 10.0.0.1:80: connect: connection refused"
    );
}

#[test]
fn a_pod_that_is_deleted_has_its_running_containers_stopped_and_says_no_more() {
    let before = pod(&json!({}), &running(0));
    let mut after = before.clone();
    after["metadata"]["deletionTimestamp"] = "2025-01-01T00:00:09Z".into();
    assert_eq!(reasons(&on_change(&before, &after)), ["Killing"]);
    assert_eq!(while_it_lasts(&after), []);
}

#[test]
fn a_node_says_when_it_becomes_ready_and_when_it_stops_to_be() {
    let node = |status: &str| json!({ "metadata": { "name": "n" }, "status": { "conditions": [{ "type": "Ready", "status": status }] } });
    assert_eq!(reasons(&on_node_change(&Value::Null, &node("True"))), ["NodeReady"]);
    assert_eq!(reasons(&on_node_change(&node("True"), &node("False"))), ["NodeNotReady"]);
    assert_eq!(on_node_change(&node("False"), &node("False")), []);
    assert_eq!(on_node_change(&Value::Null, &node("False")), []);
}
