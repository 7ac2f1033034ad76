use super::{Note, Tracker, key};
use crate::watch::{condition::ObjectKey, objects::Object, scope::Resource, settings::WatchSettings};
use jiff::Timestamp;
use serde_json::json;
use std::collections::BTreeMap;

/// `unavailable_for` is 2 minutes and `max_age` 5, as by default.
fn tracker(resource: Resource, written: &[(&str, i64)]) -> Tracker {
    let rules = WatchSettings::default().validate().unwrap().rules;
    let written: BTreeMap<ObjectKey, Timestamp> =
        written.iter().map(|&(name, since)| (object_key(name), at(since))).collect();
    Tracker::new(resource, &rules, written)
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn object_key(name: &str) -> ObjectKey {
    ObjectKey { namespace: "shop".into(), name: name.into() }
}

/// Of three pods so many are ready.
fn set(ready: i64) -> Object {
    let json = json!({
        "metadata": {"namespace": "shop", "name": "db"}, "spec": {"replicas": 3},
        "status": {"readyReplicas": ready, "desiredNumberScheduled": 3, "numberReady": ready},
    });
    serde_json::from_value(json).unwrap()
}

fn unavailable(since: i64) -> Object {
    let json = json!({"metadata": {"namespace": "shop", "name": "web"}, "status": {"conditions": [
        {"type": "Available", "status": "False", "lastTransitionTime": at(since).to_string()}]}});
    serde_json::from_value(json).unwrap()
}

fn due(tracker: &mut Tracker, now: i64) -> usize {
    tracker.due(at(now), 0).len()
}

#[test]
fn a_set_is_due_when_nothing_moved_for_long_enough() {
    let mut tracker = tracker(Resource::StatefulSets, &[]);
    tracker.see(&set(0), at(1000));
    assert_eq!(tracker.due_at(), Some(at(1120)));
    tracker.see(&set(0), at(1100));
    assert_eq!(tracker.due_at(), Some(at(1120)), "the same again is no progress");
    tracker.see(&set(1), at(1110));
    assert_eq!((due(&mut tracker, 1229), due(&mut tracker, 1230)), (0, 1), "another ready pod is");
    tracker.see(&set(3), at(1300));
    assert_eq!((tracker.due_at(), tracker.troubled()), (None, 0));
}

#[test]
fn what_was_told_is_not_due_again_until_it_ended() {
    let mut tracker = tracker(Resource::StatefulSets, &[]);
    tracker.see(&set(0), at(1000));
    let found = tracker.due(at(1200), 0);
    tracker.note_told(&found[0].object, found[0].since);
    tracker.see(&set(1), at(1300));
    assert_eq!((tracker.due_at(), due(&mut tracker, 9000)), (None, 0));
    assert_eq!(tracker.see(&set(3), at(9100)), Some(Note::Ended(object_key("db"))));
    assert_eq!(tracker.see(&set(3), at(9200)), None, "an end is noted once");
    tracker.see(&set(2), at(9300));
    assert_eq!(due(&mut tracker, 9420), 1);
}

#[test]
fn what_could_not_be_told_is_due_again_a_little_later() {
    let mut tracker = tracker(Resource::Deployments, &[]);
    tracker.see(&unavailable(1000), at(1500));
    assert_eq!((due(&mut tracker, 1500), due(&mut tracker, 1505), due(&mut tracker, 1510)), (1, 0, 1));
}

#[test]
fn a_daemon_set_may_lack_the_pods_of_nodes_that_are_not_ready() {
    let mut tracker = tracker(Resource::DaemonSets, &[]);
    tracker.see(&set(2), at(1000));
    assert_eq!(tracker.due(at(1200), 1), []);
    assert_eq!(tracker.due(at(1300), 0).len(), 1, "the node is back and the pod is not");
}

#[test]
fn after_a_restart_only_what_began_later_is_due() {
    let mut same = tracker(Resource::Deployments, &[("web", 1000)]);
    same.see(&unavailable(1000), at(5000));
    assert_eq!(due(&mut same, 5000), 0);
    let mut again = tracker(Resource::Deployments, &[("web", 1000)]);
    again.see(&unavailable(2000), at(5000));
    assert_eq!(due(&mut again, 5000), 1);
    let mut without_time = tracker(Resource::StatefulSets, &[("db", 1000)]);
    without_time.see(&set(0), at(5000));
    assert_eq!(due(&mut without_time, 9000), 0);
}

#[test]
fn a_trouble_that_ended_and_began_again_unseen_is_due_again() {
    let mut tracker = tracker(Resource::Deployments, &[]);
    tracker.see(&unavailable(1000), at(1000));
    tracker.note_told(&object_key("web"), at(1000));
    tracker.see(&unavailable(3000), at(3000));
    assert_eq!(due(&mut tracker, 3120), 1);
}

#[test]
fn at_the_first_look_an_old_trouble_is_known_and_a_young_one_is_followed() {
    let mut old = tracker(Resource::Deployments, &[]);
    assert_eq!(old.see_first(&unavailable(1000), at(1301)), Some(Note::Known(object_key("web"), at(1000))));
    assert_eq!(due(&mut old, 9000), 0);
    let mut young = tracker(Resource::Deployments, &[]);
    assert_eq!(young.see_first(&unavailable(1000), at(1300)), None);
    assert_eq!(due(&mut young, 1300), 1);
    let mut ahead = tracker(Resource::Deployments, &[]);
    assert_eq!(ahead.see_first(&unavailable(9999), at(1300)), None, "their clock may be ahead of ours");
}

#[test]
fn what_a_list_no_longer_has_is_forgotten() {
    let mut tracker = tracker(Resource::StatefulSets, &[("gone", 1)]);
    tracker.see(&set(0), at(1000));
    let listed = [key(&set(0))].into();
    assert_eq!(tracker.retain(&listed), [Note::Ended(object_key("gone"))]);
    assert_eq!(tracker.troubled(), 1);
    tracker.retain(&[].into());
    assert_eq!(tracker.troubled(), 0);
}
