//! Events, of both API groups.

use serde_json::Value;

use super::value::{text, time};
use crate::objects::{Event, Involved, Key};

pub(super) fn event(value: &Value) -> Event {
    let kind = text(value, "/involvedObject/kind").to_ascii_lowercase();
    let namespace = if kind == "node" { "" } else { text(value, "/involvedObject/namespace") };
    let times = ["/lastTimestamp", "/series/lastObservedTime", "/eventTime", "/firstTimestamp"];
    let count = value.pointer("/count").or_else(|| value.pointer("/series/count")).and_then(Value::as_u64);
    Event {
        involved: Involved { key: Key::new(namespace, text(value, "/involvedObject/name")), kind },
        level: text(value, "/type").to_owned(),
        reason: text(value, "/reason").to_owned(),
        message: text(value, "/message").trim().to_owned(),
        count: count.and_then(|count| u32::try_from(count).ok()).unwrap_or(1),
        last_seen: times.iter().find_map(|path| time(value, path)),
        age_s: None,
    }
}
