use aetherius_contracts::execution::StepResult;

use super::*;
use crate::testing::{found, step};

const REFUSED: &str = "Error creating: pods \"goat-5c6d7f8b9c-\" is forbidden: error looking up service account barn/keeper: serviceaccount \"keeper\" not found";

/// Replica set `goat-5c6d7f8b9c` with `events` (level, reason, age, message), and the accounts of the namespace.
fn described(replicas: &str, events: &[(&str, &str, &str, &str)], accounts: &[&str]) -> Vec<StepResult> {
    let mut set = format!(
        "Name:           goat-5c6d7f8b9c\nNamespace:      barn\nControlled By:  Deployment/goat\nReplicas:       {replicas}\n\
         Pod Template:\n  Labels:           app=goat\n  Service Account:  keeper\nEvents:\n  Type     Reason            Age   From                   Message\n  \
         ----     ------            ----  ----                   -------\n"
    );
    for (level, reason, age, message) in events {
        set.push_str(&format!("  {level:<8} {reason:<17} {age:<5} replicaset-controller  {message}\n"));
    }
    let mut table = "NAME      SECRETS   AGE\n".to_owned();
    for account in accounts {
        table.push_str(&format!("{account:<9} 0         9d\n"));
    }
    vec![
        step("kubectl describe replicasets goat-5c6d7f8b9c -n barn", &set),
        step("kubectl get serviceaccounts -n barn", &table),
    ]
}

const FAULT: [&str; 1] = ["missing_service_account deployment/goat 0.95"];

#[test]
fn pods_are_refused_for_want_of_their_account() {
    let refused = ("Warning", "FailedCreate", "20s", REFUSED);
    let outputs = described("0 current / 1 desired", &[refused], &["default"]);
    assert_eq!(found(&RULE, &outputs), FAULT);
    let findings = (RULE.check)(&crate::adapter::observe(&outputs));
    assert_eq!(findings[0].evidence.len(), 2);
}

#[test]
fn a_refusal_that_healed_is_history() {
    let refused = ("Warning", "FailedCreate", "90s", REFUSED);
    let created = ("Normal", "SuccessfulCreate", "89s", "Created pod: goat-5c6d7f8b9c-4kx2z");
    let pods = |rows: &str| {
        step(
            "kubectl get pods -n barn",
            &format!("NAME                    READY   STATUS    RESTARTS   AGE\n{rows}"),
        )
    };
    let mut outputs = described("1 current / 1 desired", &[refused, created], &["default", "keeper"]);
    outputs.push(pods("goat-5c6d7f8b9c-4kx2z   0/1     Pending   0          89s\n"));
    assert!(found(&RULE, &outputs).is_empty());
    let mut gone = described("1 current / 1 desired", &[refused], &["default"]);
    gone.push(pods("goat-5c6d7f8b9c-4kx2z   0/1     Pending   0          89s\n"));
    assert!(found(&RULE, &gone).is_empty(), "its pod is there, whatever became of the account");
    let made = described("0 current / 1 desired", &[refused], &["default", "keeper"]);
    assert!(found(&RULE, &made).is_empty(), "the account is there now");
    let scaled = described("0 current / 0 desired", &[refused], &["default"]);
    assert!(found(&RULE, &scaled).is_empty(), "no pod is wanted");
}

#[test]
fn an_account_that_only_a_manifest_knows_does_not_exist() {
    let mut outputs =
        described("0 current / 1 desired", &[("Warning", "FailedCreate", "20s", REFUSED)], &["default"]);
    let manifest = "kind: ServiceAccount\nmetadata: {name: keeper, namespace: barn}\n";
    outputs.push(step("probe GetAppYAML app_name=goat", manifest));
    assert_eq!(found(&RULE, &outputs), FAULT);
}

#[test]
fn a_row_of_an_event_is_enough() {
    let rows = format!(
        "LAST SEEN   TYPE      REASON         OBJECT                       MESSAGE\n36s         Warning   FailedCreate   replicaset/goat-5c6d7f8b9c   {REFUSED}\n"
    );
    assert_eq!(found(&RULE, &[step("kubectl get events -n barn", &rows)]), FAULT);
    let sets = step(
        "kubectl get rs -n barn",
        "NAME             DESIRED   CURRENT   READY   AGE\nhen-5c6d7f8b9c   1         1         1       9d\n",
    );
    assert!(found(&RULE, &[step("kubectl get events -n barn", &rows), sets]).is_empty(), "the set is gone");
}

#[test]
fn json_keeps_it_in_a_condition_when_the_event_is_forgotten() {
    let set = r#"{"kind": "ReplicaSet", "metadata": {"name": "goat-5c6d7f8b9c", "namespace": "barn", "ownerReferences": [{"kind": "Deployment", "name": "goat", "controller": true}]},
        "spec": {"replicas": 2, "template": {"spec": {
            "serviceAccountName": "keeper"}}},
        "status": {"replicas": 0, "conditions": [{"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate",
            "message": "pods \"goat-5c6d7f8b9c-\" is forbidden: error looking up service account barn/keeper: serviceaccount \"keeper\" not found"}]}}"#;
    assert_eq!(found(&RULE, &[step("kubectl get rs goat-5c6d7f8b9c -n barn -o json", set)]), FAULT);
}

#[test]
fn other_refusals_are_not_ours() {
    for message in [
        "Error creating: pods \"goat-5c6d7f8b9c-x\" is forbidden: exceeded quota: fence, requested: pods=1, used: pods=4, limited: pods=4",
        "Error creating: pods \"goat-5c6d7f8b9c-x\" is forbidden: violates PodSecurity \"restricted:latest\": runAsNonRoot != true",
        "Error creating: pods \"goat-5c6d7f8b9c-\" is forbidden: error looking up service account barn/keeper: the server is currently unable to handle the request",
    ] {
        let event = ("Warning", "FailedCreate", "20s", message);
        assert!(
            found(&RULE, &described("0 current / 1 desired", &[event], &["default"])).is_empty(),
            "{message}"
        );
    }
}
