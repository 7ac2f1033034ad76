//! The reports: table `reports_items`.

use crate::{Document, ReportPage, ReportSummary};
use aetherius_store::{Migration, Row, StoreError, Tx};
use jiff::Timestamp;

/// The service's schema.
pub const MIGRATIONS: &[Migration] = &[Migration {
    owner: "reports",
    version: 1,
    sql: "
    CREATE TABLE reports_items (
        id          TEXT PRIMARY KEY,
        project_id  TEXT NOT NULL,
        task_id     TEXT NOT NULL UNIQUE,
        message_id  TEXT NOT NULL,
        title       TEXT NOT NULL,
        outcome     TEXT NOT NULL,
        severity    TEXT NOT NULL,
        alert_name  TEXT NOT NULL,
        cluster_id  TEXT NOT NULL,
        namespace   TEXT NOT NULL,
        created_at  TEXT NOT NULL,
        archived_at TEXT,
        body        TEXT NOT NULL
    );
    CREATE INDEX reports_items_newest ON reports_items (project_id, created_at, id);",
}];

/// Stores the report that `message_id` gave rise to. False when it had done so already. A later end of the same task, which a
/// person had done again, takes the place of the earlier one.
pub(crate) fn put(tx: &Tx<'_>, document: &Document, message_id: &str) -> Result<bool, StoreError> {
    let body = serde_json::to_string(document).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    let report = &document.report;
    let event = &report.event;
    let changed = tx.execute(
        "INSERT INTO reports_items (id, project_id, task_id, message_id, title, outcome, severity, alert_name, cluster_id,
             namespace, created_at, archived_at, body)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, NULL, $12)
         ON CONFLICT (task_id) DO UPDATE SET message_id = excluded.message_id, title = excluded.title,
             outcome = excluded.outcome, created_at = excluded.created_at, archived_at = NULL, body = excluded.body
         WHERE reports_items.message_id <> excluded.message_id",
        &[
            (&report.id).into(),
            (&report.project_id).into(),
            (&report.task_id).into(),
            message_id.into(),
            (&report.title).into(),
            document.outcome().as_str().into(),
            event.severity.as_str().into(),
            event.alert_name().into(),
            (&event.cluster_id).into(),
            (&event.namespace).into(),
            report.created_at.into(),
            body.into(),
        ],
    )?;
    Ok(changed > 0)
}

/// By which id a report is asked for.
#[derive(Clone, Debug)]
pub(crate) enum Key {
    Report(String),
    Task(String),
}

/// One report of a project.
pub(crate) fn get(tx: &Tx<'_>, project: &str, key: &Key) -> Result<Option<Document>, StoreError> {
    let (column, id) = match key {
        Key::Report(id) => ("id", id),
        Key::Task(id) => ("task_id", id),
    };
    let sql = format!("SELECT body, archived_at FROM reports_items WHERE project_id = $1 AND {column} = $2");
    tx.query_opt(&sql, &[project.into(), id.into()], |row| {
        let document: Document = serde_json::from_str(&row.get::<String>(0)?)
            .map_err(|error| StoreError::Corrupt(error.to_string()))?;
        Ok(Document { archived_at: row.get(1)?, ..document })
    })
}

/// What a reader asks for.
#[derive(Clone, Debug)]
pub(crate) struct Filter {
    pub(crate) project_id: String,
    pub(crate) archived_too: bool,
    pub(crate) after: Option<String>,
    pub(crate) limit: u32,
}

/// Reports of a project, newest first, behind the one that `after` names.
pub(crate) fn list(tx: &Tx<'_>, filter: &Filter) -> Result<ReportPage, StoreError> {
    let behind = if filter.after.is_some() {
        "AND (created_at, id) < (SELECT created_at, id FROM reports_items WHERE project_id = $1 AND id = $3)"
    } else {
        ""
    };
    let open = if filter.archived_too { "" } else { "AND archived_at IS NULL" };
    let sql = format!(
        "SELECT id, task_id, title, outcome, severity, alert_name, cluster_id, namespace, created_at, archived_at
         FROM reports_items WHERE project_id = $1 {open} {behind} ORDER BY created_at DESC, id DESC LIMIT $2"
    );
    let after = filter.after.as_deref().unwrap_or_default();
    // One more than is wanted tells whether there is a next page.
    let mut items =
        tx.query(&sql, &[(&filter.project_id).into(), (filter.limit + 1).into(), after.into()], summary)?;
    let has_more = items.len() > filter.limit as usize;
    items.truncate(filter.limit as usize);
    let next = items.last().filter(|_| has_more).map(|last| last.id.clone());
    Ok(ReportPage { items, next })
}

/// Puts a report away; the first time counts.
pub(crate) fn archive(tx: &Tx<'_>, project: &str, id: &str, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE reports_items SET archived_at = $3 WHERE project_id = $1 AND id = $2 AND archived_at IS NULL",
        &[project.into(), id.into(), now.into()],
    )?;
    Ok(())
}

fn summary(row: &Row) -> Result<ReportSummary, StoreError> {
    Ok(ReportSummary {
        id: row.get(0)?,
        task_id: row.get(1)?,
        title: row.get(2)?,
        outcome: row.get(3)?,
        severity: row.get(4)?,
        alert_name: row.get(5)?,
        cluster_id: row.get(6)?,
        namespace: row.get(7)?,
        created_at: row.get(8)?,
        archived_at: row.get(9)?,
    })
}
