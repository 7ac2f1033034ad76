use super::{Agenda, at_pace, backoff};
use std::{
    num::NonZeroU32,
    time::{Duration, Instant},
};

const RATE: NonZeroU32 = NonZeroU32::new(1000).unwrap();
const MS: Duration = Duration::from_millis(1);

#[test]
fn new_alerts_are_due_at_the_pace_whatever_happens() {
    let start = Instant::now();
    let mut agenda = Agenda::of(3, RATE, start);
    let taken: Vec<_> = std::iter::from_fn(|| agenda.take()).map(|it| (it.alert, it.due - start)).collect();
    assert_eq!(taken, [(0, Duration::ZERO), (1, MS), (2, 2 * MS)]);
    assert_eq!(agenda.begun(), 3);
    // No drift after many.
    assert_eq!(at_pace(3_600_000, RATE), Duration::from_secs(3600));
    assert_eq!(at_pace(3, NonZeroU32::new(3).unwrap()), Duration::from_secs(1));
}

#[test]
fn a_repeat_comes_when_it_is_due_and_remembers_its_first_time() {
    let start = Instant::now();
    let mut agenda = Agenda::of(3, RATE, start);
    let first = agenda.take().unwrap();
    assert!(agenda.repeat(first, start, MS + MS / 2));
    let order: Vec<_> = std::iter::from_fn(|| agenda.take()).map(|it| (it.alert, it.attempts)).collect();
    assert_eq!(order, [(1, 0), (0, 1), (2, 0)]);
    let again = Agenda::of(1, RATE, start).take().unwrap();
    let mut agenda = Agenda::of(0, RATE, start);
    agenda.repeat(again, start, 5 * MS);
    let repeated = agenda.take().unwrap();
    assert_eq!((repeated.first_due, repeated.due), (start, start + 5 * MS));
}

#[test]
fn after_the_end_only_repeats_come_and_only_for_a_while() {
    let start = Instant::now();
    let mut agenda = Agenda::endless(RATE, start);
    let (first, second) = (agenda.take().unwrap(), agenda.take().unwrap());
    agenda.end(start + 10 * MS);
    assert_eq!(agenda.take(), None);
    assert!(agenda.repeat(first, start, 9 * MS));
    assert!(!agenda.repeat(second, start, 11 * MS));
    assert_eq!(agenda.take().map(|it| it.alert), Some(0));
    assert_eq!((agenda.take(), agenda.begun()), (None, 2));
}

#[test]
fn the_backoff_grows_to_a_minute() {
    assert_eq!(backoff(0, 0.5), Duration::from_millis(500));
    assert_eq!(backoff(1, 0.5), Duration::from_millis(750));
    assert_eq!(backoff(0, 0.0), Duration::from_millis(250));
    assert_eq!(backoff(u32::MAX, 0.5), Duration::from_secs(60));
    assert_eq!(backoff(u32::MAX, 1.0), Duration::from_secs(90));
}
