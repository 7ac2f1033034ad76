//! Clusters as their documentation describes them: each test runs the very block it shows.

use crate::support::{Answer, DEADLINE, Origin, Setup, until, write_config};
use agw_core::{breaker::BreakerState, health::Health};
use std::{collections::HashMap, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};

const DOCS: &str = include_str!("../../../../docs/gateway/clusters.md");

/// The first block after the text, with the test's addresses in place of the documentation's.
pub(crate) fn documented(after: &str, addresses: &[&str]) -> String {
    let from = DOCS.find(after).unwrap_or_else(|| panic!("the documentation has no {after:?}"));
    let block = DOCS[from..].split("```yaml").nth(1).unwrap();
    let (_, block) = block.split_once('\n').unwrap();
    let mut yaml = block.split("```").next().unwrap().to_owned();
    for (number, address) in (9001..).zip(addresses) {
        yaml = yaml.replace(&format!("127.0.0.1:{number}"), address);
    }
    yaml
}

async fn two() -> ((Origin, String), (Origin, String)) {
    (Origin::tcp("a").await, Origin::tcp("b").await)
}

async fn start(yaml: &str) -> Setup {
    Setup::start(tempfile::tempdir().unwrap(), yaml).await
}

/// How often each body came.
async fn bodies(setup: &Setup, path: &str, headers: &[&str], times: usize) -> HashMap<String, usize> {
    let mut bodies = HashMap::new();
    for _ in 0..times {
        let answer = setup.send(&format!("GET {path}"), headers, "").await;
        assert_eq!(answer.status(), 200, "{}", answer.0);
        *bodies.entry(answer.body().to_owned()).or_default() += 1;
    }
    bodies
}

