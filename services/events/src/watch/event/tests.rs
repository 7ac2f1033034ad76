use super::{container, fingerprint, origin, standardise};
use crate::watch::{
    objects::{Event, Reference, Series},
    settings::WatchSettings,
};
use aetherius_contracts::events::Severity;
use jiff::Timestamp;

fn event(reason: &str) -> Event {
    let involved_object = Reference {
        kind: "Pod".into(),
        namespace: "shop".into(),
        name: "web-0".into(),
        ..Reference::default()
    };
    Event { reason: reason.into(), kind: "Warning".into(), involved_object, ..Event::default() }
}

fn severity(event: &Event) -> Option<Severity> {
    let rules = WatchSettings::default().validate().unwrap().rules;
    standardise("c", event, &rules, Timestamp::UNIX_EPOCH).map(|event| event.severity)
}

#[test]
fn pods_are_known_by_what_they_are_of() {
    for (pod, of) in [
        ("web-7d9c8b6f5d-x2lkq", "web"),
        ("web-api-5c9d7bfb4-9vbnm", "web-api"),
        ("web-api-x2lkq", "web-api"),
        ("database-0", "database"),
        ("database-12", "database"),
        ("database-2026010203", "database-2026010203"),
        ("report-29384756-x2lkq", "report-29384756"),
        // Letters that are not generated: these are names.
        ("web-store", "web-store"),
        ("web-7d9c8b6f5d-store", "web-7d9c8b6f5d-store"),
        ("web", "web"),
        ("", ""),
    ] {
        assert_eq!(origin(pod), of, "{pod}");
    }
}

#[test]
fn only_pods_share_a_fingerprint() {
    let of = |kind: &str, name: &str, namespace: &str, cluster: &str, reason: &str| {
        let object = Reference {
            kind: kind.into(),
            namespace: namespace.into(),
            name: name.into(),
            ..Reference::default()
        };
        fingerprint(cluster, reason, &object)
    };
    let one = of("Pod", "web-0", "shop", "c", "BackOff");
    assert_eq!(one, of("Pod", "web-1", "shop", "c", "BackOff"));
    for other in [
        of("Pod", "web-1", "shop", "c", "Failed"),
        of("Pod", "web-1", "shop", "d", "BackOff"),
        of("Pod", "web-1", "other", "c", "BackOff"),
        of("Pod", "api-1", "shop", "c", "BackOff"),
        of("Job", "web-1", "shop", "c", "BackOff"),
    ] {
        assert_ne!(one, other);
    }
    assert_ne!(of("Node", "n-1", "", "c", "x"), of("Node", "n-2", "", "c", "x"));
}

#[test]
fn reasons_have_their_weight() {
    assert_eq!(severity(&event("BackOff")), Some(Severity::High));
    assert_eq!(severity(&event("Evicted")), Some(Severity::Medium));
    assert_eq!(severity(&event("Killing")), None);
    assert_eq!(severity(&event("Unhealthy")), None, "once is everyday life");
    assert_eq!(severity(&Event { count: Some(3), ..event("Unhealthy") }), Some(Severity::Medium));
    let series = Some(Series { count: 3, last_observed_time: None });
    assert_eq!(severity(&Event { series, ..event("Unhealthy") }), Some(Severity::Medium));
    assert_eq!(severity(&event("NodeNotReady")), None, "the node itself tells, once for all its pods");
    assert_eq!(severity(&Event { kind: "Normal".into(), ..event("BackOff") }), None);
}

#[test]
fn the_latest_time_of_an_event_is_its_time() {
    let time = |second| Some(Timestamp::from_second(second).unwrap());
    let series = |at| Some(Series { count: 2, last_observed_time: at });
    for (event, seen) in [
        (
            Event {
                last_timestamp: time(5),
                series: series(time(9)),
                event_time: time(1),
                ..Event::default()
            },
            time(9),
        ),
        (Event { last_timestamp: time(5), series: series(None), ..Event::default() }, time(5)),
        (Event { event_time: time(1), ..Event::default() }, time(1)),
        (Event::default(), None),
    ] {
        assert_eq!(event.last_seen(), seen);
    }
}

#[test]
fn a_container_is_found_in_its_path() {
    for (path, name) in [
        ("spec.containers{web}", Some("web")),
        ("spec.initContainers{set-up}", Some("set-up")),
        ("spec.containers{}", None),
        ("spec.nodeName", None),
        ("", None),
    ] {
        assert_eq!(container(path), name, "{path}");
    }
}
