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

/// The described pod `goat-0` that no node takes: `lines` are further lines of its description, `message` is what the
/// scheduler said.
pub(crate) fn refused_pod(lines: &str, message: &str) -> StepResult {
    let text = format!(
        "Name:         goat-0\nNamespace:    barn\nNode:         <none>\nStatus:       Pending\nControlled By:  ReplicaSet/goat-5c6d7f8b9c\n{lines}\n\
         Events:\n  Type     Reason            Age  From               Message\n  ----     ------            ---- ----               -------\n  \
         Warning  FailedScheduling  9s   default-scheduler  {message}\n"
    );
    step("kubectl describe pods goat-0 -n barn", &text)
}

/// Described nodes: name, role, one label, one taint. Each has 4 processors and 8Gi of memory.
pub(crate) fn described_nodes(nodes: &[(&str, &str, &str, &str)]) -> StepResult {
    let one = |(name, role, label, taint): &(&str, &str, &str, &str)| {
        format!(
            "Name:           {name}\nRoles:          {role}\nLabels:         {label}\nTaints:         {taint}\n\
             Unschedulable:  {}\nAllocatable:\n  cpu:     4\n  memory:  8Gi\n",
            taint.starts_with("node.kubernetes.io/unschedulable")
        )
    };
    step("kubectl describe nodes", &nodes.iter().map(one).collect::<Vec<_>>().join("\n"))
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
        refused("2 node(s) had untolerated taint {fire: yes}", "", "fire=yes:NoSchedule"),
        refused(
            "2 node(s) didn't match Pod's node affinity/selector",
            "Node-Selectors:  disk=fast",
            "<none>",
        ),
        refused("2 Insufficient cpu", "Containers:\n  main:\n    Requests:\n      cpu:  16", "<none>"),
        refused("2 node(s) didn't match pod anti-affinity rules", "", "<none>"),
        refused("2 node(s) didn't have free ports for the requested pod ports", "", "<none>"),
        vec![
            refused_pod(
                "Volumes:\n  store:\n    Type:       PersistentVolumeClaim\n    ClaimName:  oven",
                "0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims.",
            ),
            step(
                "kubectl describe pvc oven -n barn",
                "Name:          oven\nNamespace:     barn\nStorageClass:  fast\nStatus:        Pending\n",
            ),
            step(
                "kubectl describe pv barn",
                "Name:          barn\nStorageClass:  slow\nStatus:        Available\n",
            ),
        ],
        vec![step(
            "probe CheckNodeServiceStatus node_name=barn service_name=kube-scheduler",
            "Service: kube-scheduler\n     Active: inactive (dead) since Thu\n",
        )],
        vec![said_of_set(
            "error looking up service account barn/keeper: serviceaccount \"keeper\" not found",
        )],
        vec![said_of_set("exceeded quota: fence, requested: pods=1, used: pods=4, limited: pods=4")],
        vec![described_pod(
            "goat-5c6d7f8b9c-4kx2z",
            &["State:  Waiting", "  Reason:  CreateContainerConfigError"],
            &[("Failed", "Error: secret \"hay\" not found")],
        )],
        vec![described_pod(
            "goat-5c6d7f8b9c-4kx2z",
            &["State:  Waiting", "  Reason:  ContainerCreating"],
            &[(
                "FailedMount",
                "MountVolume.SetUp failed for volume \"v\" : mkdir /mnt/hay: permission denied",
            )],
        )],
        vec![
            step(
                "kubectl describe deployments goat -n barn",
                "Name:       goat\nNamespace:  barn\nSelector:   app=goat\nReplicas:   0 desired | 0 updated | 0 total | 0 available | 0 unavailable\n",
            ),
            step(
                "kubectl describe services oven -n barn",
                "Name:       oven\nNamespace:  barn\nSelector:   app=goat\nType:       ClusterIP\n",
            ),
        ],
        vec![step(
            "probe CheckNodeServiceStatus node_name=barn service_name=kubelet",
            "Service: kubelet\n     Active: inactive (dead) since Thu\n",
        )],
        vec![step(
            "kubectl get nodes -o json",
            "{\"kind\": \"Node\", \"metadata\": {\"name\": \"barn\"}, \"status\": {\"conditions\": [{\"type\": \"DiskPressure\", \"status\": \"True\"}]}}",
        )],
        vec![step("kubectl describe pods -n barn", PROBED)],
        vec![
            step("kubectl describe pods -n barn", ENDING),
            step("kubectl logs goat-0 -n barn", "Port 8080 was already in use\n"),
        ],
        vec![
            step("kubectl describe pods -n barn", ENDING),
            step("kubectl logs goat-0 -n barn", "Access denied for user 'ts'@'10.0.0.7'\n"),
        ],
        vec![
            step("kubectl get pods -n barn", "NAME     READY   STATUS\ngoat-0   1/1     Running\n"),
            step(
                "probe GetAlerts",
                "{\n  \"alerts\": [\n    {\n      \"evidence\": [\n        \"RESOURCE_SATURATION [cpu_cfs] | Val: 1s\",\n        \
                 \"RESOURCE_SATURATION [cpu core] | Normal=0.1 cores -> Current=0.9 cores\"\n      ],\n      \"name\": \"goat\",\n      \
                 \"type\": \"Service\"\n    }\n  ]\n}",
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

const PROBED: &str = "Name:       goat-0\nNamespace:  barn\nContainers:\n  main:\n    Port:       8080/TCP\n    State:      Running\n    \
    Ready:      False\n    Readiness:  tcp-socket :8081 delay=5s timeout=1s period=10s #success=1 #failure=3\n\
    Events:\n  Type     Reason     Age   From     Message\n  ----     ------     ----  ----     -------\n  \
    Warning  Unhealthy  2s    kubelet  Readiness probe failed: dial tcp 10.0.0.1:8081: connect: connection refused\n";

const ENDING: &str = "Name:       goat-0\nNamespace:  barn\nContainers:\n  main:\n    Port:           8080/TCP\n    \
    State:          Waiting\n      Reason:       CrashLoopBackOff\n    Ready:          False\n    Restart Count:  4\n";

/// A pod that is refused by two nodes with this taint.
fn refused(reasons: &str, lines: &str, taint: &str) -> Vec<StepResult> {
    let message = format!("0/2 nodes are available: {reasons}. preemption: none");
    let nodes = [("barn", "<none>", "a=b", taint), ("oven", "<none>", "a=b", taint)];
    vec![refused_pod(lines, &message), described_nodes(&nodes)]
}

/// A replica set whose pods are refused.
fn said_of_set(words: &str) -> StepResult {
    let text = format!(
        "Name:           goat-5c6d7f8b9c\nNamespace:      barn\nControlled By:  Deployment/goat\nReplicas:       0 current / 1 desired\nEvents:\n  \
         Type     Reason        Age  From                   Message\n  ----     ------        ---- ----                   -------\n  \
         Warning  FailedCreate  9s   replicaset-controller  Error creating: pods \"goat-5c6d7f8b9c-\" is forbidden: {words}\n"
    );
    step("kubectl describe replicasets goat-5c6d7f8b9c -n barn", &text)
}
