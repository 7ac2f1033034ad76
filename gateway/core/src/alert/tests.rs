use super::*;
use crate::histogram::BUCKETS;
use proptest::prelude::*;

fn rule(on: Signal, above: f64, for_s: u64) -> Rule {
    Rule { name: "r".to_owned(), on, of: None, above, resolve_below: above * 0.8, for_s, requests_min: 20 }
}

/// Runs seconds of (bad, total) and returns when it was raised and resolved.
fn run(rule: &Rule, seconds: impl IntoIterator<Item = (u64, u64)>) -> Vec<(usize, bool)> {
    let mut watch = Watch::default();
    let mut changes = Vec::new();
    for (second, (bad, total)) in seconds.into_iter().enumerate() {
        if let Some(change) = watch.step(rule, second as u64, Sample::Ratio { bad, total }) {
            changes.push((second, change.raised));
        }
    }
    changes
}

fn times<T: Clone>(count: usize, value: T) -> impl Iterator<Item = T> {
    std::iter::repeat_n(value, count)
}

#[test]
fn an_outage_is_raised_once_and_resolved_once() {
    let rule = rule(Signal::ErrorRatio, 0.05, 30);
    let seconds = times(100, (0, 50)).chain(times(120, (50, 50))).chain(times(200, (0, 50)));
    let changes = run(&rule, seconds);
    let [(raised, true), (resolved, false)] = changes[..] else { panic!("{changes:?}") };
    assert!((129..=133).contains(&raised), "{raised}");
    assert!((249..=268).contains(&resolved), "{resolved}");
}

#[test]
fn a_quiet_day_raises_none() {
    let rule = rule(Signal::ErrorRatio, 0.05, 30);
    let day = (0..86_400_u64).map(|second| {
        let total = [0, 1, 3, 20, 200][(second / 7 % 5) as usize];
        // One in a hundred fails, and twice an hour a second is all errors.
        let bad = if second % 1800 == 5 { total } else { u64::from(second % 11 == 0 && total > 100) * 2 };
        (bad, total)
    });
    assert_eq!(run(&rule, day), []);
}

#[test]
fn a_fault_that_is_over_in_half_the_time_is_not_told() {
    let rule = rule(Signal::ErrorRatio, 0.05, 30);
    assert_eq!(run(&rule, times(60, (0, 50)).chain(times(13, (50, 50))).chain(times(200, (0, 50)))), []);
}

#[test]
fn a_slow_trickle_is_judged_over_its_time() {
    let one_in_two = |second: u64| (u64::from(second.is_multiple_of(2)), 1);
    assert_eq!(run(&rule(Signal::ErrorRatio, 0.3, 30), (0..100).map(one_in_two)).len(), 1);
    let fewer = Rule { requests_min: 31, ..rule(Signal::ErrorRatio, 0.3, 30) };
    assert_eq!(run(&fewer, (0..1000).map(one_in_two)), [], "30 requests in 30 s are too few");
}

#[test]
fn silence_resolves() {
    let changes = run(&rule(Signal::ErrorRatio, 0.3, 10), times(30, (9, 10)).chain(times(60, (0, 0))));
    assert_eq!(changes.iter().map(|&(_, raised)| raised).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn between_the_thresholds_nothing_changes() {
    let rule = rule(Signal::ErrorRatio, 0.5, 10);
    let seconds = times(50, (45, 100)).chain(times(30, (60, 100))).chain(times(50, (45, 100)));
    assert_eq!(run(&rule, seconds).len(), 1, "45 % neither raises nor resolves");
}

#[test]
fn an_alert_above_nothing_can_be_resolved() {
    let any = Rule { resolve_below: 0.0, ..rule(Signal::ErrorRatio, 0.0, 5) };
    assert_eq!(run(&any, times(20, (1, 100)).chain(times(20, (0, 100)))).len(), 2);
}

#[test]
fn a_pause_is_no_evidence() {
    let rule = rule(Signal::UpstreamDown, 0.5, 10);
    let mut watch = Watch::default();
    assert_eq!(watch.step(&rule, 0, Sample::Level(true)), None);
    assert_eq!(watch.step(&rule, 1000, Sample::Level(true)), None);
    for second in 1001..1010 {
        assert_eq!(watch.step(&rule, second, Sample::Level(true)), None);
    }
    assert_eq!(watch.step(&rule, 1010, Sample::Level(true)), Some(Change { raised: true, value: 1.0 }));
    assert!(watch.is_raised());
}

#[test]
fn latency_is_told_in_milliseconds() {
    let rule = rule(Signal::LatencyP99, 250.0, 10);
    let mut watch = Watch::default();
    let mut seconds = [0; BUCKETS];
    seconds[histogram::bucket(10_000)] = 95;
    seconds[histogram::bucket(390_000)] = 5;
    let raised = (0..30).find_map(|second| watch.step(&rule, second, Sample::Durations(&seconds)));
    let value = raised.unwrap().value;
    assert!((300.0..=400.0).contains(&value), "{value}");
    let mut calm = Watch::default();
    seconds[histogram::bucket(390_000)] = 0;
    seconds[histogram::bucket(240_000)] = 5;
    assert!((0..60).all(|second| calm.step(&rule, second, Sample::Durations(&seconds)).is_none()));
}

proptest! {
    /// Against all seconds kept as they were: whatever comes, changes alternate, are at least `for_s` apart, and none comes
    /// unless the value was beyond the threshold in each of the last `for_s` seconds.
    #[test]
    fn changes_are_rare_and_deserved(
        for_s in 1_u64..40,
        above in 0.05_f64..0.9,
        seconds in prop::collection::vec((0_u64..30, 0_u64..30), 1..400),
    ) {
        let rule = rule(Signal::ErrorRatio, above, for_s);
        let mut watch = Watch::default();
        let mut values: Vec<f64> = Vec::new();
        let mut last: Option<(u64, bool)> = None;
        for (second, &(bad, good)) in seconds.iter().enumerate() {
            let now = second as u64;
            let change = watch.step(&rule, now, Sample::Ratio { bad, total: bad + good });
            values.push(obvious(&rule, &seconds[..=second], now));
            let Some(change) = change else { continue };
            prop_assert!(last.is_none_or(|(at, raised)| raised != change.raised && now - at >= for_s));
            prop_assert!(last.is_some() || change.raised);
            let held = &values[second - usize::try_from(for_s).unwrap()..];
            let deserved = held.iter().all(|&value| if change.raised { value > above } else { value <= above * 0.8 });
            prop_assert!(deserved, "{held:?}");
            last = Some((now, change.raised));
        }
    }
}

/// The value, from the list of all seconds.
fn obvious(rule: &Rule, seconds: &[(u64, u64)], now: u64) -> f64 {
    let slot_s = rule.for_s.div_ceil(16).max(1);
    let slots = rule.for_s.div_ceil(slot_s);
    let since = |slots: u64| {
        let first = (now / slot_s + 1).saturating_sub(slots) * slot_s;
        seconds[usize::try_from(first).unwrap()..]
            .iter()
            .fold((0, 0), |(bad, total), (b, g)| (bad + b, total + b + g))
    };
    let (_, all) = since(slots);
    let (bad, total) = since(slots.div_ceil(2));
    if all < rule.requests_min || total == 0 {
        0.0
    } else {
        f64::from(u32::try_from(bad).unwrap()) / f64::from(u32::try_from(total).unwrap())
    }
}
