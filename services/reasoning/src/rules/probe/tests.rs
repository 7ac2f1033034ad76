use super::*;
use crate::testing::{found, step};

/// A running container and what is said of it.
struct Case<'a> {
    port: &'a str,
    probes: &'a [&'a str],
    ready: bool,
    /// The last run, as reason and exit code, which lasted from 08:08:00 to 08:08:40; the moment of the snapshot is 08:10:00.
    ended: Option<(&'a str, i32)>,
    events: &'a [(&'a str, &'a str)],
}

const ENDED: Option<(&str, i32)> = Some(("Error", 137));
const KILL: (&str, &str) = ("Killing", "Container main failed liveness probe, will be restarted");

fn check_case(case: &Case<'_>) -> Vec<String> {
    let mut text = "Name:             goat-5c6d7f8b9c-4kx2z\nNamespace:        barn\nStatus:           Running\nContainers:\n  main:\n".to_owned();
    let mut line = |line: &str| text.push_str(&format!("{line}\n"));
    line(&format!("    Port:           {}", case.port));
    line("    State:          Running\n      Started:      Mon, 02 Mar 2026 08:08:41 +0000");
    if let Some((reason, code)) = case.ended {
        line(&format!(
            "    Last State:     Terminated\n      Reason:       {reason}\n      Exit Code:    {code}"
        ));
        line(
            "      Started:      Mon, 02 Mar 2026 08:08:00 +0000\n      Finished:     Mon, 02 Mar 2026 08:08:40 +0000",
        );
    }
    line(&format!("    Ready:          {}", if case.ready { "True" } else { "False" }));
    line(&format!("    Restart Count:  {}", if case.ended.is_some() { 3 } else { 0 }));
    for probe in case.probes {
        line(&format!("    {probe} #success=1 #failure=3"));
    }
    line(
        "Events:\n  Type     Reason     Age   From     Message\n  ----     ------     ----  ----     -------",
    );
    for (reason, message) in case.events {
        line(&format!("  Warning  {reason:<9}  2s    kubelet  {message}"));
    }
    let node = r#"{"kind": "Node", "metadata": {"name": "barn"}, "status": {"conditions": [
        {"type": "Ready", "status": "True", "lastHeartbeatTime": "2026-03-02T08:10:00Z"}]}}"#;
    let outputs = [step("kubectl describe pods -n barn", &text), step("kubectl get node barn -o json", node)];
    found(&RULE, &outputs)
}

/// A container on 8080 whose liveness probe fails with these words, so that it is ended; the readiness probe passes.
fn liveness(probe: &str, words: &str, readiness: &str) -> Vec<String> {
    check_case(&Case {
        port: "8080/TCP",
        probes: &[&format!("Liveness:   {probe}"), &format!("Readiness:  {readiness}")],
        ready: true,
        ended: ENDED,
        events: &[("Unhealthy", &format!("Liveness probe failed: {words}")), KILL],
    })
}

/// A container on 8080 whose readiness probe fails with these words; the liveness probe passes.
fn readiness(probe: &str, words: &str, liveness: &str) -> Vec<String> {
    check_case(&Case {
        port: "8080/TCP",
        probes: &[&format!("Liveness:   {liveness}"), &format!("Readiness:  {probe}")],
        ready: false,
        ended: None,
        events: &[("Unhealthy", &format!("Readiness probe failed: {words}"))],
    })
}

const NUMBERS: &str = "delay=5s timeout=1s period=10s";
const REFUSED: &str = "dial tcp 10.0.0.1:9090: connect: connection refused";
const MALFORMED: &str = r#"Get "http://10.0.0.1:8080/": net/http: HTTP/1.x transport connection broken: malformed HTTP response "\x00\x00\x06\x04""#;
const NO_GRPC: &str =
    r#"timeout: failed to connect service "10.0.0.1:8080" within 1s: context deadline exceeded"#;

#[test]
fn words_probe_ports_and_the_other_probe_decide_together() {
    let http = format!("http-get http://:8080/ {NUMBERS}");
    let away = format!("http-get http://:9090/ {NUMBERS}");
    let tls = format!("http-get https://:8080/ {NUMBERS}");
    let grpc = format!("grpc <pod>:8080  {NUMBERS}");
    let tcp = format!("tcp-socket :8080 {NUMBERS}");
    let grpc_away = format!("grpc <pod>:9090  {NUMBERS}");
    let away_words = NO_GRPC.replace("8080", "9090");
    let cases = [
        (&away, REFUSED, &http, "port", "0.85"),
        (&grpc_away, away_words.as_str(), &grpc, "port", "0.85"),
        (&http, MALFORMED, &grpc, "protocol", "0.95"),
        (&away, MALFORMED, &http, "port", "0.85"),
        (&tls, "Get: http: server gave HTTP response to HTTPS client", &http, "protocol", "0.95"),
        (&grpc, NO_GRPC, &http, "protocol", "0.85"),
        (
            &grpc,
            "rpc error: code = Unimplemented desc = unknown service grpc.health.v1.Health",
            &tcp,
            "protocol",
            "0.95",
        ),
        (
            &grpc,
            "connection error: desc = \"error reading server preface: http2: frame too large\"",
            &http,
            "protocol",
            "0.95",
        ),
        (&http, "HTTP probe failed with statuscode: 400", &grpc, "protocol", "0.85"),
        (&http, "HTTP probe failed with statuscode: 400", &tls, "protocol", "0.85"),
        (&http, "Get \"http://10.0.0.1:8080/\": EOF", &tcp, "protocol", "0.85"),
    ];
    for (probe, words, other, fault, confidence) in cases {
        let expected =
            |which: &str| vec![format!("{which}_probe_incorrect_{fault} deployment/goat {confidence}")];
        assert_eq!(liveness(probe, words, other), expected("liveness"), "{probe} {words}");
        assert_eq!(readiness(probe, words, other), expected("readiness"), "{probe} {words}");
    }
}

