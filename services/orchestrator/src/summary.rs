//! What lists show of tasks: table `orchestrator_incidents` beside the tasks, so that no event and no output is read for a list.

use crate::store::StoredTask;
use aetherius_contracts::{
    events::Severity,
    incidents::{FeedbackVerdict, SummaryPage, TaskQuery, TaskSummary},
    tasks::{TaskResult, TaskStatus},
};
use aetherius_store::{Row, StoreError, Tx, Value};
use foundation::trace::TraceParent;

#[cfg(test)]
mod tests;

const TITLE_CHARS_MAX: usize = 200;
/// Words are looked for in so many tasks; the next page goes on behind them.
const SEARCHED_MAX: u32 = 20_000;
const SIMILAR_MAX: u32 = 5;

/// What a task came to, in a few words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Gist {
    pub(crate) title: String,
    pub(crate) root_cause: Option<String>,
    pub(crate) object: Option<String>,
}

/// The gist of an end: a cause, that there is none, or an error.
pub(crate) fn gist(stored: &StoredTask, result: Option<&TaskResult>, error: Option<&str>) -> Gist {
    let task = &stored.task;
    let about = match task.namespace.as_str() {
        "" => task.alert_name.clone(),
        namespace => format!("{} in {namespace}", task.alert_name),
    };
    let cause = result.and_then(|result| result.diagnosis.root_cause.as_ref());
    let title = match (result, cause) {
        (_, Some(cause)) => cause.summary.clone(),
        (Some(result), None) if result.outputs_seen() == 0 => {
            format!("Nothing could be looked at for {about}")
        }
        (Some(_), None) => format!("No fault found for {about}"),
        (None, None) => error.map_or_else(|| format!("Not diagnosed: {about}"), str::to_owned),
    };
    Gist {
        title: one_line(&title),
        root_cause: cause.map(|cause| cause.rule.clone()),
        object: cause.map(|cause| cause.object.to_string()),
    }
}

fn one_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(TITLE_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// Writes down what a task came to.
pub(crate) fn put_gist(tx: &Tx<'_>, project: &str, id: &str, gist: Gist) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO orchestrator_incidents (task_id, project_id, title, root_cause, object) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (task_id) DO UPDATE SET title = excluded.title, root_cause = excluded.root_cause, object = excluded.object",
        &[id.into(), project.into(), gist.title.into(), gist.root_cause.into(), gist.object.into()],
    )?;
    Ok(())
}

/// What was found and what was said of it is of the past: the task begins again.
pub(crate) fn forget_gist(tx: &Tx<'_>, id: &str) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE orchestrator_incidents SET title = NULL, root_cause = NULL, object = NULL, feedback = NULL,
             feedback_cause = NULL, feedback_note = NULL WHERE task_id = $1",
        &[id.into()],
    )?;
    Ok(())
}

/// All of these stand in a task's row before its event, so that the rest of a row is not read.
const SELECT: &str = "SELECT t.id, t.event_id, t.status, t.severity, t.alert_name, t.cluster_id, t.namespace, t.priority,
        t.created_at, t.started_at, t.completed_at, t.trace, i.title, i.root_cause, i.object, i.acknowledged_by,
        i.acknowledged_at, i.assignee, i.feedback
    FROM orchestrator_tasks t LEFT JOIN orchestrator_incidents i ON i.task_id = t.id";

/// A page of a project's summaries, newest first.
pub(crate) fn list(
    tx: &Tx<'_>,
    project: &str,
    query: &TaskQuery,
    limit: u32,
) -> Result<SummaryPage, StoreError> {
    let searched_to = match &query.words {
        Some(_) => nth_after(tx, project, query.after.as_deref(), SEARCHED_MAX)?,
        None => None,
    };
    let mut conditions = Conditions::of(project, query);
    if let Some(end) = &searched_to {
        conditions.also("t.id >=", end.into());
    }
    // One more than asked for tells whether there is a next page.
    let place = conditions.place((limit + 1).into());
    let sql = format!("{SELECT} WHERE {} ORDER BY t.id DESC LIMIT {place}", conditions.sql);
    let mut items = tx.query(&sql, &conditions.params, summary)?;
    let more = items.len() > limit as usize;
    items.truncate(limit as usize);
    let next = if more { items.last().map(|last| last.task_id.clone()) } else { searched_to };
    Ok(SummaryPage { items, next })
}

/// The task that comes so many behind another one, if there are so many.
fn nth_after(tx: &Tx<'_>, project: &str, after: Option<&str>, n: u32) -> Result<Option<String>, StoreError> {
    // No id is greater than this.
    let after = after.unwrap_or("~");
    tx.query_opt(
        "SELECT id FROM orchestrator_tasks WHERE project_id = $1 AND id < $2 ORDER BY id DESC LIMIT 1 OFFSET $3",
        &[project.into(), after.into(), n.into()],
        |row| row.get(0),
    )
}

