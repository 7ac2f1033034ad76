use super::{DELAY_MAX, FORGOTTEN_AFTER, NAMES_MAX, Throttle};
use std::time::{Duration, Instant};

#[test]
fn some_tries_are_free_then_each_costs_twice_the_waiting() {
    let (mut throttle, mut now) = (Throttle::default(), Instant::now());
    for _ in 0..5 {
        assert_eq!(throttle.admit("ann", now), Ok(()));
    }
    for seconds in [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300] {
        assert_eq!(throttle.admit("ann", now), Err(Duration::from_secs(seconds)));
        assert_eq!(throttle.admit("ben", now), Ok(()), "others do not wait");
        throttle.forget("ben");
        now += Duration::from_secs(seconds);
        assert_eq!(throttle.admit("ann", now), Ok(()));
    }
    assert_eq!(throttle.admit("ann", now), Err(DELAY_MAX));
    throttle.forget("ann");
    assert_eq!(throttle.admit("ann", now), Ok(()), "who has shown that it is theirs begins anew");
}

#[test]
fn what_was_long_ago_is_forgotten() {
    let (mut throttle, now) = (Throttle::default(), Instant::now());
    for _ in 0..5 {
        assert_eq!(throttle.admit("ann", now), Ok(()));
    }
    let later = now + FORGOTTEN_AFTER;
    for _ in 0..5 {
        assert_eq!(throttle.admit("ann", later), Ok(()));
    }
    assert!(throttle.admit("ann", later).is_err());
}

#[test]
fn made_up_names_do_not_fill_the_memory() {
    let (mut throttle, now) = (Throttle::default(), Instant::now());
    for n in 0..NAMES_MAX + 100 {
        assert_eq!(throttle.admit(&n.to_string(), now + Duration::from_millis(n as u64)), Ok(()));
    }
    assert_eq!(throttle.names.len(), NAMES_MAX);
    assert!(!throttle.names.contains_key("0") && throttle.names.contains_key("100"), "the oldest have gone");
}

#[test]
fn of_many_failures_some_are_told_and_the_others_counted() {
    let (mut throttle, now) = (Throttle::default(), Instant::now());
    let told =
        |throttle: &mut Throttle, at| (0..25).filter_map(|_| throttle.tell_failure(at)).collect::<Vec<_>>();
    assert_eq!(told(&mut throttle, now), [0; 10]);
    let next = told(&mut throttle, now + Duration::from_secs(60));
    assert_eq!((next.len(), next[0], next[1]), (10, 15, 0));
}
