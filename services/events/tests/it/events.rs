//! What of a cluster's Events becomes an event of ours.

use crate::{
    api_server::{ApiServer, EVENTS},
    harness::{warning, watch, watch_on},
};
use aetherius_contracts::events::{EventType, Severity};
use serde_json::json;

const ONLY_EVENTS: &str = "reasons: [BackOff, Failed, FailedScheduling, Unhealthy]";

#[tokio::test]
async fn a_warning_becomes_an_event_with_what_is_needed_to_look_into_it() {
    let server = ApiServer::start().await;
    let watching = watch(&server, ONLY_EVENTS);
    watching.until_caught_up(&server, EVENTS, "events").await;
    server.put(EVENTS, warning("e1", "web-7d9c8b6f5d-x2lkq", "BackOff", 0));
    let told = watching.told_count(1).await;
    let event = &told[0];
    assert_eq!((event.kind, event.source.as_str()), (EventType::Event, "kubernetes"));
    assert_eq!((event.cluster_id.as_str(), event.namespace.as_str()), ("c1", "shop"));
    assert_eq!((event.alert_name(), event.severity), ("BackOff", Severity::High));
    for (label, value) in [
        ("kind", "Pod"),
        ("name", "web-7d9c8b6f5d-x2lkq"),
        ("container", "web"),
        ("namespace", "shop"),
        ("cluster", "c1"),
    ] {
        assert_eq!(event.labels[label], value);
    }
    assert_eq!(event.annotations["description"], "BackOff of web-7d9c8b6f5d-x2lkq");
    assert_eq!(event.raw_data["reportingComponent"], "kubelet");
}

#[tokio::test]
async fn repeats_and_pods_of_one_workload_are_one_event() {
    let server = ApiServer::start().await;
    let watching = watch(&server, ONLY_EVENTS);
    watching.until_caught_up(&server, EVENTS, "events").await;
    for count in 1..=5 {
        let mut event = warning("e1", "web-7d9c8b6f5d-x2lkq", "BackOff", 0);
        event["count"] = json!(count);
        server.put(EVENTS, event);
    }
    server.put(EVENTS, warning("e2", "web-7d9c8b6f5d-9vbnm", "BackOff", 0));
    server.put(EVENTS, warning("e3", "web-7d9c8b6f5d-9vbnm", "Failed", 0));
    server.put(EVENTS, warning("e4", "database-0", "BackOff", 0));
    watching.until_caught_up(&server, EVENTS, "events").await;
    let told = watching.told().await;
    let names: Vec<_> =
        told.iter().map(|event| (event.alert_name(), event.labels["name"].as_str())).collect();
    let expected =
        [("BackOff", "web-7d9c8b6f5d-x2lkq"), ("Failed", "web-7d9c8b6f5d-9vbnm"), ("BackOff", "database-0")];
    assert_eq!(names, expected);
    assert!(
        watching.metrics.render().contains("watch_sightings_total{cluster=\"c1\",outcome=\"duplicate\"} 5"),
        "{}",
        watching.metrics.render()
    );
}

#[tokio::test]
async fn what_does_not_count_makes_no_event() {
    let server = ApiServer::start().await;
    let settings = "reasons: [BackOff, Unhealthy], namespaces: {exclude: [sandbox]}, min_count: 2";
    let watching = watch(&server, settings);
    watching.until_caught_up(&server, EVENTS, "events").await;
    let counted = |name: &str, pod: &str, reason: &str, count: i64| {
        let mut event = warning(name, pod, reason, 0);
        event["count"] = json!(count);
        event
    };
    let mut normal = counted("normal", "a", "BackOff", 5);
    normal["type"] = json!("Normal");
    let mut excluded = counted("excluded", "a", "BackOff", 5);
    excluded["involvedObject"]["namespace"] = json!("sandbox");
    server.put(EVENTS, normal);
    server.put(EVENTS, excluded);
    server.put(EVENTS, counted("other", "a", "Killing", 5));
    server.put(EVENTS, counted("once", "a", "BackOff", 1));
    server.put(EVENTS, counted("twice", "probed", "Unhealthy", 2));
    server.put(EVENTS, counted("counts", "b", "BackOff", 2));
    let mut series = counted("series", "c", "Unhealthy", 0);
    series["series"] = json!({"count": 3, "lastObservedTime": "2026-01-02T03:04:05.678901Z"});
    server.put(EVENTS, series);
    watching.until_caught_up(&server, EVENTS, "events").await;
    let told = watching.told().await;
    let names: Vec<_> = told.iter().map(|event| event.labels["name"].as_str()).collect();
    assert_eq!(names, ["b", "c"], "built-in counts and `min_count` both hold");
}

#[tokio::test]
async fn the_first_look_takes_what_is_young_and_a_restart_takes_all_that_was_missed() {
    let server = ApiServer::start().await;
    server.page_objects_max(2);
    server.put(EVENTS, warning("e1", "old", "BackOff", 400));
    server.put(EVENTS, warning("e2", "young", "BackOff", 20));
    server.put(EVENTS, warning("e3", "young-too", "BackOff", 20));
    let watching = watch(&server, ONLY_EVENTS);
    watching.until_caught_up(&server, EVENTS, "events").await;
    assert_eq!(watching.told().await.len(), 2);
    assert!(!server.requests(&["continue=2"]).is_empty(), "the list is read page by page");

    let store = watching.stop().await;
    server.put(EVENTS, warning("e4", "missed", "BackOff", 3000));
    let watching = watch_on(&store, &server, ONLY_EVENTS);
    let told = watching.told_count(3).await;
    assert_eq!(told[2].labels["name"], "missed");
    watching.until_caught_up(&server, EVENTS, "events").await;
    assert_eq!(watching.told().await.len(), 3);
}

#[tokio::test]
async fn a_storm_is_bounded_and_what_goes_on_is_told_later() {
    let server = ApiServer::start().await;
    let watching = watch(&server, "reasons: [BackOff], rate_limit_per_minute: 5");
    watching.until_caught_up(&server, EVENTS, "events").await;
    for n in 0..100 {
        server.put(EVENTS, warning(&format!("e{n}"), &format!("workload-of-{n}a"), "BackOff", 0));
    }
    watching.until_caught_up(&server, EVENTS, "events").await;
    let told = watching.told().await.len();
    assert!((5..=6).contains(&told), "{told} were let in");
    let dropped = format!("watch_sightings_total{{cluster=\"c1\",outcome=\"dropped\"}} {}", 100 - told);
    assert!(watching.metrics.render().contains(&dropped), "{}", watching.metrics.render());
}

#[tokio::test]
async fn named_namespaces_are_watched_one_by_one() {
    let server = ApiServer::start().await;
    let path = "/api/v1/namespaces/shop/events";
    let watching = watch(&server, "reasons: [BackOff, NodeNotReady], namespaces: {include: [shop]}");
    watching.until_caught_up(&server, path, "events").await;
    server.put(path, warning("e1", "a", "BackOff", 0));
    watching.told_count(1).await;
    assert!(server.requests(&[EVENTS]).is_empty(), "no right beyond the namespace is needed");
    assert!(server.requests(&["/nodes"]).is_empty());
}
