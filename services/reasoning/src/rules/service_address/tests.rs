use super::*;
use crate::testing::{found, step};

/// `goat` is told an address; `hen` listens behind service `hen` on 7000, `egg-store` behind its own on 6379.
fn told(variable: &str, value: &str, log: &str) -> Vec<String> {
    let deployments = format!(
        "apiVersion: v1\nitems:\n- apiVersion: apps/v1\n  kind: Deployment\n  metadata:\n    name: goat\n    namespace: barn\n  spec:\n    template:\n      \
         metadata:\n        labels:\n          app: goat\n      spec:\n        containers:\n        - name: main\n          ports:\n          - containerPort: 80\n          \
         env:\n          - name: {variable}\n            value: \"{value}\"\n"
    );
    let services = "Name:         hen\nNamespace:    barn\nSelector:     app=hen\nIP:           10.9.0.1\nPort:         grpc  7000/TCP\nTargetPort:   7000/TCP\n\n\n\
                    Name:         egg-store\nNamespace:    barn\nSelector:     app=egg-store\nIP:           10.9.0.2\nPort:         tcp  6379/TCP\nTargetPort:   6379/TCP\n";
    let outputs = [
        step("kubectl get deployments -n barn -o yaml", &deployments),
        step("kubectl describe services -n barn", services),
        step("kubectl logs goat -n barn", log),
    ];
    found(&RULE, &outputs)
}

const BLAMED: &str = "service_env_var_address_mismatch deployment/goat";

#[test]
fn names_and_ports_that_do_not_exist() {
    for (value, confidence) in [
        ("hne:7000", "0.85"),
        ("hen:7001", "0.85"),
        ("wrong:7000", "0.85"),
        ("hen.byre:7000", "0.6"),
        ("hen.barn.scv.cluster.local:7000", "0.85"),
    ] {
        assert_eq!(told("HEN_ADDR", value, ""), [format!("{BLAMED} {confidence}")], "{value}");
    }
    for value in ["hen:7000", "hen.barn:7000", "hen.barn.svc.cluster.local:7000"] {
        assert!(told("HEN_ADDR", value, "").is_empty(), "{value}");
    }
    assert!(
        told("PIG_ADDR", "pig:7000", "").is_empty(),
        "a service that was never deployed, and nobody minds"
    );
    assert!(told("PIG_ADDR", "pig.example.org:7000", "").is_empty());
}

#[test]
fn addresses_that_lead_elsewhere_than_the_variable_spells() {
    assert_eq!(told("HEN_ADDR", "egg-store:6379", ""), [format!("{BLAMED} 0.85")]);
    assert_eq!(told("HEN_ADDR", "localhost:7000", ""), [format!("{BLAMED} 0.6")]);
    assert_eq!(told("HEN_ADDR", "10.9.0.77:7000", ""), [format!("{BLAMED} 0.6")]);
    assert!(told("HEN_ADDR", "10.9.0.1:7000", "").is_empty(), "the address of the service");
    assert!(told("HEN_ADDR", "localhost:80", "").is_empty(), "its own port");
    let refused = "dial tcp 127.0.0.1:6379: connect: connection refused";
    assert_eq!(told("EGG_ADDR", "localhost:6379", refused), [format!("{BLAMED} 0.6")]);
    assert!(told("EGG_ADDR", "localhost:6379", "").is_empty(), "a word alone is a hint");
}
