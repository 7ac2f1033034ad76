//! The tasks: tables `orchestrator_…`.

use crate::{Config, priority, summary};
use aetherius_bus::Context;
use aetherius_contracts::{
    events::StandardEvent,
    messages::{TASK_COMPLETED, TASK_CREATED, TaskCompleted, TaskCreated},
    tasks::{DiagnosticTask, QueueStatus, TaskResult, TaskStatus},
};
use aetherius_store::{Migration, Row, StoreError, Tx, Value};
use foundation::trace::TraceParent;
use jiff::Timestamp;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

/// The service's schema.
pub const MIGRATIONS: &[Migration] = &[TASKS, INCIDENTS];

const TASKS: Migration = Migration {
    owner: "orchestrator",
    version: 1,
    sql: "
    CREATE TABLE orchestrator_tasks (
        id            TEXT PRIMARY KEY,
        event_id      TEXT NOT NULL UNIQUE,
        project_id    TEXT NOT NULL,
        cluster_id    TEXT NOT NULL,
        namespace     TEXT NOT NULL,
        alert_name    TEXT NOT NULL,
        severity      TEXT NOT NULL,
        priority      INTEGER NOT NULL,
        status        TEXT NOT NULL,
        lane          TEXT NOT NULL,
        trace         TEXT NOT NULL,
        created_at    TEXT NOT NULL,
        started_at    TEXT,
        completed_at  TEXT,
        timeout_at    TEXT,
        run_at        TEXT,
        retry_count   INTEGER NOT NULL DEFAULT 0,
        generation    INTEGER NOT NULL DEFAULT 0,
        lease_owner   TEXT,
        lease_until   TEXT,
        lease_epoch   INTEGER NOT NULL DEFAULT 0,
        context       TEXT NOT NULL,
        result        TEXT,
        error_message TEXT
    );
    CREATE INDEX orchestrator_tasks_queue ON orchestrator_tasks (status, priority DESC, id);
    CREATE INDEX orchestrator_tasks_project ON orchestrator_tasks (project_id, id);
    CREATE TABLE orchestrator_frequency (
        project_id TEXT NOT NULL,
        alert_name TEXT NOT NULL,
        day        TEXT NOT NULL,
        seen       INTEGER NOT NULL,
        PRIMARY KEY (project_id, alert_name, day)
    ) WITHOUT ROWID;",
};

/// What lists show and people add. What older tasks came to is taken from their results.
const INCIDENTS: Migration = Migration {
    owner: "orchestrator",
    version: 2,
    sql: "
    CREATE TABLE orchestrator_incidents (
        task_id         TEXT PRIMARY KEY,
        project_id      TEXT NOT NULL,
        title           TEXT,
        root_cause      TEXT,
        object          TEXT,
        acknowledged_by TEXT,
        acknowledged_at TEXT,
        assignee        TEXT,
        feedback        TEXT,
        feedback_cause  TEXT,
        feedback_note   TEXT
    ) WITHOUT ROWID;
    INSERT INTO orchestrator_incidents (task_id, project_id, title, root_cause, object)
        SELECT id, project_id,
            coalesce(json_extract(result, '$.diagnosis.root_cause.summary'), error_message, 'No fault found for ' || alert_name),
            json_extract(result, '$.diagnosis.root_cause.rule'),
            json_extract(result, '$.diagnosis.root_cause.object.kind') || '/' ||
                json_extract(result, '$.diagnosis.root_cause.object.name')
        FROM orchestrator_tasks WHERE status IN ('completed', 'failed', 'timeout', 'cancelled');
    CREATE INDEX orchestrator_incidents_cause ON orchestrator_incidents (project_id, root_cause, task_id)
        WHERE root_cause IS NOT NULL;
    CREATE INDEX orchestrator_incidents_assignee ON orchestrator_incidents (project_id, assignee, task_id)
        WHERE assignee IS NOT NULL;
    CREATE INDEX orchestrator_incidents_acknowledged ON orchestrator_incidents (project_id, task_id)
        WHERE acknowledged_at IS NOT NULL;
    CREATE INDEX orchestrator_tasks_status ON orchestrator_tasks (project_id, status, id, severity);
    CREATE INDEX orchestrator_tasks_severity ON orchestrator_tasks (project_id, severity, id);
    CREATE INDEX orchestrator_tasks_alert ON orchestrator_tasks (project_id, alert_name, id);
    CREATE INDEX orchestrator_tasks_created ON orchestrator_tasks (project_id, created_at);
    CREATE TABLE orchestrator_comments (
        id         TEXT PRIMARY KEY,
        project_id TEXT NOT NULL,
        task_id    TEXT NOT NULL,
        author     TEXT NOT NULL,
        text       TEXT NOT NULL,
        created_at TEXT NOT NULL
    );
    CREATE INDEX orchestrator_comments_task ON orchestrator_comments (project_id, task_id, id);
    CREATE TABLE orchestrator_activity (
        id         TEXT PRIMARY KEY,
        project_id TEXT NOT NULL,
        task_id    TEXT NOT NULL,
        at         TEXT NOT NULL,
        actor      TEXT NOT NULL,
        action     TEXT NOT NULL,
        detail     TEXT NOT NULL
    );
    CREATE INDEX orchestrator_activity_task ON orchestrator_activity (project_id, task_id, id);",
};

