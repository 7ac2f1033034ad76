use super::*;
use crate::testing::{found, step};

fn service(name: &str, port: &str) -> String {
    format!(
        "Name:        {name}\nNamespace:   barn\nSelector:    app={name}\nType:        ClusterIP\nIP:          10.0.0.9\nPort:        {port}\nTargetPort:  7000/TCP\nEndpoints:   10.1.0.1:7000\n"
    )
}

/// A ready pod of `name`; `sidecar` are the lines of a second container.
fn pod(name: &str, lines: &[&str], sidecar: &str) -> String {
    let mut text = format!(
        "Name:             {name}-0\nNamespace:        barn\nLabels:           app={name}\nStatus:           Running\nContainers:\n  main:\n    Image:  x\n"
    );
    for line in lines {
        text.push_str(&format!("    {line}\n"));
    }
    text.push_str(sidecar);
    text.push_str("Conditions:\n  Type              Status\n  Ready             True\n");
    text
}

const MESH: &str = "  istio-proxy:\n    Image:  proxy\n    Port:   15090/TCP\n";
const GRPC: &str = "Readiness:  grpc <pod>:7000  delay=0s timeout=1s period=10s #success=1 #failure=3";
const HTTP: &str =
    "Readiness:  http-get http://:7000/healthz delay=0s timeout=1s period=10s #success=1 #failure=3";
const TCP: &str = "Readiness:  tcp-socket :7000 delay=0s timeout=1s period=10s #success=1 #failure=3";

fn one(port: &str, lines: &[&str], sidecar: &str) -> Vec<String> {
    found(
        &RULE,
        &[
            step("kubectl describe services goat -n barn", &service("goat", port)),
            step("kubectl describe pods goat-0 -n barn", &pod("goat", lines, sidecar)),
        ],
    )
}

#[test]
fn a_service_for_udp_before_a_container_that_listens_for_tcp() {
    let blamed = ["service_protocol_mismatch statefulset/goat 0.85"];
    assert_eq!(one("web  80/UDP", &["Port:   7000/TCP"], ""), blamed);
    assert_eq!(one("web  80/UDP", &[GRPC], ""), blamed, "probes go over TCP");
    assert_eq!(one("web  80/TCP", &["Port:   7000/UDP"], ""), blamed);
    assert!(one("web  80/TCP", &["Port:   7000/TCP"], "").is_empty());
    assert!(one("web  80/UDP", &["Ports:  7000/UDP, 7000/TCP"], "").is_empty());
    assert!(one("web  80/UDP", &["Port:   <none>"], "").is_empty());
    assert!(one("web  80/TCP", &["Port:   7000/UDP", TCP], "").is_empty(), "the probe succeeds");
}

#[test]
fn in_a_mesh_the_name_of_a_port_says_what_is_spoken() {
    let blamed = ["service_protocol_mismatch statefulset/goat 0.85"];
    assert_eq!(one("http  80/TCP", &["Port:   7000/TCP", GRPC], MESH), blamed);
    assert_eq!(one("grpc-web  80/TCP", &["Port:   7000/TCP", HTTP], MESH), blamed);
    assert_eq!(one("https  80/TCP", &["Port:   7000/TCP", HTTP], MESH), blamed);
    for port in ["http  80/TCP", "http-web  80/TCP", "tcp  80/TCP", "web  80/TCP", "<unset>  80/TCP"] {
        assert!(one(port, &["Port:   7000/TCP", HTTP], MESH).is_empty(), "{port}");
    }
    assert!(
        one("http  80/TCP", &["Port:   7000/TCP", GRPC], "").is_empty(),
        "without a mesh a name is a name"
    );
}

