use super::*;
use crate::testing::{found, step};

/// A service `goat`: `port` and `target` as its description has them.
fn service(port: &str, target: &str) -> String {
    format!(
        "Name:        goat\nNamespace:   barn\nSelector:    app=goat\nType:        ClusterIP\nIP:          10.0.0.9\nPort:        <unset>  {port}/TCP\nTargetPort:  {target}/TCP\nEndpoints:   10.1.0.1:{target}\n"
    )
}

/// A deployment `goat` with one container of these lines.
fn deployment(lines: &[&str]) -> String {
    let mut text = "Name:        goat\nNamespace:   barn\nSelector:    app=goat\nReplicas:    1 desired | 1 updated | 1 total | 1 available | 0 unavailable\nPod Template:\n  Labels:  app=goat\n  Containers:\n   main:\n    Image:  x\n".to_owned();
    for line in lines {
        text.push_str(&format!("    {line}\n"));
    }
    text
}

fn described(target: &str, lines: &[&str]) -> Vec<String> {
    found(
        &RULE,
        &[
            step("kubectl describe services goat -n barn", &service("80", target)),
            step("kubectl describe deployments goat -n barn", &deployment(lines)),
        ],
    )
}

const PROBED: [&str; 2] = [
    "Port:       7000/TCP",
    "Readiness:  tcp-socket :7000 delay=0s timeout=1s period=10s #success=1 #failure=3",
];

#[test]
fn a_target_port_that_nobody_listens_on() {
    assert_eq!(described("7001", &PROBED), ["service_port_mapping_mismatch deployment/goat 0.85"]);
    assert_eq!(described("7001", &PROBED[..1]), ["service_port_mapping_mismatch deployment/goat 0.6"]);
    let told = ["Port:       7000/TCP", "Environment:", "  PORT:  7000"];
    assert_eq!(described("7001", &told), ["service_port_mapping_mismatch deployment/goat 0.85"]);
}

#[test]
fn ports_that_fit_or_of_which_nothing_is_known_are_right() {
    assert!(described("7000", &PROBED).is_empty());
    assert!(described("7001", &["Port:       <none>"]).is_empty(), "nothing is known");
    assert!(described("7001", &[PROBED[0], "Environment:", "  SERVER_PORT:  7001"]).is_empty());
    let rewritten = [
        "Port:       <none>",
        "Readiness:  http-get http://:15020/app-health/main/readyz delay=0s timeout=1s period=10s #success=1 #failure=3",
    ];
    assert!(described("7000", &rewritten).is_empty(), "a mesh answers for the container");
}

#[test]
fn a_connection_decides() {
    let outputs = |answer: &str, lines: &[&str]| {
        let probe = "probe CheckServiceConnectivity namespace=barn port=80 service_name=goat";
        [
            step("kubectl describe services goat -n barn", &service("80", "7001")),
            step("kubectl describe deployments goat -n barn", &deployment(lines)),
            step(probe, answer),
        ]
    };
    let failed = outputs("Connection Failed", &PROBED[..1]);
    assert_eq!(found(&RULE, &failed), ["service_port_mapping_mismatch deployment/goat 0.95"]);
    assert!(found(&RULE, &outputs("Connection Succeeded", &PROBED)).is_empty());
}

#[test]
fn the_metrics_port_of_a_workload_that_is_served_well_may_be_unlisted() {
    let metrics = service("9090", "9090").replace("goat\nN", "goat-metrics\nN");
    let outputs = [
        step("kubectl describe services goat -n barn", &service("80", "7000")),
        step("kubectl describe services goat-metrics -n barn", &metrics),
        step("kubectl describe deployments goat -n barn", &deployment(&PROBED)),
    ];
    assert!(found(&RULE, &outputs).is_empty());
}

/// As a live cluster answers: `target` and the ports of the slice as JSON.
fn live(target: &str, slice_ports: &str) -> Vec<String> {
    let text = format!(
        "{{\"items\": [\n{{\"kind\": \"Service\", \"metadata\": {{\"name\": \"goat\", \"namespace\": \"barn\"}}, \"spec\": {{\"selector\": {{\"app\": \"goat\"}},\n\"ports\": [{{\"port\": 80,\n\"targetPort\": {target}\n}}]}}}},\n\
         {{\"kind\": \"EndpointSlice\", \"metadata\": {{\"name\": \"goat-x\", \"namespace\": \"barn\", \"labels\": {{\"kubernetes.io/service-name\": \"goat\"}}}}, \"endpoints\": [{{\"addresses\": [\"10.1.0.1\"]}}], \"ports\": {slice_ports}}},\n\
         {{\"kind\": \"Pod\", \"metadata\": {{\"name\": \"goat-0\", \"namespace\": \"barn\", \"labels\": {{\"app\": \"goat\"}}}},\n\"spec\": {{\"containers\": [{{\"name\": \"main\", \"ports\": [\n{{\"name\": \"web\", \"containerPort\": 7000}}\n]}}]}},\n\"status\": {{\"phase\": \"Running\", \"conditions\": [{{\"type\": \"Ready\", \"status\": \"True\"}}]}}}}\n]}}"
    );
    found(&RULE, &[step("kubectl get services,endpointslices,pods -n barn -o json", &text)])
}

#[test]
fn a_name_that_no_container_has_leaves_no_port() {
    assert_eq!(live("\"grpc\"", "[]"), ["service_port_mapping_mismatch statefulset/goat 0.95"]);
    assert_eq!(
        live("\"grpc\"", "[{\"port\": 7000}]"),
        ["service_port_mapping_mismatch statefulset/goat 0.85"]
    );
    assert!(live("\"web\"", "[{\"port\": 7000}]").is_empty());
    assert!(live("7000", "[{\"port\": 7000}]").is_empty());
}

#[test]
fn a_port_that_no_caller_uses() {
    let caller = |name: &str, address: &str| {
        step(
            &format!("kubectl describe deployments {name} -n barn"),
            &deployment(&["Environment:", &format!("  GOAT_ADDR:  {address}")])
                .replace("goat\n", &format!("{name}\n")),
        )
    };
    let with = |port: &str, callers: &[(&str, &str)]| {
        let mut outputs = vec![
            step("kubectl describe services goat -n barn", &service(port, "7000")),
            step("kubectl describe deployments goat -n barn", &deployment(&PROBED)),
        ];
        outputs.extend(callers.iter().map(|(name, address)| caller(name, address)));
        found(&RULE, &outputs)
    };
    let blamed = ["service_port_mapping_mismatch deployment/goat 0.85"];
    assert_eq!(with("81", &[("hen", "goat:80"), ("cow", "goat.barn:80")]), blamed, "two callers agree");
    assert_eq!(with("7001", &[("hen", "goat:7000")]), blamed, "the pods listen where the caller asks");
    assert!(with("81", &[("hen", "goat:80")]).is_empty(), "one caller may be wrong itself");
    assert!(with("81", &[("hen", "goat:80"), ("cow", "goat:81")]).is_empty());
    assert!(with("80", &[("hen", "goat:80"), ("cow", "goat:80")]).is_empty());
}
