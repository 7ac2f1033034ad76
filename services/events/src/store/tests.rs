use super::{MIGRATIONS, accept};
use crate::alertmanager::Incoming;
use aetherius_bus::Context;
use aetherius_contracts::events::{AcceptedEvent, EventType, Outcome, Severity, StandardEvent};
use aetherius_store::{Store, StoreError, Urgency};
use foundation::trace::TraceParent;
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

fn alert(fingerprint: &str, resolved: bool) -> Incoming {
    let event = StandardEvent {
        id: uuid::Uuid::now_v7().to_string(),
        kind: EventType::Alert,
        source: "alertmanager".into(),
        timestamp: Timestamp::UNIX_EPOCH,
        cluster_id: "default".into(),
        namespace: "shop".into(),
        severity: Severity::High,
        labels: [].into(),
        annotations: [].into(),
        fingerprint: fingerprint.into(),
        raw_data: serde_json::Value::Null,
    };
    Incoming { event, resolved }
}

async fn send(store: &Store, incoming: Incoming, seconds: i64) -> AcceptedEvent {
    let context = Context { project_id: "p".into(), lane: String::new(), trace: TraceParent::new_root() };
    let now = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_000_000 + seconds);
    let accepted: Result<_, StoreError> = store
        .write(Urgency::Acknowledgement, move |tx| {
            accept(tx, incoming, &context, now, Duration::from_secs(300))
        })
        .await;
    accepted.unwrap()
}

async fn published(store: &Store) -> u32 {
    aetherius_bus::backlog(store, "orchestrator", "event.received", 100).await.unwrap()
}

#[tokio::test]
async fn a_repeat_within_the_window_counts_to_the_first() {
    let store = Store::ephemeral(MIGRATIONS).unwrap();
    let first = send(&store, alert("a", false), 0).await;
    assert_eq!(first.outcome, Outcome::Stored);
    let repeat = send(&store, alert("a", false), 299).await;
    assert_eq!((repeat.id.clone(), repeat.outcome), (first.id.clone(), Outcome::Duplicate));
    let later = send(&store, alert("a", false), 598).await;
    assert_eq!(
        (later.id, later.outcome),
        (first.id.clone(), Outcome::Duplicate),
        "the window moves with each sighting"
    );
    let new = send(&store, alert("a", false), 598 + 301).await;
    assert_eq!(new.outcome, Outcome::Stored);
    assert_ne!(new.id, first.id);
    assert_eq!(send(&store, alert("b", false), 0).await.outcome, Outcome::Stored);
    assert_eq!(published(&store).await, 3);
}

#[tokio::test]
async fn an_end_closes_its_event_however_old_and_the_next_one_is_new() {
    let store = Store::ephemeral(MIGRATIONS).unwrap();
    let first = send(&store, alert("a", false), 0).await;
    let end = send(&store, alert("a", true), 5000).await;
    assert_eq!((end.id, end.outcome), (first.id, Outcome::Resolved));
    assert_eq!(send(&store, alert("a", false), 5001).await.outcome, Outcome::Stored);
    assert_eq!(published(&store).await, 2);
}

#[tokio::test]
async fn an_end_without_a_beginning_is_kept_and_makes_no_task() {
    let store = Store::ephemeral(MIGRATIONS).unwrap();
    assert_eq!(send(&store, alert("a", true), 0).await.outcome, Outcome::Resolved);
    assert_eq!(published(&store).await, 0);
}
