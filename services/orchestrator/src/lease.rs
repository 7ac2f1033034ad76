//! Who may work on a task: one holder at a time, for a time, with a number that grows with each holder.

use crate::store::{StoredTask, columns, end, stored_task};
use aetherius_contracts::{
    messages::{TASK_CHANGED, TaskChanged},
    tasks::TaskStatus,
};
use aetherius_store::{StoreError, Tx};
use jiff::Timestamp;
use std::time::Duration;

#[cfg(test)]
mod tests;

/// Takes up to `limit` waiting tasks for `owner`, most urgent first, oldest first among equals.
pub(crate) fn claim(
    tx: &Tx<'_>,
    owner: &str,
    limit: usize,
    ttl: Duration,
    task_timeout: Duration,
) -> Result<Vec<StoredTask>, StoreError> {
    let now = Timestamp::now();
    let sql = format!(
        "UPDATE orchestrator_tasks SET status = 'running', lease_owner = $1, lease_until = $2, lease_epoch = lease_epoch + 1,
             started_at = $3, timeout_at = coalesce(timeout_at, $4)
         WHERE id = (SELECT id FROM orchestrator_tasks WHERE status = 'pending' ORDER BY priority DESC, id LIMIT 1)
         RETURNING {}",
        columns()
    );
    let mut claimed = Vec::new();
    while claimed.len() < limit {
        let params = [owner.into(), (now + ttl).into(), now.into(), (now + task_timeout).into()];
        let Some(task) = tx.query_opt(&sql, &params, stored_task)? else {
            break;
        };
        tell(tx, &task, "started")?;
        claimed.push(task);
    }
    Ok(claimed)
}

/// What a lease has changed is news for those who look on.
fn tell(tx: &Tx<'_>, held: &StoredTask, action: &str) -> Result<(), StoreError> {
    let id = format!("{}/{action}/{}", held.journal_scope(), held.lease_epoch);
    let changed = TaskChanged {
        task_id: held.task.id.clone(),
        action: action.to_owned(),
        by: "orchestrator".to_owned(),
        detail: String::new(),
    };
    aetherius_bus::publish(tx, id, TASK_CHANGED, &held.context, &changed)
}

/// The lease is somebody else's by now, or the task was cancelled: the worker stops and writes nothing more.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LeaseError {
    #[error("the lease was lost")]
    Lost,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Holds a task for another `ttl`.
pub(crate) fn renew(tx: &Tx<'_>, held: &StoredTask, ttl: Duration) -> Result<(), LeaseError> {
    check(tx, held)?;
    tx.execute(
        "UPDATE orchestrator_tasks SET lease_until = $2 WHERE id = $1",
        &[(&held.task.id).into(), (Timestamp::now() + ttl).into()],
    )?;
    Ok(())
}

/// Passes when the lease still holds; to be called first in every transaction of a worker.
pub(crate) fn check(tx: &Tx<'_>, held: &StoredTask) -> Result<(), LeaseError> {
    let epoch: Option<i64> = tx.query_opt(
        "SELECT lease_epoch FROM orchestrator_tasks WHERE id = $1 AND status = 'running'",
        &[(&held.task.id).into()],
        |row| row.get(0),
    )?;
    if epoch == Some(held.lease_epoch) { Ok(()) } else { Err(LeaseError::Lost) }
}

/// Gives a task back, to go on at once or after `delay`.
pub(crate) fn release(tx: &Tx<'_>, held: &StoredTask, again: Again) -> Result<(), LeaseError> {
    check(tx, held)?;
    let (status, run_at, retries) = match again {
        Again::Now => (TaskStatus::Pending, None, 0),
        Again::After(delay) => (TaskStatus::Scheduled, Some(Timestamp::now() + delay), 1),
    };
    tx.execute(
        "UPDATE orchestrator_tasks SET status = $2, run_at = $3, retry_count = retry_count + $4, lease_owner = NULL,
             lease_until = NULL WHERE id = $1",
        &[(&held.task.id).into(), status.as_str().into(), run_at.into(), i64::from(retries).into()],
    )?;
    if status == TaskStatus::Scheduled {
        tell(tx, held, "scheduled")?;
    }
    Ok(())
}

/// When a task that was given back goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Again {
    /// The worker stops; nothing is wrong with the task.
    Now,
    /// It failed for a passing reason; this counts as a retry.
    After(Duration),
}

/// Frees what a process before this one held. Only for a database that this process has to itself.
pub(crate) fn free_all(tx: &Tx<'_>) -> Result<usize, StoreError> {
    tx.execute(
        "UPDATE orchestrator_tasks SET status = 'pending', lease_owner = NULL, lease_until = NULL WHERE status = 'running'",
        &[],
    )
}

/// What time does to tasks: retries come due, leases run out, and what took too long is given up.
pub(crate) fn tick(tx: &Tx<'_>) -> Result<(), StoreError> {
    let now = Timestamp::now();
    tx.execute(
        "UPDATE orchestrator_tasks SET status = 'pending', run_at = NULL WHERE status = 'scheduled' AND run_at <= $1",
        &[now.into()],
    )?;
    let sql = format!(
        "SELECT {} FROM orchestrator_tasks WHERE status = 'running' AND timeout_at <= $1 LIMIT 100",
        columns()
    );
    for late in tx.query(&sql, &[now.into()], stored_task)? {
        let reason = "not done within `task_timeout`; retry it, or allow more time".to_owned();
        end(tx, &late, TaskStatus::Timeout, None, Some(reason))?;
    }
    tx.execute(
        "UPDATE orchestrator_tasks SET status = 'pending', lease_owner = NULL, lease_until = NULL
         WHERE status = 'running' AND lease_until <= $1",
        &[now.into()],
    )?;
    Ok(())
}
