//! What one service tells the others, written in the transaction of what it tells about. Embedded, this table *is* the log.

use crate::{Migration, Row, StoreError, Tx, Value};
use jiff::Timestamp;

/// The tables of the outbox and its readers.
pub const MIGRATIONS: &[Migration] = &[Migration {
    owner: "outbox",
    version: 1,
    sql: "
    CREATE TABLE outbox (
        seq        INTEGER PRIMARY KEY AUTOINCREMENT,
        id         TEXT NOT NULL UNIQUE,
        topic      TEXT NOT NULL,
        project_id TEXT NOT NULL,
        lane       TEXT NOT NULL,
        trace      TEXT NOT NULL,
        payload    TEXT NOT NULL,
        created_at TEXT NOT NULL
    );
    CREATE INDEX outbox_topic ON outbox (topic, seq);
    CREATE TABLE outbox_offsets (
        consumer TEXT PRIMARY KEY,
        seq      INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE outbox_dead_letters (
        consumer   TEXT NOT NULL,
        seq        INTEGER NOT NULL,
        id         TEXT NOT NULL,
        topic      TEXT NOT NULL,
        payload    TEXT NOT NULL,
        reason     TEXT NOT NULL,
        created_at TEXT NOT NULL,
        PRIMARY KEY (consumer, seq)
    );",
}];

/// One entry of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The position, growing; 0 before it is appended.
    pub seq: i64,
    /// Unique; consumers are idempotent by it.
    pub id: String,
    /// E.g. `event.received`.
    pub topic: String,
    /// The project it belongs to.
    pub project_id: String,
    /// The lane it travels in; empty for the base.
    pub lane: String,
    /// W3C `traceparent` of who wrote it.
    pub trace: String,
    /// JSON.
    pub payload: String,
    /// When it was written.
    pub created_at: Timestamp,
}

/// Appends an entry; one whose id is already there changes nothing.
///
/// # Errors
/// Whatever the database says.
pub fn append(tx: &Tx<'_>, entry: &Entry) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO outbox (id, topic, project_id, lane, trace, payload, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING",
        &[
            (&entry.id).into(),
            (&entry.topic).into(),
            (&entry.project_id).into(),
            (&entry.lane).into(),
            (&entry.trace).into(),
            (&entry.payload).into(),
            entry.created_at.into(),
        ],
    )?;
    tx.note_append();
    Ok(())
}

/// The entries of `topics` after `seq`, oldest first, at most `limit`, and the position of the log's end.
///
/// # Errors
/// Whatever the database says.
pub fn read_after(
    tx: &Tx<'_>,
    topics: &[&str],
    seq: i64,
    limit: u32,
) -> Result<(Vec<Entry>, i64), StoreError> {
    let places: Vec<String> = (0..topics.len()).map(|n| format!("${}", n + 3)).collect();
    // One topic is read by its index. Several are read in the order of the log: by that index they would all have to be read
    // to the end and sorted before the first could be given. The expression keeps the database from trying.
    let topic = if topics.len() == 1 { "topic" } else { "(topic || '')" };
    let sql = format!(
        "SELECT seq, id, topic, project_id, lane, trace, payload, created_at FROM outbox
         WHERE {topic} IN ({}) AND seq > $1 ORDER BY seq LIMIT $2",
        places.join(", ")
    );
    let mut params = vec![seq.into(), limit.into()];
    params.extend(topics.iter().map(|&topic| Value::from(topic)));
    let entries = tx.query(&sql, &params, entry)?;
    Ok((entries, end(tx)?))
}

/// The position of the log's end; 0 when nothing is kept.
///
/// # Errors
/// Whatever the database says.
pub fn end(tx: &Tx<'_>) -> Result<i64, StoreError> {
    tx.query_one("SELECT coalesce(max(seq), 0) FROM outbox", &[], |row| row.get(0))
}

/// The position of the oldest entry that is kept; 0 when there is none.
///
/// # Errors
/// Whatever the database says.
pub fn oldest(tx: &Tx<'_>) -> Result<i64, StoreError> {
    tx.query_one("SELECT coalesce(min(seq), 0) FROM outbox", &[], |row| row.get(0))
}

/// How many entries of `topic` come after `seq`, counted up to `limit`.
///
/// # Errors
/// Whatever the database says.
pub fn count_after(tx: &Tx<'_>, topic: &str, seq: i64, limit: u32) -> Result<u32, StoreError> {
    tx.query_one(
        "SELECT count(*) FROM (SELECT 1 FROM outbox WHERE topic = $1 AND seq > $2 LIMIT $3)",
        &[topic.into(), seq.into(), limit.into()],
        |row| row.get(0),
    )
}

/// How far a consumer has come; 0 at first.
///
/// # Errors
/// Whatever the database says.
pub fn offset(tx: &Tx<'_>, consumer: &str) -> Result<i64, StoreError> {
    let seq =
        tx.query_opt("SELECT seq FROM outbox_offsets WHERE consumer = $1", &[consumer.into()], |row| {
            row.get(0)
        })?;
    Ok(seq.unwrap_or(0))
}

/// Moves a consumer on, in the transaction of what it did.
///
/// # Errors
/// Whatever the database says.
pub fn set_offset(tx: &Tx<'_>, consumer: &str, seq: i64) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO outbox_offsets (consumer, seq) VALUES ($1, $2)
         ON CONFLICT (consumer) DO UPDATE SET seq = excluded.seq",
        &[consumer.into(), seq.into()],
    )?;
    Ok(())
}

/// Puts an entry that its consumer cannot take aside, with the reason, so that it neither blocks the log nor is lost.
///
/// # Errors
/// Whatever the database says.
pub fn bury(tx: &Tx<'_>, consumer: &str, entry: &Entry, reason: &str) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO outbox_dead_letters (consumer, seq, id, topic, payload, reason, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
        &[
            consumer.into(),
            entry.seq.into(),
            (&entry.id).into(),
            (&entry.topic).into(),
            (&entry.payload).into(),
            reason.into(),
            Timestamp::now().into(),
        ],
    )?;
    Ok(())
}

/// Removes entries written before `before` that every one of `consumers` has passed; says how many.
///
/// # Errors
/// Whatever the database says.
pub fn prune(tx: &Tx<'_>, consumers: &[&str], before: Timestamp) -> Result<usize, StoreError> {
    let mut passed = i64::MAX;
    for consumer in consumers {
        passed = passed.min(offset(tx, consumer)?);
    }
    tx.execute(
        "DELETE FROM outbox WHERE seq IN (SELECT seq FROM outbox WHERE seq <= $1 AND created_at < $2 ORDER BY seq LIMIT 1000)",
        &[passed.into(), before.into()],
    )
}

fn entry(row: &Row) -> Result<Entry, StoreError> {
    Ok(Entry {
        seq: row.get(0)?,
        id: row.get(1)?,
        topic: row.get(2)?,
        project_id: row.get(3)?,
        lane: row.get(4)?,
        trace: row.get(5)?,
        payload: row.get(6)?,
        created_at: row.get(7)?,
    })
}
