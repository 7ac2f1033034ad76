use super::{
    baggage::{BAGGAGE, Change},
    trace::{Count, explain},
    *,
};
use crate::caller::{Caller, CallerKind};
use http::{HeaderMap, HeaderValue};
use proptest::prelude::*;
use serde_json::{Map, json};

fn lane(name: &str) -> Lane {
    Lane::parse(name).unwrap()
}

fn map(headers: &[(&str, &str)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(HeaderName::try_from(*name).unwrap(), HeaderValue::from_str(value).unwrap());
    }
    map
}

fn facts(headers: &HeaderMap) -> Facts<'_> {
    Facts { headers, client: "192.0.2.1".parse().unwrap(), caller: None }
}

fn rule(name: &str) -> LaneRule {
    LaneRule { lane: lane(name), header: None, cookie: None, claim: None, percent: None }
}

fn policy(everybody: bool, rules: Vec<LaneRule>) -> LanePolicy {
    let choosers = Choosers { everybody, ..Choosers::default() };
    LanePolicy { choosers, rules, ..LanePolicy::default() }
}

fn shown(resolved: &Resolved) -> String {
    format!("{} {:?}", resolved.lane.as_ref().map_or(BASE, Lane::as_str), resolved.why)
}

#[test]
fn names_are_dns_labels_with_dots() {
    for good in ["a", "feature-x", "feature-x.retry", "7.a.b.c.d.e.f.g", &"a".repeat(63)] {
        assert_eq!(lane(good).as_str(), good);
    }
    for bad in ["", ".", "a.", ".a", "a..b", "-a", "a-", "A", "a_b", "ä", "a b", "a/b", &"a".repeat(64)] {
        assert_eq!(Lane::parse(bad), Err(LaneError::Segment), "{bad}");
    }
    assert_eq!(Lane::parse("1.2.3.4.5.6.7.8.9"), Err(LaneError::TooLong));
    assert_eq!(Lane::parse(&vec!["a".repeat(63); 5].join(".")), Err(LaneError::TooLong));
    assert_eq!(Lane::parse("base"), Err(LaneError::Base));
    assert_eq!(lane("a.b.c").chain().collect::<Vec<_>>(), ["a.b.c", "a.b", "a"]);
}

#[test]
fn the_route_goes_before_the_caller_and_the_caller_before_the_rules() {
    let policy = policy(true, vec![rule("coloured")]);
    let fixed = RouteLane { lane: Some(lane("fixed")), strict: false };
    let chosen = [("x-lane", "chosen"), ("baggage", "a=b, lane = carried ;p=1")];
    for (route, headers, expected) in [
        (&fixed, &chosen[..], "fixed Route"),
        (&RouteLane::default(), &chosen, "chosen Header"),
        (&RouteLane::default(), &chosen[1..], "carried Baggage"),
        (&RouteLane::default(), &[("x-lane", "base")], "base Header"),
        (&RouteLane::default(), &[("x-lane", "No_Lane")], "coloured Rule(0)"),
        (&RouteLane::default(), &[("x-lane", "a"), ("x-lane", "b")], "coloured Rule(0)"),
        (&RouteLane::default(), &[("baggage", "lane")], "coloured Rule(0)"),
        (&RouteLane::default(), &[], "coloured Rule(0)"),
    ] {
        assert_eq!(shown(&resolve(&policy, route, &facts(&map(headers)))), expected, "{headers:?}");
    }
}

#[test]
fn choosers_are_told_by_role_or_address() {
    let caller = |roles: &[&str]| {
        let roles = roles.iter().map(|role| (*role).to_owned()).collect();
        Caller::new("ann".to_owned(), String::new(), roles, Map::new(), CallerKind::Key)
    };
    let choosers = Choosers {
        everybody: false,
        roles: vec!["developer".to_owned()],
        networks: vec!["10.0.0.0/8".parse().unwrap()],
    };
    let policy = LanePolicy { choosers, ..LanePolicy::default() };
    let headers = map(&[("x-lane", "a"), ("x-lane-trace", "1")]);
    for (client, caller, expected) in [
        ("192.0.2.1", None, false),
        ("192.0.2.1", Some(caller(&["viewer"])), false),
        ("192.0.2.1", Some(caller(&["viewer", "developer"])), true),
        ("10.1.2.3", None, true),
        ("::ffff:10.1.2.3", None, true),
    ] {
        let facts = Facts { client: client.parse().unwrap(), caller: caller.as_ref(), headers: &headers };
        let resolved = resolve(&policy, &RouteLane::default(), &facts);
        assert_eq!(
            (resolved.chooser, resolved.explain, resolved.lane.is_some()),
            (expected, expected, expected)
        );
    }
}

