use super::*;
use proptest::prelude::*;

const SETTINGS: FailureRatio = FailureRatio {
    above: 0.5,
    window: Duration::from_secs(10),
    requests_min: 4,
    open: Duration::from_secs(5),
    half_open_requests: 2,
};

fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn request(breaker: &Breaker, ok: bool, now: Duration) -> Option<BreakerState> {
    let pass = breaker.admit(now).unwrap();
    breaker.report(&pass, ok, now)
}

fn opened() -> Breaker {
    let breaker = Breaker::new(SETTINGS);
    for _ in 0..3 {
        assert_eq!(request(&breaker, false, s(1)), None, "fewer than requests_min say nothing");
    }
    assert_eq!(request(&breaker, false, s(1)), Some(BreakerState::Open { since: s(1), until: s(6) }));
    breaker
}

#[test]
fn it_opens_above_the_share_and_says_for_how_long() {
    let breaker = opened();
    assert_eq!(breaker.admit(s(2)), Err(s(4)));
    let even = Breaker::new(SETTINGS);
    for ok in [true, false, true, false, true, false] {
        assert_eq!(request(&even, ok, s(1)), None, "half is not more than half");
    }
    assert!(request(&even, false, s(1)).is_some());
}

#[test]
fn what_is_older_than_the_window_does_not_count() {
    let breaker = Breaker::new(SETTINGS);
    for _ in 0..3 {
        request(&breaker, false, s(1));
    }
    assert_eq!(request(&breaker, false, s(12)), None);
    for _ in 0..2 {
        assert_eq!(request(&breaker, false, s(20)), None);
    }
    assert!(request(&breaker, false, s(20)).is_some());
}

#[test]
fn a_few_are_let_through_and_close_it_if_all_succeed() {
    let breaker = opened();
    let first = breaker.admit(s(6)).unwrap();
    let second = breaker.admit(s(6)).unwrap();
    assert!(breaker.admit(s(6)).is_err(), "no more than half_open_requests");
    assert_eq!(breaker.report(&first, true, s(6)), None);
    assert_eq!(breaker.report(&second, true, s(7)), Some(BreakerState::Closed));
    assert_eq!(request(&breaker, false, s(7)), None, "it begins anew");
}

#[test]
fn one_failure_of_the_few_opens_it_again() {
    let breaker = opened();
    let (first, second) = (breaker.admit(s(6)).unwrap(), breaker.admit(s(6)).unwrap());
    assert!(matches!(breaker.report(&first, false, s(6)), Some(BreakerState::Open { .. })));
    assert_eq!(breaker.report(&second, true, s(7)), None, "a probe of a round that is over changes nothing");
    assert_eq!(breaker.admit(s(10)), Err(s(1)));
    assert!(matches!(breaker.admit(s(11)), Ok(Pass::Probe(2))));
    assert_eq!(breaker.report(&second, false, s(11)), None);
}

#[test]
fn what_fails_after_all_counts_as_one_failure() {
    let breaker = Breaker::new(SETTINGS);
    for _ in 0..4 {
        assert_eq!(request(&breaker, true, s(1)), None);
    }
    assert_eq!((breaker.retract(s(1)), breaker.retract(s(1))), (None, None), "two of four");
    assert!(breaker.retract(s(1)).is_some(), "three of four");
}

#[test]
fn an_abandoned_probe_makes_room_for_another() {
    let breaker = opened();
    let (first, _second) = (breaker.admit(s(6)).unwrap(), breaker.admit(s(6)).unwrap());
    breaker.abandon(&first);
    assert!(matches!(breaker.admit(s(6)), Ok(Pass::Probe(1))));
    assert!(breaker.admit(s(6)).is_err());
}

proptest! {
    #[test]
    fn it_opens_when_a_slow_count_would(requests in proptest::collection::vec((any::<bool>(), 0_u64..2_000), 1..200)) {
        let breaker = Breaker::new(FailureRatio { window: s(10), ..SETTINGS });
        let mut seen: Vec<(u64, bool)> = Vec::new();
        let mut now = 0;
        for (ok, gap) in requests {
            now += gap;
            seen.push((now, ok));
            // Steps of a second: a request counts while its step is one of the last ten.
            let recent: Vec<bool> =
                seen.iter().filter(|(at, _)| now / 1000 - at / 1000 < 10).map(|(_, ok)| *ok).collect();
            let failures = recent.iter().filter(|ok| !**ok).count();
            let expected = !ok && recent.len() >= 4 && 2 * failures > recent.len();
            let opened = request(&breaker, ok, Duration::from_millis(now)).is_some();
            prop_assert_eq!(opened, expected);
            if opened {
                break;
            }
        }
    }
}
