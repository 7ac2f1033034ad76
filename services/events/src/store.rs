//! The inbox: tables `events_…`.

use crate::{alertmanager::Incoming, watch};
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
pub const MIGRATIONS: &[Migration] = &[INBOX, watch::MIGRATION];

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

/// Stores one alert: as a new event with its message, as a repeat, or as the end of an event.
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
    let since = if resolved { Timestamp::UNIX_EPOCH } else { now - ttl };
    if let Some(open) = open_event(tx, &context.project_id, &event, since)? {
        if resolved {
            tx.execute(
                "UPDATE events_inbox SET resolved_at = $1 WHERE id = $2",
                &[now.into(), (&open).into()],
            )?;
            return done(open, Outcome::Resolved);
        }
        tx.execute(
            "UPDATE events_inbox SET repeats = repeats + 1, last_seen_at = $1 WHERE id = $2",
            &[now.into(), (&open).into()],
        )?;
        return done(open, Outcome::Duplicate);
    }
    insert(tx, &event, context, now, resolved.then_some(now))?;
    let id = event.id.clone();
    if resolved {
        return done(id, Outcome::Resolved);
    }
    aetherius_bus::publish(tx, id.clone(), EVENT_RECEIVED, context, &EventReceived { event })?;
    done(id, Outcome::Stored)
}

/// The event that this one repeats or ends: unresolved and last seen within `ttl`; an end is looked for without that bound.
pub(crate) fn open_event(
    tx: &Tx<'_>,
    project: &str,
    event: &StandardEvent,
    since: Timestamp,
) -> Result<Option<String>, StoreError> {
    tx.query_opt(
        "SELECT id FROM events_inbox
         WHERE project_id = $1 AND source = $2 AND fingerprint = $3 AND last_seen_at >= $4 AND resolved_at IS NULL
         ORDER BY last_seen_at DESC LIMIT 1",
        &[project.into(), (&event.source).into(), (&event.fingerprint).into(), since.into()],
        |row| row.get(0),
    )
}

fn insert(
    tx: &Tx<'_>,
    event: &StandardEvent,
    context: &Context,
    now: Timestamp,
    resolved_at: Option<Timestamp>,
) -> Result<(), StoreError> {
    let body = serde_json::to_string(event).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    tx.execute(
        "INSERT INTO events_inbox
             (id, project_id, source, fingerprint, body, trace, received_at, last_seen_at, repeats, resolved_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7, 0, $8)",
        &[
            (&event.id).into(),
            (&context.project_id).into(),
            (&event.source).into(),
            (&event.fingerprint).into(),
            body.into(),
            context.trace.to_string().into(),
            now.into(),
            resolved_at.into(),
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