#[test]
fn what_a_service_announces_tells_how_the_program_wants_to_be_asked() {
    let asked = |probe: &str, words: &str, name: &str| {
        let pod = format!(
            "Name:             goat-5c6d7f8b9c-4kx2z\nNamespace:        barn\nLabels:           app=goat\nStatus:           Running\nContainers:\n  main:\n    \
             Port:           8080/TCP\n    State:          Running\n    Ready:          False\n    \
             Readiness:  {probe} {NUMBERS} #success=1 #failure=3\nEvents:\n  Type     Reason     Age   From     Message\n  ----     ------     ----  ----     -------\n  \
             Warning  Unhealthy  2s    kubelet  Readiness probe failed: {words}\n"
        );
        let service = format!(
            "Name:        goat\nNamespace:   barn\nSelector:    app=goat\nPort:        {name}  80/TCP\nTargetPort:  8080/TCP\n"
        );
        found(
            &RULE,
            &[step("kubectl describe pods -n barn", &pod), step("kubectl describe svc -n barn", &service)],
        )
    };
    let protocol = ["readiness_probe_incorrect_protocol deployment/goat 0.85"];
    let eof = "Get \"http://10.0.0.1:8080/\": EOF";
    for (probe, words, name) in [
        ("grpc <pod>:8080 ", NO_GRPC, "http"),
        ("grpc <pod>:8080 ", NO_GRPC, "tcp-redis"),
        ("http-get http://:8080/", eof, "grpc-web"),
        ("http-get http://:8080/", "HTTP probe failed with statuscode: 404", "grpc"),
    ] {
        assert_eq!(asked(probe, words, name), protocol, "{probe} {words} {name}");
    }
    for (probe, words, name) in [
        ("grpc <pod>:8080 ", NO_GRPC, "grpc"),
        ("http-get http://:8080/", eof, "http"),
        ("http-get http://:8080/", eof, "web"),
    ] {
        assert_ne!(asked(probe, words, name), protocol, "{probe} {words} {name}");
    }
}

#[test]
fn a_program_that_says_itself_that_it_is_not_well_is_asked_rightly() {
    let http = format!("http-get http://:8080/health {NUMBERS}");
    for (words, expected) in [
        ("HTTP probe failed with statuscode: 500", "unhealthy_container deployment/goat 0.95"),
        ("HTTP probe failed with statuscode: 429", "unhealthy_container deployment/goat 0.85"),
        ("HTTP probe failed with statuscode: 404", "probe_incorrect_target deployment/goat 0.95"),
        ("HTTP probe failed with statuscode: 401", "probe_incorrect_target deployment/goat 0.95"),
        (
            "Get: context deadline exceeded (Client.Timeout exceeded)",
            "unhealthy_container deployment/goat 0.85",
        ),
    ] {
        assert_eq!(liveness(&http, words, &http), [expected], "{words}");
        assert_eq!(readiness(&http, words, &http), [expected], "{words}");
    }
    let exec = format!("exec [ask me] {NUMBERS}");
    assert_eq!(readiness(&exec, "no answer", &http), ["unhealthy_container deployment/goat 0.85"]);
    let words = "OCI runtime exec failed: \"ask\": executable file not found in $PATH: unknown";
    assert_eq!(readiness(&exec, words, &http), ["probe_incorrect_target deployment/goat 0.95"]);
}

#[test]
fn a_program_that_is_ended_before_it_can_listen_needs_more_time() {
    let timing = |probe: &str, other: &str, ready: bool| {
        check_case(&Case {
            port: "8080/TCP",
            probes: &[
                &format!("Liveness:   tcp-socket :8080 {probe}"),
                &format!("Readiness:  tcp-socket :8080 {other}"),
            ],
            ready,
            ended: ENDED,
            events: &[
                ("Unhealthy", "Liveness probe failed: dial tcp 10.0.0.1:8080: connect: connection refused"),
                ("Unhealthy", "Readiness probe failed: dial tcp 10.0.0.1:8080: connect: connection refused"),
                KILL,
            ],
        })
    };
    let found =
        |confidence: &str| vec![format!("liveness_probe_incorrect_timing deployment/goat {confidence}")];
    assert_eq!(timing("delay=1s timeout=1s period=1s", NUMBERS, true), found("0.85"));
    assert_eq!(timing(NUMBERS, "delay=60s timeout=1s period=10s", false), found("0.85"));
    assert_eq!(timing(NUMBERS, NUMBERS, false), found("0.6"), "each run was as long as the probe allows");
    let slow = "Get \"http://10.0.0.1:8080/\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)";
    let patient = "http-get http://:8080/ delay=5s timeout=9s period=10s";
    assert_eq!(
        readiness(&format!("http-get http://:8080/ {NUMBERS}"), slow, patient),
        ["readiness_probe_incorrect_timing deployment/goat 0.85"]
    );
}

