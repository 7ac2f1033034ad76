use aetherius_contracts::execution::StepResult;

use super::*;
use crate::testing::{found, step};

/// Deployment `goat` with `replicas` (`0/0`), selected by service `goat` which has `endpoints`; `pods` are rows.
fn tables(replicas: &str, selector: &str, endpoints: &str, pods: &str) -> Vec<StepResult> {
    let deployments = format!(
        "NAME   READY   UP-TO-DATE   AVAILABLE   AGE   CONTAINERS   IMAGES   SELECTOR\ngoat   {replicas}     0            0           9d    main         egg:1    app=goat\n"
    );
    let services = format!(
        "NAME   TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE   SELECTOR\ngoat   ClusterIP   10.0.0.7     <none>        80/TCP    9d    {selector}\n"
    );
    let endpoints = format!("NAME   ENDPOINTS        AGE\ngoat   {endpoints:<16} 9d\n");
    let pods = format!("NAME    READY   STATUS    RESTARTS   AGE   LABELS\n{pods}");
    vec![
        step("kubectl get deployments -n barn -o wide", &deployments),
        step("kubectl get services -n barn -o wide", &services),
        step("kubectl get endpoints -n barn", &endpoints),
        step("kubectl get pods -n barn --show-labels", &pods),
    ]
}

fn events(message: &str) -> StepResult {
    let rows = format!(
        "LAST SEEN   TYPE     REASON              OBJECT            MESSAGE\n5m          Normal   ScalingReplicaSet   deployment/goat   {message}\n"
    );
    step("kubectl get events -n barn", &rows)
}

const DOWN: &str = "Scaled down replica set goat-5c6d7f8b9c to 0 from 1";

#[test]
fn a_service_without_anybody_behind_it_was_scaled_away() {
    let mut outputs = tables("0/0", "app=goat", "<none>", "");
    assert_eq!(found(&RULE, &outputs), ["deployment_zero_replicas deployment/goat 0.6"]);
    outputs.push(events(DOWN));
    assert_eq!(found(&RULE, &outputs), ["deployment_zero_replicas deployment/goat 0.85"]);
    assert_eq!((RULE.check)(&crate::adapter::observe(&outputs))[0].evidence.len(), 3);
}

#[test]
fn zero_that_is_meant_is_no_fault() {
    let with_event = |mut outputs: Vec<StepResult>| {
        outputs.push(events(DOWN));
        found(&RULE, &outputs)
    };
    let green = "green   1/1     Running   0          9d    app=goat\n";
    assert!(with_event(tables("0/0", "app=goat", "10.2.0.1:80", "")).is_empty(), "others serve");
    assert!(with_event(tables("0/0", "app=goat", "<none>", green)).is_empty(), "others will serve");
    assert!(with_event(tables("0/0", "app=hen", "<none>", "")).is_empty(), "no service sends to it");
    assert!(with_event(tables("0/0", "<none>", "<none>", "")).is_empty(), "a service without a selector");
    assert!(with_event(tables("0/1", "app=goat", "<none>", "")).is_empty(), "it should have a pod");
    let mut alone = tables("0/0", "app=goat", "<none>", "");
    alone.remove(1);
    assert!(with_event(alone).is_empty(), "no service at all");
}

#[test]
fn a_description_and_json_say_it_too() {
    let goat = "Name:       goat\nNamespace:  barn\nSelector:   app=goat\nReplicas:   0 desired | 0 updated | 0 total | 0 available | 0 unavailable\nPod Template:\n  Labels:  app=goat\n           tier=milk\n";
    let service = "Name:      goat\nNamespace: barn\nSelector:  app=goat,tier=milk\nType:      ClusterIP\nPort:      web  80/TCP\n";
    let outputs = [
        step("kubectl describe deployments goat -n barn", goat),
        step("kubectl describe services goat -n barn", service),
    ];
    assert_eq!(found(&RULE, &outputs), ["deployment_zero_replicas deployment/goat 0.6"]);

    let list = r#"{"kind": "List", "items": [
        {"kind": "StatefulSet", "metadata": {"name": "goat", "namespace": "barn"}, "spec": {
            "replicas": 0, "selector": {"matchLabels": {"app": "goat"}}, "template": {"metadata": {"labels": {"app": "goat"}}}}, "status": {}},
        {"kind": "Deployment", "metadata": {"name": "hen", "namespace": "barn"}, "spec": {"replicas": 1, "template": {"spec": {"containers": [{"name": "main",
            "env": [{"name": "MILK", "value": "http://goat.barn:80"}]}]}}}, "status": {}},
        {"kind": "Service", "metadata": {"name": "goat", "namespace": "barn"}, "spec": {"selector": {"app": "goat"}, "ports": [{"port": 80}]}}]}"#;
    let outputs = [step("kubectl get statefulsets,deployments,services -n barn -o json", list)];
    assert_eq!(found(&RULE, &outputs), ["deployment_zero_replicas statefulset/goat 0.85"]);
}

#[test]
fn what_only_a_manifest_says_is_not_seen() {
    let manifest = "kind: Deployment\nmetadata: {name: goat, namespace: barn}\nspec:\n  replicas: 0\n  template: {metadata: {labels: {app: goat}}}\n---\nkind: Service\nmetadata: {name: goat, namespace: barn}\nspec:\n  selector: {app: goat}\n";
    assert!(found(&RULE, &[step("probe GetAppYAML app_name=goat", manifest)]).is_empty());
}
