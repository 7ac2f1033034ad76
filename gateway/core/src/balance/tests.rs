use super::*;
use crate::{
    cluster::{BASE, CompiledCluster, Lease, PickAsk},
    resource::{Address, Cluster, Endpoint},
};
use http::{HeaderName, HeaderValue};
use proptest::prelude::*;

fn cluster(balance: Balance, weights: &[u32]) -> Arc<CompiledCluster> {
    let endpoints = (1..).zip(weights).map(|(port, &weight)| Endpoint {
        weight,
        ..Address::Tcp { host: "127.0.0.1".to_owned(), port }.into()
    });
    Arc::new(CompiledCluster::new(Cluster { balance, ..Cluster::new("c", endpoints.collect()) }, None))
}

fn pick(cluster: &Arc<CompiledCluster>, key: u64, now: Duration) -> Lease {
    cluster.pick(&PickAsk { lanes: BASE, key, tried: &[], now }).unwrap()
}

fn port(lease: &Lease) -> usize {
    lease.member().target.to_string().rsplit(':').next().unwrap().parse().unwrap()
}

fn ports(cluster: &Arc<CompiledCluster>, picks: u64) -> Vec<usize> {
    (0..picks).map(|key| port(&pick(cluster, mix(key), Duration::ZERO))).collect()
}

fn share(ports: &[usize], of: usize) -> f64 {
    ports.iter().filter(|port| **port == of).count() as f64 / ports.len() as f64
}

#[test]
fn round_robin_gives_each_its_turns_evenly_spread() {
    assert_eq!(ports(&cluster(Balance::RoundRobin, &[1, 1]), 5), [1, 2, 1, 2, 1]);
    assert_eq!(ports(&cluster(Balance::RoundRobin, &[300, 100, 100]), 10), [1, 1, 2, 3, 1, 1, 1, 2, 3, 1]);
    assert_eq!(ports(&cluster(Balance::RoundRobin, &[7]), 2), [1, 1]);
}

proptest! {
    #[test]
    fn a_round_has_as_many_turns_as_the_weights_say(weights in proptest::collection::vec(1_u32..40, 1..12)) {
        let sum: u32 = weights.iter().sum();
        let picked = ports(&cluster(Balance::RoundRobin, &weights), u64::from(sum));
        for (of, weight) in (1..).zip(&weights) {
            prop_assert_eq!(picked.iter().filter(|port| **port == of).count(), *weight as usize);
        }
    }

    #[test]
    fn least_connections_is_what_a_slow_search_finds(
        weights in proptest::collection::vec(1_u32..5, 2..6),
        steps in proptest::collection::vec(any::<u8>(), 1..60),
    ) {
        let cluster = cluster(Balance::LeastConnections, &weights);
        let mut held: Vec<Lease> = Vec::new();
        for step in steps {
            if step % 3 == 0 && !held.is_empty() {
                held.swap_remove(usize::from(step) % held.len());
                continue;
            }
            let load = |of: usize| {
                let in_flight = held.iter().filter(|lease| port(lease) == of).count();
                (in_flight + 1) as f64 / f64::from(weights[of - 1])
            };
            let least = (1..=weights.len()).map(load).fold(f64::MAX, f64::min);
            let lease = pick(&cluster, 0, Duration::ZERO);
            prop_assert!((load(port(&lease)) - least).abs() < 1e-9);
            held.push(lease);
        }
    }

    #[test]
    fn when_endpoints_leave_only_their_keys_move(
        weights in proptest::collection::vec(1_u32..5, 2..10),
        gone in any::<proptest::sample::Index>(),
    ) {
        let gone = gone.index(weights.len()) + 1;
        let by = Balance::ConsistentHash(HashBy::Path);
        let all = cluster(by.clone(), &weights);
        let mut fewer = all.cluster.clone();
        fewer.endpoints.remove(gone - 1);
        let fewer = Arc::new(CompiledCluster::new(fewer, None));
        for (before, after) in ports(&all, 500).into_iter().zip(ports(&fewer, 500)) {
            prop_assert!(after == before || before == gone, "{} moved to {}", before, after);
            prop_assert!(after != gone);
        }
    }
}

#[test]
fn large_weights_make_no_large_table() {
    let weights: Vec<u32> = (0..900).map(|n| 1000 - n % 7).collect();
    let cluster = cluster(Balance::RoundRobin, &weights);
    let members = cluster.members();
    assert!(turns(&members).len() <= 2 * TURNS_MAX as usize);
    let one_of_many = ports(&cluster, 50_000);
    assert!((1..=900).all(|port| one_of_many.contains(&port)));
}

#[test]
fn hashing_shares_by_weight() {
    for weights in [&[1, 1, 1][..], &[5, 3, 2]] {
        let picked = ports(&cluster(Balance::ConsistentHash(HashBy::Path), weights), 20_000);
        let sum: u32 = weights.iter().sum();
        for (of, weight) in (1..).zip(weights) {
            let expected = f64::from(*weight) / f64::from(sum);
            assert!((share(&picked, of) - expected).abs() < 0.02, "{weights:?} {of}: {}", share(&picked, of));
        }
    }
}

#[test]
fn of_two_the_quicker_and_less_busy_is_taken() {
    let cluster = cluster(Balance::P2cEwma, &[1, 1, 1, 1]);
    let now = Duration::from_secs(1);
    for member in cluster.members() {
        let slow = member.target.to_string().ends_with(":1");
        member.state.answered_after(Duration::from_millis(if slow { 100 } else { 10 }), now);
    }
    let picked: Vec<usize> = (0..400).map(|_| port(&pick(&cluster, 0, now))).collect();
    assert_eq!(share(&picked, 1), 0.0, "the slow one loses against each of the others");
    for of in 2..=4 {
        assert!((share(&picked, of) - 1.0 / 3.0).abs() < 0.1, "{of}: {}", share(&picked, of));
    }
    let held: Vec<Lease> = (0..100).map(|_| pick(&cluster, 0, now)).collect();
    let busy = held.iter().filter(|lease| port(lease) == 1).count();
    assert!((1..10).contains(&busy), "when the others are ten times as busy it gets some: {busy}");
}

#[test]
fn keys_come_from_where_they_are_asked_from() {
    let mut headers = HeaderMap::new();
    headers.insert("x-user", HeaderValue::from_static("ann"));
    headers.append(COOKIE, HeaderValue::from_static("other=1; user=ann"));
    let key = |by: HashBy| hash_key(&by, "ann", Some("a=b&user=ann"), &headers, "192.0.2.1".parse().unwrap());
    let ann = hash(b"ann");
    assert_eq!(key(HashBy::Path), ann);
    assert_eq!(key(HashBy::Header(HeaderName::from_static("x-user"))), ann);
    assert_eq!(key(HashBy::Cookie("user".to_owned())), ann);
    assert_eq!(key(HashBy::Query("user".to_owned())), ann);
    let by_ip = hash(&[192, 0, 2, 1]);
    assert_eq!(key(HashBy::ClientIp), by_ip);
    assert_eq!(key(HashBy::Query("use".to_owned())), by_ip, "without a value the address is taken");
    assert_eq!(key(HashBy::Header(HeaderName::from_static("x-none"))), by_ip);
}

#[test]
fn hashes_are_the_same_in_every_version() {
    assert_eq!(hash(b""), 14_087_677_454_934_409_008);
    assert_eq!(hash(b"a"), 6_857_225_946_766_476_583);
}
