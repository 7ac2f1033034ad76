use super::{first_bucket, stats};
use crate::store::{MIGRATIONS, end, get, testing};
use aetherius_contracts::{events::Severity, tasks::TaskStatus};
use aetherius_store::{Store, StoreError, Urgency};
use jiff::{SignedDuration, Timestamp};

#[test]
fn the_last_of_48_half_hours_holds_now() {
    for (now, first) in [
        ("2026-03-04T05:06:07Z", "2026-03-03T05:30:00Z"),
        ("2026-03-04T05:30:00Z", "2026-03-03T06:00:00Z"),
        ("2026-03-04T05:29:59Z", "2026-03-03T05:30:00Z"),
    ] {
        assert_eq!(first_bucket(now.parse().unwrap()), first.parse().unwrap(), "{now}");
    }
}

#[tokio::test]
async fn tasks_are_counted_by_state_severity_and_time() {
    let store = Store::ephemeral(MIGRATIONS).unwrap();
    let counted: Result<_, StoreError> = store
        .write(Urgency::Work, |tx| {
            testing::create(tx, "a", Severity::Critical)?;
            testing::create(tx, "b", Severity::Low)?;
            let done = testing::create(tx, "c", Severity::Critical)?;
            let done = get(tx, "p", &done)?.unwrap();
            end(tx, &done, TaskStatus::Failed, None, None)?;
            let old = testing::create(tx, "d", Severity::High)?;
            let now = Timestamp::now();
            let then = now - SignedDuration::from_hours(3);
            let sql = "UPDATE orchestrator_tasks SET created_at = $1 WHERE id = $2";
            tx.execute(sql, &[then.into(), old.into()])?;
            Ok((stats(tx, "p", now)?, stats(tx, "q", now)?))
        })
        .await;
    let (ours, theirs) = counted.unwrap();
    assert_eq!((ours.open, ours.total, theirs.total), (3, 4, 0));
    assert_eq!((ours.by_status["pending"], ours.by_status["failed"], ours.by_status["running"]), (3, 1, 0));
    assert_eq!(
        (ours.by_severity["critical"], ours.by_severity["high"], ours.by_severity["medium"]),
        (2, 1, 0)
    );
    let counts: Vec<u64> = ours.volume.iter().map(|bucket| bucket.count).collect();
    assert_eq!((counts.len(), counts.iter().sum::<u64>(), counts[41]), (48, 4, 1));
    assert!(ours.volume.is_sorted_by_key(|bucket| bucket.at));
}
