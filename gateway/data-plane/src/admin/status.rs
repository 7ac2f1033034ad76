//! `GET /status`: what runs.

use super::{answer, certificates::CertificateStatus};
use crate::{alert::event::Event, gateway::Shared, reload::Report};
use agw_core::{
    breaker::BreakerState,
    cluster::{ClusterStatus as ClusterNow, EndpointStatus as EndpointNow},
    health::Health,
    resource::{Meta, Route},
};
use axum::{
    extract::State as Extract,
    http::{HeaderMap, Method},
    response::Response,
};
use jiff::Timestamp;
use serde::Serialize;
use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};

#[derive(Debug, Serialize)]
struct Status<'a> {
    version: &'static str,
    pid: u32,
    started_at: Timestamp,
    uptime_s: i64,
    config_file: &'a Path,
    /// Of the text in force; with newer `proxy_routes` alone it is not that of the file.
    config_sha256: &'a str,
    config_read_at: Option<Timestamp>,
    last_reload: Option<Report>,
    admin: String,
    listeners: Vec<ListenerStatus>,
    certificates: Vec<CertificateStatus<'a>>,
    workers: usize,
    connections: u64,
    /// Raised now.
    alerts: Vec<Arc<Event>>,
    routes: Vec<RouteStatus<'a>>,
    clusters: Vec<ClusterStatus>,
    consumers: Vec<&'a str>,
}

#[derive(Debug, Serialize)]
struct ListenerStatus {
    address: SocketAddr,
    tls: bool,
}

#[derive(Debug, Serialize)]
struct RouteStatus<'a> {
    name: &'a str,
    hosts: Vec<String>,
    path: String,
    methods: Vec<&'a str>,
    priority: i32,
    /// Where its requests go, or what it does instead.
    cluster: String,
    auth_required: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<MetaStatus<'a>>,
}

#[derive(Debug, Serialize)]
struct MetaStatus<'a> {
    version: &'a str,
    owner: &'a str,
    tags: &'a [String],
}

#[derive(Debug, Serialize)]
struct ClusterStatus {
    name: String,
    /// `closed`, `open` or `half_open`; absent without a failure ratio.
    #[serde(skip_serializing_if = "Option::is_none")]
    breaker: Option<&'static str>,
    /// Too few endpoints are healthy, so all of them are used.
    panic: bool,
    endpoints: Vec<EndpointStatus>,
}

#[derive(Debug, Serialize)]
struct EndpointStatus {
    address: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lane: Option<String>,
    weight: u32,
    /// `healthy`, `unhealthy` or `ejected`.
    health: &'static str,
    /// For how long it has been so, when it is not healthy.
    #[serde(skip_serializing_if = "Option::is_none")]
    for_s: Option<u64>,
    /// When an ejection ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    until_s: Option<u64>,
    in_flight: u32,
    connections: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    latency_ms: Option<f64>,
}

pub(super) async fn show(Extract(shared): Extract<Arc<Shared>>, headers: HeaderMap) -> Response {
    let state = shared.state.load_full();
    let mut consumers: Vec<&str> = state.routing.consumer_names().collect();
    consumers.sort_unstable();
    let base = &state.source.base;
    let now = Timestamp::now();
    let status = Status {
        version: env!("CARGO_PKG_VERSION"),
        pid: std::process::id(),
        started_at: shared.started,
        uptime_s: now.as_second() - shared.started.as_second(),
        config_file: &state.source.path,
        config_sha256: &state.config_sha256,
        config_read_at: Timestamp::try_from(state.source.read_at).ok(),
        last_reload: shared.history.last(),
        admin: shared.admin_address.to_string(),
        // The order is that of the configuration.
        listeners: shared
            .listeners
            .addresses()
            .into_iter()
            .zip(&base.listeners)
            .map(|(address, listener)| ListenerStatus { address, tls: listener.tls.is_some() })
            .collect(),
        certificates: base.certificates.iter().map(|one| CertificateStatus::of(one, now)).collect(),
        workers: shared.threads,
        connections: shared.metrics.connections(),
        alerts: shared.alerts.firing(),
        routes: state.routing.routes().map(RouteStatus::of).collect(),
        clusters: clusters(&state.upstreams.status(), state.upstreams.now()),
        consumers,
    };
    answer::value(&headers, &status)
}

impl<'a> RouteStatus<'a> {
    fn of(route: &'a Route) -> Self {
        Self {
            name: &route.name,
            hosts: route.hosts.iter().map(ToString::to_string).collect(),
            path: route.path.to_string(),
            methods: route.methods.iter().map(Method::as_str).collect(),
            priority: route.priority,
            cluster: route.action.to_string(),
            auth_required: route.auth.as_ref().is_some_and(|auth| auth.required),
            meta: route.meta.as_deref().map(|Meta { version, owner, tags }| MetaStatus {
                version,
                owner,
                tags,
            }),
        }
    }
}

fn clusters(all: &[ClusterNow], now: Duration) -> Vec<ClusterStatus> {
    let clusters = all.iter().map(|cluster| ClusterStatus {
        name: cluster.name.clone(),
        breaker: cluster.breaker.map(|breaker| match breaker {
            BreakerState::Closed => "closed",
            BreakerState::Open { .. } => "open",
            BreakerState::HalfOpen { .. } => "half_open",
        }),
        panic: cluster.panic,
        endpoints: cluster.endpoints.iter().map(|endpoint| EndpointStatus::of(endpoint, now)).collect(),
    });
    clusters.collect()
}

impl EndpointStatus {
    fn of(endpoint: &EndpointNow, now: Duration) -> Self {
        let (health, since, until) = match endpoint.health {
            Health::Healthy => ("healthy", None, None),
            Health::Unhealthy { since } => ("unhealthy", Some(since), None),
            Health::Ejected { since, until } => ("ejected", Some(since), Some(until)),
        };
        Self {
            address: endpoint.address.clone(),
            host: endpoint.host.clone(),
            lane: endpoint.lane.clone(),
            weight: endpoint.weight,
            health,
            for_s: since.map(|since| now.saturating_sub(since).as_secs()),
            until_s: until.map(|until| until.saturating_sub(now).as_secs()),
            in_flight: endpoint.in_flight,
            connections: endpoint.connections,
            latency_ms: endpoint.latency.map(|latency| (latency.as_secs_f64() * 1e6).round() / 1000.0),
        }
    }
}
