//! The inbox: tables `events_…`.

use crate::{alertmanager::Incoming, silence, watch};
use aetherius_bus::Context;
use aetherius_contracts::{
    events::{AcceptedEvent, Outcome, StandardEvent},
    messages::{EVENT_RECEIVED, EventReceived},
};
use aetherius_store::{Migration, StoreError, Tx};
use jiff::Timestamp;
use std::time::Duration;

#[cfg(test)]
mod tests;

/// The service's schema.
pub const MIGRATIONS: &[Migration] = &[INBOX, watch::MIGRATION, silence::MIGRATION];

const INBOX: Migration = Migration {
    owner: "events",
    version: 1,
    sql: "
    CREATE TABLE events_inbox (
        id           TEXT PRIMARY KEY,
        project_id   TEXT NOT NULL,
        source       TEXT NOT NULL,
        fingerprint  TEXT NOT NULL,
        body         TEXT NOT NULL,
        trace        TEXT NOT NULL,
        received_at  TEXT NOT NULL,
        last_seen_at TEXT NOT NULL,
        repeats      INTEGER NOT NULL,
        resolved_at  TEXT
    );
    CREATE INDEX events_inbox_fingerprint ON events_inbox (project_id, source, fingerprint, last_seen_at);",
};

/// Stores one alert: as a new event with its message, as a repeat, as the end of an event, or as something that is silenced.
pub(crate) fn accept(
    tx: &Tx<'_>,
    incoming: Incoming,
    context: &Context,
    now: Timestamp,
    ttl: Duration,
) -> Result<AcceptedEvent, StoreError> {
    let Incoming { event, resolved } = incoming;
    let fingerprint = event.fingerprint.clone();
    let done = |id: String, outcome| Ok(AcceptedEvent { id, fingerprint, outcome });
    let project = context.project_id.as_str();
    if resolved {
        if let Some(open) = open_event(tx, project, &event, Timestamp::UNIX_EPOCH, Among::All)? {
            tx.execute(
                "UPDATE events_inbox SET resolved_at = $1 WHERE id = $2",
                &[now.into(), (&open).into()],
            )?;
            return done(open, Outcome::Resolved);
        }
        insert(tx, &event, context, now, &Fate::Ended)?;
        return done(event.id, Outcome::Resolved);
    }
    let silence = silence::holding(tx, project, &event.fingerprint, now)?;
    if let Some(silence) = &silence {
        silence::count(tx, silence)?;
    }
    let among = if silence.is_some() { Among::All } else { Among::Told };
    if let Some(open) = open_event(tx, project, &event, now - ttl, among)? {
        tx.execute(
            "UPDATE events_inbox SET repeats = repeats + 1, last_seen_at = $1 WHERE id = $2",
            &[now.into(), (&open).into()],
        )?;
        return done(open, Outcome::Duplicate);
    }
    if let Some(silence) = silence {
        insert(tx, &event, context, now, &Fate::CountsTo(silence.event_id))?;
        return done(event.id, Outcome::Silenced);
    }
    insert(tx, &event, context, now, &Fate::Told)?;
    let id = event.id.clone();
    aetherius_bus::publish(tx, id.clone(), EVENT_RECEIVED, context, &EventReceived { event })?;
    done(id, Outcome::Stored)
}

/// Among which events an open one is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Among {
    All,
    /// Those that were not silenced: once a silence is over, what it has kept back must not keep back more.
    Told,
}

/// The event that this one repeats or ends: unresolved and last seen within `ttl`; an end is looked for without that bound.
pub(crate) fn open_event(
    tx: &Tx<'_>,
    project: &str,
    event: &StandardEvent,
    since: Timestamp,
    among: Among,
) -> Result<Option<String>, StoreError> {
    tx.query_opt(
        "SELECT id FROM events_inbox
         WHERE project_id = $1 AND source = $2 AND fingerprint = $3 AND last_seen_at >= $4 AND resolved_at IS NULL
             AND ($5 OR counts_to IS NULL)
         ORDER BY last_seen_at DESC LIMIT 1",
        &[
            project.into(),
            (&event.source).into(),
            (&event.fingerprint).into(),
            since.into(),
            (among == Among::All).into(),
        ],
        |row| row.get(0),
    )
}

/// What becomes of an alert that is stored as an event of its own.
enum Fate {
    /// It is told.
    Told,
    /// It is the end of something that never began here.
    Ended,
    /// It is silenced, and counts to this event.
    CountsTo(String),
}

fn insert(
    tx: &Tx<'_>,
    event: &StandardEvent,
    context: &Context,
    now: Timestamp,
    fate: &Fate,
) -> Result<(), StoreError> {
    let (resolved_at, counts_to) = match fate {
        Fate::Told => (None, None),
        Fate::Ended => (Some(now), None),
        Fate::CountsTo(event_id) => (None, Some(event_id)),
    };
    let body = serde_json::to_string(event).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    tx.execute(
        "INSERT INTO events_inbox
             (id, project_id, source, fingerprint, body, trace, received_at, last_seen_at, repeats, resolved_at, counts_to)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7, 0, $8, $9)",
        &[
            (&event.id).into(),
            (&context.project_id).into(),
            (&event.source).into(),
            (&event.fingerprint).into(),
            body.into(),
            context.trace.to_string().into(),
            now.into(),
            resolved_at.into(),
            counts_to.into(),
        ],
    )?;
    Ok(())
}

/// One event of a project.
pub(crate) fn get(tx: &Tx<'_>, project: &str, id: &str) -> Result<Option<StandardEvent>, StoreError> {
    let body: Option<String> = tx.query_opt(
        "SELECT body FROM events_inbox WHERE project_id = $1 AND id = $2",
        &[project.into(), id.into()],
        |row| row.get(0),
    )?;
    body.map(|body| serde_json::from_str(&body).map_err(|error| StoreError::Corrupt(error.to_string())))
        .transpose()
}
