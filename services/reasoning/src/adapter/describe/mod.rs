//! Text of `kubectl describe`: keys and values, nested by indentation.

mod pod;
mod workload;
mod service;
mod storage;
mod admission;
mod node;

use super::query::{Kind, Query};
use super::table::Columns;
use super::text::{event_age, present};
use crate::objects::{Event, Involved, Key, Labels, Snapshot, Source};

pub(super) fn read(snapshot: &mut Snapshot<'_>, index: usize, query: &Query<'_>) {
    let (Some(output), Some(kind)) = (snapshot.outputs().get(index), query.only_kind()) else {
        return;
    };
    let lines: Vec<Line<'_>> =
        (0..output.line_count()).map(|number| Line::of(number, output.line(number))).collect();
    for section in sections(&lines, query) {
        let (Some(first), Some(last)) = (section.first(), section.last()) else {
            continue;
        };
        let source = Source { output: index, lines: first.number..last.number + 1 };
        let events =
            section.iter().position(|line| line.indent == 0 && line.key == "Events").unwrap_or(section.len());
        let (body, tail) = section.split_at(events);
        let Some(involved) = add(snapshot, kind, body, query.namespace, source) else {
            continue;
        };
        for (number, event) in read_events(tail, &involved) {
            snapshot.add_event(event, Source { output: index, lines: number..number + 1 });
        }
    }
}

/// Adds the object that `body` describes, and says what its events are about.
fn add(
    snapshot: &mut Snapshot<'_>,
    kind: Kind,
    body: &[Line<'_>],
    namespace: &str,
    source: Source,
) -> Option<Involved> {
    let (word, key) = match kind {
        Kind::Pod => ("pod", snapshot.pods.add(pod::pod(body, namespace), source)),
        Kind::Node => ("node", snapshot.nodes.add(node::node(body), source)),
        Kind::Deployment => {
            ("deployment", snapshot.deployments.add(workload::workload(body, namespace), source))
        }
        Kind::StatefulSet => {
            ("statefulset", snapshot.stateful_sets.add(workload::workload(body, namespace), source))
        }
        Kind::DaemonSet => {
            ("daemonset", snapshot.daemon_sets.add(workload::workload(body, namespace), source))
        }
        Kind::ReplicaSet => {
            ("replicaset", snapshot.replica_sets.add(workload::workload(body, namespace), source))
        }
        Kind::Service => ("service", snapshot.services.add(service::service(body, namespace), source)),
        Kind::Endpoints => ("endpoints", snapshot.endpoints.add(service::endpoints(body, namespace), source)),
        Kind::Claim => {
            ("persistentvolumeclaim", snapshot.claims.add(storage::claim(body, namespace), source))
        }
        Kind::Volume => ("persistentvolume", snapshot.volumes.add(storage::volume(body), source)),
        Kind::StorageClass => ("storageclass", snapshot.storage_classes.add(storage::class(body), source)),
        Kind::Quota => ("resourcequota", snapshot.quotas.add(admission::quota(body, namespace), source)),
        Kind::ServiceAccount => (
            "serviceaccount",
            snapshot.service_accounts.add(admission::service_account(body, namespace), source),
        ),
        Kind::Event | Kind::EndpointSlice => return None,
    };
    Some(Involved { kind: word.to_owned(), key })
}

/// A line that is not blank.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    pub(super) number: usize,
    pub(super) indent: usize,
    /// What stands before the first colon that ends a word; empty when there is none.
    pub(super) key: &'a str,
    /// What follows the key, or the whole line.
    pub(super) value: &'a str,
    pub(super) text: &'a str,
}

impl<'a> Line<'a> {
    fn of(number: usize, text: &'a str) -> Self {
        let words = text.trim();
        let indent = text.len() - text.trim_start().len();
        let (key, value) = match words.split_once(": ") {
            Some((key, value)) => (key, value.trim()),
            None => words.strip_suffix(':').map_or(("", words), |key| (key, "")),
        };
        Self { number, indent, key, value, text }
    }

    fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }
}

/// The lines of a block one level down, each with the lines below it.
pub(super) fn entries<'l, 'a>(block: &'l [Line<'a>]) -> impl Iterator<Item = (&'l Line<'a>, &'l [Line<'a>])> {
    let mut rest = block;
    std::iter::from_fn(move || {
        let (head, below) = rest.split_first()?;
        let end = below.iter().position(|line| line.indent <= head.indent).unwrap_or(below.len());
        let (nested, next) = below.split_at(end);
        rest = next;
        Some((head, nested))
    })
}

/// The value of a line and the lines that go on with it: labels, taints, tolerations stand one below the other.
pub(super) fn values<'l, 'a: 'l>(
    head: &'l Line<'a>,
    below: &'l [Line<'a>],
) -> impl Iterator<Item = &'a str> + 'l {
    std::iter::once(head.value).chain(below.iter().map(|line| line.text.trim()))
}

/// `name=value`, one a line.
pub(super) fn label_lines(head: &Line<'_>, below: &[Line<'_>]) -> Labels {
    values(head, below).filter_map(super::text::label).collect()
}

/// Where several objects are described, each begins with its name after a blank line. Where one was asked for by name
/// there is no second, whatever the text says: events repeat words that others chose.
fn sections<'a>(lines: &[Line<'a>], query: &Query<'_>) -> Vec<Vec<Line<'a>>> {
    let mut sections: Vec<Vec<Line<'a>>> = Vec::new();
    let mut after_blank = true;
    for line in lines {
        if line.is_blank() {
            after_blank = true;
            continue;
        }
        let begins = line.indent == 0 && line.key == "Name" && after_blank;
        if begins && (sections.is_empty() || query.names.len() != 1) {
            sections.push(Vec::new());
        }
        if let Some(section) = sections.last_mut() {
            section.push(*line);
        }
        after_blank = false;
    }
    sections
}

fn read_events(tail: &[Line<'_>], involved: &Involved) -> Vec<(usize, Event)> {
    let Some((header, rows)) = tail.get(1..).and_then(<[Line<'_>]>::split_first) else {
        return Vec::new();
    };
    let columns = Columns::of(header.text);
    let mut events = Vec::new();
    for line in rows {
        let row = columns.row(line.text);
        let level = row.get("Type");
        // Anything else is the rule under the header, or the rest of a message with line breaks.
        if level != "Normal" && level != "Warning" {
            continue;
        }
        let (count, age_s) = event_age(row.get("Age"));
        events.push((
            line.number,
            Event {
                involved: involved.clone(),
                level: level.to_owned(),
                reason: row.get("Reason").to_owned(),
                message: row.get("Message").to_owned(),
                count,
                last_seen: None,
                age_s,
            },
        ));
    }
    events
}

/// The namespace of the text, or else the one asked for.
pub(super) fn key(namespace: &str, asked: &str, name: &str) -> Key {
    Key::new(if namespace.is_empty() { asked } else { namespace }, name)
}

/// The value under a key one level down; empty when there is none.
pub(super) fn field<'a>(block: &[Line<'a>], key: &str) -> &'a str {
    entries(block).find(|(head, _)| head.key == key).map_or("", |(head, _)| head.value)
}

pub(super) fn owned(value: &str) -> Option<String> {
    present(value).map(str::to_owned)
}
