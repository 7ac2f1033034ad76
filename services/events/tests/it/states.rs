//! Workloads and nodes that are in trouble, without any Event that says so.

use crate::{
    api_server::{ApiServer, DEPLOYMENTS, Fault, NODES},
    harness::{ago, until, watch, watch_on},
};
use jiff::Timestamp;
use serde_json::{Value, json};

const AT_ONCE: &str =
    "reasons: [ProgressDeadlineExceeded, MinimumReplicasUnavailable, NodeNotReady], unavailable_for: 0s";

fn time(age: i64) -> String {
    ago(age).strftime("%FT%TZ").to_string()
}

fn deployment(name: &str, conditions: &[(&str, &str, &str, i64)]) -> Value {
    let condition = |(kind, status, reason, age): &(&str, &str, &str, i64)| json!({"type": kind, "status": status, "reason": reason, "message": "m", "lastTransitionTime": time(*age)});
    let conditions: Vec<Value> = conditions.iter().map(condition).collect();
    json!({
        "metadata": {"name": name, "namespace": "shop", "creationTimestamp": time(9000)},
        "spec": {"replicas": 2}, "status": {"conditions": conditions},
    })
}

fn stuck(name: &str, age: i64) -> Value {
    let stuck = ("Progressing", "False", "ProgressDeadlineExceeded", age);
    deployment(name, &[("Available", "True", "MinimumReplicasAvailable", 9000), stuck])
}

fn well(name: &str) -> Value {
    deployment(name, &[("Progressing", "True", "NewReplicaSetAvailable", 0)])
}

fn node(name: &str, ready: &str, age: i64) -> Value {
    json!({
        "metadata": {"name": name, "creationTimestamp": time(9000)},
        "status": {"conditions": [{"type": "Ready", "status": ready, "reason": "KubeletNotReady", "message": "m", "lastTransitionTime": time(age)}]},
    })
}

#[tokio::test]
async fn a_rollout_past_its_deadline_is_told_once_for_as_long_as_it_lasts() {
    let server = ApiServer::start().await;
    let watching = watch(&server, AT_ONCE);
    watching.until_status("deployments", |status| status.connected).await;
    server.put(DEPLOYMENTS, stuck("web", 0));
    let told = watching.told_count(1).await;
    assert_eq!((told[0].alert_name(), told[0].namespace.as_str()), ("ProgressDeadlineExceeded", "shop"));
    assert_eq!((told[0].labels["kind"].as_str(), told[0].labels["name"].as_str()), ("Deployment", "web"));

    server.put(DEPLOYMENTS, stuck("web", 0));
    let store = watching.stop().await;
    server.put(DEPLOYMENTS, stuck("web", 0));
    let watching = watch_on(&store, &server, AT_ONCE);
    watching.until_status("deployments", |status| status.connected).await;
    server.put(DEPLOYMENTS, stuck("other", 0));
    let told = watching.told_count(2).await;
    assert_eq!(told[1].labels["name"], "other", "what was told before the restart is not told again");
}

#[tokio::test]
async fn a_trouble_that_began_while_nobody_looked_is_told_and_an_old_one_is_not() {
    let server = ApiServer::start().await;
    server.put(DEPLOYMENTS, stuck("known", 4000));
    let watching = watch(&server, AT_ONCE);
    watching.until_status("deployments", |status| status.connected).await;
    let store = watching.stop().await;
    server.put(DEPLOYMENTS, stuck("new", 600));
    let watching = watch_on(&store, &server, AT_ONCE);
    let told = watching.told_count(1).await;
    watching.until_status("deployments", |status| status.connected).await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].labels["name"], "new");
}

#[tokio::test]
async fn a_trouble_that_ended_while_nobody_looked_can_come_back() {
    let server = ApiServer::start().await;
    // The window of repeats is short, so that only what is known of the object can keep it from being told again.
    let settings = &format!("{AT_ONCE}, deduplication_ttl: 1s");
    let watching = watch(&server, settings);
    watching.until_status("deployments", |status| status.connected).await;
    server.put(DEPLOYMENTS, stuck("web", 100));
    server.put(DEPLOYMENTS, stuck("gone", 100));
    watching.told_count(2).await;
    let store = watching.stop().await;
    server.remove(DEPLOYMENTS, stuck("gone", 100));
    server.put(DEPLOYMENTS, well("web"));
    let watching = watch_on(&store, &server, settings);
    watching.until_status("deployments", |status| status.connected).await;
    let told_at = Timestamp::now();
    until("the end of the window", || async { (ago(1) > told_at).then_some(()) }).await;
    server.put(DEPLOYMENTS, stuck("gone", 100));
    server.put(DEPLOYMENTS, stuck("web", 100));
    watching.told_count(4).await;
}

#[tokio::test]
async fn a_deployment_that_recovers_in_time_is_not_told() {
    let server = ApiServer::start().await;
    let settings = "reasons: [MinimumReplicasUnavailable, NodeNotReady], unavailable_for: 1h";
    let watching = watch(&server, settings);
    watching.until_status("deployments", |status| status.connected).await;
    watching.until_status("nodes", |status| status.connected).await;
    let unavailable = |age| deployment("web", &[("Available", "False", "MinimumReplicasUnavailable", age)]);
    server.put(DEPLOYMENTS, unavailable(10));
    server.put(DEPLOYMENTS, well("web"));
    server.put(NODES, node("n1", "Unknown", 10));
    server.put(NODES, node("n2", "False", 3601));
    let told = watching.told_count(1).await;
    assert_eq!((told[0].alert_name(), told[0].labels["name"].as_str()), ("NodeNotReady", "n2"));
    assert_eq!((told.len(), told[0].namespace.as_str()), (1, ""));
}

#[tokio::test]
async fn after_an_error_the_state_is_looked_at_anew() {
    let server = ApiServer::start().await;
    let watching = watch(&server, AT_ONCE);
    watching.until_status("deployments", |status| status.connected).await;
    server.fault(DEPLOYMENTS, Fault::Cut);
    until("the cut", || async { server.is_behaving(DEPLOYMENTS).then_some(()) }).await;
    server.put(DEPLOYMENTS, stuck("web", 0));
    server.compact();
    watching.told_count(1).await;
    assert!(server.requests(&[DEPLOYMENTS, "limit=250"]).len() >= 2);
}
