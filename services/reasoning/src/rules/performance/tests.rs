use super::*;
use crate::testing::{found, step};
use aetherius_contracts::execution::StepResult;

const THROTTLED: &str = "RESOURCE_SATURATION [cpu_cfs] | Val: 0.8s (Throttled)";
const BUSY: &str = "RESOURCE_SATURATION [cpu core] | Normal=0.03 cores -> Current=0.16 cores (+400%)";
const SLOW: &str = "LATENCY_DEGRADATION [Slow Response] | p90latency: Normal=4ms -> Current=900ms (+22400%)";
const SLOWEST: &str =
    "LATENCY_DEGRADATION [Slow Response] | p90latency: Normal=4ms -> Current=9000ms (+224900%)";
const QUIET: &str = "TRAFFIC_ANOMALY [Network Drop] | Inbound: Normal=9pps -> Current=3pps (-66%)";

/// Pods `goat-0`, `hen-0` and `hog-0`; goat calls hen, hen calls hog.
fn seen(alerts: &[(&str, &str, &[&str])]) -> Vec<String> {
    let list: Vec<_> = alerts
        .iter()
        .map(|(kind, name, evidence)| serde_json::json!({"type": kind, "name": name, "evidence": evidence}))
        .collect();
    let text = format!("{:#}", serde_json::json!({ "alerts": list }));
    let calls = |caller: &str, callees: &str| -> StepResult {
        step(
            &format!("probe GetServiceDependencies service_name={caller}"),
            &format!("[Downstream (Calls)]:\n{caller}\n{callees}"),
        )
    };
    let rows = "NAME     READY   STATUS    RESTARTS   AGE\ngoat-0   1/1     Running   0          9d\n\
                hen-0    1/1     Running   0          9d\nhog-0    1/1     Running   0          9d\n";
    let outputs = [
        step("kubectl get pods -n barn", rows),
        step("probe GetAlerts", &text),
        calls("goat", "└── hen\n    └── hog\n"),
        calls("hen", "└── hog\n"),
    ];
    found(&RULE, &outputs)
}

#[test]
fn throttling_and_more_cpu_than_usual_make_an_overload() {
    let overload = ["pod_cpu_overload statefulset/hen 0.85"];
    assert_eq!(seen(&[("Service", "goat", &[SLOW]), ("Service", "hen", &[THROTTLED, BUSY, SLOW])]), overload);
    assert_eq!(seen(&[("Service", "hen", &[THROTTLED, BUSY])]), overload);
    let busier = "RESOURCE_SATURATION [cpu core] | Normal=0.03 cores -> Current=0.06 cores (+100%)";
    assert_eq!(
        seen(&[
            ("Service", "goat", &[THROTTLED, busier, SLOW]),
            ("Service", "hen", &[THROTTLED, BUSY, SLOW])
        ]),
        overload,
        "its callers try again"
    );
    assert_eq!(
        seen(&[("Service", "goat", &[THROTTLED, busier]), ("Service", "hog", &[SLOW])]),
        ["pod_network_delay statefulset/hog 0.85"],
        "one that is busy as ever, and not slow"
    );
    assert!(seen(&[("Service", "hen", &[THROTTLED])]).is_empty(), "a short burst");
    assert!(seen(&[("Service", "hen", &[BUSY])]).is_empty(), "more work, and the means for it");
}

#[test]
fn of_slow_services_the_one_that_calls_no_other_slow_one() {
    let delay = |name: &str| vec![format!("pod_network_delay statefulset/{name} 0.85")];
    let slow: &[&str] = &[SLOW];
    assert_eq!(seen(&[("Service", "goat", &[SLOWEST]), ("Service", "hen", slow)]), delay("hen"));
    assert_eq!(
        seen(&[("Service", "hog", slow), ("Service", "goat", slow), ("Service", "hen", &[SLOWEST])]),
        delay("hog")
    );
    assert_eq!(seen(&[("Service", "hog", slow), ("Service", "goat", &[QUIET])]), delay("hog"));
    assert_eq!(seen(&[("Service", "hog", &[QUIET])]), ["pod_network_delay statefulset/hog 0.6"]);
    assert!(seen(&[("Service", "hog", &[QUIET]), ("Service", "hen", &[QUIET])]).is_empty());
    assert!(seen(&[("Service", "unknown", slow)]).is_empty());
    let usual = "LATENCY_DEGRADATION [Slow Response] | p90latency: Normal=80ms -> Current=120ms (+50%)";
    assert!(seen(&[("Service", "hog", &[usual])]).is_empty());
}

#[test]
fn segments_that_are_sent_again_tell_of_the_node() {
    let resent = |rate: &str| {
        format!(
            "NETWORK_QUALITY_DEGRADED [TCP Retransmission] | Normal=0.00retrans -> Current={rate}retrans (New Spike)"
        )
    };
    let (little, much) = (resent("0.9"), resent("7.1"));
    let three: [(&str, &str, &[&str]); 3] =
        [("Service", "goat", &[SLOW]), ("Service", "hen", &[QUIET]), ("Service", "hog", &[SLOW])];
    let with = |nodes: &[(&str, &str)], services: &[(&str, &str, &[&str])]| {
        let evidence: Vec<[&str; 1]> = nodes.iter().map(|(_, words)| [*words]).collect();
        let mut alerts: Vec<(&str, &str, &[&str])> = services.to_vec();
        for ((name, _), words) in nodes.iter().zip(&evidence) {
            alerts.push(("Node", name, words));
        }
        seen(&alerts)
    };
    assert_eq!(with(&[("pen", &little)], &three), ["node_network_delay node/pen 0.85"]);
    let both = [("pen", little.as_str()), ("sty", much.as_str())];
    assert_eq!(with(&both, &three), ["node_network_packet_loss node/sty 0.85"]);
    assert_eq!(
        with(&[("pen", &little)], &three[..1]),
        ["pod_network_delay statefulset/goat 0.85"],
        "one slow service is no slow node"
    );
    assert!(with(&[("pen", &much)], &[]).is_empty());
    let late = "LATENCY_DEGRADATION [Slow Response] | p90latency: Normal=16ms -> Current=66ms (+314%)";
    assert_eq!(
        with(&[("pen", &much)], &[("Service", "goat", &[late])]),
        ["node_network_packet_loss node/pen 0.85"]
    );
}
