use super::{failure, fault};
use serde_json::{Value, json};

fn said(probe: &Value, answer: &str) -> Option<String> {
    let container = json!({ "name": "app", "ports": [{ "name": "web", "containerPort": 8080 }], "readinessProbe": probe });
    let pod = json!({
        "metadata": { "annotations": { "fault.aetherius.dev/readiness": answer } },
        "status": { "podIP": "10.0.0.1" },
    });
    failure(&pod, &container, fault::READINESS)
}

#[test]
fn what_is_said_depends_on_the_probe_and_on_the_answer() {
    let http = json!({ "httpGet": { "port": "web", "path": "/up" } });
    let https = json!({ "httpGet": { "port": 8443, "path": "/", "scheme": "HTTPS" } });
    let (tcp, grpc) = (json!({ "tcpSocket": { "port": 5432 } }), json!({ "grpc": { "port": 9000 } }));
    let exec = json!({ "exec": { "command": ["pg_isready", "-q"] }, "timeoutSeconds": 2 });
    for (probe, answer, expected) in [
        (
            &http,
            "refused",
            "Get \"http://10.0.0.1:8080/up\": dial tcp 10.0.0.1:8080: connect: connection refused",
        ),
        (&http, "503", "HTTP probe failed with statuscode: 503"),
        (
            &http,
            "timeout",
            "Get \"http://10.0.0.1:8080/up\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)",
        ),
        (
            &https,
            "protocol",
            "Get \"https://10.0.0.1:8443/\": http: server gave HTTP response to HTTPS client",
        ),
        (&tcp, "refused", "dial tcp 10.0.0.1:5432: connect: connection refused"),
        (&tcp, "timeout", "dial tcp 10.0.0.1:5432: i/o timeout"),
        (&grpc, "500", "service unhealthy (responded with \"NOT_SERVING\")"),
        (&exec, "timeout", "command timed out: \"pg_isready -q\" timed out after 2s"),
    ] {
        assert_eq!(said(probe, answer), Some(format!("Readiness probe failed: {expected}")));
    }
}

#[test]
fn a_container_without_the_probe_cannot_fail_it() {
    let pod = json!({ "metadata": { "annotations": { "fault.aetherius.dev/liveness": "refused" } } });
    assert_eq!(failure(&pod, &json!({ "name": "app" }), fault::LIVENESS), None);
}
