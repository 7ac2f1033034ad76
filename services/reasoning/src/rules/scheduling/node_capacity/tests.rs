use super::*;
use crate::testing::{described_nodes, found, refused_pod, step};

const NODES: [(&str, &str, &str, &str); 3] = [
    ("head", "control-plane", "a=b", "node.kubernetes.io/unschedulable:NoSchedule"),
    ("barn", "<none>", "disk=slow", "<none>"),
    ("shed", "<none>", "a=b", "<none>"),
];

fn asking(cpu: &str, memory: &str, reasons: &str) -> Vec<String> {
    let lines = format!(
        "Containers:\n  main:\n    Requests:\n      cpu:     {cpu}\n      memory:  {memory}\nNode-Selectors:  <none>"
    );
    let message = format!("0/3 nodes are available: {reasons}. preemption: none");
    found(&RULE, &[refused_pod(&lines, &message), described_nodes(&NODES)])
}

#[test]
fn more_than_any_node_has_and_more_than_is_left() {
    let cordoned = "1 node(s) were unschedulable";
    for (cpu, memory, reasons, expected) in [
        ("16", "64Mi", "2 Insufficient cpu", vec!["cpu_capacity_mismatch deployment/goat 0.95"]),
        ("500m", "64Mi", "2 Insufficient cpu", vec!["cpu_capacity_mismatch deployment/goat 0.85"]),
        ("100m", "20Gi", "2 Insufficient memory", vec!["memory_capacity_mismatch deployment/goat 0.95"]),
        ("100m", "7Gi", "2 Insufficient memory", vec!["memory_capacity_mismatch deployment/goat 0.85"]),
        (
            "500m",
            "20Gi",
            "2 Insufficient cpu, 2 Insufficient memory",
            vec![
                "memory_capacity_mismatch deployment/goat 0.95",
                "cpu_capacity_mismatch deployment/goat 0.6",
            ],
        ),
        ("1", "1Gi", "2 Too many pods", vec!["node_pod_limit_reached deployment/goat 0.85"]),
        (
            "1",
            "1Gi",
            "2 Insufficient vendor.example/gpu",
            vec!["resource_capacity_mismatch deployment/goat 0.85"],
        ),
    ] {
        assert_eq!(
            asking(cpu, memory, &format!("{cordoned}, {reasons}")),
            expected,
            "{cpu} {memory} {reasons}"
        );
    }
}

#[test]
fn a_node_that_came_closer_tells_more() {
    let reasons = "1 Insufficient cpu, 2 node(s) didn't match pod anti-affinity rules";
    assert!(asking("500m", "64Mi", reasons).is_empty());
}

#[test]
fn containers_add_up_and_a_lost_node_makes_less_of_it() {
    let container = |name: &str, cpu: &str| {
        format!("{{\"name\": \"{name}\",\n\"resources\": {{\"requests\": {{\n\"cpu\": \"{cpu}\"}}}}}}")
    };
    let pod = format!(
        "{{\"kind\": \"Pod\", \"metadata\": {{\"name\": \"goat\", \"namespace\": \"barn\"}}, \"spec\": {{\"containers\": [{}, {}]}},\n\"status\": {{\"phase\": \"Pending\", \"conditions\": [{{\"type\": \"PodScheduled\", \"status\": \"False\",\n\"message\": \"0/2 nodes are available: 2 Insufficient cpu.\"}}]}}}}",
        container("one", "3"),
        container("two", "1500m")
    );
    let node = |name: &str, ready: &str| {
        format!(
            "{{\"kind\": \"Node\", \"metadata\": {{\"name\": \"{name}\"}}, \"status\": {{\"allocatable\": {{\n\"cpu\": \"4\"}}, \"conditions\": [{{\"type\": \"Ready\", \"status\": \"{ready}\"}}]}}}}"
        )
    };
    let pods = step("kubectl get pods -n barn -o json", &pod);
    let nodes = step("kubectl get node barn -o json", &node("barn", "True"));
    assert_eq!(found(&RULE, &[pods.clone(), nodes]), ["cpu_capacity_mismatch pod/goat 0.95"]);
    let lost = step("kubectl get node shed -o json", &node("shed", "Unknown").replace("\"4\"", "\"8\""));
    assert_eq!(found(&RULE, &[pods, lost]), ["cpu_capacity_mismatch pod/goat 0.6"]);
}
