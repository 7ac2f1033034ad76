//! Tables of `kubectl get`: plain, `-o wide`, `--show-labels`.

mod pod;
mod workload;
mod service;
mod storage;
mod admission;
mod node;
mod event;

use super::query::{Kind, Query};
use super::table::Columns;
use crate::objects::{Key, Snapshot, Source};

pub(super) fn read(snapshot: &mut Snapshot<'_>, index: usize, query: &Query<'_>) {
    let (Some(output), Some(kind)) = (snapshot.outputs().get(index), query.only_kind()) else {
        return;
    };
    let lines: Vec<&str> = (0..output.line_count()).map(|number| output.line(number)).collect();
    let Some(first) = lines.iter().position(|line| !line.trim().is_empty()) else {
        return;
    };
    let header = Columns::of(lines[first]);
    // What came through `tail` has lost its header, and events have columns that can do without one.
    let (columns, rows_at) = match kind {
        Kind::Event if !header.has("REASON") => (event::columns(), first),
        _ => (header, first + 1),
    };
    for (number, line) in lines.iter().enumerate().skip(rows_at) {
        if line.trim().is_empty() {
            continue;
        }
        let row = columns.row(line);
        let namespace = if columns.has("NAMESPACE") { row.get("NAMESPACE") } else { query.namespace };
        let namespace = if kind.is_cluster_scoped() { "" } else { namespace };
        let key = Key::new(namespace, row.get("NAME").rsplit('/').next().unwrap_or(""));
        let source = Source { output: index, lines: number..number + 1 };
        match kind {
            Kind::Pod => drop(snapshot.pods.add(pod::pod(key, &row), source)),
            Kind::Node => drop(snapshot.nodes.add(node::node(key, &row), source)),
            Kind::Deployment => drop(snapshot.deployments.add(workload::workload(key, &row), source)),
            Kind::StatefulSet => drop(snapshot.stateful_sets.add(workload::workload(key, &row), source)),
            Kind::DaemonSet => drop(snapshot.daemon_sets.add(workload::workload(key, &row), source)),
            Kind::ReplicaSet => drop(snapshot.replica_sets.add(workload::workload(key, &row), source)),
            Kind::Service => drop(snapshot.services.add(service::service(key, &row), source)),
            Kind::Endpoints => drop(snapshot.endpoints.add(service::endpoints(key, &row), source)),
            Kind::Claim => drop(snapshot.claims.add(storage::claim(key, &row), source)),
            Kind::Volume => drop(snapshot.volumes.add(storage::volume(key, &row), source)),
            Kind::StorageClass => drop(snapshot.storage_classes.add(storage::class(key, &row), source)),
            Kind::Quota => drop(snapshot.quotas.add(admission::quota(key, &row), source)),
            Kind::ServiceAccount => {
                drop(snapshot.service_accounts.add(admission::service_account(key), source));
            }
            Kind::Event => {
                if let Some(event) = event::event(namespace, &row) {
                    snapshot.add_event(event, source);
                }
            }
            // A table does not name the service of a slice.
            Kind::EndpointSlice => {}
        }
    }
}
