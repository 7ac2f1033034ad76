use super::*;
use http::HeaderMap;
use proptest::prelude::*;
use serde_json::json;

fn rule(name: &str, requests: u32, per_s: u64, key: LimitBy) -> RateLimit {
    RateLimit { name: name.to_owned(), requests, per: Duration::from_secs(per_s), key, shared: false }
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn facts<'a>(headers: &'a HeaderMap, client: &str) -> Facts<'a> {
    Facts { headers, client: client.parse().unwrap(), caller: None }
}

/// The time to wait, or what the client is told is left.
fn outcome(limits: &RouteLimits, taken: &Taken) -> String {
    match limits.refusal(taken).and_then(|refusal| refusal.retry_after) {
        Some(wait) => format!("wait {wait:?}"),
        None => limits.headers(taken)[1].1.to_str().unwrap().to_owned(),
    }
}

#[test]
fn a_burst_passes_then_requests_are_refilled_evenly() {
    let headers = HeaderMap::new();
    for key in [LimitBy::Route, LimitBy::ClientIp] {
        let limits = RouteLimits::new(&[rule("r", 4, 1, key)], None).unwrap();
        let take = |at| outcome(&limits, &limits.take(&facts(&headers, "192.0.2.1"), ms(at)));
        for left in (0..4).rev() {
            assert_eq!(take(0), format!("\"r\";r={left};t=1"));
        }
        assert_eq!(take(0), "wait 250ms");
        assert_eq!(take(249), "wait 1ms");
        assert_eq!(take(250), "\"r\";r=0;t=1");
        assert_eq!(take(250), "wait 250ms");
        assert_eq!(take(10_000), "\"r\";r=3;t=1");
    }
}

#[test]
fn callers_do_not_share_unless_told_to() {
    let claims = json!({"org": "ann"}).as_object().unwrap().clone();
    let caller = |kind| Caller::new("ann".to_owned(), String::new(), Vec::new(), claims.clone(), kind);
    let (own, basic) = (caller(CallerKind::Key), caller(CallerKind::Basic));
    let token = caller(CallerKind::Jwt("i".to_owned()));
    let mut headers = HeaderMap::new();
    let key = |by: &LimitBy, headers: &HeaderMap, client: &str, caller: Option<&Caller>| {
        LimitKey::of(by, &Facts { caller, ..facts(headers, client) })
    };
    let ip = |client| key(&LimitBy::ClientIp, &HeaderMap::new(), client, Some(&own));
    assert_eq!(ip("192.0.2.1"), ip("::ffff:192.0.2.1"));
    assert_eq!(ip("2001:db8::1"), ip("2001:db8::2"));
    assert_ne!(ip("192.0.2.1"), ip("2001:db8::1"));
    let by_header = LimitBy::Header(HeaderName::from_static("x-tenant"));
    for by in [&LimitBy::Consumer, &by_header, &LimitBy::Claim("org".to_owned())] {
        assert_eq!(key(by, &headers, "192.0.2.1", None), ip("192.0.2.1"), "{by:?}");
    }
    headers.insert("x-tenant", HeaderValue::from_static("ann"));
    let tenant = key(&by_header, &headers, "192.0.2.1", None);
    assert_eq!(tenant, key(&by_header, &headers, "192.0.2.2", None));
    assert_ne!(tenant, ip("192.0.2.1"));
    let consumer = |caller| key(&LimitBy::Consumer, &headers, "192.0.2.1", Some(caller));
    assert_eq!(consumer(&own), consumer(&basic));
    assert_ne!(consumer(&own), consumer(&token), "another issuer's ann is somebody else");
    let by_claim = key(&LimitBy::Claim("org".to_owned()), &headers, "192.0.2.1", Some(&token));
    assert_eq!(by_claim, key(&LimitBy::Claim("org".to_owned()), &headers, "192.0.2.2", Some(&own)));
    assert_eq!(key(&LimitBy::Route, &headers, "192.0.2.1", Some(&own)), LimitKey::Route);
}

