use super::*;
use crate::resource::{Bounds, CheckKind, Endpoint, FailureRatio, HealthCheck, Outliers};

const OUTLIERS: Outliers =
    Outliers { consecutive_failures: 2, ejection: Duration::from_secs(30), max_ejected_percent: 50 };

fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn tcp(host: &str, lane: Option<&str>) -> Endpoint {
    let address = Address::Tcp { host: host.to_owned(), port: 80 };
    Endpoint { lane: lane.map(|lane| Lane::parse(lane).unwrap()), ..address.into() }
}

fn compiled(cluster: Cluster) -> Arc<CompiledCluster> {
    Arc::new(CompiledCluster::new(cluster, None))
}

/// `10.0.0.1`, `10.0.0.2` and so on.
fn of(count: usize) -> Cluster {
    Cluster::new("c", (1..=count).map(|n| tcp(&format!("10.0.0.{n}"), None)).collect())
}

fn pick(cluster: &Arc<CompiledCluster>, now: Duration) -> Result<Lease, NoPick> {
    cluster.pick(&PickAsk { lanes: BASE, key: 0, tried: &[], now })
}

fn address(lease: &Lease) -> String {
    lease.member().target.to_string().trim_end_matches(":80").to_owned()
}

/// Which addresses `count` picks find.
fn found(cluster: &Arc<CompiledCluster>, count: usize, now: Duration) -> Vec<String> {
    let mut found: Vec<String> =
        (0..count).filter_map(|_| pick(cluster, now).ok().map(|l| address(&l))).collect();
    found.sort();
    found.dedup();
    found
}

fn fail(cluster: &Arc<CompiledCluster>, which: &str, now: Duration) -> Option<Duration> {
    loop {
        let mut lease = pick(cluster, now).unwrap();
        if address(&lease) == which {
            return lease.failed(now).ejected_until;
        }
    }
}

#[test]
fn an_endpoint_that_fails_in_a_row_is_left_out_for_a_while() {
    let cluster = compiled(Cluster { outliers: Some(OUTLIERS), ..of(3) });
    assert_eq!(fail(&cluster, "10.0.0.1", s(1)), None);
    let mut good = loop {
        let lease = pick(&cluster, s(1)).unwrap();
        if address(&lease) == "10.0.0.1" {
            break lease;
        }
    };
    good.answered(true, s(1));
    good.completed();
    assert_eq!(fail(&cluster, "10.0.0.1", s(1)), None, "a success in between begins the count anew");
    assert_eq!(fail(&cluster, "10.0.0.1", s(1)), Some(s(31)));
    assert_eq!(found(&cluster, 9, s(30)), ["10.0.0.2", "10.0.0.3"]);
    fail(&cluster, "10.0.0.2", s(30));
    assert_eq!(fail(&cluster, "10.0.0.2", s(30)), None, "one of three is all that half of them allows");
    assert_eq!(found(&cluster, 9, s(31)).len(), 3, "it comes back by time alone");
    let health = cluster.status(s(30)).endpoints[0].health;
    assert_eq!(health, Health::Ejected { since: s(1), until: s(31) });
}

#[test]
fn an_attempt_counts_as_one_failure_at_most() {
    let cluster = compiled(Cluster { outliers: Some(OUTLIERS), ..of(2) });
    let mut lease = pick(&cluster, s(1)).unwrap();
    assert_eq!(lease.answered(false, s(1)), Changes::default());
    assert_eq!(lease.failed(s(1)), Changes::default(), "a 5xx that is tried again elsewhere");
    assert_eq!(lease.failed(s(1)), Changes::default());
    let which = address(&lease);
    drop(lease);
    assert!(fail(&cluster, &which, s(1)).is_some());
}

#[test]
fn with_too_few_healthy_ones_all_are_used() {
    let check = HealthCheck {
        kind: CheckKind::Tcp,
        interval: s(1),
        timeout: s(1),
        healthy_after: 1,
        unhealthy_after: 1,
    };
    let with = |panic_percent| Cluster { health_check: Some(check.clone()), panic_percent, ..of(4) };
    let cluster = compiled(with(50));
    let members = cluster.members();
    for (member, left) in members.iter().zip([3, 2, 4]) {
        assert!(cluster.checked(member, false, s(1)).is_some());
        assert_eq!(found(&cluster, 20, s(1)).len(), left);
        assert_eq!(cluster.status(s(1)).panic, left == 4);
    }
    assert!(cluster.has_living(None, s(1)), "panic is not health");
    cluster.checked(&members[3], false, s(1));
    assert!(!cluster.has_living(None, s(1)));

    let never = compiled(with(0));
    for member in never.members() {
        never.checked(&member, false, s(1));
    }
    assert_eq!(pick(&never, s(1)).unwrap_err(), NoPick::Unavailable);
}

