use super::{Asker, begin, end, list, of_event, standing};
use crate::{MIGRATIONS, alertmanager::Incoming, store::accept};
use aetherius_bus::Context;
use aetherius_contracts::{
    events::{AcceptedEvent, EventType, Outcome, Severity, SilenceRequest, StandardEvent},
    messages::SILENCE_CHANGED,
};
use aetherius_store::{Store, StoreError, Tx, Urgency};
use foundation::trace::TraceParent;
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

const TTL: Duration = Duration::from_secs(300);

fn context(project: &str) -> Context {
    Context { project_id: project.into(), lane: String::new(), trace: TraceParent::new_root() }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_000_000 + seconds)
}

fn asker(name: &str, key: Option<&str>) -> Asker {
    Asker { context: context("p"), name: name.into(), idempotency_key: key.map(str::to_owned) }
}

fn minutes(minutes: u32) -> SilenceRequest {
    SilenceRequest { minutes, reason: "known".into(), task_id: Some("t".into()) }
}

fn send(tx: &Tx<'_>, project: &str, fingerprint: &str, seconds: i64) -> Result<AcceptedEvent, StoreError> {
    deliver(tx, project, fingerprint, false, seconds)
}

fn deliver(
    tx: &Tx<'_>,
    project: &str,
    fingerprint: &str,
    resolved: bool,
    seconds: i64,
) -> Result<AcceptedEvent, StoreError> {
    let event = StandardEvent {
        id: uuid::Uuid::now_v7().to_string(),
        kind: EventType::Alert,
        source: "alertmanager".into(),
        timestamp: at(seconds),
        cluster_id: "default".into(),
        namespace: "shop".into(),
        severity: Severity::High,
        labels: [].into(),
        annotations: [].into(),
        fingerprint: fingerprint.into(),
        raw_data: serde_json::Value::Null,
    };
    accept(tx, Incoming { event, resolved }, &context(project), at(seconds), TTL)
}