const COLUMNS: &str = "id, event_id, project_id, cluster_id, namespace, alert_name, priority, status, trace, created_at,
    started_at, completed_at, timeout_at, retry_count, context, result, error_message, lane, generation, lease_epoch";

/// A task with what only the orchestrator needs to know of it.
#[derive(Clone, Debug)]
pub(crate) struct StoredTask {
    pub(crate) task: DiagnosticTask,
    pub(crate) context: Context,
    /// Grows when a person has it tried again; what an earlier generation journalled is not used.
    pub(crate) generation: i64,
    /// Grows with each lease; a worker with an older one writes nothing.
    pub(crate) lease_epoch: i64,
}

impl StoredTask {
    /// Under what the task's journal and its idempotent calls are kept.
    pub(crate) fn journal_scope(&self) -> String {
        format!("{}#{}", self.task.id, self.generation)
    }
}

/// Makes a task of an event, unless the event has one. Says the task's id.
pub(crate) fn create(
    tx: &Tx<'_>,
    event: StandardEvent,
    context: &Context,
    config: &Config,
) -> Result<String, StoreError> {
    let now = Timestamp::now();
    let frequency = count_sighting(tx, &context.project_id, event.alert_name(), now)?;
    let priority = priority::priority(&event, frequency, config);
    let id = uuid::Uuid::now_v7().to_string();
    let body = json(&event)?;
    let inserted = tx.execute(
        "INSERT INTO orchestrator_tasks (id, event_id, project_id, cluster_id, namespace, alert_name, severity,
             priority, status, lane, trace, created_at, context)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'pending', $9, $10, $11, $12) ON CONFLICT (event_id) DO NOTHING",
        &[
            (&id).into(),
            (&event.id).into(),
            (&context.project_id).into(),
            (&event.cluster_id).into(),
            (&event.namespace).into(),
            event.alert_name().into(),
            event.severity.as_str().into(),
            priority.into(),
            (&context.lane).into(),
            context.trace.to_string().into(),
            now.into(),
            body.into(),
        ],
    )?;
    if inserted == 0 {
        return tx.query_one(
            "SELECT id FROM orchestrator_tasks WHERE event_id = $1",
            &[event.id.into()],
            |row| row.get(0),
        );
    }
    let created = TaskCreated { task_id: id.clone(), event_id: event.id, priority };
    aetherius_bus::publish(tx, format!("{id}/created"), TASK_CREATED, context, &created)?;
    Ok(id)
}

