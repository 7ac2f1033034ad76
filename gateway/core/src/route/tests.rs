use super::*;
use crate::path::Rewrite;
use proptest::prelude::*;
use std::time::Duration;

fn route(name: &str, hosts: &[&str], path: &str) -> Route {
    let path = match path.strip_suffix('*') {
        Some(prefix) => PathMatch::Prefix(prefix.to_owned()),
        None => PathMatch::Exact(path.to_owned()),
    };
    Route {
        name: name.to_owned(),
        hosts: hosts.iter().map(|host| HostPattern::parse(host).unwrap()).collect(),
        path,
        methods: Vec::new(),
        priority: 0,
        rewrite: Rewrite::Keep,
        cluster: "c".to_owned(),
        auth: None,
        ip: None,
        injection: None,
        rate_limits: Vec::new(),
        lane: Default::default(),
        body_bytes_max: 1,
        timeout: Duration::from_secs(1),
        send_identity: false,
        json_as_xml: false,
        websocket_idle: None,
        websocket_ping: None,
        meta: None,
    }
}

fn found(routes: Vec<Route>, method: &Method, host: &str, path: &str) -> Option<String> {
    match RouteTable::new(routes, |route| route).lookup(method, host, path) {
        Lookup::Found(route) => Some(route.name.clone()),
        Lookup::OtherMethods(_) | Lookup::Nothing => None,
    }
}

#[test]
fn the_most_specific_route_wins() {
    let routes = || {
        vec![
            route("all", &[], "/*"),
            route("api", &[], "/api*"),
            route("api-v1", &[], "/api/v1/*"),
            route("api-health", &[], "/api/health"),
            route("wild", &["*.example.com"], "/*"),
            route("deep", &["*.a.example.com"], "/*"),
            route("host", &["www.example.com"], "/api*"),
        ]
    };
    for (host, path, expected) in [
        ("x", "/", "all"),
        ("x", "/apis", "all"),
        ("x", "/api", "api"),
        ("x", "/api/", "api"),
        ("x", "/api/v2", "api"),
        ("x", "/api/v1", "api-v1"),
        ("x", "/api/v1/y", "api-v1"),
        ("x", "/api/health", "api-health"),
        ("x", "/api/health/", "api"),
        ("b.example.com", "/api", "wild"),
        ("b.a.example.com:80", "/", "deep"),
        ("example.com", "/", "all"),
        ("WWW.example.com", "/api/v1", "host"),
        ("www.example.com", "/", "wild"),
    ] {
        assert_eq!(found(routes(), &Method::GET, host, path).as_deref(), Some(expected), "{host}{path}");
    }
}

#[test]
fn priority_comes_before_everything() {
    let mut low = route("low", &["a"], "/x");
    let mut high = route("high", &[], "/*");
    high.priority = 1;
    low.priority = 0;
    assert_eq!(found(vec![low, high], &Method::GET, "a", "/x").as_deref(), Some("high"));
}

#[test]
fn methods_choose_between_equal_paths_and_are_named_when_none_fits() {
    let mut get = route("get", &[], "/x*");
    get.methods = vec![Method::GET];
    let mut post = route("post", &[], "/x*");
    post.methods = vec![Method::POST];
    let table = RouteTable::new(vec![get, post], |route| route);
    let name = |method: &Method| match table.lookup(method, "", "/x") {
        Lookup::Found(route) => route.name.clone(),
        Lookup::OtherMethods(methods) => format!("{methods:?}"),
        Lookup::Nothing => String::new(),
    };
    assert_eq!(name(&Method::GET), "get");
    assert_eq!(name(&Method::HEAD), "get");
    assert_eq!(name(&Method::POST), "post");
    assert_eq!(name(&Method::PUT), "[GET, POST]");
    assert_eq!(table.lookup(&Method::PUT, "", "/y"), Lookup::Nothing);
}

/// The matcher as one would explain it: every route that matches, the best of them.
fn obvious(routes: &[Route], method: &Method, host: &str, path: &str) -> Option<String> {
    let segments = |path: &str| path.trim_end_matches('/').split('/').map(str::to_owned).collect::<Vec<_>>();
    let path_fits = |route: &Route| match &route.path {
        PathMatch::Exact(exact) => exact == path,
        PathMatch::Prefix(prefix) => {
            let whole: Vec<String> = path.split('/').map(str::to_owned).collect();
            whole.starts_with(&segments(prefix))
        }
    };
    let mut matching = Vec::new();
    for (index, route) in routes.iter().enumerate() {
        if !path_fits(route) || !(route.methods.is_empty() || route.methods.contains(method)) {
            continue;
        }
        if route.hosts.is_empty() {
            matching.push(preference(route, None, index));
        }
        matching.extend(
            route
                .hosts
                .iter()
                .filter(|pattern| pattern.matches(host))
                .map(|p| preference(route, Some(p), index)),
        );
    }
    matching.into_iter().min().map(|best| routes[best.6].name.clone())
}

fn any_route() -> impl Strategy<Value = Route> {
    let hosts = prop::collection::vec(prop::sample::select(vec!["a.b", "b", "*.b", "*.a.b", "c.a.b"]), 0..3);
    let segments = prop::collection::vec(prop::sample::select(vec!["x", "y", "xy"]), 0..4);
    let methods = prop::sample::select(vec![vec![], vec![Method::PUT], vec![Method::PUT, Method::POST]]);
    (hosts, segments, any::<bool>(), any::<bool>(), methods, 0..3_i32).prop_map(
        |(hosts, segments, prefix, slash, methods, priority)| {
            let mut path = format!("/{}", segments.join("/"));
            if slash && path.len() > 1 {
                path.push('/');
            }
            if prefix {
                path.push('*');
            }
            Route { methods, priority, ..route("", &hosts, &path) }
        },
    )
}

proptest! {
    #[test]
    fn the_index_agrees_with_the_obvious_matcher(
        routes in prop::collection::vec(any_route(), 0..12),
        host in prop::sample::select(vec!["b", "a.b", "c.a.b", "d.c.a.b", "e", ""]),
        path in prop::collection::vec(prop::sample::select(vec!["x", "y", "xy", ""]), 1..6),
        method in prop::sample::select(vec![Method::PUT, Method::POST, Method::DELETE]),
    ) {
        let named: Vec<Route> = routes
            .into_iter()
            .enumerate()
            .map(|(index, route)| Route { name: index.to_string(), ..route })
            .collect();
        let path = format!("/{}", path.join("/"));
        let expected = obvious(&named, &method, host, &path);
        prop_assert_eq!(found(named, &method, host, &path), expected);
    }
}
