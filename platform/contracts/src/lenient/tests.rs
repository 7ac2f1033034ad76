use serde::Deserialize;

#[derive(Debug, PartialEq, Deserialize)]
struct Counted {
    #[serde(default, deserialize_with = "super::whole")]
    count: u32,
    #[serde(default, deserialize_with = "super::whole_or_none")]
    limit: Option<u64>,
    #[serde(default, deserialize_with = "super::time_or_none")]
    at: Option<jiff::Timestamp>,
}

#[test]
fn numbers_are_read_by_their_value_and_not_by_their_spelling() {
    for (text, expected) in [
        (r#"{"count": 5, "limit": 6}"#, Some((5, Some(6)))),
        (r#"{"count": 5.0, "limit": 6e2}"#, Some((5, Some(600)))),
        (r#"{"count": 0, "limit": null}"#, Some((0, None))),
        (r#"{"limit": 9007199254740991}"#, Some((0, Some(9_007_199_254_740_991)))),
        (r#"{"limit": 9007199254740992}"#, None),
        (r#"{"limit": 18446744073709551615}"#, None),
        (r#"{"count": 4294967296}"#, None),
        (r#"{"count": 1e300}"#, None),
        (r#"{"count": -1}"#, None),
        (r#"{"count": 1.5}"#, None),
        (r#"{"count": "1"}"#, None),
    ] {
        let read = serde_json::from_str::<Counted>(text).ok();
        assert_eq!(read.map(|it| (it.count, it.limit)), expected, "{text}");
    }
}

#[test]
fn an_empty_time_is_none() {
    let at = |text: &str| serde_json::from_str::<Counted>(text).map(|it| it.at.map(|at| at.to_string()));
    assert_eq!(at(r#"{"at": ""}"#).unwrap(), None);
    assert_eq!(at(r#"{"at": null}"#).unwrap(), None);
    assert_eq!(at(r#"{"at": "2026-01-02T03:04:05Z"}"#).unwrap().as_deref(), Some("2026-01-02T03:04:05Z"));
    assert!(at(r#"{"at": "yesterday"}"#).is_err());
}
