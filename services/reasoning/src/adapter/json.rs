//! `-o json`: a list of objects, or one.

use std::ops::Range;

use jiff::Timestamp;
use serde_json::Value;

use super::json_pod;
use super::query::{Kind, Query};
use crate::objects::{
    Condition, Deployment, Event, Involved, Key, Labels, Node, Owner, ReplicaSet, Snapshot, Source, Taint,
};

pub(super) fn read(snapshot: &mut Snapshot<'_>, index: usize, query: &Query<'_>) {
    let Some(output) = snapshot.outputs().get(index) else {
        return;
    };
    let text = output.step.output.as_str();
    let ranges: Vec<_> = objects(text)
        .into_iter()
        .map(|bytes| (bytes.clone(), output.line_of(bytes.start)..output.line_of(bytes.end) + 1))
        .collect();
    for (bytes, lines) in ranges {
        let Some(Ok(value)) = text.get(bytes).map(serde_json::from_str::<Value>) else {
            continue;
        };
        // Items of a typed list do not repeat their kind.
        let kind = match value.get("kind").and_then(Value::as_str) {
            Some(kind) => Kind::parse(kind),
            None => Some(query.kind),
        };
        let source = Source { output: index, lines };
        match kind {
            Some(Kind::Pod) => snapshot.pods.add(json_pod::pod(&value), source),
            Some(Kind::Node) => snapshot.nodes.add(node(&value), source),
            Some(Kind::Deployment) => snapshot.deployments.add(deployment(&value), source),
            Some(Kind::ReplicaSet) => {
                snapshot.replica_sets.add(ReplicaSet { key: key(&value), owner: owner(&value) }, source);
            }
            Some(Kind::Event) => snapshot.add_event(event(&value), source),
            None => {}
        }
    }
}

/// Where the objects stand: each item of a top-level `items`, else the whole text. Found by brackets alone, in one pass,
/// so that a list which was cut off still gives its whole items, and so that each object knows its lines.
fn objects(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut depth = 0_usize;
    let mut in_items = false;
    let mut start = None;
    let mut last_string = "";
    let mut bytes = text.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => {
                let mut end = None;
                while let Some((at, byte)) = bytes.next() {
                    match byte {
                        b'\\' => drop(bytes.next()),
                        b'"' => {
                            end = Some(at);
                            break;
                        }
                        _ => {}
                    }
                }
                last_string = end.and_then(|end| text.get(at + 1..end)).unwrap_or("");
            }
            b'{' | b'[' => {
                if byte == b'[' && depth == 1 && last_string == "items" {
                    in_items = true;
                }
                if byte == b'{' && depth == 2 && in_items {
                    start = Some(at);
                }
                depth += 1;
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if let Some(start) = start.take_if(|_| depth == 2 && in_items) {
                    found.push(start..at + 1);
                }
                if depth == 1 && byte == b']' && in_items {
                    return found;
                }
            }
            _ => {}
        }
    }
    if in_items {
        return found;
    }
    let trimmed = text.trim_end().len();
    std::iter::once(text.len() - text.trim_start().len()..trimmed).filter(|range| !range.is_empty()).collect()
}

fn node(value: &Value) -> Node {
    let labels = labels(value, "/metadata/labels");
    let roles = roles(&labels);
    let beats = list(value, "/status/conditions").iter().filter_map(|item| time(item, "/lastHeartbeatTime"));
    Node {
        key: Key::new("", text(value, "/metadata/name")),
        roles,
        labels,
        unschedulable: Some(value.pointer("/spec/unschedulable").and_then(Value::as_bool).unwrap_or(false)),
        taints: list(value, "/spec/taints").iter().map(taint).collect(),
        conditions: list(value, "/status/conditions").iter().map(condition).collect(),
        allocatable: labels_of(value.pointer("/status/allocatable")),
        heartbeat: beats.max(),
    }
}

/// As `kubectl` fills its ROLES column.
fn roles(labels: &Labels) -> Vec<String> {
    let mut roles: Vec<String> = labels
        .iter()
        .filter_map(|(name, value)| match name.strip_prefix("node-role.kubernetes.io/") {
            Some(role) if !role.is_empty() => Some(role.to_owned()),
            _ if name == "kubernetes.io/role" && !value.is_empty() => Some(value.clone()),
            _ => None,
        })
        .collect();
    roles.sort();
    roles.dedup();
    roles
}

fn taint(value: &Value) -> Taint {
    Taint {
        key: text(value, "/key").to_owned(),
        value: text(value, "/value").to_owned(),
        effect: text(value, "/effect").to_owned(),
    }
}

fn deployment(value: &Value) -> Deployment {
    Deployment { key: key(value), selector: labels(value, "/spec/selector/matchLabels") }
}

fn event(value: &Value) -> Event {
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

pub(super) fn key(value: &Value) -> Key {
    Key::new(text(value, "/metadata/namespace"), text(value, "/metadata/name"))
}

pub(super) fn owner(value: &Value) -> Option<Owner> {
    let owners = list(value, "/metadata/ownerReferences");
    let controls = |owner: &&Value| owner.get("controller").and_then(Value::as_bool) == Some(true);
    let owner = owners.iter().find(controls).or_else(|| owners.first())?;
    Some(Owner { kind: text(owner, "/kind").to_ascii_lowercase(), name: text(owner, "/name").to_owned() })
}

pub(super) fn condition(value: &Value) -> (String, Condition) {
    let condition = Condition {
        status: text(value, "/status").to_owned(),
        reason: text(value, "/reason").to_owned(),
        message: text(value, "/message").to_owned(),
    };
    (text(value, "/type").to_owned(), condition)
}

pub(super) fn text<'v>(value: &'v Value, path: &str) -> &'v str {
    value.pointer(path).and_then(Value::as_str).unwrap_or("")
}

pub(super) fn some_text(value: &Value, path: &str) -> Option<String> {
    Some(text(value, path)).filter(|text| !text.is_empty()).map(str::to_owned)
}

pub(super) fn time(value: &Value, path: &str) -> Option<Timestamp> {
    text(value, path).parse().ok()
}

pub(super) fn list<'v>(value: &'v Value, path: &str) -> &'v [Value] {
    value.pointer(path).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

pub(super) fn labels(value: &Value, path: &str) -> Labels {
    labels_of(value.pointer(path))
}

fn labels_of(value: Option<&Value>) -> Labels {
    let Some(map) = value.and_then(Value::as_object) else {
        return Labels::new();
    };
    map.iter().filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
}