/// Counts the alert and says how often it was seen today and yesterday.
fn count_sighting(tx: &Tx<'_>, project: &str, alert: &str, now: Timestamp) -> Result<i64, StoreError> {
    let day = |time: Timestamp| time.strftime("%Y-%m-%d").to_string();
    let yesterday = now - std::time::Duration::from_secs(86_400);
    tx.execute(
        "INSERT INTO orchestrator_frequency VALUES ($1, $2, $3, 1)
         ON CONFLICT (project_id, alert_name, day) DO UPDATE SET seen = seen + 1",
        &[project.into(), alert.into(), day(now).into()],
    )?;
    tx.query_one(
        "SELECT coalesce(sum(seen), 0) FROM orchestrator_frequency WHERE project_id = $1 AND alert_name = $2 AND day >= $3",
        &[project.into(), alert.into(), day(yesterday).into()],
        |row| row.get(0),
    )
}

/// One task of a project.
pub(crate) fn get(tx: &Tx<'_>, project: &str, id: &str) -> Result<Option<StoredTask>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM orchestrator_tasks WHERE project_id = $1 AND id = $2");
    tx.query_opt(&sql, &[project.into(), id.into()], stored_task)
}

/// Where a task belongs, if it is one of the project.
pub(crate) fn context(tx: &Tx<'_>, project: &str, id: &str) -> Result<Option<Context>, StoreError> {
    tx.query_opt(
        "SELECT lane, trace FROM orchestrator_tasks WHERE project_id = $1 AND id = $2",
        &[project.into(), id.into()],
        |row| {
            let trace: String = row.get(1)?;
            let trace =
                TraceParent::parse(&trace).ok_or_else(|| StoreError::Corrupt("a task's trace".into()))?;
            Ok(Context { project_id: project.to_owned(), lane: row.get(0)?, trace })
        },
    )
}

/// Which tasks a list wants.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    pub(crate) status: Option<TaskStatus>,
    pub(crate) namespace: Option<String>,
    pub(crate) after: Option<String>,
}

/// Tasks of a project, newest first.
pub(crate) fn list(
    tx: &Tx<'_>,
    project: &str,
    filter: &Filter,
    limit: u32,
) -> Result<Vec<DiagnosticTask>, StoreError> {
    let mut sql = format!("SELECT {COLUMNS} FROM orchestrator_tasks WHERE project_id = $1");
    let mut params: Vec<Value> = vec![project.into()];
    let mut also = |condition: &str, value: Value| {
        params.push(value);
        sql.push_str(&format!(" AND {condition} ${}", params.len()));
    };
    if let Some(status) = filter.status {
        also("status =", status.as_str().into());
    }
    if let Some(namespace) = &filter.namespace {
        also("namespace =", namespace.into());
    }
    if let Some(after) = &filter.after {
        also("id <", after.into());
    }
    params.push(limit.into());
    sql.push_str(&format!(" ORDER BY id DESC LIMIT ${}", params.len()));
    Ok(tx.query(&sql, &params, stored_task)?.into_iter().map(|stored| stored.task).collect())
}

/// Whether a task waits for a worker.
pub(crate) fn any_waiting(tx: &Tx<'_>) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM orchestrator_tasks WHERE status = 'pending' LIMIT 1";
    Ok(tx.query_opt(sql, &[], |_| Ok(()))?.is_some())
}

/// How many wait and work; of all projects, because workers are shared.
pub(crate) fn queue(tx: &Tx<'_>, workers: u32) -> Result<QueueStatus, StoreError> {
    let count = |status: TaskStatus| {
        tx.query_one(
            "SELECT count(*) FROM orchestrator_tasks WHERE status = $1",
            &[status.as_str().into()],
            |row| row.get::<u32>(0).map(u64::from),
        )
    };
    let oldest_pending = tx.query_opt(
        // Ids sort by time, and the index holds them.
        "SELECT created_at FROM orchestrator_tasks
         WHERE id = (SELECT min(id) FROM orchestrator_tasks WHERE status = 'pending')",
        &[],
        |row| row.get(0),
    )?;
    Ok(QueueStatus {
        pending: count(TaskStatus::Pending)?,
        scheduled: count(TaskStatus::Scheduled)?,
        running: count(TaskStatus::Running)?,
        workers,
        oldest_pending,
    })
}

