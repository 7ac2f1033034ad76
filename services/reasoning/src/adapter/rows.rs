//! Tables of `kubectl get`: plain, `-o wide`, `--show-labels`.

use super::query::{Kind, Query};
use super::table::{Columns, Row};
use super::text::{age_s, labels, present, restarts};
use crate::objects::{Condition, Deployment, Event, Involved, Key, Node, Pod, Snapshot, Source};

pub(super) fn read(snapshot: &mut Snapshot<'_>, index: usize, query: &Query<'_>) {
    let Some(output) = snapshot.outputs().get(index) else {
        return;
    };
    let lines: Vec<&str> = (0..output.line_count()).map(|number| output.line(number)).collect();
    let Some(header_at) = lines.iter().position(|line| !line.trim().is_empty()) else {
        return;
    };
    let columns = Columns::of(lines[header_at]);
    for (number, line) in lines.iter().enumerate().skip(header_at + 1) {
        if line.trim().is_empty() {
            continue;
        }
        let row = columns.row(line);
        let namespace = if columns.has("NAMESPACE") { row.get("NAMESPACE") } else { query.namespace };
        let name = row.get("NAME").rsplit('/').next().unwrap_or("");
        let source = Source { output: index, lines: number..number + 1 };
        match query.kind {
            Kind::Pod => snapshot.pods.add(pod(Key::new(namespace, name), &row), source),
            Kind::Node => snapshot.nodes.add(node(name, &row), source),
            Kind::Deployment => {
                let selector = labels(row.get("SELECTOR"));
                snapshot.deployments.add(Deployment { key: Key::new(namespace, name), selector }, source);
            }
            Kind::Event => {
                if let Some(event) = event(namespace, &row) {
                    snapshot.add_event(event, source);
                }
            }
            // A table does not show what a replica set belongs to.
            Kind::ReplicaSet => {}
        }
    }
}

fn pod(key: Key, row: &Row<'_, '_>) -> Pod {
    let status = present(row.get("STATUS"));
    let phase = match status {
        Some(phase @ ("Pending" | "Running" | "Failed" | "Unknown")) => Some(phase),
        Some("Completed") => Some("Succeeded"),
        _ => None,
    };
    let (restarts, restarted_ago_s) = restarts(row.get("RESTARTS"));
    Pod {
        key,
        status: status.map(str::to_owned),
        phase: phase.map(str::to_owned),
        restarts,
        restarted_ago_s,
        node: present(row.get("NODE")).map(str::to_owned),
        labels: labels(row.get("LABELS")),
        ..Pod::default()
    }
}

fn node(name: &str, row: &Row<'_, '_>) -> Node {
    let status = row.get("STATUS");
    let ready = status.split(',').find_map(|word| match word {
        "Ready" => Some("True"),
        "NotReady" => Some("False"),
        _ => None,
    });
    let ready = ready.map(|status| Condition { status: status.to_owned(), ..Condition::default() });
    Node {
        key: Key::new("", name),
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

fn event(namespace: &str, row: &Row<'_, '_>) -> Option<Event> {
    let (kind, name) = row.get("OBJECT").split_once('/')?;
    let kind = kind.to_ascii_lowercase();
    let namespace = if kind == "node" { "" } else { namespace };
    Some(Event {
        involved: Involved { kind, key: Key::new(namespace, name) },
        level: row.get("TYPE").to_owned(),
        reason: row.get("REASON").to_owned(),
        message: row.get("MESSAGE").to_owned(),
        count: row.get("COUNT").parse().unwrap_or(1),
        last_seen: None,
        age_s: age_s(row.get("LAST SEEN")),
    })
}
