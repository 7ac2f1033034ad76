use super::read;
use crate::Code;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[allow(dead_code)]
struct Alerts {
    alerts: Vec<Alert>,
}

#[derive(Debug, Deserialize)]
#[allow(dead_code)]
struct Alert {
    status: String,
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let wrong_type = read::<Alerts>(br#"{"alerts":[{"status":"firing"},{"status":7}]}"#).unwrap_err();
    assert_eq!(wrong_type.code, Code::InvalidBody);
    assert!(
        wrong_type.detail.starts_with("`alerts[1].status`: invalid type: integer `7`"),
        "{}",
        wrong_type.detail
    );
    for malformed in ["", "{", "{\"alerts\":[]", "{\"alerts\":[]} trailing", "\u{0}"] {
        assert_eq!(
            read::<Alerts>(malformed.as_bytes()).unwrap_err().code,
            Code::MalformedJson,
            "{malformed:?}"
        );
    }
    assert_eq!(read::<Alerts>(b"[]").unwrap_err().code, Code::InvalidBody);
    // Deeper than any honest body: refused, not a stack overflow.
    assert!(read::<serde_json::Value>("[".repeat(100_000).as_bytes()).is_err());
}
