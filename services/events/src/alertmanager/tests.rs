use super::Payload;
use aetherius_contracts::events::Severity;
use aetherius_rpc::extract::read;
use jiff::Timestamp;

fn payload(alert: &str) -> String {
    format!(r#"{{"version":"4","groupKey":"{{}}:{{}}","receiver":"r","status":"firing","alerts":[{alert}]}}"#)
}

#[test]
fn an_alert_becomes_a_standard_event() {
    let text = payload(
        r#"{"status":"firing","labels":{"alertname":"PodNotReady","severity":"page","namespace":"shop","cluster":"eu"},
            "annotations":{"summary":"s"},"startsAt":"2026-01-02T03:04:05.678+01:00","endsAt":"0001-01-01T00:00:00Z",
            "generatorURL":"http://p","fingerprint":"abc"}"#,
    );
    let incoming = read::<Payload>(text.as_bytes()).unwrap().standardise(Timestamp::UNIX_EPOCH);
    let event = &incoming[0].event;
    assert!(!incoming[0].resolved);
    assert_eq!((event.cluster_id.as_str(), event.namespace.as_str()), ("eu", "shop"));
    assert_eq!(event.severity, Severity::Critical);
    assert_eq!(event.timestamp.to_string(), "2026-01-02T02:04:05.678Z");
    assert_eq!(event.fingerprint, "abc");
    assert_eq!(event.alert_name(), "PodNotReady");
}

#[test]
fn what_is_missing_gets_the_documented_default() {
    let text = payload(r#"{"status":"resolved","labels":{}}"#);
    let incoming = read::<Payload>(text.as_bytes()).unwrap().standardise(Timestamp::UNIX_EPOCH);
    assert!(incoming[0].resolved);
    let event = &incoming[0].event;
    assert_eq!((event.cluster_id.as_str(), event.namespace.as_str()), ("default", ""));
    assert_eq!((event.severity, event.timestamp), (Severity::Medium, Timestamp::UNIX_EPOCH));
    assert_eq!(event.fingerprint.len(), 32);
}

#[test]
fn a_wrong_type_is_told_with_its_place() {
    let wrong = payload(r#"{"status":"firing","labels":{"a":["x"]}}"#);
    let problem = read::<Payload>(wrong.as_bytes()).unwrap_err();
    assert!(problem.detail.starts_with("`alerts[0].labels.a`"), "{}", problem.detail);
    let unknown = payload(r#"{"status":"burning","labels":{}}"#);
    assert!(read::<Payload>(unknown.as_bytes()).unwrap_err().detail.contains("alerts[0].status"));
}