#[test]
fn the_first_lane_with_a_healthy_endpoint_is_taken() {
    let endpoints = vec![tcp("10.0.0.1", None), tcp("10.0.1.1", Some("a")), tcp("10.0.2.1", Some("a.b"))];
    let cluster = compiled(Cluster {
        outliers: Some(Outliers { max_ejected_percent: 100, ..OUTLIERS }),
        ..Cluster::new("c", endpoints)
    });
    let in_lanes =
        |lanes: &[Option<&str>], tried: &[Tried], now| cluster.pick(&PickAsk { lanes, key: 0, tried, now });
    let chain = &[Some("a.b"), Some("a"), None];
    let kill = |lanes: &[Option<&str>]| {
        for _ in 0..2 {
            in_lanes(lanes, &[], s(1)).unwrap().failed(s(1));
        }
    };
    let lease = in_lanes(chain, &[], s(1)).unwrap();
    assert_eq!((address(&lease).as_str(), lease.candidate()), ("10.0.2.1", 0));
    assert_eq!(in_lanes(&[Some("x"), None], &[], s(1)).unwrap().candidate(), 1);
    kill(chain);
    assert!(!cluster.has_living(Some("a.b"), s(1)) && cluster.has_living(Some("a"), s(1)));
    assert_eq!(in_lanes(chain, &[], s(1)).unwrap().candidate(), 1, "a living parent");
    assert_eq!(in_lanes(&[Some("a.b")], &[], s(1)).unwrap_err(), NoPick::Unavailable, "a lane never panics");
    kill(&[Some("a")]);
    assert_eq!(in_lanes(chain, &[], s(1)).unwrap().candidate(), 2);
    assert_eq!(in_lanes(chain, &[], s(32)).unwrap().candidate(), 0, "and back when it lives again");

    let mut first = in_lanes(chain, &[], s(100)).unwrap();
    let next = in_lanes(chain, &[first.tried()], s(100)).unwrap();
    assert_eq!(next.candidate(), 1, "what cannot be reached counts as dead for this request");
    first.connected();
    let again = in_lanes(chain, &[first.tried()], s(100)).unwrap();
    assert_eq!(again.candidate(), 0, "what was reached is tried again before the lane is left");
}

#[test]
fn an_endpoint_that_was_tried_is_tried_again_only_if_there_is_no_other() {
    let cluster = compiled(of(3));
    let mut tried = Vec::new();
    for left in [2, 1, 0] {
        let ask = PickAsk { lanes: BASE, key: 0, tried: &tried, now: s(1) };
        assert!(cluster.has_untried(&ask));
        let next = cluster.pick(&ask).unwrap().tried();
        tried.push(next);
        let seen: std::collections::HashSet<_> = tried.iter().map(|tried| &tried.member.target).collect();
        assert_eq!(seen.len(), 3 - left);
    }
    let ask = PickAsk { lanes: BASE, key: 0, tried: &tried, now: s(1) };
    assert!(!cluster.has_untried(&ask));
    assert!(cluster.pick(&ask).is_ok());
}

#[test]
fn bounds_hold() {
    let bounds = Bounds {
        connections_max: Some(1),
        requests_max: Some(2),
        idle_connections_max: Some(1),
        pending_max: 0,
    };
    let cluster = compiled(Cluster { bounds, ..of(2) });
    let (first, second) = (pick(&cluster, s(1)).unwrap(), pick(&cluster, s(1)).unwrap());
    assert_ne!(address(&first), address(&second));
    assert!(first.keeps_connection());
    assert_eq!(pick(&cluster, s(1)).unwrap_err(), NoPick::Busy);
    let freed = address(&first);
    drop(first);
    assert_eq!(address(&pick(&cluster, s(1)).unwrap()), freed);

    let slots = (cluster.enter().unwrap(), cluster.enter().unwrap());
    assert_eq!(cluster.enter().unwrap_err(), NoPick::Busy);
    drop(slots);
    assert!(cluster.enter().unwrap().is_some());
    assert!(compiled(of(1)).enter().unwrap().is_none());
}

