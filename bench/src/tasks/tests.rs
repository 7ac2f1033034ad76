use super::{Task, Verdict, judge, verify};
use crate::{
    agenda::Agenda,
    alert::Alerts,
    client::Connection,
    load::{Acknowledged, Load, Repeat},
    stub::{self, Faults},
};
use std::{
    num::NonZeroU32,
    time::{Duration, Instant},
};

const RATE: NonZeroU32 = NonZeroU32::new(5000).unwrap();

/// What is found after 1,000 alerts, which fill some pages.
async fn found(faults: Faults) -> Verdict {
    let (target, alerts) = (stub::start(faults).await, Alerts::new(9, "bookshop"));
    let load = Load::new(alerts.clone(), Agenda::of(1000, RATE, Instant::now()), Repeat::Never);
    let outcome = load.run(&target, 8).await.unwrap();
    assert_eq!(outcome.acknowledged.len(), 1000);
    let deadline = Instant::now() + Duration::from_millis(200);
    verify(&mut Connection::new(target), &alerts, &outcome.acknowledged, deadline).await.unwrap()
}

#[tokio::test]
async fn all_pages_are_read_also_when_the_server_asks_for_patience() {
    assert_eq!(found(Faults { limit_every: Some(3), ..Faults::default() }).await, Verdict::default());
}

#[tokio::test]
async fn a_lost_and_a_doubled_task_are_found() {
    let verdict = found(Faults { lose_every: Some(400), double_every: Some(300), ..Faults::default() }).await;
    assert_eq!(verdict.missing.len(), 2);
    // Each by its event and by its fingerprint.
    assert_eq!(verdict.doubled.len(), 6);
}

#[test]
fn only_this_runs_alerts_are_judged_and_two_events_of_one_alert_are_two() {
    let alerts = Alerts::new(2, "bookshop");
    let acknowledged = |n: u64, event: &str| Acknowledged {
        fingerprint: alerts.fingerprint(n),
        event_id: event.to_owned(),
        latency: Duration::ZERO,
        at: Instant::now(),
    };
    let task = |event: &str, fingerprint: String| Task { event_id: event.to_owned(), fingerprint };
    let tasks = [
        task("a", alerts.fingerprint(0)),
        task("b", alerts.fingerprint(1)),
        task("b2", alerts.fingerprint(1)),
        task("x", "somebody".into()),
        task("x", "somebody".into()),
    ];
    let verdict =
        judge(&alerts, &[acknowledged(0, "a"), acknowledged(1, "b2"), acknowledged(2, "c")], tasks.iter());
    assert_eq!(verdict.missing, [alerts.fingerprint(2)]);
    assert_eq!(verdict.doubled, [alerts.fingerprint(1)]);
    // Acknowledged under an event that is not the one with the task.
    let verdict = judge(&alerts, &[acknowledged(0, "z")], tasks[..1].iter());
    assert_eq!(verdict.missing, [alerts.fingerprint(0)]);
}
