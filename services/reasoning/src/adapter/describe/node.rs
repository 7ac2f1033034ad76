//! `kubectl describe nodes`.

use super::{Line, entries, key, label_lines, values};
use crate::adapter::table::Columns;
use crate::adapter::text::{mail_time, present, taint};
use crate::objects::{Condition, Labels, Node};

pub(super) fn node(body: &[Line<'_>]) -> Node {
    let mut node = Node::default();
    for (head, below) in entries(body) {
        match head.key {
            "Name" => node.key = key("", "", head.value),
            "Labels" => node.labels = label_lines(head, below),
            "Roles" => {
                node.roles = present(head.value)
                    .map(|roles| roles.split(',').map(str::to_owned).collect())
                    .unwrap_or_default();
            }
            "Taints" => node.taints = values(head, below).filter_map(taint).collect(),
            "Unschedulable" => node.unschedulable = Some(head.value == "true"),
            "Conditions" => conditions(&mut node, below),
            "Allocatable" => node.allocatable = quantities(below),
            _ => {}
        }
    }
    node
}

fn conditions(node: &mut Node, block: &[Line<'_>]) {
    let Some((header, rows)) = block.split_first() else {
        return;
    };
    let columns = Columns::of(header.text);
    for line in rows {
        let row = columns.row(line.text);
        let status = row.get("Status");
        if !matches!(status, "True" | "False" | "Unknown") {
            continue;
        }
        let condition = Condition {
            status: status.to_owned(),
            reason: row.get("Reason").to_owned(),
            message: row.get("Message").to_owned(),
        };
        node.conditions.insert(row.get("Type").to_owned(), condition);
        node.heartbeat = node.heartbeat.max(mail_time(row.get("LastHeartbeatTime")));
    }
}

fn quantities(block: &[Line<'_>]) -> Labels {
    entries(block)
        .filter(|(head, _)| !head.key.is_empty())
        .map(|(head, _)| (head.key.to_owned(), head.value.to_owned()))
        .collect()
}
