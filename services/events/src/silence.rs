//! Silences: until its end, what comes with a silenced fingerprint is stored and counted, and makes no task. Table `events_silences`.

use aetherius_bus::Context;
use aetherius_contracts::{
    events::{EventStanding, Silence, SilencePage, SilenceRequest},
    messages::{SILENCE_CHANGED, SilenceChanged},
};
use aetherius_store::{Migration, Row, StoreError, Tx, Value, journal};
use jiff::{SignedDuration, Timestamp};

#[cfg(test)]
mod tests;

/// The part of the service's schema that silences need. `counts_to` names the event to which a silenced one counts.
pub(crate) const MIGRATION: Migration = Migration {
    owner: "events",
    version: 3,
    sql: "
    ALTER TABLE events_inbox ADD COLUMN counts_to TEXT;
    CREATE INDEX events_inbox_counts_to ON events_inbox (counts_to) WHERE counts_to IS NOT NULL;
    CREATE TABLE events_silences (
        id          TEXT PRIMARY KEY,
        project_id  TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        event_id    TEXT NOT NULL,
        task_id     TEXT,
        reason      TEXT NOT NULL,
        created_by  TEXT NOT NULL,
        created_at  TEXT NOT NULL,
        until       TEXT NOT NULL,
        ended_by    TEXT,
        ended_at    TEXT,
        repeats     INTEGER NOT NULL
    );
    CREATE INDEX events_silences_fingerprint ON events_silences (project_id, fingerprint, until);
    CREATE INDEX events_silences_until ON events_silences (project_id, until);",
};

/// All silences of one fingerprint that are shown.
const HISTORY_MAX: u32 = 100;

/// Who asks, and under which key repeats are one.
#[derive(Clone, Debug)]
pub(crate) struct Asker {
    pub(crate) context: Context,
    pub(crate) name: String,
    pub(crate) idempotency_key: Option<String>,
}

/// The silence of a fingerprint that holds now.
pub(crate) fn holding(
    tx: &Tx<'_>,
    project: &str,
    fingerprint: &str,
    now: Timestamp,
) -> Result<Option<Silence>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM events_silences WHERE project_id = $1 AND fingerprint = $2 AND until > $3 AND ended_at IS NULL
         ORDER BY id DESC LIMIT 1"
    );
    tx.query_opt(&sql, &[project.into(), fingerprint.into(), now.into()], silence)
}

/// Counts an alert that a silence has kept from becoming a task.
pub(crate) fn count(tx: &Tx<'_>, silence: &Silence) -> Result<(), StoreError> {
    tx.execute("UPDATE events_silences SET repeats = repeats + 1 WHERE id = $1", &[(&silence.id).into()])?;
    Ok(())
}

/// Silences the fingerprint of an event and tells; one that holds is replaced. `None`: there is no such event.
pub(crate) fn begin(
    tx: &Tx<'_>,
    asker: &Asker,
    event_id: &str,
    request: &SilenceRequest,
    now: Timestamp,
) -> Result<Option<Silence>, StoreError> {
    let project = asker.context.project_id.as_str();
    let Some(fingerprint) = fingerprint(tx, project, event_id)? else { return Ok(None) };
    if let Some(id) = done_before(tx, asker, event_id, "silenced")? {
        return get(tx, project, &id);
    }
    if let Some(old) = holding(tx, project, &fingerprint, now)? {
        close(tx, &old, &asker.name, now)?;
    }
    let silence = Silence {
        id: uuid::Uuid::now_v7().to_string(),
        fingerprint,
        event_id: event_id.to_owned(),
        task_id: request.task_id.clone(),
        reason: request.reason.clone(),
        created_by: asker.name.clone(),
        created_at: now,
        until: now + SignedDuration::from_mins(request.minutes.into()),
        ended_by: None,
        ended_at: None,
        repeats: 0,
    };
    insert(tx, project, &silence)?;
    remember(tx, asker, event_id, "silenced", &silence.id)?;
    tell(tx, asker, &silence, Some(silence.until))?;
    Ok(Some(silence))
}

/// Ends the silence of an event's fingerprint, if one holds, and tells. The outer `None`: there is no such event.
pub(crate) fn end(
    tx: &Tx<'_>,
    asker: &Asker,
    event_id: &str,
    now: Timestamp,
) -> Result<Option<Option<Silence>>, StoreError> {
    let project = asker.context.project_id.as_str();
    let Some(fingerprint) = fingerprint(tx, project, event_id)? else { return Ok(None) };
    if let Some(id) = done_before(tx, asker, event_id, "unsilenced")? {
        return get(tx, project, &id).map(Some);
    }
    let Some(silence) = holding(tx, project, &fingerprint, now)? else { return Ok(Some(None)) };
    close(tx, &silence, &asker.name, now)?;
    remember(tx, asker, event_id, "unsilenced", &silence.id)?;
    tell(tx, asker, &silence, None)?;
    Ok(Some(Some(Silence { ended_by: Some(asker.name.clone()), ended_at: Some(now), ..silence })))
}

fn fingerprint(tx: &Tx<'_>, project: &str, event_id: &str) -> Result<Option<String>, StoreError> {
    tx.query_opt(
        "SELECT fingerprint FROM events_inbox WHERE project_id = $1 AND id = $2",
        &[project.into(), event_id.into()],
        |row| row.get(0),
    )
}

/// The silence that was begun or ended under the same key before.
fn done_before(tx: &Tx<'_>, asker: &Asker, event_id: &str, what: &str) -> Result<Option<String>, StoreError> {
    let Some(key) = &asker.idempotency_key else { return Ok(None) };
    journal::recall(tx, &scope(asker, event_id), &format!("{what}/{key}"))
}

