use super::*;
use crate::testing::{described_pod, found, step};

const POD: &str = "goat-5c6d7f8b9c-4kx2z";

/// A node whose last report is the moment of the snapshot: 08:10:00 UTC.
fn barn() -> aetherius_contracts::execution::StepResult {
    let json = r#"{"kind": "Node", "metadata": {"name": "barn"}, "status": {"conditions": [
        {"type": "Ready", "status": "True", "lastHeartbeatTime": "2026-03-02T08:10:00Z"}]}}"#;
    step("kubectl get node barn -o json", json)
}

fn ended(state: &str, reason: &str, code: i32, finished: &str, restarts: u32) -> Vec<String> {
    let lines = [
        format!("State:          {state}"),
        "Last State:     Terminated".to_owned(),
        format!("  Reason:       {reason}"),
        format!("  Exit Code:    {code}"),
        format!("  Finished:     Mon, 02 Mar 2026 {finished} +0000"),
        "Ready:          True".to_owned(),
        format!("Restart Count:  {restarts}"),
        "Limits:".to_owned(),
        "  memory:  64Mi".to_owned(),
    ];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    found(&RULE, &[described_pod(POD, &lines, &[]), barn()])
}

#[test]
fn how_often_how_long_ago_and_why_decide() {
    let none = "";
    let cases = [
        ("Running", "Error", 1, "08:09:30", 3, "crash_loop deployment/goat 0.6"),
        ("Running", "Completed", 0, "08:09:30", 2, "crash_loop deployment/goat 0.6"),
        ("Running", "Error", 1, "08:09:30", 1, none),
        ("Running", "Error", 1, "08:04:00", 9, none),
        ("Running", "Error", 255, "01:00:00", 2, none),
        ("Running", "OOMKilled", 137, "08:09:30", 1, "oom_killed deployment/goat 0.95"),
        ("Running", "OOMKilled", 137, "07:30:00", 1, "oom_killed deployment/goat 0.95"),
        ("Running", "OOMKilled", 137, "03:00:00", 1, none),
    ];
    for (state, reason, code, finished, restarts, expected) in cases {
        let expected: Vec<&str> = Some(expected).filter(|text| !text.is_empty()).into_iter().collect();
        assert_eq!(
            ended(state, reason, code, finished, restarts),
            expected,
            "{reason} {finished} {restarts}"
        );
    }
}

#[test]
fn a_container_that_is_held_back_loops_however_long_ago() {
    let lines = ["State:  Waiting", "  Reason:  CrashLoopBackOff", "Restart Count:  1"];
    assert_eq!(found(&RULE, &[described_pod(POD, &lines, &[])]), ["crash_loop deployment/goat 0.6"]);
}

#[test]
fn a_limit_too_low_to_start_is_told_by_events_alone() {
    let lines = ["State:  Waiting", "  Reason:  ContainerCreating", "Ready:  False"];
    let message =
        "Failed to create pod sandbox: container init was OOM-killed (memory limit too low?): unknown";
    let outputs = [described_pod(POD, &lines, &[("FailedCreatePodSandBox", message)])];
    assert_eq!(found(&RULE, &outputs), ["oom_killed deployment/goat 0.95"]);
    let other = [described_pod(POD, &lines, &[("FailedCreatePodSandBox", "network is not ready")])];
    assert!(found(&RULE, &other).is_empty());
}

#[test]
fn a_bare_row_tells_of_the_loop() {
    let rows = "NAME     READY   STATUS             RESTARTS      AGE\n\
                goat-0   0/1     CrashLoopBackOff   5 (3m ago)    9m\n\
                hen-0    1/1     Running            7 (11d ago)   20d\n\
                hog-0    0/1     OOMKilled          1 (3s ago)    9m\n";
    let outputs = [step("kubectl get pods -n barn", rows)];
    assert_eq!(
        found(&RULE, &outputs),
        ["crash_loop statefulset/goat 0.6", "oom_killed statefulset/hog 0.95"]
    );
}

#[test]
fn the_summary_names_exit_code_and_reason() {
    let outputs = [step("kubectl describe pods -n bakery", include_str!("../../../adapter/tests/pod.txt"))];
    let findings = (RULE.check)(&crate::adapter::observe(&outputs));
    assert_eq!(
        findings[0].summary,
        "Container heater of deployment/oven keeps ending: 4 restarts, last with exit code 3 (Error)."
    );
    assert!(findings[0].evidence.iter().any(|evidence| evidence.excerpt.trim() == "Exit Code:    3"));
}

#[test]
fn the_last_words_of_the_program_are_named_and_cited() {
    let lines = ["State:  Waiting", "  Reason:  CrashLoopBackOff", "Restart Count:  1"];
    let log = "INFO begins\nERROR no grain left\nINFO ends\n";
    let outputs =
        [described_pod(POD, &lines, &[]), step(&format!("kubectl logs {POD} -n barn --previous"), log)];
    let findings = (RULE.check)(&crate::adapter::observe(&outputs));
    assert_eq!(
        findings[0].summary,
        "Container main of deployment/goat keeps ending: 1 restarts; its last words are \u{201c}ERROR no grain left\u{201d}."
    );
    assert!(findings[0].evidence.iter().any(|evidence| evidence.excerpt == "ERROR no grain left"));
}
