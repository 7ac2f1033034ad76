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

#[test]
fn failed_requests_name_a_service_that_no_route_reaches() {
    let config = config("lb://barn-hen-service").replace("goat", "way-7").replace("barn-hen", "one-hen");
    let outputs = |alerts: &str| {
        found(
            &RULE,
            &[
                step("kubectl describe configmaps door -n barn", &config),
                step(
                    "kubectl get services -n barn -o wide",
                    &services(&["barn-goat-service", "one-hen-service", "barn-cow-service"]),
                ),
                step("probe GetAlerts", alerts),
            ],
        )
    };
    let alerts = "{\n\"alerts\": [{\n\"entry_service\": \"barn-goat-service\",\n\"url\": \"/api/way-7service/1\",\n\"raw_error\": \"404\"}]}";
    assert_eq!(outputs(alerts), ["gateway_misroute service/barn-goat-service 0.85"]);
    assert!(outputs("{}").is_empty());
    assert!(
        outputs(&alerts.replace("barn-goat", "one-hen")).is_empty(),
        "the requests arrive where they should"
    );
}

#[test]
fn a_variable_of_the_gateway_decides() {
    let deployment = |host: &str| {
        format!(
            "{{\"items\": [{{\"kind\": \"Deployment\", \"metadata\": {{\"name\": \"door\", \"namespace\": \"barn\"}}, \"spec\": {{\"template\": {{\"metadata\": {{\"labels\": {{\"app\": \"door\"}}}}, \"spec\": {{\"volumes\": [{{\"name\": \"v\", \"configMap\": {{\"name\": \"door\"}}}}], \"containers\": [{{\"name\": \"main\", \"env\": [{{\"name\": \"GOAT_HOST\", \"value\": \"{host}\"}}]}}]}}}}}}}}]}}"
        )
    };
    let with = |host: &str| {
        found(
            &RULE,
            &[
                step(
                    "kubectl describe configmaps door -n barn",
                    &config("lb://${GOAT_HOST:barn-goat-service}"),
                ),
                step("kubectl get services -n barn -o wide", &services(&ALL)),
                step("kubectl get deployments -n barn -o json", &deployment(host)),
            ],
        )
    };
    assert_eq!(with("barn-hen-service"), ["gateway_misroute service/barn-goat-service 0.85"]);
    assert!(with("barn-goat-service").is_empty());
}

/// An ingress with one backend.
fn ingress(backend: &str) -> Vec<String> {
    let text = format!(
        "Name:             door\nNamespace:        barn\nRules:\n  Host        Path  Backends\n  ----        ----  --------\n  h.example   \n              /goat   {backend} ()\n"
    );
    found(
        &RULE,
        &[
            step("kubectl describe ingress door -n barn", &text),
            step("kubectl get services -n barn -o wide", &services(&ALL)),
        ],
    )
}

#[test]
fn an_ingress_without_its_backend() {
    assert_eq!(ingress("wolf:80"), ["route_without_backend ingress/door 0.85"]);
    assert_eq!(ingress("barn-goat-service:81"), ["route_without_backend ingress/door 0.85"]);
    assert_eq!(ingress("barn-goat-servce:80"), ["gateway_misroute service/barn-goat-service 0.85"]);
    for backend in
        ["barn-goat-service:80", "barn-goat-service:web", "barn-hen-service:80", "wolf:use-annotation"]
    {
        assert!(ingress(backend).is_empty(), "{backend}");
    }
}
