//! `kubectl describe` of what makes pods.

use std::collections::BTreeMap;

use super::pod::{owner, pod};
use super::{Line, entries, key};
use crate::adapter::table::Columns;
use crate::adapter::text::{count_before, labels};
use crate::objects::{Condition, Workload};

pub(super) fn workload(body: &[Line<'_>], asked_namespace: &str) -> Workload {
    let mut workload = Workload::default();
    let (mut name, mut namespace) = ("", "");
    for (head, below) in entries(body) {
        match head.key {
            "Name" => name = head.value,
            "Namespace" => namespace = head.value,
            "Selector" => workload.selector = labels(head.value),
            "Controlled By" => workload.owner = owner(head.value),
            "Replicas" => {
                workload.desired = count_before(head.value, "desired");
                workload.ready = count_before(head.value, "available");
            }
            "Desired Number of Nodes Scheduled" => workload.desired = head.value.parse().ok(),
            "Number of Nodes Scheduled with Available Pods" => workload.ready = head.value.parse().ok(),
            "Conditions" => workload.conditions = conditions(below),
            "Pod Template" => workload.template = pod(below, ""),
            _ => {}
        }
    }
    workload.is_alone = workload.owner.is_none();
    workload.key = key(namespace, asked_namespace, name);
    workload
}

/// A table of type, status and reason.
fn conditions(block: &[Line<'_>]) -> BTreeMap<String, Condition> {
    let Some((header, rows)) = block.split_first() else {
        return BTreeMap::new();
    };
    let columns = Columns::of(header.text);
    rows.iter()
        .map(|line| columns.row(line.text))
        .filter(|row| matches!(row.get("Status"), "True" | "False" | "Unknown"))
        .map(|row| {
            let condition = Condition {
                status: row.get("Status").to_owned(),
                reason: row.get("Reason").to_owned(),
                message: String::new(),
            };
            (row.get("Type").to_owned(), condition)
        })
        .collect()
}
