//! Parallel versions of services side by side.

use crate::{
    docs,
    streams::UPGRADE,
    support::{Answer, DEADLINE, Origin, Setup, header},
};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use std::fs;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

const PAGE: &str = include_str!("../../../../docs/gateway/lanes.md");
const ANN: &str = "X-API-Key: foo";

/// The page's gateway with the endpoints that are told.
struct Lanes {
    setup: Setup,
    origins: Vec<Origin>,
}

/// `base`, `beta` and `retry` stand for the endpoints of the page; those that are not in `alive` do not listen.
async fn start(alive: &[&'static str], edit: impl Fn(String) -> String) -> Lanes {
    let dir = tempfile::tempdir().unwrap();
    let origins = alive.iter().map(|name| Origin::unix(name, &dir)).collect();
    let mut yaml = edit(docs::yaml(PAGE, 0));
    for (port, name) in [(3000, "base"), (3001, "beta"), (3002, "retry")] {
        yaml = yaml.replace(&format!("127.0.0.1:{port}"), &format!("unix:DIR/{name}.sock"));
    }
    Lanes { setup: Setup::start(dir, &yaml).await, origins }
}

impl Lanes {
    /// Who answered, and the request as it arrived there.
    async fn get(&self, path: &str, headers: &[&str]) -> (String, String) {
        let answer = self.setup.send(&format!("GET {path}"), headers, "").await;
        assert_eq!(answer.status(), 200, "{answer:?}");
        let origin = self.origins.iter().find(|origin| origin.name() == answer.body()).unwrap();
        (answer.body().to_owned(), origin.last())
    }

    async fn trace(&self, path: &str, headers: &[&str]) -> Answer {
        let headers: Vec<&str> = headers.iter().copied().chain(["X-Lane-Trace: 1"]).collect();
        self.setup.send(&format!("GET {path}"), &headers, "").await
    }
}

#[tokio::test]
async fn the_lane_is_resolved_and_travels_on() {
    let lanes = start(&["base", "beta", "retry"], |yaml| yaml).await;
    for (path, headers, served_by, lane) in [
        ("/", &[][..], "base", None),
        ("/", &[ANN, "X-Lane: beta"], "beta", Some("beta")),
        ("/", &[ANN, "X-Lane: beta.retry"], "retry", Some("beta.retry")),
        ("/", &[ANN, "Baggage: a=1, lane=beta"], "beta", Some("beta")),
        ("/", &[ANN, "X-Lane: other.branch"], "base", Some("other.branch")),
        ("/", &["Cookie: beta=1"], "beta", Some("beta")),
        ("/", &["X-Team: red"], "beta", Some("beta")),
        ("/", &[ANN, "X-Lane: base", "X-Team: red"], "base", None),
        ("/", &[ANN, "X-Lane: Nonsense!", "X-Team: red"], "beta", Some("beta")),
        ("/preview", &[ANN, "X-Lane: beta.retry"], "beta", Some("beta")),
        ("/strict", &[], "base", None),
        ("/strict", &[ANN, "X-Lane: beta"], "beta", Some("beta")),
    ] {
        let (name, seen) = lanes.get(path, headers).await;
        assert_eq!(name, served_by, "{path} {headers:?}");
        assert_eq!(header(&seen, "x-lane"), lane, "{path} {headers:?}");
        let member =
            header(&seen, "baggage").and_then(|baggage| baggage.split(',').next()?.strip_prefix("lane="));
        assert_eq!(member, lane, "{path} {headers:?}");
    }
    let (_, seen) = lanes.get("/", &[ANN, "X-Lane: beta", "Baggage: a=1;p=2, lane=x ,b=2"]).await;
    assert_eq!(header(&seen, "baggage"), Some("lane=beta,a=1;p=2,b=2"));
}

#[tokio::test]
async fn who_may_not_choose_chooses_nothing() {
    let lanes = start(&["base", "beta", "retry"], |yaml| yaml).await;
    for headers in [
        &["X-Lane: beta"][..],
        &["x-lane: beta", "X-Lane: beta.retry", "X-Lane-Trace: 1"],
        &["Baggage: lane=beta"],
        &["Baggage: Lane=beta, lane = beta ;lane=beta,lane"],
        &["X_Lane: beta", "x.lane: beta"],
    ] {
        let (name, seen) = lanes.get("/", headers).await;
        assert_eq!(name, "base", "{headers:?}");
        assert!(!seen.to_lowercase().contains("lane"), "{seen}");
        assert_eq!(lanes.trace("/", headers).await.header("x-lane-trace"), None);
    }
    let (_, seen) = lanes.get("/", &["Baggage: a=1,lane=beta,lanes=2"]).await;
    assert_eq!(header(&seen, "baggage"), Some("a=1,lanes=2"));
    // By its address anybody may.
    let lanes = start(&["base", "beta", "retry"], |yaml| yaml.replace("10.0.0.0/8", "127.0.0.0/8")).await;
    assert_eq!(lanes.get("/", &["X-Lane: beta"]).await.0, "beta");
}

#[tokio::test]
async fn percentages_colour_callers() {
    let lanes = start(&["base", "beta"], |yaml| {
        yaml.replace("{lane: canary, percent: 0}", "{lane: beta, percent: 100}")
    });
    assert_eq!(lanes.await.get("/", &[]).await.0, "beta");
}

#[tokio::test]
async fn a_dead_lane_falls_back_along_its_chain_and_strict_ones_do_not() {
    let lanes = start(&["base", "beta"], |yaml| yaml).await;
    let retry = [ANN, "X-Lane: beta.retry"];
    assert_eq!(lanes.get("/", &retry).await.0, "beta", "nothing was sent to the dead one");
    let trace = lanes.trace("/", &retry).await;
    assert_eq!(
        trace.header("x-lane-trace"),
        Some(
            "lane=\"beta.retry\", why=header, candidates=(\"beta.retry\";living=1;of=1 \"beta\";living=1;of=1 \
             base;living=1;of=1), taken=\"beta\""
        ),
        "without checks nothing is known of it"
    );
    let unknown = lanes.trace("/strict", &[ANN, "X-Lane: other"]).await;
    assert_eq!(unknown.problem(), (503, "lane_unavailable".to_owned()));
    let trace = "lane=\"other\", why=header, candidates=(\"other\";living=0;of=0), taken=nobody";
    assert_eq!(unknown.header("x-lane-trace"), Some(trace));
    let dead = lanes.setup.send("GET /strict", &retry, "").await;
    assert_eq!(dead.status(), 503);
    assert_eq!(lanes.origins[0].requests().len(), 0, "the base was never asked");

    let lanes = start(&["base"], |yaml| yaml).await;
    assert_eq!(lanes.get("/", &retry).await.0, "base", "past every dead lane of the chain, in one request");
}

#[tokio::test]
async fn live_health_decides_at_each_pick() {
    let checked = |yaml: String| {
        let outliers = "\n    outliers: {consecutive_failures: 1, ejection_ms: 3600000, max_ejected_percent: 100}\n    endpoints:";
        yaml.replacen("\n    endpoints:", outliers, 1)
    };
    let lanes = start(&["base", "beta"], checked).await;
    let retry = [ANN, "X-Lane: beta.retry"];
    assert_eq!(lanes.get("/", &retry).await.0, "beta");
    let trace = lanes.trace("/", &retry).await;
    let trace = trace.header("x-lane-trace").unwrap();
    assert!(trace.contains("\"beta.retry\";living=0;of=1 \"beta\";living=1;of=1"), "{trace}");
    let dead = lanes.setup.send("GET /strict", &retry, "").await;
    assert_eq!(dead.problem(), (503, "lane_unavailable".to_owned()));

    // The lane gets an endpoint, by a reload that forgives.
    let path = lanes.setup.dir.path().join("agw.yaml");
    let yaml = fs::read_to_string(&path).unwrap();
    fs::write(&path, yaml.replace("retry.sock", "again.sock")).unwrap();
    let _again = Origin::unix("again", &lanes.setup.dir);
    lanes.setup.gateway.reload().await.unwrap();
    let answer = lanes.setup.send("GET /strict", &retry, "").await;
    assert_eq!((answer.status(), answer.body()), (200, "again"));
}

#[tokio::test]
async fn websockets_and_event_streams_have_lanes() {
    let lanes = start(&["base", "beta"], |yaml| yaml).await;
    let mut client = TcpStream::connect(lanes.setup.address()).await.unwrap();
    let upgrade = UPGRADE
        .replace("Host: h\r\n", "Host: h\r\nX-API-Key: foo\r\nX-Lane: beta.retry\r\nX-Lane-Trace: 1\r\n");
    client.write_all(upgrade.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(timeout(DEADLINE, client.read_u8()).await.unwrap().unwrap());
    }
    let head = String::from_utf8(head).unwrap();
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    assert!(header(&head, "x-lane-trace").unwrap().ends_with("taken=\"beta\""), "{head}");
    assert_eq!(header(&lanes.origins[1].last(), "x-lane"), Some("beta.retry"));

    let stream = ["Accept: text/event-stream", "Cookie: beta=1"];
    assert_eq!(lanes.get("/events", &stream).await.0, "beta");
}

#[tokio::test]
async fn claims_of_tokens_colour_and_limit() {
    let dir = tempfile::tempdir().unwrap();
    let _origins = [Origin::unix("base", &dir), Origin::unix("beta", &dir)];
    let yaml = "jwt_issuers: [{name: i, secret_file: identity.key}]
lanes: {rules: [{lane: beta, claim: {name: teams, value: red}}]}
clusters: [{name: c, endpoints: ['unix:DIR/base.sock', {address: 'unix:DIR/beta.sock', lane: beta}]}]
routes:
  - name: r
    match: {path_prefix: /}
    cluster: c
    auth: {methods: [jwt]}
    rate_limit: {requests: 1, per: hour, key: {claim: org}}
";
    let setup = Setup::start(dir, yaml).await;
    let get = async |name: &str, org: &str, team: &str| {
        let claims =
            serde_json::json!({"sub": name, "org": org, "teams": ["blue", team], "exp": 4_000_000_000_u64});
        let key = EncodingKey::from_secret(&[7; 32]);
        let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key).unwrap();
        let answer = setup.send("GET /", &[&format!("Authorization: Bearer {token}")], "").await;
        if answer.status() == 200 { answer.body().to_owned() } else { answer.problem().1 }
    };
    assert_eq!(get("ann", "a", "green").await, "base");
    assert_eq!(get("bob", "a", "green").await, "rate_limited", "they share what their organisation has");
    assert_eq!(get("ann", "b", "red").await, "beta");
}