#[test]
fn a_startup_probe_has_causes_of_its_own() {
    let startup = |probe: &str, words: &str| {
        check_case(&Case {
            port: "8080/TCP",
            probes: &[&format!("Startup:    {probe} {NUMBERS}")],
            ready: false,
            ended: ENDED,
            events: &[
                ("Unhealthy", &format!("Startup probe failed: {words}")),
                ("Killing", "Container main failed startup probe, will be restarted"),
            ],
        })
    };
    assert_eq!(startup("tcp-socket :9090", REFUSED), ["startup_probe_incorrect_port deployment/goat 0.85"]);
    assert_eq!(
        startup("http-get http://:8080/", MALFORMED),
        ["startup_probe_incorrect_protocol deployment/goat 0.95"]
    );
    assert_eq!(startup("tcp-socket :8080", REFUSED), ["startup_probe_incorrect_timing deployment/goat 0.85"]);
}

#[test]
fn failures_that_do_no_harm_are_no_finding() {
    let quiet = |ready: bool, ended: Option<(&str, i32)>, which: &str| {
        let probe = format!("{which}:   tcp-socket :9090 {NUMBERS}");
        let events = [("Unhealthy", &*format!("{which} probe failed: {REFUSED}"))];
        check_case(&Case { port: "8080/TCP", probes: &[&probe], ready, ended, events: &events })
    };
    assert!(quiet(true, None, "Readiness").is_empty(), "it became ready");
    assert!(quiet(false, Some(("Error", 1)), "Readiness").is_empty(), "it ends by itself");
    assert!(quiet(true, None, "Liveness").is_empty(), "nothing was ended");
    assert!(!quiet(false, None, "Readiness").is_empty());
}

#[test]
fn a_port_that_others_use_with_success_needs_no_declaration() {
    let agreed = check_case(&Case {
        port: "15090/TCP",
        probes: &[
            &format!("Startup:    http-get http://:15021/ready {NUMBERS}"),
            &format!("Readiness:  http-get http://:15021/ready {NUMBERS}"),
        ],
        ready: false,
        ended: None,
        events: &[(
            "Unhealthy",
            "Readiness probe failed: Get: dial tcp 10.0.0.1:15021: connect: connection refused",
        )],
    });
    assert_eq!(agreed, ["unhealthy_container deployment/goat 0.85"]);
}

#[test]
fn json_names_the_port_that_does_not_exist() {
    let pod = r#"{"kind": "Pod", "metadata": {"name": "goat-0", "namespace": "barn"},
        "spec": {"containers": [{"name": "main", "ports": [{"name": "web", "containerPort": 8080}],
        "readinessProbe": {"httpGet": {"port": "wep"}}}]},
        "status": {"phase": "Running", "containerStatuses": [{"name": "main", "ready": false, "state": {"running": {}}}]}}"#;
    let events = "LAST SEEN   TYPE      REASON      OBJECT       MESSAGE\n\
                  9s          Warning   Unhealthy   pod/goat-0   Readiness probe errored: strconv.Atoi: parsing \"wep\": invalid syntax\n";
    let outputs = [step("kubectl get pods -n barn -o json", pod), step("kubectl get events -n barn", events)];
    assert_eq!(found(&RULE, &outputs), ["readiness_probe_incorrect_port statefulset/goat 0.95"]);
}

#[test]
fn the_summary_says_what_is_asked_and_what_passes() {
    let text = "Name:   goat-0\nNamespace:  barn\nContainers:\n  main:\n    Port:       8080/TCP\n    State:      Running\n    \
                Ready:      False\n    Liveness:   grpc <pod>:8080 delay=5s timeout=1s period=10s #success=1 #failure=3\n    \
                Readiness:  grpc <pod>:8081 delay=5s timeout=1s period=10s #success=1 #failure=3\n\
                Events:\n  Type     Reason     Age   From     Message\n  ----     ------     ----  ----     -------\n  \
                Warning  Unhealthy  2s    kubelet  Readiness probe failed: timeout: failed to connect service \"10.0.0.1:8081\" within 1s\n";
    let outputs = [step("kubectl describe pods goat-0 -n barn", text)];
    let findings = check(&crate::adapter::observe(&outputs));
    assert_eq!(
        findings[0].summary,
        "The readiness probe of container main of statefulset/goat asks gRPC at port 8081, but the pod listens on 8080; \
         its liveness probe asks gRPC at port 8080 and passes."
    );
    assert_eq!(findings[0].evidence.len(), 4);
}