/// Repeats a request until the answer is as wanted.
async fn until_answer(setup: &Setup, request: &str, wanted: impl Fn(&Answer) -> bool) -> Answer {
    let again = async {
        loop {
            let answer = setup.send(request, &[], "").await;
            if wanted(&answer) {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(DEADLINE, again).await.expect("the wanted answer in time")
}

/// Begins a request that its origin answers when released.
async fn slow(setup: &Setup) -> TcpStream {
    let mut client = TcpStream::connect(setup.address()).await.unwrap();
    client.write_all(b"GET /slow HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").await.unwrap();
    client
}

async fn rest(mut client: TcpStream) -> Answer {
    let mut answer = String::new();
    timeout(DEADLINE, client.read_to_string(&mut answer)).await.unwrap().unwrap();
    Answer(answer)
}

#[tokio::test]
async fn weights_are_shares() {
    let ((_a, a), (_b, b)) = two().await;
    let setup = start(&documented("`round_robin` (the default)", &[&a, &b])).await;
    let bodies = bodies(&setup, "/", &[], 40).await;
    assert_eq!((bodies["a"], bodies["b"]), (30, 10));
}

#[tokio::test]
async fn the_less_busy_endpoint_is_taken() {
    let ((origin_a, a), (origin_b, b)) = two().await;
    let setup = start(&documented("`least_connections` takes", &[&a, &b])).await;
    let mut client = TcpStream::connect(setup.address()).await.unwrap();
    client.write_all(b"GET /long/slow HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
    // Origins hold what ends in /slow.
    until(|| origin_a.requests().len() + origin_b.requests().len() == 1).await;
    let idle = if origin_a.requests().is_empty() { "a" } else { "b" };
    let others = bodies(&setup, "/long/x", &[], 6).await;
    assert_eq!(others.get(idle), Some(&6), "{others:?}");
    assert_eq!(bodies(&setup, "/mixed/x", &[], 6).await.values().sum::<usize>(), 6);
    origin_a.release();
    origin_b.release();
}

#[tokio::test]
async fn the_same_key_finds_the_same_endpoint() {
    let ((_a, a), (_b, b)) = two().await;
    let setup = start(&documented("`consistent_hash` sends", &[&a, &b])).await;
    let mut seen = HashMap::new();
    for session in 0..16 {
        let cookie = format!("Cookie: x=1; session={session}");
        let bodies = bodies(&setup, "/", &[&cookie], 3).await;
        assert_eq!(bodies.len(), 1, "always the same");
        *seen.entry(bodies.into_keys().next().unwrap()).or_insert(0) += 1;
    }
    assert_eq!(seen.len(), 2, "both have some: {seen:?}");
}

#[tokio::test]
async fn an_endpoint_whose_check_fails_is_left_out_until_it_is_well_again() {
    let ((origin_a, a), (_b, b)) = two().await;
    let setup = start(&documented("## Health checks", &[&a, &b])).await;
    assert_eq!(bodies(&setup, "/", &[], 4).await.len(), 2, "new endpoints are used at once");
    origin_a.answer("/healthz", "503 Service Unavailable");
    let all_b = async { while bodies(&setup, "/", &[], 4).await.get("b") != Some(&4) {} };
    timeout(DEADLINE, all_b).await.expect("the sick one is left out");

    // A reload that changes other things keeps what is known.
    let yaml =
        documented("## Health checks", &[&a, &b]).replace("unhealthy_after: 2", "unhealthy_after: 100");
    write_config(&setup.dir, &yaml);
    setup.gateway.reload().await.unwrap();
    assert_eq!(bodies(&setup, "/", &[], 4).await.get("b"), Some(&4));

    origin_a.answer("/healthz", "200 OK");
    let both = async { while bodies(&setup, "/", &[], 4).await.len() != 2 {} };
    timeout(DEADLINE, both).await.expect("it is used again");
}

#[tokio::test]
async fn without_a_healthy_endpoint_and_without_panic_there_is_none() {
    let ((origin_a, a), (origin_b, b)) = two().await;
    origin_a.answer("/healthz", "500 Oops");
    origin_b.answer("/healthz", "500 Oops");
    let yaml = documented("## Health checks", &[&a, &b]);
    let setup = start(&yaml).await;
    let refused = until_answer(&setup, "GET /", |answer| answer.status() == 503).await;
    assert_eq!(refused.problem().1, "upstream_unavailable");
    write_config(&setup.dir, &yaml.replace("panic_percent: 0", "panic_percent: 50"));
    setup.gateway.reload().await.unwrap();
    assert_eq!(bodies(&setup, "/", &[], 4).await.len(), 2, "in panic all are used");
}

#[tokio::test]
async fn checks_of_a_cluster_that_is_gone_stop() {
    let ((origin_a, a), (_b, b)) = two().await;
    let yaml = documented("## Health checks", &[&a, &b]);
    let setup = start(&yaml).await;
    origin_a.arrived(2).await;
    let without = format!(
        "clusters: [{{name: app, endpoints: ['{b}']}}]
routes: [{{name: app, match: {{path_prefix: /}}, cluster: app}}]
"
    );
    write_config(&setup.dir, &without);
    setup.gateway.reload().await.unwrap();
    // One may be under way; after that, none comes in ten intervals.
    tokio::time::sleep(Duration::from_millis(100)).await;
    let before = origin_a.requests().len();
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(origin_a.requests().len(), before);
}

#[tokio::test]
async fn a_connection_or_a_socket_is_enough_for_a_check() {
    let dir = tempfile::tempdir().unwrap();
    let _unix = Origin::unix("u", &dir);
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let yaml = format!(
        "clusters:
  - name: c
    endpoints: ['unix:DIR/u.sock', '{closed}']
    health_check: {{kind: tcp, interval_ms: 50, unhealthy_after: 1}}
    panic_percent: 0
  - name: u
    endpoints: ['unix:DIR/u.sock']
    health_check: {{kind: http, path: /up, interval_ms: 50, unhealthy_after: 1}}
    panic_percent: 0
routes:
  - {{name: c, match: {{path_prefix: /c}}, cluster: c}}
  - {{name: u, match: {{path_prefix: /u}}, cluster: u}}
"
    );
    let setup = Setup::start(dir, &yaml).await;
    let status = |setup: &Setup| setup.gateway.cluster_status();
    until(|| status(&setup)[0].endpoints[1].health != Health::Healthy).await;
    assert_eq!(status(&setup)[0].endpoints[0].health, Health::Healthy);
    _unix.arrived(3).await;
    assert_eq!(bodies(&setup, "/u", &[], 2).await["u"], 2);
    assert_eq!(status(&setup)[1].endpoints[0].health, Health::Healthy);
}

#[tokio::test]
async fn an_endpoint_that_fails_in_a_row_is_left_out() {
    let ((origin_a, a), (origin_b, b)) = two().await;
    let setup = start(&documented("## Outliers", &[&a, &b])).await;
    origin_a.answer("/fail", "500 Oops");
    origin_b.answer("/fail", "500 Oops");
    for _ in 0..3 {
        assert_eq!(setup.get("/fail").await.status(), 500);
    }
    let (out, left) = if origin_a.requests().len() == 2 { ("a", "b") } else { ("b", "a") };
    assert_eq!(bodies(&setup, "/", &[], 6).await.get(left), Some(&6), "one of two is out");
    for _ in 0..4 {
        assert_eq!(setup.get("/fail").await.status(), 500);
    }
    assert_eq!(bodies(&setup, "/", &[], 2).await.get(left), Some(&2), "the other one stays whatever it does");
    let back = async { while !bodies(&setup, "/", &[], 2).await.contains_key(out) {} };
    timeout(DEADLINE, back).await.expect("it comes back by itself");
}

#[tokio::test]
async fn a_name_stands_for_its_addresses() {
    let (origin, address) = Origin::tcp("named").await;
    let port = address.rsplit(':').next().unwrap();
    let yaml = documented("## Names", &[]).replace("9001", port);
    let setup = start(&yaml).await;
    assert_eq!(bodies(&setup, "/", &[], 4).await["named"], 4, "from the first request on");
    assert_eq!(origin.requests().len(), 4);
    let status = setup.gateway.cluster_status();
    assert!(status[0].endpoints.iter().any(|endpoint| endpoint.address == address), "{status:?}");
    assert_eq!(status[0].endpoints[0].host.as_deref(), Some("localhost"));
}

#[tokio::test]
async fn what_is_too_much_waits_or_is_refused() {
    let (origin, address) = Origin::tcp("o").await;
    let setup = start(&documented("`connections_max` bounds", &[&address])).await;
    let first = slow(&setup).await;
    origin.arrived(1).await;
    let second = slow(&setup).await;
    until(|| setup.gateway.cluster_status()[0].waiting == 1).await;
    let refused = setup.get("/").await;
    assert_eq!(refused.problem().1, "upstream_overloaded");
    assert_eq!(refused.header("retry-after"), Some("1"));
    let endpoint = setup.gateway.cluster_status()[0].endpoints[0].clone();
    assert_eq!((endpoint.in_flight, endpoint.connections), (1, 1));
    origin.release();
    assert_eq!(rest(first).await.body(), "o");
    origin.arrived(2).await;
    origin.release();
    assert_eq!(rest(second).await.body(), "o", "what waited had its turn");
    assert_eq!(bodies(&setup, "/", &[], 3).await["o"], 3);
    until(|| setup.gateway.cluster_status()[0].endpoints[0].in_flight == 0).await;
}

#[tokio::test]
async fn what_waits_too_long_is_refused_and_clients_that_leave_free_their_place() {
    let (origin, address) = Origin::tcp("o").await;
    let yaml = documented("`connections_max` bounds", &[&address])
        .replace("requests_max: 10", "requests_max: 2")
        .replace("endpoints:", "connect_timeout_ms: 200\n    endpoints:");
    let setup = start(&yaml).await;
    let first = slow(&setup).await;
    origin.arrived(1).await;
    let waited = rest(slow(&setup).await).await;
    assert_eq!(waited.problem(), (503, "upstream_overloaded".to_owned()));
    drop(first);
    until_answer(&setup, "GET /", |answer| answer.status() == 200).await;
    assert_eq!(setup.gateway.cluster_status()[0].endpoints[0].in_flight, 0);
}

#[tokio::test]
async fn the_breaker_opens_half_opens_and_closes() {
    let (origin, address) = Origin::tcp("o").await;
    let setup = start(&documented("`failure_ratio` opens", &[&address])).await;
    origin.answer("/fail", "500 Oops");
    for _ in 0..4 {
        assert_eq!(setup.get("/fail").await.status(), 500);
    }
    let refused = setup.get("/").await;
    assert_eq!(refused.problem(), (503, "circuit_open".to_owned()));
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert_eq!(origin.requests().len(), 4, "nothing was sent");

    let opened_again = until_answer(&setup, "GET /fail", |answer| answer.status() == 500).await;
    assert_eq!(opened_again.body(), "o");
    assert_eq!(setup.get("/").await.problem().1, "circuit_open", "a probe failed");

    until_answer(&setup, "GET /", |answer| answer.status() == 200).await;
    let half_open = setup.gateway.cluster_status()[0].breaker;
    assert!(matches!(half_open, Some(BreakerState::HalfOpen { .. })), "{half_open:?}");
    assert_eq!(setup.get("/").await.status(), 200);
    assert_eq!(setup.gateway.cluster_status()[0].breaker, Some(BreakerState::Closed));
}

#[tokio::test]
async fn idle_connections_are_bounded() {
    let (origin, address) = Origin::tcp("o").await;
    let yaml = format!(
        "clusters: [{{name: c, endpoints: ['{address}'], circuit_breaker: {{idle_connections_max: 1}}}}]
routes: [{{name: r, match: {{path_prefix: /}}, cluster: c}}]
workers: 1
"
    );
    let setup = start(&yaml).await;
    let clients = [slow(&setup).await, slow(&setup).await, slow(&setup).await];
    origin.arrived(3).await;
    let closing = origin.requests().iter().filter(|request| request.contains("onnection: close")).count();
    assert_eq!(closing, 2, "one is kept, the others are to be closed");
    for client in clients {
        origin.release();
        drop(client);
    }
    until(|| setup.gateway.cluster_status()[0].endpoints[0].connections <= 1).await;
}
