//! Nodes.

use serde_json::Value;

use super::value::{condition, labels, labels_of, list, text, time};
use crate::objects::{Key, Labels, Node, Taint};

pub(super) fn node(value: &Value) -> Node {
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
        ..Node::default()
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
