use super::*;
use crate::testing::{found, step};

/// A pod whose container `main` declares 8080 and keeps ending with 1; `beside` are the lines of a second container.
fn pod(beside: &[&str]) -> String {
    let mut text = "Name:   goat-0\nNamespace:  barn\nContainers:\n  main:\n    Port:           8080/TCP\n    State:          Waiting\n      \
                    Reason:       CrashLoopBackOff\n    Last State:     Terminated\n      Reason:       Error\n      Exit Code:    1\n    \
                    Ready:          False\n    Restart Count:  4\n"
        .to_owned();
    if !beside.is_empty() {
        text.push_str("  proxy:\n    State:          Running\n    Ready:          True\n");
    }
    for line in beside {
        text.push_str(&format!("    {line}\n"));
    }
    text
}

fn with(beside: &[&str], log: &str) -> Vec<String> {
    let outputs = [
        step("kubectl describe pods -n barn", &pod(beside)),
        step("kubectl logs goat-0 -n barn -c main", log),
    ];
    found(&RULE, &outputs)
}

const TAKEN_LOG: &str = "2026-03-16 16:31:32 ERROR Web server failed to start. Port 8080 was already in use.";

#[test]
fn the_log_and_the_other_container_decide_how_sure_we_are() {
    let stated = ["service_sidecar_port_conflict statefulset/goat 0.95"];
    let inferred = ["service_sidecar_port_conflict statefulset/goat 0.85"];
    let told = ["Environment:", "  PROXY_CONFIG:  {\"statusPort\":8080}"];
    let described = ["Environment:", "  POD_PORTS:  [{\"containerPort\":8080}]", "  APP_PORT:  8080"];
    assert_eq!(with(&["Port:           8080/TCP"], TAKEN_LOG), stated);
    assert_eq!(with(&told, TAKEN_LOG), stated);
    assert_eq!(with(&["Environment:", "  ADMIN_PORT:  8080"], TAKEN_LOG), stated);
    assert_eq!(
        with(&described, TAKEN_LOG),
        inferred,
        "a proxy that is told of its neighbour does not take its port"
    );
    assert_eq!(with(&[], TAKEN_LOG), ["port_in_use statefulset/goat 0.85"]);
    assert_eq!(with(&["Port:           8080/TCP"], "no cheese"), inferred);
    assert!(with(&["Port:           8081/TCP"], "no cheese").is_empty());
    assert_eq!(with(&told, "no cheese"), ["service_sidecar_port_conflict statefulset/goat 0.6"]);
    assert!(with(&described, "no cheese").is_empty());
}

#[test]
fn every_language_says_it_in_its_own_words() {
    for (line, port) in [
        ("listen tcp :8080: bind: address already in use", Some(8080)),
        ("Error: listen EADDRINUSE: address already in use :::3000", Some(3000)),
        ("12:30:45 bind() to 0.0.0.0:80 failed (98: Address in use)", Some(80)),
        ("OSError: [Errno 98] Address already in use", None),
        ("java.net.BindException: Address already in use (Bind failed)", None),
        ("nested exception is PortInUseException: Port 18 is already in use", Some(18)),
        ("Failed to bind to address http://[::]:5000: address already in use.", Some(5000)),
        ("cannot bind '0.0.0.0:15001': Address already in use", Some(15001)),
    ] {
        assert!(taken(line).is_some(), "{line}");
        assert_eq!(port_in(line), port, "{line}");
    }
    assert_eq!(taken("the name is already taken"), None);
}

#[test]
fn a_log_of_a_pod_that_runs_well_is_history() {
    let well = "Name:   goat-0\nNamespace:  barn\nContainers:\n  main:\n    State:          Running\n    Ready:          True\n    Restart Count:  0\n";
    let outputs =
        [step("kubectl describe pods -n barn", well), step("kubectl logs goat-0 -n barn", TAKEN_LOG)];
    assert!(found(&RULE, &outputs).is_empty());
}

#[test]
fn a_probe_gives_the_log_of_a_service_by_its_name() {
    let log = "{\n  \"previous\": [\n    \"PortInUseException: Port 8080 is already in use\\n2026 INFO bye\"\n  ]\n}";
    let outputs = [
        step("kubectl describe pods -n barn", &pod(&["Port:           9090/TCP"])),
        step("probe GetErrorLogs namespace=barn service_name=goat", log),
    ];
    assert_eq!(found(&RULE, &outputs), ["service_sidecar_port_conflict statefulset/goat 0.85"]);
}

#[test]
fn json_has_the_last_words_in_the_container_itself() {
    let json = r#"{"kind": "Pod", "metadata": {"name": "goat-0", "namespace": "barn"},
        "spec": {"containers": [{"name": "main", "ports": [{"containerPort": 80}]}, {"name": "proxy", "ports": [{"containerPort": 80}]}]},
        "status": {"containerStatuses": [{"name": "main", "restartCount": 3, "state": {"waiting": {"reason": "CrashLoopBackOff"}},
        "lastState": {"terminated": {"exitCode": 1,
        "message": "listen tcp :80: bind: address already in use"}}}]}}"#;
    let outputs = [step("kubectl get pods -n barn -o json", json)];
    assert_eq!(found(&RULE, &outputs), ["service_sidecar_port_conflict statefulset/goat 0.95"]);
}
