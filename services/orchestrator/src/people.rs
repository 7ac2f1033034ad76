//! What people do with tasks. Each is written with its line of activity and its message in one transaction.

use crate::store::{self, StoredTask};
use aetherius_bus::Context;
use aetherius_contracts::{
    incidents::{Act, Activity, Comment, Feedback, TaskNotes},
    messages::{TASK_CHANGED, TaskChanged},
    tasks::TaskStatus,
};
use aetherius_store::{StoreError, Tx, journal};
use jiff::Timestamp;

#[cfg(test)]
mod tests;

/// More of either are not shown; the newest are.
const NOTES_MAX: u32 = 500;

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ActError {
    #[error("there is no such task")]
    NoTask,
    #[error("{0}")]
    Conflict(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Who does it, and under which key repeats are one.
#[derive(Clone, Debug)]
pub(crate) struct Actor {
    pub(crate) project: String,
    pub(crate) name: String,
    pub(crate) idempotency_key: Option<String>,
}

/// Does it, unless it was done under the same key before.
pub(crate) fn act(tx: &Tx<'_>, actor: &Actor, id: &str, act: &Act) -> Result<(), ActError> {
    let project = actor.project.as_str();
    let context = store::context(tx, project, id)?.ok_or(ActError::NoTask)?;
    if let Some(key) = &actor.idempotency_key {
        let scope = format!("orchestrator/{project}/{}/{id}", actor.name);
        let key = format!("{}/{key}", word(act));
        if journal::recall(tx, &scope, &key)?.is_some() {
            return Ok(());
        }
        journal::record(tx, &scope, &key, "done")?;
    }
    let now = Timestamp::now();
    let detail = match act {
        Act::Acknowledge => acknowledge(tx, actor, id, now)?,
        Act::Unacknowledge => unacknowledge(tx, id)?,
        Act::Assign(assignment) => assign(tx, project, id, assignment.assignee.as_deref())?,
        Act::Comment(comment) => Some(write_comment(tx, actor, id, &comment.text, now)?),
        Act::Judge(feedback) => Some(judge(tx, project, id, feedback)?),
        Act::Retry => Some(retry(tx, project, id)?),
        Act::Cancel => Some(cancel(tx, actor, id)?),
    };
    if let Some(detail) = detail {
        note(tx, actor, id, word(act), &detail, now)?;
        tell(tx, &context, id, word(act), &actor.name, &detail)?;
    }
    Ok(())
}

fn word(act: &Act) -> &'static str {
    match act {
        Act::Acknowledge => "acknowledged",
        Act::Unacknowledge => "unacknowledged",
        Act::Assign(assignment) if assignment.assignee.is_none() => "unassigned",
        Act::Assign(_) => "assigned",
        Act::Comment(_) => "commented",
        Act::Judge(_) => "feedback",
        Act::Retry => "retried",
        Act::Cancel => "cancelled",
    }
}

/// Whoever was first stays. `None`: nothing has changed, and there is nothing to tell.
fn acknowledge(tx: &Tx<'_>, actor: &Actor, id: &str, now: Timestamp) -> Result<Option<String>, StoreError> {
    make_row(tx, &actor.project, id)?;
    let changed = tx.execute(
        "UPDATE orchestrator_incidents SET acknowledged_by = $2, acknowledged_at = $3
         WHERE task_id = $1 AND acknowledged_at IS NULL",
        &[id.into(), (&actor.name).into(), now.into()],
    )?;
    Ok((changed == 1).then(String::new))
}

fn unacknowledge(tx: &Tx<'_>, id: &str) -> Result<Option<String>, StoreError> {
    let changed = tx.execute(
        "UPDATE orchestrator_incidents SET acknowledged_by = NULL, acknowledged_at = NULL
         WHERE task_id = $1 AND acknowledged_at IS NOT NULL",
        &[id.into()],
    )?;
    Ok((changed == 1).then(String::new))
}

fn assign(
    tx: &Tx<'_>,
    project: &str,
    id: &str,
    assignee: Option<&str>,
) -> Result<Option<String>, StoreError> {
    make_row(tx, project, id)?;
    let changed = tx.execute(
        "UPDATE orchestrator_incidents SET assignee = $2 WHERE task_id = $1 AND assignee IS NOT $2",
        &[id.into(), assignee.into()],
    )?;
    Ok((changed == 1).then(|| assignee.unwrap_or_default().to_owned()))
}

fn write_comment(
    tx: &Tx<'_>,
    actor: &Actor,
    id: &str,
    text: &str,
    now: Timestamp,
) -> Result<String, StoreError> {
    tx.execute(
        "INSERT INTO orchestrator_comments (id, project_id, task_id, author, text, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
        &[
            uuid::Uuid::now_v7().to_string().into(),
            (&actor.project).into(),
            id.into(),
            (&actor.name).into(),
            text.into(),
            now.into(),
        ],
    )?;
    Ok(String::new())
}

fn judge(tx: &Tx<'_>, project: &str, id: &str, feedback: &Feedback) -> Result<String, StoreError> {
    make_row(tx, project, id)?;
    tx.execute(
        "UPDATE orchestrator_incidents SET feedback = $2, feedback_cause = $3, feedback_note = $4 WHERE task_id = $1",
        &[
            id.into(),
            feedback.verdict.as_str().into(),
            feedback.cause.clone().into(),
            feedback.note.clone().into(),
        ],
    )?;
    let said = [Some(feedback.verdict.as_str()), feedback.cause.as_deref(), feedback.note.as_deref()];
    let said: Vec<&str> = said.into_iter().flatten().filter(|text| !text.is_empty()).collect();
    Ok(said.join(": "))
}

fn retry(tx: &Tx<'_>, project: &str, id: &str) -> Result<String, ActError> {
    if store::again(tx, project, id)? {
        return Ok(String::new());
    }
    let status = get(tx, project, id)?.task.status.as_str();
    let detail = format!("the task is {status} and has not ended; wait for it, or cancel it first");
    Err(ActError::Conflict(detail))
}

fn cancel(tx: &Tx<'_>, actor: &Actor, id: &str) -> Result<String, ActError> {
    let stored = get(tx, &actor.project, id)?;
    let status = stored.task.status;
    if !status.is_open() {
        return Err(ActError::Conflict(format!("the task is {} and cannot be cancelled", status.as_str())));
    }
    store::end(tx, &stored, TaskStatus::Cancelled, None, Some(format!("cancelled by {}", actor.name)))?;
    Ok(String::new())
}

fn get(tx: &Tx<'_>, project: &str, id: &str) -> Result<StoredTask, ActError> {
    store::get(tx, project, id)?.ok_or(ActError::NoTask)
}

/// A task has a row for what people add once somebody adds something.
fn make_row(tx: &Tx<'_>, project: &str, id: &str) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO orchestrator_incidents (task_id, project_id) VALUES ($1, $2) ON CONFLICT (task_id) DO NOTHING",
        &[id.into(), project.into()],
    )?;
    Ok(())
}