/// A `WHERE` that grows with its parameters.
struct Conditions {
    sql: String,
    params: Vec<Value>,
}

impl Conditions {
    fn of(project: &str, query: &TaskQuery) -> Self {
        let mut these = Self { sql: "t.project_id = $1".to_owned(), params: vec![project.into()] };
        these.one_of("t.status", query.statuses.iter().map(|status| status.as_str().into()));
        these.one_of("t.severity", query.severities.iter().map(|severity| severity.as_str().into()));
        these.one_of("t.id", query.ids.iter().map(Value::from));
        if let Some(namespace) = &query.namespace {
            these.also("t.namespace =", namespace.into());
        }
        if let Some(assignee) = &query.assignee {
            these.also("i.assignee =", assignee.into());
        }
        match query.acknowledged {
            Some(true) => these.sql.push_str(" AND i.acknowledged_at IS NOT NULL"),
            Some(false) => these.sql.push_str(" AND i.acknowledged_at IS NULL"),
            None => {}
        }
        if let Some(after) = &query.after {
            these.also("t.id <", after.into());
        }
        if let Some(words) = &query.words {
            // Both sides are lowered alike: the database does so with ASCII only.
            let place = these.place(words.to_ascii_lowercase().into());
            these.sql.push_str(&format!(
                " AND (instr(lower(t.alert_name), {place}) > 0 OR instr(lower(i.title), {place}) > 0
                     OR instr(lower(i.object), {place}) > 0)"
            ));
        }
        these
    }

    fn place(&mut self, value: Value) -> String {
        self.params.push(value);
        format!("${}", self.params.len())
    }

    fn also(&mut self, condition: &str, value: Value) {
        let place = self.place(value);
        self.sql.push_str(&format!(" AND {condition} {place}"));
    }

    fn one_of(&mut self, column: &str, values: impl Iterator<Item = Value>) {
        let places: Vec<String> = values.map(|value| self.place(value)).collect();
        if !places.is_empty() {
            self.sql.push_str(&format!(" AND {column} IN ({})", places.join(", ")));
        }
    }
}

/// One summary.
pub(crate) fn get(tx: &Tx<'_>, project: &str, id: &str) -> Result<Option<TaskSummary>, StoreError> {
    let sql = format!("{SELECT} WHERE t.project_id = $1 AND t.id = $2");
    tx.query_opt(&sql, &[project.into(), id.into()], summary)
}

/// Earlier tasks of the same alert or with the same root cause, newest first.
pub(crate) fn similar(tx: &Tx<'_>, project: &str, to: &TaskSummary) -> Result<Vec<TaskSummary>, StoreError> {
    let sql = format!(
        "{SELECT} WHERE t.id IN (
             SELECT id FROM (SELECT id FROM orchestrator_tasks
                 WHERE project_id = $1 AND alert_name = $2 AND id < $3 ORDER BY id DESC LIMIT $5)
             UNION
             SELECT task_id FROM (SELECT task_id FROM orchestrator_incidents
                 WHERE project_id = $1 AND root_cause = $4 AND task_id < $3 ORDER BY task_id DESC LIMIT $5))
         ORDER BY t.id DESC LIMIT $5"
    );
    let params = [
        project.into(),
        (&to.alert_name).into(),
        (&to.task_id).into(),
        to.root_cause.clone().into(),
        SIMILAR_MAX.into(),
    ];
    tx.query(&sql, &params, summary)
}

fn summary(row: &Row) -> Result<TaskSummary, StoreError> {
    let status: String = row.get(2)?;
    let severity: String = row.get(3)?;
    let trace: String = row.get(11)?;
    let trace = TraceParent::parse(&trace).ok_or_else(|| StoreError::Corrupt("a task's trace".into()))?;
    let feedback: Option<String> = row.get(18)?;
    Ok(TaskSummary {
        task_id: row.get(0)?,
        event_id: row.get(1)?,
        status: TaskStatus::from_word(&status).ok_or(StoreError::Corrupt(status))?,
        severity: Severity::from_label(&severity),
        alert_name: row.get(4)?,
        cluster_id: row.get(5)?,
        namespace: row.get(6)?,
        priority: row.get(7)?,
        created_at: row.get(8)?,
        started_at: row.get(9)?,
        completed_at: row.get(10)?,
        trace_id: trace.trace_id_hex(),
        title: row.get(12)?,
        root_cause: row.get(13)?,
        object: row.get(14)?,
        acknowledged_by: row.get(15)?,
        acknowledged_at: row.get(16)?,
        assignee: row.get(17)?,
        feedback: feedback.as_deref().and_then(FeedbackVerdict::from_word),
    })
}
