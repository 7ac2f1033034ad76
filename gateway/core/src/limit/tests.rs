use super::*;
use proptest::prelude::*;

fn limiter(requests: u32, per_s: u64) -> Limiter {
    Limiter::new(RateLimit { requests, per: Duration::from_secs(per_s), key: LimitBy::Route })
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

#[test]
fn a_burst_passes_then_requests_are_refilled_evenly() {
    let limiter = limiter(4, 1);
    let take = |at| limiter.take(LimitKey::Route, ms(at));
    for _ in 0..4 {
        assert_eq!(take(0), Ok(()));
    }
    assert_eq!(take(0), Err(ms(250)));
    assert_eq!(take(249), Err(ms(1)));
    assert_eq!(take(250), Ok(()));
    assert_eq!(take(250), Err(ms(250)));
    assert_eq!(take(10_000), Ok(()));
}

#[test]
fn callers_do_not_share_unless_told_to() {
    let v4: IpAddr = "192.0.2.1".parse().unwrap();
    let mapped: IpAddr = "::ffff:192.0.2.1".parse().unwrap();
    let v6: IpAddr = "2001:db8::1".parse().unwrap();
    let neighbour: IpAddr = "2001:db8::2".parse().unwrap();
    let by_ip = |ip| LimitKey::of(LimitBy::ClientIp, ip, Some("ann"));
    assert_eq!(by_ip(v4), by_ip(mapped));
    assert_eq!(by_ip(v6), by_ip(neighbour));
    assert_ne!(by_ip(v4), by_ip(v6));
    assert_eq!(LimitKey::of(LimitBy::Consumer, v4, Some("ann")), LimitKey::Consumer("ann".to_owned()));
    assert_eq!(LimitKey::of(LimitBy::Consumer, v4, None), by_ip(v4));
    assert_eq!(LimitKey::of(LimitBy::Route, v4, Some("ann")), LimitKey::Route);
}

#[test]
fn the_number_of_remembered_callers_is_bounded() {
    let limiter = Limiter { keys_max: 100, ..limiter(1, 60) };
    let key = |n: u32| LimitKey::Client(IpAddr::V4(n.into()));
    for n in 0..10_000 {
        assert_eq!(limiter.take(key(n), ms(1)), Ok(()));
    }
    let generations = limiter.full_again.lock().unwrap();
    assert!(generations.young.len() + generations.old.len() <= 100);
    drop(generations);
    assert!(limiter.take(key(9_999), ms(1)).is_err(), "the latest ones are remembered");
}

proptest! {
    #[test]
    fn never_more_than_the_burst_and_the_refill(
        requests in 1..20_u32,
        steps in prop::collection::vec(0..500_u64, 1..200),
    ) {
        let limiter = limiter(requests, 1);
        let mut now = 0;
        let mut passed = 0_u64;
        for step in steps {
            now += step;
            passed += u64::from(limiter.take(LimitKey::Route, ms(now)).is_ok());
            // One more than the exact refill, for the division's remainder.
            prop_assert!(passed <= u64::from(requests) + now * u64::from(requests) / 1000 + 1);
        }
    }
}
