use super::*;
use crate::testing::{found, step};

const PODS: &str = "NAME                    READY   STATUS    RESTARTS   AGE   LABELS\ngoat-5c6d7f8b9c-4kx2z   1/1     Running   0          9d    app=goat\n";
const DEPLOYMENTS: &str = "NAME   READY   UP-TO-DATE   AVAILABLE   AGE   CONTAINERS   IMAGES   SELECTOR\ngoat   1/1     1            1           9d    main         x        app=goat\n";
const SERVICES: &str = "NAME   TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE   SELECTOR\ngoat   ClusterIP   10.0.0.9     <none>        80/TCP    9d    app=goat\n";
const NOTHING: &str = "    <none> (Selected pods are isolated for ingress connectivity)\n";
const SOME: &str =
    "    To Port: <any> (traffic allowed to all ports)\n    From:\n      PodSelector: app=hen\n";

fn policy(name: &str, pods: &str, ingress: &str) -> String {
    format!(
        "Name:         {name}\nNamespace:    barn\nLabels:       <none>\nSpec:\n  PodSelector:     {pods}\n  Allowing ingress traffic:\n{ingress}  Not affecting egress traffic\n  Policy Types: Ingress\n"
    )
}

fn with(policies: &[(&str, &str)], connection: &str) -> Vec<String> {
    let mut outputs = vec![
        step("kubectl get pods -n barn --show-labels", PODS),
        step("kubectl get deployments -n barn -o wide", DEPLOYMENTS),
        step("kubectl get services -n barn -o wide", SERVICES),
        step("probe CheckServiceConnectivity namespace=barn service_name=goat port=80", connection),
    ];
    for (number, (pods, ingress)) in policies.iter().enumerate() {
        let name = format!("fence-{number}");
        outputs.push(step(
            &format!("kubectl describe networkpolicies {name} -n barn"),
            &policy(&name, pods, ingress),
        ));
    }
    found(&RULE, &outputs)
}

#[test]
fn a_policy_that_lets_nothing_in() {
    let blamed = ["network_policy_isolation deployment/goat 0.6"];
    assert_eq!(with(&[("app=goat", NOTHING)], ""), blamed);
    let everybody = "<none> (Allowing the specific traffic to all pods in this namespace)";
    assert_eq!(with(&[(everybody, NOTHING)], "Connection Failed"), blamed);
}

#[test]
fn policies_that_let_in_and_those_that_nobody_enforces() {
    assert!(with(&[("app=goat", SOME)], "").is_empty());
    assert!(with(&[("app=goat", NOTHING), ("app=goat", SOME)], "").is_empty(), "policies add up");
    assert!(with(&[("app=hen", NOTHING)], "").is_empty());
    assert!(with(&[("app=goat", NOTHING)], "Connection Succeeded").is_empty());
}

#[test]
fn as_the_api_gives_it() {
    let json = |spec: &str| {
        format!(
            "{{\"items\": [{{\"kind\": \"NetworkPolicy\", \"metadata\": {{\"name\": \"fence\", \"namespace\": \"barn\"}}, \"spec\": {{\"podSelector\": {{}},\n\"policyTypes\": [\"Ingress\"]{spec}\n}}}}]}}"
        )
    };
    let with = |spec: &str| {
        found(
            &RULE,
            &[
                step("kubectl get pods -n barn --show-labels", PODS),
                step("kubectl get deployments -n barn -o wide", DEPLOYMENTS),
                step("kubectl get services -n barn -o wide", SERVICES),
                step("kubectl get networkpolicies -n barn -o json", &json(spec)),
            ],
        )
    };
    assert_eq!(with(""), ["network_policy_isolation deployment/goat 0.6"]);
    assert!(with(", \"ingress\": [{}]").is_empty());
}

#[test]
fn a_policy_that_lets_nothing_out_of_a_caller() {
    let hen = "Name:        hen\nNamespace:   barn\nSelector:    app=hen\nReplicas:    1 desired | 1 updated | 1 total | 1 available | 0 unavailable\nPod Template:\n  Labels:  app=hen\n  Containers:\n   main:\n    Image:  x\n    Environment:\n      GOAT_ADDR:  goat:80\n";
    let out = |rules: &str| {
        format!(
            "Name:         fence\nNamespace:    barn\nSpec:\n  PodSelector:     app=hen\n  Not affecting ingress traffic\n  Allowing egress traffic:\n{rules}  Policy Types: Egress\n"
        )
    };
    let with = |rules: &str| {
        found(
            &RULE,
            &[
                step("kubectl get services -n barn -o wide", SERVICES),
                step("kubectl describe deployments hen -n barn", hen),
                step("kubectl describe networkpolicies fence -n barn", &out(rules)),
            ],
        )
    };
    let nothing = "    <none> (Selected pods are isolated for egress connectivity)\n";
    assert_eq!(with(nothing), ["network_policy_isolation deployment/hen 0.6"]);
    assert!(with("    To Port: 53/UDP\n    To: <any> (traffic not restricted by destination)\n").is_empty());
}
