//! How far each watch has come, and what it told: tables `events_watch_…`.

use super::{condition::ObjectKey, scope::Scope, tracker::Note};
use crate::{alertmanager::Incoming, pace::Pace, store};
use aetherius_bus::Context;
use aetherius_contracts::events::{Outcome, StandardEvent};
use aetherius_store::{Migration, StoreError, Tx};
use foundation::trace::TraceParent;
use jiff::Timestamp;
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

#[cfg(test)]
mod tests;

/// The part of the service's schema that watches need.
pub(crate) const MIGRATION: Migration = Migration {
    owner: "events",
    version: 2,
    sql: "
    CREATE TABLE events_watch_cursors (
        cluster_id       TEXT NOT NULL,
        resource         TEXT NOT NULL,
        namespace        TEXT NOT NULL,
        resource_version TEXT NOT NULL,
        moved_at         TEXT NOT NULL,
        PRIMARY KEY (cluster_id, resource, namespace)
    ) WITHOUT ROWID;
    CREATE TABLE events_watch_told (
        cluster_id TEXT NOT NULL,
        resource   TEXT NOT NULL,
        namespace  TEXT NOT NULL,
        name       TEXT NOT NULL,
        since      TEXT NOT NULL,
        PRIMARY KEY (cluster_id, resource, namespace, name)
    ) WITHOUT ROWID;",
};

/// What a watch saw since it last wrote. All of it is written in one transaction.
#[derive(Clone, Debug, Default)]
pub(crate) struct Batch {
    pub(crate) sightings: Vec<Sighting>,
    pub(crate) notes: Vec<Note>,
    /// So far everything was seen.
    pub(crate) cursor: Option<String>,
    /// The server itself said that this is a place to go on from.
    pub(crate) is_bookmark: bool,
}

impl Batch {
    /// Whether it can wait: it holds nothing but perhaps a cursor.
    pub(crate) fn can_wait(&self) -> bool {
        self.sightings.is_empty() && self.notes.is_empty() && !self.is_bookmark
    }
}

/// Something that counts.
#[derive(Clone, Debug)]
pub(crate) struct Sighting {
    pub(crate) event: StandardEvent,
    /// The object whose state it is, and since when, if it is one's state.
    pub(crate) state_of: Option<(ObjectKey, Timestamp)>,
}

/// What was done with a sighting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is a new event, or counts to an open one.
    Taken(Outcome),
    /// There were more new ones than may be.
    Dropped,
}

/// Under which conditions sightings are taken.
pub(crate) struct Terms<'a> {
    pub(crate) project_id: &'a str,
    pub(crate) now: Timestamp,
    pub(crate) ttl: Duration,
    pub(crate) pace: &'a Pace,
}

/// Writes a batch: its events with their messages, what was told of objects, and the cursor.
pub(crate) fn take(
    tx: &Tx<'_>,
    scope: &Scope,
    batch: Batch,
    terms: &Terms<'_>,
) -> Result<Vec<Fate>, StoreError> {
    let mut fates = Vec::with_capacity(batch.sightings.len());
    for sighting in batch.sightings {
        let fate = take_one(tx, scope, sighting.event, terms)?;
        if let (Fate::Taken(_), Some((object, since))) = (fate, &sighting.state_of) {
            note_told(tx, scope, object, *since)?;
        }
        fates.push(fate);
    }
    for note in &batch.notes {
        match note {
            Note::Known(object, since) => note_told(tx, scope, object, *since)?,
            Note::Ended(object) => forget_told(tx, scope, object)?,
        }
    }
    if let Some(version) = &batch.cursor {
        move_cursor(tx, scope, version, terms.now)?;
    }
    Ok(fates)
}

fn take_one(tx: &Tx<'_>, scope: &Scope, event: StandardEvent, terms: &Terms<'_>) -> Result<Fate, StoreError> {
    let since = terms.now - terms.ttl;
    let is_new = store::open_event(tx, terms.project_id, &event, since, store::Among::Told)?.is_none();
    // A repeat makes no task and costs nothing.
    if is_new && terms.pace.admit(&scope.cluster, Instant::now()).is_err() {
        return Ok(Fate::Dropped);
    }
    let context = Context {
        project_id: terms.project_id.to_owned(),
        lane: String::new(),
        trace: TraceParent::new_root(),
    };
    let incoming = Incoming { event, resolved: false };
    Ok(Fate::Taken(store::accept(tx, incoming, &context, terms.now, terms.ttl)?.outcome))
}

/// How far a watch has come; nothing before its first list was read to the end.
pub(crate) fn cursor(tx: &Tx<'_>, scope: &Scope) -> Result<Option<(String, Timestamp)>, StoreError> {
    tx.query_opt(
        "SELECT resource_version, moved_at FROM events_watch_cursors
         WHERE cluster_id = $1 AND resource = $2 AND namespace = $3",
        &[(&scope.cluster).into(), scope.resource.name().into(), (&scope.namespace).into()],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

fn move_cursor(tx: &Tx<'_>, scope: &Scope, version: &str, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO events_watch_cursors (cluster_id, resource, namespace, resource_version, moved_at)
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (cluster_id, resource, namespace)
         DO UPDATE SET resource_version = excluded.resource_version, moved_at = excluded.moved_at",
        &[
            (&scope.cluster).into(),
            scope.resource.name().into(),
            (&scope.namespace).into(),
            version.into(),
            now.into(),
        ],
    )?;
    Ok(())
}

/// The objects that were told of and are not well yet, with the time since when they were in trouble.
pub(crate) fn told(tx: &Tx<'_>, scope: &Scope) -> Result<BTreeMap<ObjectKey, Timestamp>, StoreError> {
    let rows = tx.query(
        "SELECT namespace, name, since FROM events_watch_told
         WHERE cluster_id = $1 AND resource = $2 AND ($3 = '' OR namespace = $3) LIMIT 100000",
        &[(&scope.cluster).into(), scope.resource.name().into(), (&scope.namespace).into()],
        |row| Ok((ObjectKey { namespace: row.get(0)?, name: row.get(1)? }, row.get(2)?)),
    )?;
    Ok(rows.into_iter().collect())
}

fn note_told(tx: &Tx<'_>, scope: &Scope, object: &ObjectKey, since: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO events_watch_told (cluster_id, resource, namespace, name, since)
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (cluster_id, resource, namespace, name)
         DO UPDATE SET since = excluded.since",
        &[
            (&scope.cluster).into(),
            scope.resource.name().into(),
            (&object.namespace).into(),
            (&object.name).into(),
            since.into(),
        ],
    )?;
    Ok(())
}

fn forget_told(tx: &Tx<'_>, scope: &Scope, object: &ObjectKey) -> Result<(), StoreError> {
    tx.execute(
        "DELETE FROM events_watch_told WHERE cluster_id = $1 AND resource = $2 AND namespace = $3 AND name = $4",
        &[
            (&scope.cluster).into(),
            scope.resource.name().into(),
            (&object.namespace).into(),
            (&object.name).into(),
        ],
    )?;
    Ok(())
}
