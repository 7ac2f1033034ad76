use super::*;
use crate::testing::{found, step};

/// A gateway of four routes; `goat` leads where `uri` says.
fn config(uri: &str) -> String {
    let mut text = "Name:         door\nNamespace:    barn\nLabels:       <none>\nAnnotations:  <none>\n\nData\n====\napplication.yml:\n----\n# the door\nserver:\n  port: 80  # plain\n\nspring:\n  cloud:\n    gateway:\n      routes:\n".to_owned();
    for (id, uri) in [
        ("goat", uri),
        ("hen", "lb://barn-hen-service"),
        ("cow", "lb://barn-cow-service"),
        ("cow-calf", "lb://barn-cow-service"),
    ] {
        let path = id.replace("-calf", "s");
        text.push_str(&format!("        - id: {id}\n          uri: {uri}\n          predicates:\n            - Path=/api/{path}service/**\n\n"));
    }
    text.push_str("\nBinaryData\n====\n\nEvents:  <none>\n");
    text
}

fn services(names: &[&str]) -> String {
    let mut table = format!(
        "{:<24}{:<12}{:<12}{:<14}{:<10}{:<5}SELECTOR\n",
        "NAME", "TYPE", "CLUSTER-IP", "EXTERNAL-IP", "PORT(S)", "AGE"
    );
    for name in names {
        table.push_str(&format!(
            "{name:<24}{:<12}{:<12}{:<14}{:<10}{:<5}app={name}\n",
            "ClusterIP", "10.0.0.1", "<none>", "80/TCP", "9d"
        ));
    }
    table
}

const ALL: [&str; 3] = ["barn-goat-service", "barn-hen-service", "barn-cow-service"];

fn routed(uri: &str) -> Vec<String> {
    found(
        &RULE,
        &[
            step("kubectl describe configmaps door -n barn", &config(uri)),
            step("kubectl get services -n barn -o wide", &services(&ALL)),
        ],
    )
}

#[test]
fn a_route_that_leads_to_another_service_than_it_says_is_wrong() {
    for uri in [
        "lb://barn-hen-service",
        "lb://${HEN_HOST:barn-hen-service}",
        "http://barn-hen-service:80",
        "lb://barn-goat-servce",
    ] {
        assert_eq!(routed(uri), ["gateway_misroute service/barn-goat-service 0.85"], "{uri}");
    }
}

#[test]
fn a_gateway_that_is_right_is_no_finding() {
    for uri in [
        "lb://barn-goat-service",
        "http://barn-goat-service.barn.svc.cluster.local:80",
        "https://goat.example.com",
        "lb://",
        "forward:/goat",
    ] {
        assert_eq!(routed(uri), Vec::<String>::new(), "{uri}");
    }
}
