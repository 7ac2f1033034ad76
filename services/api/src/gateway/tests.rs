use super::{
    Gateway, GatewayState,
    traffic::{Counts, Samples},
};
use crate::testing::key;
use aetherius_rpc::Channel;
use axum::{Json, Router, routing::get};
use foundation::trace::TraceParent;
use std::time::{Duration, Instant};

fn metrics(requests: u32, errors: u32) -> String {
    format!(
        "# TYPE agw_requests_total counter\n\
         agw_requests_total{{route=\"ui\",status=\"2xx\"}} {requests}\n\
         agw_requests_total{{route=\"ui\",status=\"5xx\"}} {errors}\n\
         agw_requests_total{{route=\"webhook\",status=\"4xx\"}} 1\n\
         agw_request_duration_seconds_sum{{route=\"ui\"}} 1.5\n\
         agw_request_duration_seconds_bucket{{route=\"ui\",le=\"+Inf\"}} 12\n\
         agw_requests_in_flight 3\n\
         agw_connections{{listener=\"127.0.0.1:8080\"}} 5\n\
         nonsense\n"
    )
}

#[test]
fn rates_are_of_what_was_counted_between_two_looks() {
    let begin = Instant::now();
    let mut samples = Samples::default();
    let first = samples.add(Counts::read(&metrics(100, 0)), begin, Duration::from_secs(101));
    assert_eq!(
        (first.requests_per_s, first.window_s, first.in_flight, first.connections),
        (1.0, 101.0, 3, 5)
    );
    let soon = begin + Duration::from_millis(100);
    let chance = samples.add(Counts::read(&metrics(109, 0)), soon, Duration::from_secs(100));
    assert_eq!(chance.window_s, 100.0, "too soon after the first");
    let later = begin + Duration::from_secs(10);
    let second = samples.add(Counts::read(&metrics(140, 10)), later, Duration::from_secs(111));
    assert_eq!((second.requests_per_s, second.errors_per_s, second.window_s), (5.0, 1.0, 10.0));
    assert_eq!((second.routes[0].route.as_str(), second.routes[0].requests_per_s), ("ui", 5.0));
    let last = samples.add(Counts::read(&metrics(140, 10)), later + Duration::from_secs(10), Duration::ZERO);
    assert_eq!((last.requests_per_s, last.mean_ms), (0.0, None));
}

#[test]
fn a_gateway_that_began_again_is_counted_from_its_start() {
    let begin = Instant::now();
    let mut samples = Samples::default();
    samples.add(Counts::read(&metrics(1000, 0)), begin, Duration::from_secs(500));
    let again =
        samples.add(Counts::read(&metrics(9, 0)), begin + Duration::from_secs(20), Duration::from_secs(2));
    assert_eq!((again.requests_per_s, again.window_s), (5.0, 2.0));
}

#[tokio::test]
async fn status_and_traffic_are_joined() {
    let status = serde_json::json!({
        "version": "1.2.3", "pid": 7, "uptime_s": 10,
        "listeners": [{ "address": "127.0.0.1:8080", "tls": false }],
        "routes": [{ "name": "ui", "hosts": [], "path": "/ui", "methods": [], "priority": 0, "cluster": "api",
                     "auth_required": true }],
        "clusters": [{ "name": "api", "panic": false, "endpoints": [
            { "address": "unix:/run/api.sock", "weight": 1, "health": "ejected", "in_flight": 0, "connections": 2 }] }],
    });
    let router = Router::new()
        .route("/status", get(move || async move { Json(status) }))
        .route("/metrics", get(|| async { metrics(20, 0) }));
    let gateway = Gateway::new(Some(Channel::local("gateway", router, key())));
    let view = gateway.look("p", TraceParent::new_root()).await;
    assert_eq!((view.state, view.version.as_deref()), (GatewayState::Available, Some("1.2.3")));
    let endpoint = &view.clusters[0].endpoints[0];
    assert_eq!((endpoint.target.as_str(), endpoint.healthy), ("unix:/run/api.sock", false));
    assert_eq!(view.traffic.unwrap().requests_per_s, 2.1);
}

#[tokio::test]
async fn a_gateway_that_does_not_answer_is_a_state() {
    let socket = std::path::Path::new("/nowhere/agw-admin.sock");
    let away = Channel::unix("gateway", socket, key()).unwrap();
    for admin in [None, Some(away)] {
        let view = Gateway::new(admin).look("p", TraceParent::new_root()).await;
        assert!(view.state == GatewayState::Unavailable && view.reason.is_some() && view.routes.is_empty());
    }
}
