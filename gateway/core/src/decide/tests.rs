use super::*;
use crate::{
    path::Rewrite,
    resource::{Address, AuthPolicy, Cluster, Consumer, LimitBy, RateLimit, Resources, Route},
    routing::RoutingError,
};
use http::HeaderValue;
use sha2::{Digest, Sha256};
use std::net::Ipv4Addr;

fn route(name: &str, prefix: &str) -> Route {
    Route {
        name: name.to_owned(),
        hosts: Vec::new(),
        path: PathMatch::Prefix(prefix.to_owned()),
        methods: Vec::new(),
        priority: 0,
        rewrite: Rewrite::Keep,
        cluster: "c".to_owned(),
        auth: None,
        ip: None,
        injection: None,
        rate_limits: Vec::new(),
        lane: Default::default(),
        body_bytes_max: 10,
        timeout: Duration::from_secs(1),
        send_identity: false,
        json_as_xml: false,
        websocket_idle: None,
        websocket_ping: None,
        meta: None,
    }
}

fn resources() -> Resources {
    let auth = AuthPolicy { required: true, roles: vec!["writer".to_owned()], ..AuthPolicy::default() };
    let limit = RateLimit {
        name: "consumer".to_owned(),
        requests: 1,
        per: Duration::from_secs(10),
        key: LimitBy::Consumer,
        shared: false,
    };
    let consumer = |name: &str, roles: &[&str]| Consumer {
        name: name.to_owned(),
        project: "p".to_owned(),
        roles: roles.iter().map(|role| (*role).to_owned()).collect(),
        key_sha256: Some(Sha256::digest(name.as_bytes()).into()),
        password_sha256: None,
    };
    Resources {
        routes: vec![
            Route { rewrite: Rewrite::ReplacePrefix("/".to_owned()), ..route("open", "/open") },
            Route { auth: Some(auth), rate_limits: vec![limit], ..route("closed", "/closed") },
            Route { methods: vec![Method::POST], ..route("post", "/post") },
        ],
        clusters: vec![Cluster::new(
            "c",
            vec![Address::Tcp { host: "127.0.0.1".to_owned(), port: 1 }.into()],
        )],
        consumers: vec![consumer("writer", &["writer"]), consumer("reader", &["reader"])],
        lanes: Default::default(),
    }
}

fn outcome(routing: &Routing, path: &str, key: &'static str, bytes: u64, at_s: u64) -> String {
    let mut headers = HeaderMap::new();
    if !key.is_empty() {
        headers.insert("x-api-key", HeaderValue::from_static(key));
    }
    let ask = Ask {
        method: &Method::GET,
        host: "h",
        path,
        headers: &headers,
        client: IpAddr::V4(Ipv4Addr::LOCALHOST),
        content_length: Some(bytes),
    };
    match decide(routing, &ask, Duration::from_secs(at_s)).outcome {
        Outcome::Forward { path } => path,
        Outcome::SignIn(path) => format!("sign in at {path}"),
        Outcome::Refuse(refusal) => {
            let more = refusal.allow.or(refusal.retry_after.map(|after| format!("{after:?}")));
            [refusal.code.as_str().to_owned()].into_iter().chain(more).collect::<Vec<_>>().join(" ")
        }
    }
}

#[test]
fn the_steps_are_taken_in_order() {
    let routing = Routing::compile(resources(), None).unwrap();
    for (path, key, bytes, at_s, expected) in [
        ("/open/x", "", 10, 0, "/x"),
        ("/open/x", "", 11, 0, "body_too_large"),
        ("/open/../closed", "", 0, 0, "bad_path"),
        ("/nothing", "", 0, 0, "no_route"),
        ("/post", "", 0, 0, "method_not_allowed POST"),
        ("/closed", "", 99, 0, "unauthenticated"),
        ("/%63losed", "", 0, 0, "unauthenticated"),
        ("/closed", "reader", 0, 0, "forbidden"),
        ("/closed", "writer", 0, 0, "/closed"),
        ("/closed", "writer", 99, 4, "rate_limited 6s"),
        ("/closed", "writer", 99, 10, "body_too_large"),
    ] {
        assert_eq!(outcome(&routing, path, key, bytes, at_s), expected, "{path} {key} {bytes} at {at_s}");
    }
}

#[test]
fn an_unchanged_limit_survives_a_reload() {
    let first = Routing::compile(resources(), None).unwrap();
    assert_eq!(outcome(&first, "/closed", "writer", 0, 0), "/closed");
    let second = Routing::compile(resources(), Some(&first)).unwrap();
    assert_eq!(outcome(&second, "/closed", "writer", 0, 0), "rate_limited 10s");
    let mut changed = resources();
    changed.routes[1].rate_limits.clear();
    let third = Routing::compile(changed, Some(&second)).unwrap();
    assert_eq!(outcome(&third, "/closed", "writer", 0, 0), "/closed");
}

#[test]
fn resources_that_do_not_fit_are_refused() {
    let mut lost = resources();
    lost.routes[0].cluster = "d".to_owned();
    let error = Routing::compile(lost, None).unwrap_err();
    assert_eq!(error.to_string(), "route open refers to the cluster d, which does not exist");
    let mut empty = resources();
    empty.clusters[0].endpoints.clear();
    assert_eq!(Routing::compile(empty, None).unwrap_err(), RoutingError::EmptyCluster("c".to_owned()));
}
