use super::{Again, LeaseError, check, claim, free_all, release, tick};
use crate::store::{self, MIGRATIONS, StoredTask, testing};
use aetherius_contracts::{events::Severity, tasks::TaskStatus};
use aetherius_store::{Store, StoreError, Tx, Urgency};
use std::time::Duration;

const LONG: Duration = Duration::from_secs(60);
const PAST: Duration = Duration::ZERO;

async fn within<T: Send + 'static>(
    store: &Store,
    job: impl FnOnce(&Tx<'_>) -> Result<T, StoreError> + Send + 'static,
) -> T {
    store.write(Urgency::Work, job).await.unwrap()
}

fn lost(outcome: &Result<(), LeaseError>) -> bool {
    matches!(outcome, Err(LeaseError::Lost))
}

fn take(tx: &Tx<'_>, owner: &str, limit: usize) -> Result<Vec<StoredTask>, StoreError> {
    claim(tx, owner, limit, LONG, LONG)
}

#[tokio::test]
async fn the_most_urgent_is_taken_first_and_the_oldest_among_equals() {
    let store = Store::ephemeral(MIGRATIONS).unwrap();
    let names = within(&store, |tx| {
        for (name, severity) in [
            ("low", Severity::Low),
            ("first", Severity::High),
            ("second", Severity::High),
            ("top", Severity::Critical),
        ] {
            testing::create(tx, name, severity)?;
        }
        let mut names = Vec::new();
        for batch in [2, 9, 9] {
            names.push(
                take(tx, "me", batch)?.into_iter().map(|held| held.task.alert_name).collect::<Vec<_>>(),
            );
        }
        Ok(names)
    })
    .await;
    assert_eq!(names, [vec!["top", "first"], vec!["second", "low"], vec![]]);
}

#[tokio::test]
async fn a_lease_that_ran_out_is_taken_by_another_and_its_former_holder_writes_nothing() {
    let store = Store::ephemeral(MIGRATIONS).unwrap();
    within(&store, |tx| {
        testing::create(tx, "a", Severity::High)?;
        let late = claim(tx, "slow", 1, PAST, LONG)?.remove(0);
        tick(tx)?;
        let held = take(tx, "fast", 1)?.remove(0);
        assert_eq!(held.task.id, late.task.id);
        assert!(lost(&check(tx, &late)));
        assert!(lost(&release(tx, &late, Again::Now)));
        assert!(check(tx, &held).is_ok());
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_retry_waits_for_its_time_and_is_counted() {
    let store = Store::ephemeral(MIGRATIONS).unwrap();
    within(&store, |tx| {
        testing::create(tx, "a", Severity::High)?;
        let held = take(tx, "me", 1)?.remove(0);
        assert!(release(tx, &held, Again::After(LONG)).is_ok());
        tick(tx)?;
        assert!(take(tx, "me", 1)?.is_empty());
        tx.execute("UPDATE orchestrator_tasks SET run_at = '2000-01-01T00:00:00.000000Z'", &[])?;
        tick(tx)?;
        assert_eq!(take(tx, "me", 1)?.remove(0).task.retry_count, 1);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_task_that_takes_too_long_ends_and_is_told() {
    let store = Store::ephemeral(MIGRATIONS).unwrap();
    within(&store, |tx| {
        testing::create(tx, "a", Severity::High)?;
        let held = claim(tx, "me", 1, LONG, PAST)?.remove(0);
        tick(tx)?;
        assert!(lost(&check(tx, &held)));
        let task = store::get(tx, "p", &held.task.id)?.unwrap().task;
        assert_eq!(task.status, TaskStatus::Timeout);
        assert!(task.error_message.unwrap().contains("task_timeout"));
        Ok(())
    })
    .await;
    assert_eq!(aetherius_bus::backlog(&store, "reports", "task.completed", 9).await.unwrap(), 1);
}

#[tokio::test]
async fn after_a_crash_what_was_held_is_free() {
    let store = Store::ephemeral(MIGRATIONS).unwrap();
    within(&store, |tx| {
        testing::create(tx, "a", Severity::High)?;
        let before = take(tx, "crashed", 1)?.remove(0);
        assert_eq!(free_all(tx)?, 1);
        assert_eq!(take(tx, "restarted", 1)?.remove(0).task.id, before.task.id);
        assert!(lost(&check(tx, &before)));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn taking_the_next_task_does_not_sort_the_queue() {
    let store = Store::ephemeral(MIGRATIONS).unwrap();
    let plan: Vec<String> = within(&store, |tx| {
        let sql = "EXPLAIN QUERY PLAN SELECT id FROM orchestrator_tasks WHERE status = 'pending' ORDER BY priority DESC, id LIMIT 1";
        tx.query(sql, &[], |row| row.get(3))
    })
    .await;
    assert_eq!(plan, ["SEARCH orchestrator_tasks USING COVERING INDEX orchestrator_tasks_queue (status=?)"]);
}