#[test]
fn as_many_wait_as_may() {
    let bounds = Bounds { connections_max: Some(1), pending_max: 1, ..Bounds::default() };
    let cluster = compiled(Cluster { bounds, ..of(1) });
    let first = cluster.wait();
    assert!(first.is_some() && cluster.wait().is_none() && cluster.wait().is_none());
    assert_eq!(cluster.waiting(), 1, "who is refused was never counted");
    drop(first);
    assert!(cluster.wait().is_some());
}

#[test]
fn bounds_hold_among_threads() {
    let bounds = Bounds { connections_max: Some(3), ..Bounds::default() };
    let cluster = compiled(Cluster { bounds, ..of(2) });
    let most = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut most = 0;
                    for _ in 0..2_000 {
                        let leases: Vec<Lease> = (0..3).filter_map(|_| pick(&cluster, s(1)).ok()).collect();
                        let seen = leases.iter().map(|lease| status::of(lease.member(), s(1)).in_flight);
                        most = most.max(seen.max().unwrap_or(0));
                    }
                    most
                })
            })
            .collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).max().unwrap()
    });
    // A count that is taken back at once may be seen.
    assert!((1..=3 + 4).contains(&most), "{most}");
    assert!(cluster.status(s(1)).endpoints.iter().all(|endpoint| endpoint.in_flight == 0));
}

#[test]
fn the_breaker_stands_before_the_pick_and_forgets_attempts_without_a_result() {
    let failure_ratio =
        FailureRatio { above: 0.5, window: s(10), requests_min: 2, open: s(5), half_open_requests: 1 };
    let cluster = compiled(Cluster { failure_ratio: Some(failure_ratio), ..of(1) });
    for _ in 0..2 {
        pick(&cluster, s(1)).unwrap().failed(s(1));
    }
    assert_eq!(pick(&cluster, s(2)).unwrap_err(), NoPick::Open(s(4)));
    let probe = pick(&cluster, s(6)).unwrap();
    assert!(matches!(pick(&cluster, s(6)).unwrap_err(), NoPick::Open(_)));
    drop(probe);
    let mut probe = pick(&cluster, s(6)).unwrap();
    assert_eq!(probe.answered(true, s(6)).breaker, Some(BreakerState::Closed));
}

#[test]
fn names_become_all_their_addresses_and_the_last_good_answer_stays() {
    let cluster = compiled(Cluster::new("c", vec![tcp("name.test", None)]));
    assert_eq!(pick(&cluster, s(0)).unwrap_err(), NoPick::Unresolved);
    cluster.resolved("name.test", vec!["10.0.0.2".parse().unwrap(), "10.0.0.1".parse().unwrap()], s(1));
    assert_eq!(found(&cluster, 4, s(1)), ["10.0.0.1", "10.0.0.2"]);
    cluster.resolved("name.test", Vec::new(), s(2));
    assert_eq!(found(&cluster, 4, s(2)), ["10.0.0.1", "10.0.0.2"]);
    cluster.resolved("name.test", vec!["10.0.0.3".parse().unwrap()], s(3));
    assert_eq!(found(&cluster, 4, s(3)), ["10.0.0.3"]);

    let unknown = compiled(Cluster::new("c", vec![tcp("name.test", None)]));
    unknown.resolved("name.test", Vec::new(), s(1));
    assert_eq!(pick(&unknown, s(1)).unwrap_err(), NoPick::Unavailable, "an answer without addresses is one");
}

#[test]
fn what_is_known_of_endpoints_that_stay_survives_a_reload() {
    let before = Cluster { outliers: Some(OUTLIERS), ..of(2) };
    let cluster = compiled(before.clone());
    let held = pick(&cluster, s(1)).unwrap();
    assert_eq!(address(&held), "10.0.0.1");
    fail(&cluster, "10.0.0.2", s(1));
    fail(&cluster, "10.0.0.2", s(1));
    assert_eq!(found(&cluster, 4, s(1)), ["10.0.0.1"]);

    let mut more = Cluster { endpoints: of(3).endpoints, ..before };
    more.endpoints[0].weight = 5;
    let reloaded = Arc::new(CompiledCluster::new(more.clone(), Some(&cluster)));
    assert_eq!(found(&reloaded, 20, s(1)), ["10.0.0.1", "10.0.0.3"]);
    assert_eq!(reloaded.status(s(1)).endpoints[0].in_flight, 1);
    drop(held);
    assert_eq!(reloaded.status(s(1)).endpoints[0].in_flight, 0);

    let without = CompiledCluster::new(Cluster { outliers: None, ..more }, Some(&reloaded));
    assert_eq!(found(&Arc::new(without), 20, s(1)).len(), 3, "without outliers nobody is left out");
}
