use super::{Load, Outcome, Repeat, percentile};
use crate::{
    agenda::Agenda,
    alert::Alerts,
    stub::{self, Faults},
};
use std::{
    num::NonZeroU32,
    sync::Arc,
    time::{Duration, Instant},
};

const RATE: NonZeroU32 = NonZeroU32::new(500).unwrap();

async fn send(alerts: u64, repeat: Repeat, faults: Faults) -> Outcome {
    let target = stub::start(faults).await;
    let agenda = Agenda::of(alerts, RATE, Instant::now());
    let load = Load::new(Alerts::new(1, "bookshop"), agenda, repeat);
    Arc::clone(&load).run(&target, 8).await.unwrap()
}

#[tokio::test]
async fn every_alert_is_acknowledged_once() {
    let outcome = send(200, Repeat::Never, Faults::default()).await;
    let mut fingerprints: Vec<_> = outcome.acknowledged.iter().map(|it| it.fingerprint.clone()).collect();
    fingerprints.sort_unstable();
    fingerprints.dedup();
    assert_eq!((fingerprints.len(), outcome.given_up, outcome.refusals.len()), (200, 0, 0));
}

#[tokio::test]
async fn refusals_are_counted_by_their_reason_and_not_repeated() {
    let outcome = send(100, Repeat::Never, Faults { refuse_every: Some(10), ..Faults::default() }).await;
    assert_eq!((outcome.acknowledged.len(), outcome.given_up), (90, 10));
    assert_eq!(outcome.refusals, [("503".to_owned(), 10)].into());
}

#[tokio::test]
async fn as_alertmanager_what_was_refused_is_sent_again_until_it_is_taken() {
    let faults = Faults { refuse_every: Some(5), forget_answer_every: Some(7), ..Faults::default() };
    let outcome = send(50, Repeat::AsAlertmanager, faults).await;
    assert_eq!((outcome.acknowledged.len(), outcome.given_up), (50, 0));
    assert!(outcome.refusals["503"] > 0 && outcome.refusals["500"] > 0, "{:?}", outcome.refusals);
}

/// Eight senders wait for a server that stalls; what was due meanwhile counts from when it was due.
#[tokio::test]
async fn a_stall_shows_in_the_latencies_of_all_that_was_due_during_it() {
    let stall = Duration::from_millis(400);
    let outcome = send(400, Repeat::Never, Faults { stall, ..Faults::default() }).await;
    let latencies = outcome.latencies();
    assert_eq!(latencies.len(), 400);
    let late = latencies.iter().filter(|&&latency| latency > stall / 4).count();
    // 500 a second for three quarters of 400 ms; closed-loop senders would see 8.
    assert!(late >= 100, "{late}");
    assert!(percentile(&latencies, 0.99) > stall / 2);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told() {
    let target = crate::client::Target::new("http://127.0.0.1:1", "t").unwrap();
    let load = Load::new(Alerts::new(1, "x"), Agenda::of(3, RATE, Instant::now()), Repeat::Never);
    let outcome = load.run(&target, 2).await.unwrap();
    assert_eq!(outcome.refusals, [("no connection".to_owned(), 3)].into());
}

#[test]
fn percentiles_are_exact() {
    let ms: Vec<_> = (1..=1000).map(Duration::from_millis).collect();
    for (part, expected) in [(0.5, 500), (0.99, 990), (0.999, 999), (1.0, 1000), (0.0, 1)] {
        assert_eq!(percentile(&ms, part), Duration::from_millis(expected), "{part}");
    }
    assert_eq!(percentile(&[], 0.99), Duration::ZERO);
}

#[test]
fn what_comes_late_does_not_count_for_the_rate() {
    let start = Instant::now();
    let at = |ms| super::Acknowledged {
        fingerprint: String::new(),
        event_id: String::new(),
        latency: Duration::ZERO,
        at: start + Duration::from_millis(ms),
    };
    let outcome = Outcome { acknowledged: vec![at(1), at(500), at(1000), at(1051)], ..Outcome::default() };
    let second = Duration::from_secs(1);
    assert!((outcome.rate(start + second + Duration::from_millis(50), second) - 3.0).abs() < 1e-9);
}