fn note(
    tx: &Tx<'_>,
    actor: &Actor,
    id: &str,
    action: &str,
    detail: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO orchestrator_activity (id, project_id, task_id, at, actor, action, detail)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        &[
            uuid::Uuid::now_v7().to_string().into(),
            (&actor.project).into(),
            id.into(),
            now.into(),
            (&actor.name).into(),
            action.into(),
            detail.into(),
        ],
    )?;
    Ok(())
}

fn tell(
    tx: &Tx<'_>,
    context: &Context,
    id: &str,
    action: &str,
    by: &str,
    detail: &str,
) -> Result<(), StoreError> {
    let changed = TaskChanged {
        task_id: id.to_owned(),
        action: action.to_owned(),
        by: by.to_owned(),
        detail: detail.to_owned(),
    };
    let message = format!("{id}/changed/{}", uuid::Uuid::now_v7());
    aetherius_bus::publish(tx, message, TASK_CHANGED, context, &changed)
}

/// What people have written and done about a task, oldest first.
pub(crate) fn notes(tx: &Tx<'_>, project: &str, id: &str) -> Result<TaskNotes, StoreError> {
    let params = [project.into(), id.into(), NOTES_MAX.into()];
    let mut comments = tx.query(
        "SELECT id, author, text, created_at FROM orchestrator_comments WHERE project_id = $1 AND task_id = $2
         ORDER BY id DESC LIMIT $3",
        &params,
        |row| Ok(Comment { id: row.get(0)?, author: row.get(1)?, text: row.get(2)?, created_at: row.get(3)? }),
    )?;
    let mut activity = tx.query(
        "SELECT at, actor, action, detail FROM orchestrator_activity WHERE project_id = $1 AND task_id = $2
         ORDER BY id DESC LIMIT $3",
        &params,
        |row| Ok(Activity { at: row.get(0)?, actor: row.get(1)?, action: row.get(2)?, detail: row.get(3)? }),
    )?;
    comments.reverse();
    activity.reverse();
    Ok(TaskNotes { comments, activity })
}