#[test]
fn the_first_rule_of_which_all_conditions_hold_colours() {
    let header = Some((HeaderName::from_static("x-team"), "red".to_owned()));
    let rules = vec![
        LaneRule {
            header: header.clone(),
            cookie: Some(("beta".to_owned(), "1".to_owned())),
            ..rule("both")
        },
        LaneRule { header, ..rule("red") },
        LaneRule { claim: Some(("org".to_owned(), "x".to_owned())), ..rule("claim") },
        LaneRule { percent: Some(0.0), ..rule("nobody") },
    ];
    let policy = policy(false, rules);
    for (headers, expected) in [
        (&[("x-team", "red"), ("cookie", "a=b; beta=1")][..], "both Rule(0)"),
        (&[("x-team", "red"), ("cookie", "beta=2")], "red Rule(1)"),
        (&[("x-team", "Red"), ("cookie", "beta=1")], "base Nothing"),
    ] {
        assert_eq!(shown(&resolve(&policy, &RouteLane::default(), &facts(&map(headers)))), expected);
    }
    let claims = json!({"org": ["w", "x"]}).as_object().unwrap().clone();
    let kind = CallerKind::Jwt("i".to_owned());
    let caller = Caller::new("ann".to_owned(), String::new(), Vec::new(), claims, kind);
    let headers = HeaderMap::new();
    let facts = Facts { caller: Some(&caller), ..facts(&headers) };
    assert_eq!(shown(&resolve(&policy, &RouteLane::default(), &facts)), "claim Rule(2)");
}

#[test]
fn a_percentage_is_of_callers_and_grows_without_moving_any() {
    let headers = HeaderMap::new();
    let coloured = |name: &str, percent: f64| -> Vec<u32> {
        let policy = policy(false, vec![LaneRule { percent: Some(percent), ..rule(name) }]);
        let in_lane = |client: &u32| {
            let facts = Facts { client: IpAddr::V4((0x0a00_0000 + client).into()), ..facts(&headers) };
            resolve(&policy, &RouteLane::default(), &facts).lane.is_some()
        };
        (0..10_000).filter(in_lane).collect()
    };
    let (ten, thirty) = (coloured("a", 10.0), coloured("a", 30.0));
    assert!((900..1100).contains(&ten.len()), "{}", ten.len());
    assert!((2800..3200).contains(&thirty.len()), "{}", thirty.len());
    assert!(ten.iter().all(|client| thirty.contains(client)));
    let both = coloured("b", 10.0).iter().filter(|client| ten.contains(client)).count();
    assert!((50..150).contains(&both), "lanes draw their callers independently: {both}");
    assert_eq!(coloured("a", 100.0).len(), 10_000);
}

#[test]
fn baggage_carries_our_lane_and_what_others_packed() {
    let set = |text: &str| Change::Set(HeaderValue::from_str(text).unwrap());
    for (lines, lane_name, expected) in [
        (&[][..], None, Change::Keep),
        (&["a=1;p=2, b=2"], None, Change::Keep),
        (&["a=1, lane=x, b=2"], None, set("a=1,b=2")),
        (&["Lane =x"], None, Change::Remove),
        (&[], Some("y"), set("lane=y")),
        (&["a=1;p=2 , ,lane=x;p", "b=2"], Some("y.z"), set("lane=y.z,a=1;p=2,b=2")),
        (&["lanes=1,lane-x=2"], None, Change::Keep),
    ] {
        let headers = map(&lines.iter().map(|line| ("baggage", *line)).collect::<Vec<_>>());
        assert_eq!(baggage::change(&headers, lane_name.map(lane).as_ref()), expected, "{lines:?}");
    }
    let many = (0..100).map(|n| format!("k{n}=v")).collect::<Vec<_>>().join(",");
    let Change::Set(line) = baggage::change(&map(&[("baggage", &many)]), Some(&lane("y"))) else { panic!() };
    assert_eq!(line.to_str().unwrap().split(',').count(), 64);
    let large = format!("a=1,b={},c=3", "x".repeat(8192));
    assert_eq!(baggage::change(&map(&[("baggage", &large)]), None), set("a=1"));
}