#[test]
fn all_limits_must_allow_and_a_refusal_uses_nothing_up() {
    let rules = [rule("fast", 2, 1, LimitBy::ClientIp), rule("slow", 3, 3600, LimitBy::Route)];
    let limits = RouteLimits::new(&rules, None).unwrap();
    let headers = HeaderMap::new();
    let take = |client, at| outcome(&limits, &limits.take(&facts(&headers, client), ms(at)));
    assert_eq!(take("192.0.2.1", 0), "\"fast\";r=1;t=1, \"slow\";r=2;t=1200");
    assert_eq!(take("192.0.2.1", 0), "\"fast\";r=0;t=1, \"slow\";r=1;t=2400");
    assert_eq!(take("192.0.2.1", 0), "wait 500ms");
    assert_eq!(take("192.0.2.2", 0), "\"fast\";r=1;t=1, \"slow\";r=0;t=3600");
    for _ in 0..9 {
        assert_eq!(
            take("192.0.2.2", 0),
            "wait 1200s",
            "the first limit is not used up by refusals of the second"
        );
    }
    let policy = &limits.headers(&limits.take(&facts(&headers, "192.0.2.3"), ms(0)))[0];
    assert_eq!(policy.1, "\"fast\";q=2;w=1, \"slow\";q=3;w=3600");
}

#[test]
fn shared_limits_are_settled_by_others_or_alone() {
    let shared = RateLimit { shared: true, ..rule("all", 2, 2, LimitBy::ClientIp) };
    let rules = [rule("own", 3, 3, LimitBy::Route), shared];
    let limits = RouteLimits::new(&rules, None).unwrap();
    let headers = HeaderMap::new();
    let take = || limits.take(&facts(&headers, "192.0.2.1"), ms(0));
    let answer = |full_ms, wait_ms| [Standing { full_in: ms(full_ms), wait: ms(wait_ms) }];

    let mut taken = take();
    assert_eq!(limits.open(&taken).count(), 1);
    limits.settle(&mut taken, &answer(1000, 0), ms(0));
    assert_eq!(outcome(&limits, &taken), "\"own\";r=2;t=1, \"all\";r=1;t=1");
    assert_eq!(limits.open(&taken).count(), 0);

    let mut refused = take();
    limits.settle(&mut refused, &answer(2000, 700), ms(0));
    assert_eq!(outcome(&limits, &refused), "wait 700ms");
    assert_eq!(limits.open(&refused).count(), 0);
    let known = take();
    assert_eq!(outcome(&limits, &known), "wait 1s", "what others said is remembered");
    assert_eq!(limits.open(&known).count(), 0, "and nobody need be asked");

    let other = Facts { client: "192.0.2.2".parse().unwrap(), ..facts(&headers, "192.0.2.1") };
    for expected in ["\"own\";r=1;t=2, \"all\";r=1;t=1", "\"own\";r=0;t=3, \"all\";r=0;t=2", "wait 1s"] {
        let mut alone = limits.take(&other, ms(0));
        limits.settle_alone(&mut alone, ms(0));
        assert_eq!(outcome(&limits, &alone), expected);
    }
}

proptest! {
    #[test]
    fn never_more_than_the_burst_and_the_refill(
        requests in 1..20_u32,
        steps in prop::collection::vec(0..500_u64, 1..200),
    ) {
        let limits = RouteLimits::new(&[rule("r", requests, 1, LimitBy::Route)], None).unwrap();
        let headers = HeaderMap::new();
        let mut now = 0;
        let mut passed = 0_u64;
        for step in steps {
            now += step;
            let taken = limits.take(&facts(&headers, "192.0.2.1"), ms(now));
            passed += u64::from(limits.refusal(&taken).is_none());
            // One more than the exact refill, for the division's remainder.
            prop_assert!(passed <= u64::from(requests) + now * u64::from(requests) / 1000 + 1);
        }
    }

    #[test]
    fn refusals_by_one_limit_leave_the_other_as_if_they_had_not_been(
        steps in prop::collection::vec((0..500_u64, 0..4_u8), 1..100),
    ) {
        let own = rule("own", 5, 1, LimitBy::Route);
        let both = RouteLimits::new(&[own.clone(), rule("each", 2, 1, LimitBy::ClientIp)], None).unwrap();
        let only = RouteLimits::new(&[own], None).unwrap();
        let headers = HeaderMap::new();
        let mut now = 0;
        for (step, client) in steps {
            now += step;
            let facts = facts(&headers, &format!("192.0.2.{client}"));
            if both.refusal(&both.take(&facts, ms(now))).is_none() {
                let alone = only.take(&facts, ms(now));
                prop_assert_eq!(only.refusal(&alone), None);
            }
        }
    }
}
