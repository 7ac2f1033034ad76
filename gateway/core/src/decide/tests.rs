use super::*;
use crate::{
    path::Rewrite,
    resource::{
        Address, AuthPolicy, Cluster, Consumer, Cors, LimitBy, Mirror, OriginPattern, PathMatch, RateLimit,
        Redirect, Resources, Respond, Retry, Route, Share,
    },
    routing::RoutingError,
};
use http::HeaderValue;
use sha2::{Digest, Sha256};
use std::net::Ipv4Addr;

fn route(name: &str, prefix: &str) -> Route {
    let path = PathMatch::Prefix(prefix.to_owned());
    Route { body_bytes_max: 10, ..Route::new(name, path, Action::forward_to("c")) }
}

fn stripped() -> Action {
    Action::Forward(Forward { rewrite: Rewrite::ReplacePrefix("/".to_owned()), ..Forward::to("c") })
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
            Route { action: stripped(), ..route("open", "/open") },
            Route { auth: Some(auth.into()), rate_limits: vec![limit], ..route("closed", "/closed") },
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
        query: None,
        headers: &headers,
        client: IpAddr::V4(Ipv4Addr::LOCALHOST),
        content_length: Some(bytes),
        lot: 0,
    };
    match decide(routing, &ask, Duration::from_secs(at_s)).outcome {
        Outcome::Forward(forwarding) => forwarding.path.unwrap_or_else(|| path.to_owned()),
        Outcome::Redirect { .. } | Outcome::Respond | Outcome::Preflight(_) => "answered".to_owned(),
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
    lost.routes[0].action = Action::forward_to("d");
    let error = Routing::compile(lost, None).unwrap_err();
    assert_eq!(error.to_string(), "route open refers to the cluster d, which does not exist");
    let mut empty = resources();
    empty.clusters[0].endpoints.clear();
    assert_eq!(Routing::compile(empty, None).unwrap_err(), RoutingError::EmptyCluster("c".to_owned()));
}

fn cluster(name: &str) -> Cluster {
    Cluster { name: name.to_owned(), ..resources().clusters.remove(0) }
}

fn ask<'a>(method: &'a Method, path: &'a str, headers: &'a HeaderMap, lot: u64) -> Ask<'a> {
    let client = IpAddr::V4(Ipv4Addr::LOCALHOST);
    Ask { method, host: "h", path, query: Some("q"), headers, client, content_length: None, lot }
}

#[test]
fn clusters_and_copies_are_drawn_by_lot() {
    let mirror = Mirror { cluster: "m".to_owned(), per_million: 500_000, body_bytes_max: 1 };
    let share = |cluster: &str, weight| Share { cluster: cluster.to_owned(), weight };
    let forward =
        Forward { split: vec![share("c", 3), share("d", 1)], mirror: Some(mirror), ..Forward::to("") };
    let routes = vec![Route { action: Action::Forward(forward), ..route("r", "/") }];
    let clusters = vec![cluster("c"), cluster("d"), cluster("m")];
    let routing = Routing::compile(Resources { routes, clusters, ..Resources::default() }, None).unwrap();
    let mut seen = Vec::new();
    for lot in (0..4).flat_map(|low| [low, (600_000 << 32) + low]) {
        let headers = HeaderMap::new();
        let decision = decide(&routing, &ask(&Method::GET, "/", &headers, lot), Duration::ZERO);
        let Outcome::Forward(forwarding) = decision.outcome else { panic!("{:?}", decision.outcome) };
        assert_eq!(forwarding.path, None);
        seen.push((forwarding.cluster.cluster.name.clone(), forwarding.mirror.is_some()));
    }
    let expected =
        ["c", "c", "c", "d"].into_iter().flat_map(|name| [(name.to_owned(), true), (name.to_owned(), false)]);
    assert_eq!(seen, expected.collect::<Vec<_>>());
}

#[test]
fn a_route_may_answer_by_itself() {
    let redirect = Redirect {
        scheme: Some("https"),
        host: None,
        port: None,
        rewrite: Rewrite::ReplacePrefix("/new".to_owned()),
        status: 308,
    };
    let respond =
        Respond { status: 200, body: "hi".to_owned(), content_type: HeaderValue::from_static("text/plain") };
    let mut routes = vec![
        Route { action: Action::Redirect(redirect), ..route("redirect", "/old") },
        Route { action: Action::Respond(respond), ..route("respond", "/hi") },
    ];
    routes[1].methods = vec![Method::PUT];
    routes[1].cors = Some(Box::new(Cors { origins: vec![OriginPattern::Any], ..Cors::default() }));
    let routing = Routing::compile(Resources { routes, ..Resources::default() }, None).unwrap();
    let outcome = |method: &Method, path: &str, headers: &[(&'static str, &'static str)]| {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| (http::HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        match decide(&routing, &ask(method, path, &headers, 0), Duration::ZERO).outcome {
            Outcome::Redirect { status, location } => format!("{status} {location}"),
            Outcome::Respond => "respond".to_owned(),
            Outcome::Preflight(headers) => format!("preflight {}", headers.len()),
            Outcome::Refuse(refusal) => refusal.code.as_str().to_owned(),
            other => format!("{other:?}"),
        }
    };
    assert_eq!(outcome(&Method::GET, "/old/x", &[]), "308 https://h/new/x?q");
    assert_eq!(outcome(&Method::PUT, "/hi", &[]), "respond");
    assert_eq!(outcome(&Method::OPTIONS, "/hi", &[]), "method_not_allowed");
    let preflight = [("origin", "https://a.test"), ("access-control-request-method", "PUT")];
    assert_eq!(outcome(&Method::OPTIONS, "/hi", &preflight), "preflight 3");
    assert_eq!(outcome(&Method::OPTIONS, "/old", &preflight), "308 https://h/new?q");
}

#[test]
fn an_unchanged_retry_budget_survives_a_reload() {
    let with = |percent| {
        let retry = Retry {
            attempts: 2,
            statuses: Vec::new(),
            attempt_timeout: None,
            backoff: Duration::ZERO,
            budget_percent: percent,
        };
        let action = Action::Forward(Forward { retry: Some(retry), ..Forward::to("c") });
        Resources { routes: vec![Route { action, ..route("r", "/") }], ..resources() }
    };
    let budget = |routing: &Routing| {
        let compiled = routing.table.routes().next().unwrap();
        compiled.forward.as_ref().unwrap().retry_budget.clone().unwrap()
    };
    let first = Routing::compile(with(1), None).unwrap();
    while budget(&first).take() {}
    let second = Routing::compile(with(1), Some(&first)).unwrap();
    assert!(!budget(&second).take());
    let third = Routing::compile(with(2), Some(&second)).unwrap();
    assert!(budget(&third).take());
}

#[test]
fn the_choice_of_a_route_can_be_explained() {
    let routing = Routing::compile(resources(), None).unwrap();
    let headers = HeaderMap::new();
    let considered = explain_route(&routing, &ask(&Method::GET, "/post/x", &headers, 0)).unwrap();
    let lines: Vec<String> =
        considered.iter().map(|one| format!("{}: {}", one.route.route.name, one.verdict)).collect();
    assert_eq!(
        lines,
        ["closed: serves other paths", "post: serves other methods", "open: serves other paths"]
    );
}
