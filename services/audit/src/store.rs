//! The chain: tables `audit_…`.

use crate::chain::{Entry, Head, Link};
use aetherius_contracts::audit::AuditEvent;
use aetherius_store::{Migration, StoreError, Tx};

/// The service's schema.
pub const MIGRATIONS: &[Migration] = &[Migration {
    owner: "audit",
    version: 1,
    sql: "
    CREATE TABLE audit_links (
        seq           INTEGER PRIMARY KEY,
        message_id    TEXT NOT NULL UNIQUE,
        action        TEXT NOT NULL,
        project_id    TEXT NOT NULL,
        subject       TEXT NOT NULL,
        trace_id      TEXT NOT NULL,
        payload_hash  TEXT NOT NULL,
        recorded_at   TEXT NOT NULL,
        previous_hash TEXT NOT NULL,
        hash          TEXT NOT NULL
    );
    CREATE INDEX audit_links_subject ON audit_links (project_id, subject, seq);
    CREATE INDEX audit_links_project ON audit_links (project_id, seq);
    CREATE TABLE audit_head (
        one  INTEGER PRIMARY KEY CHECK (one = 1),
        seq  INTEGER NOT NULL,
        hash TEXT NOT NULL
    );",
}];

/// Puts `entry` at the end of the chain, unless its message is there already.
pub(crate) fn append(tx: &Tx<'_>, entry: Entry) -> Result<(), StoreError> {
    let known: Option<i64> = tx.query_opt(
        "SELECT seq FROM audit_links WHERE message_id = $1",
        &[(&entry.message_id).into()],
        |row| row.get(0),
    )?;
    if known.is_some() {
        return Ok(());
    }
    let link = head(tx)?.forge(entry);
    insert(tx, &link)?;
    tx.execute(
        "INSERT INTO audit_head (one, seq, hash) VALUES (1, $1, $2)
         ON CONFLICT (one) DO UPDATE SET seq = excluded.seq, hash = excluded.hash",
        &[link.seq.into(), link.hash.into()],
    )?;
    Ok(())
}

fn insert(tx: &Tx<'_>, link: &Link) -> Result<(), StoreError> {
    let Link { seq, entry, previous_hash, hash } = link;
    tx.execute(
        "INSERT INTO audit_links
             (seq, message_id, action, project_id, subject, trace_id, payload_hash, recorded_at, previous_hash, hash)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        &[
            (*seq).into(),
            (&entry.message_id).into(),
            (&entry.action).into(),
            (&entry.project_id).into(),
            (&entry.subject).into(),
            (&entry.trace_id).into(),
            (&entry.payload_hash).into(),
            (&entry.recorded_at).into(),
            previous_hash.into(),
            hash.into(),
        ],
    )?;
    Ok(())
}

fn head(tx: &Tx<'_>) -> Result<Head, StoreError> {
    let noted = tx.query_opt("SELECT seq, hash FROM audit_head WHERE one = 1", &[], |row| {
        Ok(Head { seq: row.get(0)?, hash: row.get(1)? })
    })?;
    Ok(noted.unwrap_or_else(Head::genesis))
}

/// Consecutive rows of the chain, and where its end was noted to be at the same moment.
pub(crate) struct Page {
    /// `None` for a row with a column that holds something that we never wrote.
    pub(crate) rows: Vec<Option<Link>>,
    pub(crate) noted_head: Head,
}

/// The rows after `seq`, in their order.
pub(crate) fn page(tx: &Tx<'_>, seq: i64, limit: u32) -> Result<Page, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM audit_links WHERE seq > $1 ORDER BY seq LIMIT $2");
    let rows = tx.query(&sql, &[seq.into(), limit.into()], |row| Ok(link(row).ok()))?;
    Ok(Page { rows, noted_head: head(tx)? })
}

/// What a reader asks for.
#[derive(Clone, Debug)]
pub(crate) struct Filter {
    pub(crate) project_id: String,
    pub(crate) subject: Option<String>,
    pub(crate) after: i64,
    pub(crate) limit: u32,
}

/// The links of a project, or of one of its subjects, oldest first.
pub(crate) fn list(tx: &Tx<'_>, filter: &Filter) -> Result<Vec<AuditEvent>, StoreError> {
    let narrowed = if filter.subject.is_some() { "AND subject = $4" } else { "" };
    let sql = format!(
        "SELECT {COLUMNS} FROM audit_links WHERE project_id = $1 AND seq > $2 {narrowed} ORDER BY seq LIMIT $3"
    );
    let params = [
        (&filter.project_id).into(),
        filter.after.into(),
        filter.limit.into(),
        filter.subject.as_deref().unwrap_or_default().into(),
    ];
    tx.query(&sql, &params, |row| event(link(row)?))
}

const COLUMNS: &str =
    "seq, message_id, action, project_id, subject, trace_id, payload_hash, recorded_at, previous_hash, hash";

fn link(row: &aetherius_store::Row) -> Result<Link, StoreError> {
    let entry = Entry {
        message_id: row.get(1)?,
        action: row.get(2)?,
        project_id: row.get(3)?,
        subject: row.get(4)?,
        trace_id: row.get(5)?,
        payload_hash: row.get(6)?,
        recorded_at: row.get(7)?,
    };
    Ok(Link { seq: row.get(0)?, entry, previous_hash: row.get(8)?, hash: row.get(9)? })
}

fn event(link: Link) -> Result<AuditEvent, StoreError> {
    let Link { seq, entry, previous_hash, hash } = link;
    let recorded_at = entry.recorded_at.parse().map_err(|_| {
        StoreError::Corrupt(format!("link {seq} holds `{}` where a time should be", entry.recorded_at))
    })?;
    Ok(AuditEvent {
        seq,
        message_id: entry.message_id,
        action: entry.action,
        project_id: entry.project_id,
        subject: entry.subject,
        trace_id: entry.trace_id,
        payload_hash: entry.payload_hash,
        recorded_at,
        previous_hash,
        hash,
    })
}
