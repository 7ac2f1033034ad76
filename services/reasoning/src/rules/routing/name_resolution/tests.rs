use super::*;
use crate::testing::{found, step};

const SERVICES: &str = "NAME   TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE   SELECTOR\ngoat   ClusterIP   10.0.0.9     <none>        80/TCP    9d    app=goat\n";

/// A deployment `hen` that calls `address`; `dns` are fields of its pods, in JSON.
fn hen(dns: &str, address: &str) -> String {
    format!(
        "{{\"items\": [\n{{\"kind\": \"Deployment\", \"metadata\": {{\"name\": \"hen\", \"namespace\": \"barn\"}}, \"spec\": {{\"template\": {{\"metadata\": {{\"labels\": {{\"app\": \"hen\"}}}}, \"spec\": {{\n{dns}\"containers\": [{{\"name\": \"main\", \"env\": [{{\"name\": \"GOAT_ADDR\",\n\"value\": \"{address}\"\n}}]}}]}}}}}}}}\n]}}"
    )
}

fn with(dns: &str, address: &str) -> Vec<String> {
    found(
        &RULE,
        &[
            step("kubectl get services -n barn -o wide", SERVICES),
            step("kubectl get deployments -n barn -o json", &hen(dns, address)),
        ],
    )
}

#[test]
fn pods_that_ask_another_name_server() {
    for dns in [
        "\"dnsPolicy\": \"Default\",\n",
        "\"dnsPolicy\": \"ClusterFirst\",\n\"hostNetwork\": true,\n",
        "\"dnsPolicy\": \"None\",\n",
        "\"dnsPolicy\": \"None\",\n\"dnsConfig\": {\"nameservers\": [\n\"8.8.8.8\"\n]},\n",
        "\"dnsPolicy\": \"None\",\n\"dnsConfig\": {\"nameservers\": [\"10.96.0.10\"], \"searches\": [\"example.com\"]},\n",
    ] {
        assert_eq!(with(dns, "goat:80"), ["service_dns_resolution_failure deployment/hen 0.85"], "{dns}");
    }
}

#[test]
fn pods_that_resolve_services_or_need_not() {
    for dns in [
        "",
        "\"dnsPolicy\": \"ClusterFirst\",\n",
        "\"dnsPolicy\": \"ClusterFirstWithHostNet\",\n\"hostNetwork\": true,\n",
        "\"dnsPolicy\": \"None\",\n\"dnsConfig\": {\"nameservers\": [\"169.254.20.10\"], \"searches\": [\"barn.svc.cluster.local\"]},\n",
    ] {
        assert!(with(dns, "goat:80").is_empty(), "{dns}");
    }
    assert!(with("\"dnsPolicy\": \"Default\",\n", "api.example.com:443").is_empty());
}

#[test]
fn the_name_server_of_the_cluster_is_down() {
    let pods = |ready: &str| {
        format!(
            "NAMESPACE     NAME                       READY   STATUS    RESTARTS   AGE   LABELS\nkube-system   coredns-5c6d7f8b9c-4kx2z   {ready}     Running   0          9d    k8s-app=kube-dns\n"
        )
    };
    let deployments = |ready: &str| {
        format!(
            "NAMESPACE     NAME      READY   UP-TO-DATE   AVAILABLE   AGE   CONTAINERS   IMAGES   SELECTOR\nkube-system   coredns   {ready}     1            0           9d    coredns      x        k8s-app=kube-dns\n"
        )
    };
    let with = |ready: &str| {
        found(
            &RULE,
            &[
                step("kubectl get pods -A --show-labels", &pods(ready)),
                step("kubectl get deployments -A -o wide", &deployments(ready)),
            ],
        )
    };
    assert_eq!(with("0/1"), ["service_dns_resolution_failure deployment/coredns 0.85"]);
    assert!(with("1/1").is_empty());
}

#[test]
fn a_resolver_that_does_not_answer_counts_and_a_name_that_was_not_there_once_does_not() {
    let with = |line: &str| {
        found(
            &RULE,
            &[
                step("kubectl get services -n barn -o wide", SERVICES),
                step("kubectl get deployments -n barn -o json", &hen("", "goat:80")),
                step("probe GetErrorLogs namespace=barn service_name=hen", line),
            ],
        )
    };
    let blamed = ["service_dns_resolution_failure deployment/hen 0.6"];
    assert_eq!(with("dial tcp: lookup goat on 10.0.0.2:53: server misbehaving"), blamed);
    assert_eq!(with("goat: Temporary failure in name resolution"), blamed);
    assert!(
        with("dial tcp: lookup goat on 10.0.0.2:53: no such host").is_empty(),
        "pods start before services"
    );
    assert!(with("lookup wolf: server misbehaving").is_empty());
}

#[test]
fn a_workload_whose_service_is_missing() {
    let deployments = "NAME   READY   UP-TO-DATE   AVAILABLE   AGE   CONTAINERS   IMAGES   SELECTOR\nhen    1/1     1            1           9d    main         x        app=hen\npig    1/1     1            1           9d    main         x        app=pig\n";
    let with = |address: &str| {
        found(
            &RULE,
            &[
                step("kubectl get services -n barn -o wide", SERVICES),
                step("kubectl get deployments -n barn -o wide", deployments),
                step("kubectl get deployments hen -n barn -o json", &hen("", address)),
            ],
        )
    };
    assert_eq!(with("pig:80"), ["missing_service deployment/pig 0.85"]);
    assert!(with("goat:80").is_empty() && with("wolf:80").is_empty());
}
