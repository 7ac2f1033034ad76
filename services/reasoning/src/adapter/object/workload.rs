//! Deployments, stateful sets, daemon sets, replica sets.

use serde_json::Value;

use super::pod::template;
use super::value::{condition, key, labels, list, number, owner};
use crate::objects::Workload;

pub(super) fn workload(value: &Value) -> Workload {
    Workload {
        key: key(value),
        owner: owner(value),
        is_alone: owner(value).is_none(),
        selector: labels(value, "/spec/selector/matchLabels"),
        desired: number(value, "/spec/replicas"),
        // The API leaves out zeros.
        ready: value.get("status").map(|status| number(status, "/readyReplicas").unwrap_or(0)),
        conditions: list(value, "/status/conditions").iter().map(condition).collect(),
        template: value.pointer("/spec/template").map(template).unwrap_or_default(),
    }
}

pub(super) fn daemon_set(value: &Value) -> Workload {
    Workload {
        desired: number(value, "/status/desiredNumberScheduled"),
        ready: number(value, "/status/numberReady"),
        ..workload(value)
    }
}
