//! A workload fails in a real Kubernetes API, nobody sends an alert, and a report with its evidence comes out.

use crate::instance::{Instance, PATIENCE, until};
use aetherius_test_cluster::{self as test_cluster, Cluster};
use serde_json::Value;
use std::collections::BTreeSet;

/// A cluster that is watched with what a viewer may.
fn watched(cluster: &Cluster) -> String {
    format!(
        "services:\n  events: {{watch: {{enabled: true}}}}\n  execution:\n    clusters:\n      - id: live\n        kubectl: {{kubeconfig: {}, kubectl: {}}}\n",
        cluster.viewer_kubeconfig().display(),
        cluster.kubectl_path().display(),
    )
}

fn deployment(namespace: &str, name: &str, fault: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec:\n  replicas: 2\n  selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    metadata:\n      labels: {{app: {name}}}\n      annotations: {{{fault}}}\n    spec:\n      containers: [{{name: main, image: \"registry.example.com/{name}:1\"}}]\n"
    )
}

async fn until_watching(instance: &Instance) {
    until("all watches", || async {
        let watches = instance.get("/api/events/v1/watches").await;
        let watches = watches["watches"].as_array().unwrap();
        assert_eq!(watches.len(), 5);
        watches.iter().all(|watch| watch["connected"] == true).then_some(())
    })
    .await;
}

/// The tasks about a namespace; other tests use the same cluster.
async fn tasks(instance: &Instance, namespace: &str) -> Vec<Value> {
    let all = instance.tasks().await;
    all.into_iter().filter(|task| task["namespace"] == namespace).collect()
}

async fn task(instance: &Instance, namespace: &str, alert_name: &str) -> Value {
    until(alert_name, || async {
        tasks(instance, namespace).await.into_iter().find(|task| task["alert_name"] == alert_name)
    })
    .await
}

#[tokio::test]
async fn a_deployment_crashes_and_a_report_comes_out_without_an_alert() {
    let Some(cluster) = test_cluster::shared_or_skip("a crash that is only watched") else { return };
    let namespace = cluster.namespace("watched").unwrap();
    let instance = Instance::start(&watched(cluster)).await;
    until_watching(&instance).await;
    cluster.apply(&deployment(&namespace, "till", "fault.aetherius.dev/crash: \"1\"")).unwrap();

    let task = task(&instance, &namespace, "BackOff").await;
    let event = instance.get(&format!("/api/events/v1/events/{}", task["event_id"].as_str().unwrap())).await;
    assert_eq!((&event["type"], &event["source"]), (&Value::from("event"), &Value::from("kubernetes")));
    assert_eq!(event["cluster_id"], "live");
    assert_eq!(event["labels"]["kind"], "Pod");
    let task = instance.ended_task(task["event_id"].as_str().unwrap()).await;
    assert_eq!(task["status"], "completed", "{task}");
    let report = instance.report_of(task["id"].as_str().unwrap()).await;
    let cause = &report["result"]["diagnosis"]["root_cause"];
    assert!(cause["rule"].as_str().is_some_and(|rule| rule.contains("crash")), "{cause}");
    assert!(!cause["evidence"].as_array().unwrap().is_empty());
    cluster.delete_namespace(&namespace).unwrap();
}

#[tokio::test]
async fn what_fails_while_the_services_are_away_is_told_once_when_they_are_back() {
    let Some(cluster) = test_cluster::shared_or_skip("a watch that goes on after a crash") else { return };
    let namespace = cluster.namespace("away").unwrap();
    let mut instance = Instance::start(&watched(cluster)).await;
    until_watching(&instance).await;
    cluster.apply(&deployment(&namespace, "first", "fault.aetherius.dev/crash: \"1\"")).unwrap();
    task(&instance, &namespace, "BackOff").await;

    instance.stop();
    cluster.apply(&deployment(&namespace, "second", "fault.aetherius.dev/image-pull: not-found")).unwrap();
    let events = format!("/api/v1/namespaces/{namespace}/events");
    let failed = || {
        let events = cluster.get(&events).ok()?;
        events["items"].as_array()?.iter().find(|event| event["reason"] == "Failed").map(|_| ())
    };
    cluster.wait("an image that cannot be pulled", PATIENCE, failed).unwrap();
    instance.serve_again().await;
    task(&instance, &namespace, "Failed").await;
    until_watching(&instance).await;
    let tasks = tasks(&instance, &namespace).await;
    let events: BTreeSet<_> = tasks.iter().map(|task| task["event_id"].as_str()).collect();
    assert_eq!(events.len(), tasks.len());
    let of = |name: &str| tasks.iter().filter(|task| task["alert_name"] == name).count();
    assert_eq!(of("Failed"), 1, "both pods and all repeats together: {tasks:?}");
    assert!((1..=2).contains(&of("BackOff")), "at most one for each deployment: {tasks:?}");
    cluster.delete_namespace(&namespace).unwrap();
}
