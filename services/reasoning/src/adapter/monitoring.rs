//! Answers of monitoring: which measurements are out of the ordinary, and who calls whom.

use std::ops::Range;

use serde_json::Value;

use super::json;

use crate::objects::{Anomaly, Calls, FailedCalls, Key, Measure, Output, Sign, Snapshot, Source};

/// Reads alerts that carry their evidence as `KIND [measure] | Normal=1ms -> Current=2ms (+100%)`.
pub(super) fn read_alerts(snapshot: &mut Snapshot<'_>, index: usize) {
    let Some(output) = snapshot.outputs().get(index) else {
        return;
    };
    for (alert, source) in alerts(output, index) {
        if let Some(anomaly) = anomaly(&alert) {
            snapshot.anomalies.add(anomaly, source.clone());
        }
        snapshot.failed_calls.add(failed_call(&alert), source);
    }
}

/// A load generator names the service that it called, the path, and how the call failed; other alerts name no service here.
fn failed_call(alert: &Value) -> FailedCalls {
    let field = |name: &str| alert.get(name).and_then(Value::as_str).unwrap_or("");
    let calls = vec![(field("url").to_owned(), field("raw_error").to_owned())];
    FailedCalls { key: Key::new("", field("entry_service")), calls }
}

/// Alerts that are kept.
const ALERTS_MAX: usize = 200;

/// Each alert with its lines.
fn alerts(output: &Output<'_>, index: usize) -> Vec<(Value, Source)> {
    let text = output.step.output.as_str();
    let alert = |bytes: Range<usize>| {
        let lines = output.line_of(bytes.start)..output.line_of(bytes.end) + 1;
        Some((serde_json::from_str(text.get(bytes)?).ok()?, Source { output: index, lines }))
    };
    json::objects(text, "alerts").into_iter().take(ALERTS_MAX).filter_map(alert).collect()
}

fn anomaly(alert: &Value) -> Option<Anomaly> {
    let text = |key: &str| alert.get(key).and_then(Value::as_str);
    let is_node = match text("type")? {
        "Node" => true,
        "Service" => false,
        _ => return None,
    };
    let evidence = alert.get("evidence").and_then(Value::as_array)?;
    let signs = evidence.iter().filter_map(Value::as_str).flat_map(signs).collect();
    Some(Anomaly { key: Key::new("", text("name")?), is_node, signs })
}

fn signs(evidence: &str) -> Vec<Sign> {
    let mut parts = evidence.split(" | ");
    let head = parts.next().unwrap_or("");
    let measure = match head.split(" [").collect::<Vec<_>>().as_slice() {
        ["RESOURCE_SATURATION", "cpu_cfs]"] => Measure::Throttling,
        ["RESOURCE_SATURATION", "cpu core]"] => Measure::Cpu,
        ["LATENCY_DEGRADATION", _] => Measure::Latency,
        ["TRAFFIC_ANOMALY", _] => Measure::Packets,
        ["NETWORK_QUALITY_DEGRADED", "TCP Retransmission]"] => Measure::Retransmission,
        _ => Measure::Other,
    };
    let after = |part: &str, word: &str| {
        let (_, rest) = part.split_once(word)?;
        let end = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(rest.len());
        rest.get(..end)?.parse::<f64>().ok()
    };
    let sign = |part: &str| {
        let now = after(part, "Current=").or_else(|| after(part, "Cur=")).or_else(|| after(part, "Val: "))?;
        Some(Sign { measure, normal: after(part, "Normal=").unwrap_or(0.0), now })
    };
    parts.filter_map(sign).collect()
}

/// Reads the tree below `[Downstream (Calls)]:`, whose first line is the service itself.
pub(super) fn read_calls(snapshot: &mut Snapshot<'_>, index: usize, service: &str) {
    let Some(output) = snapshot.outputs().get(index) else {
        return;
    };
    let lines = (0..output.line_count()).map(|number| output.line(number));
    let tree = lines.skip_while(|line| !line.starts_with("[Downstream")).skip(1);
    let callees = tree
        .filter_map(|line| line.split_once("── "))
        .filter_map(|(_, name)| name.split_whitespace().next())
        .map(str::to_owned)
        .collect();
    let source = Source { output: index, lines: 0..output.line_count() };
    snapshot.calls.add(Calls { key: Key::new("", service), callees }, source);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapter::observe;
    use crate::testing::step;

    #[test]
    fn evidence_becomes_numbers() {
        let sign = |measure, normal, now| Sign { measure, normal, now };
        for (evidence, expected) in [
            (
                "RESOURCE_SATURATION [cpu_cfs] | Val: 0.8s (Throttled)",
                vec![sign(Measure::Throttling, 0.0, 0.8)],
            ),
            (
                "RESOURCE_SATURATION [cpu core] | Normal=0.03 cores -> Current=0.16 cores (+1%)",
                vec![sign(Measure::Cpu, 0.03, 0.16)],
            ),
            (
                "LATENCY_DEGRADATION [Slow Response] | p50latency: Normal=1.5ms -> Current=20ms (+1%) | p90latency: Normal=2ms -> Current=90ms (+1%) | Peak=99ms",
                vec![sign(Measure::Latency, 1.5, 20.0), sign(Measure::Latency, 2.0, 90.0)],
            ),
            (
                "NETWORK_QUALITY_DEGRADED [TCP Retransmission] | Normal=0.00retrans -> Current=6.67retrans (New Spike)",
                vec![sign(Measure::Retransmission, 0.0, 6.67)],
            ),
            ("nonsense", vec![]),
        ] {
            assert_eq!(signs(evidence), expected, "{evidence}");
        }
    }

    #[test]
    fn alerts_and_calls_become_objects() {
        let alerts = "{\n  \"alerts\": [\n    {\n      \"evidence\": [\n        \"RESOURCE_SATURATION [cpu_cfs] | Val: 1s\"\n      ],\n      \
                      \"name\": \"hen\",\n      \"type\": \"Service\"\n    },\n    {\n      \"business_action\": \"lay\"\n    }\n  ]\n}";
        let tree = "[Service]: hen\n[Upstream (Called By)]: cock\n[Downstream (Calls)]:\nhen\n├── egg\n│   └── yolk\n└── nest (old)\n";
        let outputs =
            [step("probe GetAlerts", alerts), step("probe GetServiceDependencies service_name=hen", tree)];
        let snapshot = observe(&outputs);
        let hen = Key::new("", "hen");
        assert_eq!(snapshot.anomalies.get(&hen).unwrap().sources()[0].lines, 2..9);
        assert_eq!(snapshot.anomalies.len(), 1);
        let callees: Vec<&str> =
            snapshot.calls.get(&hen).unwrap().callees.iter().map(String::as_str).collect();
        assert_eq!(callees, ["egg", "nest", "yolk"]);
    }
}
