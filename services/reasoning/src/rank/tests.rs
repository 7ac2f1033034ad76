use aetherius_contracts::execution::{Decision, StepResult, StepStatus};
use aetherius_contracts::reasoning::{Evidence, Finding, ObjectRef};

use super::*;
use crate::testing::{described_pod, samples, step};

fn finding(rule: &str, name: &str, confidence: f64, lines: usize) -> Finding {
    let line = |line| Evidence {
        output_hash: "h".into(),
        command: "c".into(),
        excerpt: "e".into(),
        line,
        shows: "s".into(),
    };
    Finding {
        rule: rule.into(),
        taxonomy: "t".into(),
        object: ObjectRef { kind: "deployment".into(), namespace: "barn".into(), name: name.into() },
        summary: String::new(),
        remedy: String::new(),
        confidence,
        evidence: (1..=lines).map(line).collect(),
    }
}

#[test]
fn specific_before_broad_before_symptom_then_surer_then_better_shown() {
    let ordered = [
        finding("oom_killed", "b", 0.95, 2),
        finding("missing_image_pull_secret", "a", 0.95, 1),
        finding("oom_killed", "a", 0.6, 3),
        finding("image_pull_failure", "a", 0.95, 1),
        finding("crash_loop", "a", 0.6, 1),
        finding("unhealthy_container", "b", 0.95, 1),
    ];
    let mut shuffled: Vec<Finding> = ordered.iter().rev().cloned().collect();
    shuffled.push(finding("crash_loop", "a", 0.5, 1));
    shuffled.push(finding("crash_loop", "unproven", 0.95, 0));
    assert_eq!(rank(shuffled), ordered);
}

#[test]
fn nothing_wrong_is_an_answer() {
    let diagnosis =
        diagnose(&[step("kubectl get pods -n barn", "NAME   READY   STATUS\na      1/1     Running\n")]);
    assert_eq!(diagnosis.root_cause, None);
    assert!(diagnosis.other_findings.is_empty() && diagnosis.gaps.is_empty());
    assert_eq!(diagnosis.strategy, "rule_based");
}

#[test]
fn a_cause_is_named_before_the_crash_it_has_nothing_to_do_with() {
    let mut outputs = samples()[..4].concat();
    outputs.push(described_pod(
        "hen-5c6d7f8b9c-4kx2z",
        &["State:  Waiting", "  Reason:  CrashLoopBackOff"],
        &[],
    ));
    let diagnosis = diagnose(&outputs);
    let rules: Vec<&str> = diagnosis.other_findings.iter().map(|finding| finding.rule.as_str()).collect();
    let loops = rules.iter().filter(|rule| **rule == "crash_loop").count();
    assert_ne!(diagnosis.root_cause.unwrap().rule, "crash_loop");
    assert!(loops >= 2 && rules[rules.len() - loops..].iter().all(|rule| *rule == "crash_loop"), "{rules:?}");
}

#[test]
fn what_could_not_be_looked_at_is_said_in_a_sentence() {
    let with = |change: fn(&mut StepResult)| {
        let mut step = step("kubectl get nodes", "");
        change(&mut step);
        diagnose(&[step]).gaps
    };
    assert_eq!(
        with(|step| {
            step.verdict.verdict = Decision::Deny;
            step.verdict.reason = "secrets are not read".into();
            step.status = StepStatus::Failed;
        }),
        ["`kubectl get nodes` was denied: secrets are not read."]
    );
    assert_eq!(
        with(|step| step.status = StepStatus::Timeout),
        ["`kubectl get nodes` did not finish in time."]
    );
    assert_eq!(
        with(|step| {
            step.status = StepStatus::Failed;
            step.exit_code = 1;
            step.error = "\nError: no route.\nmore".into();
        }),
        ["`kubectl get nodes` failed with exit code 1: Error: no route."]
    );
    assert_eq!(
        with(|step| step.truncated = true),
        ["The output of `kubectl get nodes` was cut; its end was not looked at."]
    );
}
