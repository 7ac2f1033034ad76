//! Rows of nodes.

use crate::adapter::table::Row;
use crate::adapter::text::{labels, present};
use crate::objects::{Condition, Key, Node};

pub(super) fn node(key: Key, row: &Row<'_, '_>) -> Node {
    let status = row.get("STATUS");
    let ready = status.split(',').find_map(|word| match word {
        "Ready" => Some("True"),
        "NotReady" => Some("False"),
        _ => None,
    });
    let ready = ready.map(|status| Condition { status: status.to_owned(), ..Condition::default() });
    Node {
        key,
        unschedulable: present(status)
            .map(|status| status.split(',').any(|word| word == "SchedulingDisabled")),
        roles: present(row.get("ROLES"))
            .map(|roles| roles.split(',').map(str::to_owned).collect())
            .unwrap_or_default(),
        conditions: ready.map(|ready| ("Ready".to_owned(), ready)).into_iter().collect(),
        labels: labels(row.get("LABELS")),
        ..Node::default()
    }
}