#[test]
fn the_explanation_names_every_candidate() {
    let resolved = Resolved { lane: Some(lane("a.b")), why: Why::Rule(2), ..Resolved::default() };
    let count = |lane: Option<&str>| Count { living: lane.map_or(3, |lane| lane.len() - 1), of: 3 };
    assert_eq!(
        explain(&resolved, count, Some(Some("a.b"))),
        r#"lane="a.b", why=rule;index=2, candidates=("a.b";living=2;of=3 "a";living=0;of=3 base;living=3;of=3), taken="a.b""#
    );
    let strict = Resolved { strict: true, why: Why::Header, ..resolved };
    assert_eq!(
        explain(&strict, count, None),
        r#"lane="a.b", why=header, candidates=("a.b";living=2;of=3), taken=nobody"#
    );
    let none = Resolved { strict: true, ..Resolved::default() };
    assert_eq!(
        explain(&none, count, Some(None)),
        "lane=base, why=nothing, candidates=(base;living=3;of=3), taken=base"
    );
}

fn any_lane() -> impl Strategy<Value = String> {
    prop::collection::vec("[ab]{1,2}", 1..4).prop_map(|segments| segments.join("."))
}

/// A header as an attacker would send it.
fn any_header() -> impl Strategy<Value = (&'static str, String)> {
    let baggage = prop::collection::vec("(lane|LANE| lane |k)(=| = )[a-z.]{0,3}(;lane=x)?", 0..4);
    prop_oneof![
        "[a-zA-Z.,_ -]{0,6}".prop_map(|value| ("x-lane", value)),
        baggage.prop_map(|members| ("baggage", members.join(","))),
        Just(("x-lane-trace", "1".to_owned())),
        "[rg]".prop_map(|value| ("x-team", value)),
    ]
}

proptest! {
    #[test]
    fn who_may_not_choose_is_resolved_as_if_it_had_not_asked(
        headers in prop::collection::vec(any_header(), 0..6),
        fixed in prop::option::of(any_lane()),
    ) {
        let team = Some((HeaderName::from_static("x-team"), "r".to_owned()));
        let policy = policy(false, vec![LaneRule { header: team, ..rule("red") }]);
        let route = RouteLane { lane: fixed.as_deref().map(lane), strict: false };
        let all: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let silent: Vec<(&str, &str)> = all.iter().copied().filter(|(name, _)| *name == "x-team").collect();
        let (all, silent) = (map(&all), map(&silent));
        let resolved = resolve(&policy, &route, &facts(&all));
        prop_assert_eq!(&resolved, &resolve(&policy, &route, &facts(&silent)));

        // Nor does it reach the upstream, however that reads baggage.
        let mut sent = all.clone();
        match baggage::change(&all, resolved.lane.as_ref()) {
            Change::Keep => {}
            Change::Set(line) => { sent.insert(BAGGAGE, line); }
            Change::Remove => { sent.remove(BAGGAGE); }
        }
        let lines: Vec<&str> = sent.get_all(BAGGAGE).iter().map(|line| line.to_str().unwrap()).collect();
        let members: Vec<String> = lines.join(",").split(',').map(|member| member.trim().to_lowercase()).collect();
        let lanes: Vec<&String> =
            members.iter().filter(|member| member.split(['=', ';']).next().unwrap().trim() == "lane").collect();
        let expected: Vec<String> = resolved.lane.iter().map(|lane| format!("lane={lane}")).collect();
        prop_assert_eq!(lanes, expected.iter().collect::<Vec<_>>());
    }

    #[test]
    fn a_fallback_never_leaves_the_chain(own in prop::option::of(any_lane()), strict: bool) {
        let resolved = Resolved { lane: own.as_deref().map(lane), strict, ..Resolved::default() };
        // The slow and obvious way: cut one segment after the other.
        let mut expected = Vec::new();
        let mut segments: Vec<&str> = own.iter().flat_map(|own| own.split('.')).collect();
        while !segments.is_empty() {
            expected.push(Some(segments.join(".")));
            segments.pop();
        }
        expected.push(None);
        expected.truncate(if strict { 1 } else { expected.len() });
        let expected: Vec<Option<&str>> = expected.iter().map(Option::as_deref).collect();
        prop_assert_eq!(resolved.candidates().into_owned(), expected);
    }
}