fn remember(tx: &Tx<'_>, asker: &Asker, event_id: &str, what: &str, id: &str) -> Result<(), StoreError> {
    if let Some(key) = &asker.idempotency_key {
        journal::record(tx, &scope(asker, event_id), &format!("{what}/{key}"), id)?;
    }
    Ok(())
}

fn scope(asker: &Asker, event_id: &str) -> String {
    format!("events/{}/{}/{event_id}", asker.context.project_id, asker.name)
}

fn insert(tx: &Tx<'_>, project: &str, silence: &Silence) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO events_silences (id, project_id, fingerprint, event_id, task_id, reason, created_by, created_at, until,
             repeats)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0)",
        &[
            (&silence.id).into(),
            project.into(),
            (&silence.fingerprint).into(),
            (&silence.event_id).into(),
            silence.task_id.clone().into(),
            (&silence.reason).into(),
            (&silence.created_by).into(),
            silence.created_at.into(),
            silence.until.into(),
        ],
    )?;
    Ok(())
}

fn close(tx: &Tx<'_>, silence: &Silence, by: &str, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE events_silences SET ended_by = $2, ended_at = $3 WHERE id = $1",
        &[(&silence.id).into(), by.into(), now.into()],
    )?;
    Ok(())
}

fn tell(tx: &Tx<'_>, asker: &Asker, silence: &Silence, until: Option<Timestamp>) -> Result<(), StoreError> {
    let changed = SilenceChanged {
        task_id: silence.task_id.clone().unwrap_or_default(),
        event_id: silence.event_id.clone(),
        fingerprint: silence.fingerprint.clone(),
        until,
        by: asker.name.clone(),
        reason: silence.reason.clone(),
    };
    let what = if until.is_some() { "silenced" } else { "unsilenced" };
    aetherius_bus::publish(tx, format!("{}/{what}", silence.id), SILENCE_CHANGED, &asker.context, &changed)
}

/// How events of a project stand.
pub(crate) fn standing(
    tx: &Tx<'_>,
    project: &str,
    event_ids: &[String],
    now: Timestamp,
) -> Result<Vec<EventStanding>, StoreError> {
    if event_ids.is_empty() {
        return Ok(Vec::new());
    }
    let places: Vec<String> = (0..event_ids.len()).map(|n| format!("${}", n + 3)).collect();
    let sql = format!(
        "SELECT e.id, e.repeats + coalesce((SELECT sum(1 + s.repeats) FROM events_inbox s WHERE s.counts_to = e.id), 0),
             (SELECT max(q.until) FROM events_silences q WHERE q.project_id = $1 AND q.fingerprint = e.fingerprint
                  AND q.until > $2 AND q.ended_at IS NULL)
         FROM events_inbox e WHERE e.project_id = $1 AND e.id IN ({})",
        places.join(", ")
    );
    let mut params: Vec<Value> = vec![project.into(), now.into()];
    params.extend(event_ids.iter().map(Value::from));
    tx.query(&sql, &params, |row| {
        Ok(EventStanding {
            event_id: row.get(0)?,
            repeats: row.get::<u32>(1)?.into(),
            silenced_until: row.get(2)?,
        })
    })
}

/// The silences of an event's fingerprint, oldest first; of many the newest. `None`: there is no such event.
pub(crate) fn of_event(
    tx: &Tx<'_>,
    project: &str,
    event_id: &str,
) -> Result<Option<Vec<Silence>>, StoreError> {
    let Some(fingerprint) = fingerprint(tx, project, event_id)? else { return Ok(None) };
    let sql = format!(
        "SELECT {COLUMNS} FROM events_silences WHERE project_id = $1 AND fingerprint = $2 ORDER BY id DESC LIMIT $3"
    );
    let mut all = tx.query(&sql, &[project.into(), fingerprint.into(), HISTORY_MAX.into()], silence)?;
    all.reverse();
    Ok(Some(all))
}

/// The silences of a project that hold, newest first, behind the one that `after` names.
pub(crate) fn list(
    tx: &Tx<'_>,
    project: &str,
    after: &str,
    limit: u32,
    now: Timestamp,
) -> Result<SilencePage, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM events_silences WHERE project_id = $1 AND until > $2 AND ended_at IS NULL
             AND ($3 = '' OR id < $3)
         ORDER BY id DESC LIMIT $4"
    );
    // One more than is wanted tells whether there is a next page.
    let params = [project.into(), now.into(), after.into(), (limit + 1).into()];
    let mut items = tx.query(&sql, &params, silence)?;
    let more = items.len() > limit as usize;
    items.truncate(limit as usize);
    let next = items.last().filter(|_| more).map(|last| last.id.clone());
    Ok(SilencePage { items, next })
}

fn get(tx: &Tx<'_>, project: &str, id: &str) -> Result<Option<Silence>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM events_silences WHERE project_id = $1 AND id = $2");
    tx.query_opt(&sql, &[project.into(), id.into()], silence)
}

const COLUMNS: &str =
    "id, fingerprint, event_id, task_id, reason, created_by, created_at, until, ended_by, ended_at, repeats";

fn silence(row: &Row) -> Result<Silence, StoreError> {
    Ok(Silence {
        id: row.get(0)?,
        fingerprint: row.get(1)?,
        event_id: row.get(2)?,
        task_id: row.get(3)?,
        reason: row.get(4)?,
        created_by: row.get(5)?,
        created_at: row.get(6)?,
        until: row.get(7)?,
        ended_by: row.get(8)?,
        ended_at: row.get(9)?,
        repeats: row.get::<u32>(10)?.into(),
    })
}