#[test]
fn an_announced_protocol_counts_without_a_mesh() {
    let with = |protocol: &str| {
        let text = format!(
            "{{\"items\": [\n{{\"kind\": \"Service\", \"metadata\": {{\"name\": \"goat\", \"namespace\": \"barn\"}}, \"spec\": {{\"selector\": {{\"app\": \"goat\"}},\n\"ports\": [{{\"port\": 7000,\n\"appProtocol\": \"{protocol}\"\n}}]}}}}\n]}}"
        );
        found(
            &RULE,
            &[
                step("kubectl get services -n barn -o json", &text),
                step("kubectl describe pods goat-0 -n barn", &pod("goat", &[GRPC], "")),
            ],
        )
    };
    assert_eq!(with("http"), ["service_protocol_mismatch statefulset/goat 0.6"]);
    assert!(
        with("grpc").is_empty()
            && with("kubernetes.io/h2c").is_empty()
            && with("barn.example/hay").is_empty()
    );
}

#[test]
fn one_among_many_of_the_mesh_that_fails() {
    let names = ["goat", "hen", "cow", "pig", "dog"];
    let outputs = |alerts: &str, port: &str| {
        let mut outputs = vec![step("probe GetAlerts", alerts)];
        for name in names {
            let port = if name == "goat" { port } else { "http  80/TCP" };
            outputs.push(step(&format!("kubectl describe services {name} -n barn"), &service(name, port)));
            let lines = ["Port:   7000/TCP", TCP];
            outputs.push(step(&format!("kubectl describe pods {name}-0 -n barn"), &pod(name, &lines, MESH)));
        }
        found(&RULE, &outputs)
    };
    let alerts = |name: &str| {
        format!(
            "{{\n\"alerts\": [{{\n\"entry_service\": \"{name}\",\n\"url\": \"/x\",\n\"raw_error\": \"502\"}}]}}"
        )
    };
    assert_eq!(outputs(&alerts("goat"), "grpc  80/TCP"), ["service_protocol_mismatch statefulset/goat 0.85"]);
    assert_eq!(outputs(&alerts("hen"), "grpc  80/TCP"), ["service_protocol_mismatch statefulset/goat 0.6"]);
    assert!(outputs("{}", "grpc  80/TCP").is_empty(), "nothing fails");
    assert!(outputs(&alerts("goat"), "http  80/TCP").is_empty());
}

#[test]
fn a_caller_that_speaks_tls_to_a_plain_port() {
    let with = |url: &str| {
        let caller = pod("hen", &["Environment:", &format!("  GOAT_URL:  {url}")], "");
        found(
            &RULE,
            &[
                step("kubectl describe services goat -n barn", &service("goat", "web  80/TCP")),
                step("kubectl describe pods goat-0 -n barn", &pod("goat", &[HTTP], "")),
                step("kubectl describe pods hen-0 -n barn", &caller),
            ],
        )
    };
    assert_eq!(with("https://goat:80/x"), ["service_protocol_mismatch statefulset/hen 0.85"]);
    assert!(
        with("http://goat:80/x").is_empty() && with("goat:80").is_empty() && with("https://goat").is_empty()
    );
}

#[test]
fn one_name_against_the_habit_of_its_sisters() {
    let outputs = |odd: &str, sisters: usize| {
        let mut outputs = Vec::new();
        for name in ["goat", "hen", "cow", "pig", "dog"].iter().take(sisters + 1) {
            let port = if *name == "goat" { odd } else { "grpc  80/TCP" };
            outputs.push(step(&format!("kubectl describe services {name} -n barn"), &service(name, port)));
            let lines = ["Port:   7000/TCP", GRPC];
            outputs.push(step(&format!("kubectl describe pods {name}-0 -n barn"), &pod(name, &lines, "")));
        }
        found(&RULE, &outputs)
    };
    assert_eq!(outputs("http  80/TCP", 4), ["service_protocol_mismatch statefulset/goat 0.6"]);
    assert!(outputs("grpc-api  80/TCP", 4).is_empty() && outputs("main  80/TCP", 4).is_empty());
    assert!(outputs("http  80/TCP", 3).is_empty(), "three are no habit");
}