async fn within(job: impl FnOnce(&Tx<'_>) -> Result<(), StoreError> + Send + 'static) -> Store {
    let store = Store::ephemeral(MIGRATIONS).unwrap();
    store.write(Urgency::Work, job).await.unwrap();
    store
}

#[tokio::test]
async fn what_is_silenced_is_stored_and_counted_and_makes_no_task() {
    let store = within(|tx| {
        let first = send(tx, "p", "a", 0)?;
        begin(tx, &asker("ada", None), &first.id, &minutes(60), at(10))?.unwrap();
        let repeat = send(tx, "p", "a", 20)?;
        assert_eq!((repeat.outcome, &repeat.id), (Outcome::Duplicate, &first.id));
        let silenced = send(tx, "p", "a", 1000)?;
        assert_eq!(silenced.outcome, Outcome::Silenced);
        let again = send(tx, "p", "a", 1010)?;
        assert_eq!((again.outcome, &again.id), (Outcome::Duplicate, &silenced.id));
        assert_eq!(send(tx, "p", "b", 1000)?.outcome, Outcome::Stored, "another fingerprint");
        assert_eq!(send(tx, "q", "a", 1000)?.outcome, Outcome::Stored, "another project");
        let stands = standing(tx, "p", &[first.id.clone(), "gone".into()], at(1020))?;
        assert_eq!((stands.len(), stands[0].repeats), (1, 3));
        assert_eq!(stands[0].silenced_until, Some(at(10 + 3600)));
        assert_eq!(list(tx, "p", "", 10, at(1020))?.items[0].repeats, 3);
        assert!(crate::store::get(tx, "p", &silenced.id)?.is_some());
        Ok(())
    })
    .await;
    let published = aetherius_bus::backlog(&store, "orchestrator", "event.received", 100).await.unwrap();
    assert_eq!(published, 3, "the first, and the two that are not silenced");
}

#[tokio::test]
async fn a_silence_ends_by_time_and_what_still_fires_becomes_a_task() {
    within(|tx| {
        let first = send(tx, "p", "a", 0)?;
        begin(tx, &asker("ada", None), &first.id, &minutes(60), at(10))?.unwrap();
        for minute in 10..61 {
            send(tx, "p", "a", minute * 60)?;
        }
        // A minute after the last repeat of what was silenced, and a moment after the silence.
        let next = send(tx, "p", "a", 3660)?;
        assert_eq!(next.outcome, Outcome::Stored);
        assert!(list(tx, "p", "", 10, at(3660))?.items.is_empty());
        assert_eq!(send(tx, "p", "a", 3700)?.id, next.id, "and from then on repeats count to it");
        assert_eq!(standing(tx, "p", &[first.id], at(3700))?[0].silenced_until, None);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_person_can_end_it_and_another_replaces_it() {
    let store = within(|tx| {
        let first = send(tx, "p", "a", 0)?;
        let old = begin(tx, &asker("ada", None), &first.id, &minutes(60), at(10))?.unwrap();
        let new = begin(tx, &asker("bob", None), &first.id, &minutes(5), at(20))?.unwrap();
        let held = list(tx, "p", "", 10, at(30))?.items;
        assert_eq!((held.len(), &held[0].id), (1, &new.id));
        let ended = end(tx, &asker("ada", None), &first.id, at(40))?.unwrap().unwrap();
        assert_eq!((ended.id, ended.ended_by.as_deref()), (new.id, Some("ada")));
        assert_eq!(end(tx, &asker("ada", None), &first.id, at(41))?, Some(None));
        assert_eq!(send(tx, "p", "a", 1000)?.outcome, Outcome::Stored);
        let history = of_event(tx, "p", &first.id)?.unwrap();
        assert_eq!(
            (history.len(), &history[0].id, history[0].ended_by.as_deref()),
            (2, &old.id, Some("bob"))
        );
        Ok(())
    })
    .await;
    let told = aetherius_bus::backlog(&store, "nobody", SILENCE_CHANGED, 100).await.unwrap();
    assert_eq!(told, 3, "twice begun, once ended");
}

#[tokio::test]
async fn repeats_under_one_key_are_one() {
    within(|tx| {
        let first = send(tx, "p", "a", 0)?;
        let once = begin(tx, &asker("ada", Some("k")), &first.id, &minutes(60), at(10))?.unwrap();
        let twice = begin(tx, &asker("ada", Some("k")), &first.id, &minutes(60), at(20))?.unwrap();
        assert_eq!((once.id, once.until), (twice.id, twice.until));
        end(tx, &asker("ada", Some("k")), &first.id, at(30))?;
        begin(tx, &asker("bob", Some("k")), &first.id, &minutes(60), at(40))?.unwrap();
        end(tx, &asker("ada", Some("k")), &first.id, at(50))?;
        assert_eq!(list(tx, "p", "", 10, at(60))?.items.len(), 1, "bob's silence stands");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn another_project_s_event_cannot_be_silenced() {
    within(|tx| {
        let first = send(tx, "q", "a", 0)?;
        assert_eq!(begin(tx, &asker("ada", None), &first.id, &minutes(60), at(10))?, None);
        assert_eq!(end(tx, &asker("ada", None), &first.id, at(10))?, None);
        assert_eq!(of_event(tx, "p", &first.id)?, None);
        assert!(standing(tx, "p", &[first.id], at(10))?.is_empty());
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn the_end_of_a_silenced_alert_is_noted() {
    within(|tx| {
        let first = send(tx, "p", "a", 0)?;
        begin(tx, &asker("ada", None), &first.id, &minutes(60), at(10))?.unwrap();
        let silenced = send(tx, "p", "a", 1000)?;
        let resolved = deliver(tx, "p", "a", true, 1001)?;
        assert_eq!((resolved.outcome, resolved.id), (Outcome::Resolved, silenced.id));
        Ok(())
    })
    .await;
}