/// Ends a task, whoever does it, and tells. The caller has made sure that it may.
pub(crate) fn end(
    tx: &Tx<'_>,
    stored: &StoredTask,
    status: TaskStatus,
    result: Option<TaskResult>,
    error: Option<String>,
) -> Result<(), StoreError> {
    let body = result.as_ref().map(json).transpose()?;
    tx.execute(
        "UPDATE orchestrator_tasks SET status = $2, result = $3, error_message = $4, completed_at = $5,
             lease_owner = NULL, lease_until = NULL, run_at = NULL WHERE id = $1",
        &[
            (&stored.task.id).into(),
            status.as_str().into(),
            body.into(),
            error.clone().into(),
            Timestamp::now().into(),
        ],
    )?;
    let gist = summary::gist(stored, result.as_ref(), error.as_deref());
    summary::put_gist(tx, &stored.context.project_id, &stored.task.id, gist)?;
    let completed =
        TaskCompleted { task_id: stored.task.id.clone(), event: stored.task.context.clone(), result, error };
    let id = format!("{}/completed", stored.journal_scope());
    aetherius_bus::publish(tx, id, TASK_COMPLETED, &stored.context, &completed)
}

/// Puts a task that has ended back into the queue, to be done from the beginning. False when it has not ended.
pub(crate) fn again(tx: &Tx<'_>, project: &str, id: &str) -> Result<bool, StoreError> {
    let changed = tx.execute(
        "UPDATE orchestrator_tasks SET status = 'pending', generation = generation + 1, retry_count = 0, result = NULL,
             error_message = NULL, started_at = NULL, completed_at = NULL, timeout_at = NULL, run_at = NULL
         WHERE project_id = $1 AND id = $2 AND status IN ('completed', 'failed', 'timeout', 'cancelled')",
        &[project.into(), id.into()],
    )?;
    if changed == 1 {
        summary::forget_gist(tx, id)?;
    }
    Ok(changed == 1)
}

pub(crate) fn stored_task(row: &Row) -> Result<StoredTask, StoreError> {
    let trace: String = row.get(8)?;
    let trace = TraceParent::parse(&trace).ok_or_else(|| StoreError::Corrupt("a task's trace".into()))?;
    let status: String = row.get(7)?;
    let status = TaskStatus::from_word(&status).ok_or(StoreError::Corrupt(status))?;
    let context: StandardEvent = parse(&row.get::<String>(14)?)?;
    let result: Option<String> = row.get(15)?;
    let project_id: String = row.get(2)?;
    let task = DiagnosticTask {
        id: row.get(0)?,
        event_id: row.get(1)?,
        project_id: project_id.clone(),
        cluster_id: row.get(3)?,
        namespace: row.get(4)?,
        alert_name: row.get(5)?,
        severity: context.severity,
        priority: row.get(6)?,
        status,
        created_at: row.get(9)?,
        started_at: row.get(10)?,
        completed_at: row.get(11)?,
        timeout_at: row.get(12)?,
        retry_count: row.get(13)?,
        context,
        result: result.map(|text| parse(&text)).transpose()?,
        error_message: row.get(16)?,
        trace_id: trace.trace_id_hex(),
    };
    let context = Context { project_id, lane: row.get(17)?, trace };
    Ok(StoredTask { task, context, generation: row.get(18)?, lease_epoch: row.get(19)? })
}

/// The columns that [`stored_task`] reads, for statements of other files.
pub(crate) fn columns() -> &'static str {
    COLUMNS
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Corrupt(error.to_string()))
}

fn parse<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Corrupt(error.to_string()))
}
