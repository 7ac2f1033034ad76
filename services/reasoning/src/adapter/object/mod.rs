//! One object as the API gives it, in JSON or YAML.

mod value;
mod pod;
mod container;
mod workload;
mod service;
mod routing;
mod storage;
mod admission;
mod node;
mod event;

use serde_json::Value;

use super::query::Kind;
use crate::objects::{Snapshot, Source};

/// Adds what `value` tells. Items of a typed list do not repeat their kind: then it is the one asked for.
pub(super) fn add(snapshot: &mut Snapshot<'_>, value: &Value, asked: Option<Kind>, source: Source) {
    let kind = match value.get("kind").and_then(Value::as_str) {
        Some(kind) => Kind::parse(kind),
        None => asked,
    };
    let Some(kind) = kind else {
        return;
    };
    match kind {
        Kind::Pod => drop(snapshot.pods.add(pod::pod(value), source)),
        Kind::Node => drop(snapshot.nodes.add(node::node(value), source)),
        Kind::Deployment => drop(snapshot.deployments.add(workload::workload(value), source)),
        Kind::StatefulSet => drop(snapshot.stateful_sets.add(workload::workload(value), source)),
        Kind::DaemonSet => drop(snapshot.daemon_sets.add(workload::daemon_set(value), source)),
        Kind::ReplicaSet => drop(snapshot.replica_sets.add(workload::workload(value), source)),
        Kind::Service => drop(snapshot.services.add(service::service(value), source)),
        Kind::Endpoints => drop(snapshot.endpoints.add(service::endpoints(value), source)),
        Kind::EndpointSlice => drop(snapshot.endpoints.add(service::slice(value), source)),
        Kind::Ingress => drop(snapshot.ingresses.add(routing::ingress(value), source)),
        Kind::HttpRoute => drop(snapshot.http_routes.add(routing::http_route(value), source)),
        Kind::VirtualService => drop(snapshot.virtual_services.add(routing::virtual_service(value), source)),
        Kind::NetworkPolicy => drop(snapshot.policies.add(routing::policy(value), source)),
        Kind::ConfigMap => drop(snapshot.config_maps.add(routing::config_map(value), source)),
        Kind::Claim => drop(snapshot.claims.add(storage::claim(value), source)),
        Kind::Volume => drop(snapshot.volumes.add(storage::volume(value), source)),
        Kind::StorageClass => drop(snapshot.storage_classes.add(storage::class(value), source)),
        Kind::Quota => drop(snapshot.quotas.add(admission::quota(value), source)),
        Kind::ServiceAccount => {
            drop(snapshot.service_accounts.add(admission::service_account(value), source));
        }
        Kind::Event => snapshot.add_event(event::event(value), source),
    }
}
