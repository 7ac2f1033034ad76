use super::{Batch, Fate, Sighting, Terms, cursor, take, told};
use crate::{
    MIGRATIONS,
    pace::Pace,
    watch::{
        condition::{self, ObjectKey, Trouble},
        scope::{Resource, Scope},
        tracker::Note,
    },
};
use aetherius_contracts::events::Outcome;
use aetherius_store::{Store, StoreError, Urgency};
use jiff::Timestamp;
use std::{sync::Arc, time::Duration};

fn scope() -> Scope {
    Scope { cluster: "c".into(), resource: Resource::Deployments, namespace: String::new() }
}

fn object(name: &str) -> ObjectKey {
    ObjectKey { namespace: "shop".into(), name: name.into() }
}

fn sighting(name: &str) -> Sighting {
    let trouble = Trouble {
        reason: "x",
        message: String::new(),
        began: None,
        is_final: true,
        progress: [0; 5],
        lacking: 0,
    };
    let since = Timestamp::UNIX_EPOCH;
    let event = condition::standardise("c", Resource::Deployments, &object(name), &trouble, since);
    Sighting { event, state_of: Some((object(name), since)) }
}

async fn write(store: &Store, pace: &Arc<Pace>, batch: Batch) -> Result<Vec<Fate>, StoreError> {
    let pace = Arc::clone(pace);
    let job = move |tx: &aetherius_store::Tx<'_>| {
        let terms =
            Terms { project_id: "p", now: Timestamp::now(), ttl: Duration::from_secs(60), pace: &pace };
        take(tx, &scope(), batch, &terms)
    };
    store.write(Urgency::Work, job).await
}

async fn state(store: &Store) -> (Option<String>, Vec<ObjectKey>) {
    let read: Result<_, StoreError> = store.read(|tx| Ok((cursor(tx, &scope())?, told(tx, &scope())?))).await;
    let (cursor, told) = read.unwrap();
    (cursor.map(|(version, _)| version), told.into_keys().collect())
}

#[tokio::test]
async fn what_is_beyond_the_rate_is_dropped_and_does_not_count_as_told() {
    let store = Store::ephemeral(MIGRATIONS).unwrap();
    let pace = Arc::new(Pace::new(1));
    let batch = Batch {
        sightings: vec![sighting("a"), sighting("a"), sighting("b")],
        cursor: Some("7".into()),
        ..Batch::default()
    };
    let fates = write(&store, &pace, batch).await.unwrap();
    let repeat = Fate::Taken(Outcome::Duplicate);
    assert_eq!(fates, [Fate::Taken(Outcome::Stored), repeat, Fate::Dropped], "a repeat costs nothing");
    assert_eq!(state(&store).await, (Some("7".into()), vec![object("a")]));
}

#[tokio::test]
async fn notes_are_kept_until_the_trouble_ends() {
    let store = Store::ephemeral(MIGRATIONS).unwrap();
    let pace = Arc::new(Pace::new(1));
    let known = Note::Known(object("a"), Timestamp::UNIX_EPOCH);
    write(&store, &pace, Batch { notes: vec![known], ..Batch::default() }).await.unwrap();
    assert_eq!(state(&store).await, (None, vec![object("a")]));
    let ended = Batch { notes: vec![Note::Ended(object("a"))], cursor: Some("8".into()), ..Batch::default() };
    write(&store, &pace, ended).await.unwrap();
    assert_eq!(state(&store).await, (Some("8".into()), vec![]));
}
