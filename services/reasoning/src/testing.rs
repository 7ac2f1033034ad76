//! Outputs for tests.

use aetherius_contracts::execution::{Decision, StepResult, StepStatus, Verdict};
use aetherius_contracts::reasoning::Evidence;

use crate::adapter::observe;
use crate::rules::Rule;

/// The output of a command that succeeded.
pub(crate) fn step(command: &str, output: &str) -> StepResult {
    StepResult {
        step_id: String::new(),
        command: command.to_owned(),
        argv: command.split_whitespace().map(str::to_owned).collect(),
        verdict: Verdict { verdict: Decision::Allow, reason: String::new(), checks_passed: Vec::new() },
        status: StepStatus::Success,
        output: output.to_owned(),
        output_hash: format!("hash of {command}"),
        truncated: false,
        error: String::new(),
        exit_code: 0,
        duration_ms: 1,
        timestamp: jiff::Timestamp::UNIX_EPOCH,
    }
}

/// True when the excerpt stands, byte for byte, at its line of the output with its hash.
pub(crate) fn is_grounded(evidence: &Evidence, outputs: &[StepResult]) -> bool {
    let count = evidence.excerpt.split('\n').count();
    outputs.iter().filter(|output| output.output_hash == evidence.output_hash).any(|output| {
        let lines: Vec<&str> = output.output.split('\n').skip(evidence.line - 1).take(count).collect();
        !evidence.excerpt.is_empty() && lines.join("\n") == evidence.excerpt
    })
}

/// A described pod that waits: `state` are the lines of its container, `events` its events without their columns.
pub(crate) fn described_pod(name: &str, state: &[&str], events: &[(&str, &str)]) -> StepResult {
    let mut text = format!(
        "Name:             {name}\nNamespace:        barn\nNode:             barn/10.0.0.1\nStatus:           Pending\nContainers:\n  main:\n"
    );
    for line in state {
        text.push_str(&format!("    {line}\n"));
    }
    text.push_str("Events:\n  Type     Reason                           Age  From     Message\n  ----     ------                           ---- ----     -------\n");
    for (reason, message) in events {
        text.push_str(&format!("  Warning  {reason:<31}  5s   kubelet  {message}\n"));
    }
    step(&format!("kubectl describe pods {name} -n barn"), &text)
}

/// What a rule finds, as `cause object confidence`; everything it cites must stand in the outputs.
pub(crate) fn found(rule: &Rule, outputs: &[StepResult]) -> Vec<String> {
    let findings = (rule.check)(&observe(outputs));
    for finding in &findings {
        assert!(
            rule.causes.iter().any(|cause| cause.id == finding.rule && cause.taxonomy == finding.taxonomy)
        );
        assert!(!finding.evidence.is_empty());
        assert!(finding.evidence.iter().all(|evidence| is_grounded(evidence, outputs)), "{finding:#?}");
    }
    findings
        .iter()
        .map(|finding| format!("{} {} {}", finding.rule, finding.object, finding.confidence))
        .collect()
}

/// Sets of outputs in which the rules find something.
pub(crate) fn samples() -> Vec<Vec<StepResult>> {
    let pull = "Failed to pull image \"hub.example/barn/goat:9\": failed to resolve reference: hub.example/barn/goat:9: not found";
    vec![
        vec![described_pod(
            "goat-5c6d7f8b9c-4kx2z",
            &["Image:  hub.example/barn/goat:9", "State:  Waiting", "  Reason:  ErrImagePull"],
            &[("Failed", pull)],
        )],
        vec![step("kubectl get pods -n bakery -o json", include_str!("adapter/tests/pod.json"))],
        vec![step("kubectl describe pods -n bakery", include_str!("adapter/tests/pod.txt"))],
        vec![
            step(
                "kubectl get nodes",
                "NAME   STATUS                     ROLES    AGE\nbarn   Ready,SchedulingDisabled   <none>   9d\n",
            ),
            step(
                "kubectl get pods -n barn",
                "NAME     READY   STATUS    RESTARTS   AGE\ngoat-0   0/1     Pending   0          9s\n",
            ),
            step(
                "kubectl get events -n barn",
                "LAST SEEN   TYPE      REASON             OBJECT       MESSAGE\n9s          Warning   FailedScheduling   pod/goat-0   0/1 nodes are available: 1 node(s) were unschedulable. preemption: no\n",
            ),
        ],
        vec![
            step(
                "kubectl get services -n barn -o wide",
                "NAME   TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE   SELECTOR\ngoat   ClusterIP   10.0.0.9     <none>        80/TCP    9d    apps=goat\n",
            ),
            step(
                "kubectl get pods -n barn --show-labels",
                "NAME                    READY   STATUS    RESTARTS   AGE   LABELS\ngoat-5c6d7f8b9c-4kx2z   1/1     Running   0          9d    app=goat\n",
            ),
        ],
        vec![
            step(
                "kubectl describe services goat -n barn",
                "Name:        goat\nNamespace:   barn\nSelector:    app=goat\nType:        ClusterIP\nIP:          10.0.0.9\nPort:        <unset>  80/UDP\nTargetPort:  7001/UDP\n",
            ),
            step(
                "kubectl describe pods goat-0 -n barn",
                "Name:             goat-0\nNamespace:        barn\nLabels:           app=goat\nStatus:           Running\nContainers:\n  main:\n    Port:       7000/TCP\n    Readiness:  tcp-socket :7000 delay=0s timeout=1s period=10s #success=1 #failure=3\n    Environment:\n      COLOR:  red\n",
            ),
        ],
    ]
}
