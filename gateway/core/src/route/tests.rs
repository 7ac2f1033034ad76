use super::*;
use crate::{
    path::Template,
    pattern::Pattern,
    resource::{Action, PathMatch},
};
use condition::{HeaderMatch, QueryMatch, ValueTest};
use http::{HeaderName, HeaderValue};

mod against_obvious;

/// `/x` is exact, `/x*` a prefix, `/{x}` a template, `~x` a regular expression.
fn path_match(text: &str) -> PathMatch {
    if let Some(source) = text.strip_prefix('~') {
        return PathMatch::Regex(Pattern::new(source).unwrap());
    }
    if text.contains('{') {
        return PathMatch::Template(Template::parse(text).unwrap());
    }
    match text.strip_suffix('*') {
        Some(prefix) => PathMatch::Prefix(prefix.to_owned()),
        None => PathMatch::Exact(text.to_owned()),
    }
}

fn route(name: &str, hosts: &[&str], path: &str) -> Route {
    let hosts = hosts.iter().map(|host| HostPattern::parse(host).unwrap()).collect();
    Route { hosts, ..Route::new(name, path_match(path), Action::forward_to("c")) }
}

fn table(routes: Vec<Route>) -> RouteTable<Route> {
    RouteTable::new(routes, |route| route)
}

fn probe<'a>(method: &'a Method, host: &'a str, path: &'a str, headers: &'a HeaderMap) -> Probe<'a> {
    Probe { method, host, path, query: None, headers, preflight: false }
}

fn found<'t>(table: &'t RouteTable<Route>, probe: &Probe<'_>) -> Option<&'t str> {
    match table.lookup(probe) {
        Lookup::Found(route) => Some(route.name.as_str()),
        Lookup::OtherMethods(_) | Lookup::Nothing => None,
    }
}

#[test]
fn the_most_specific_route_wins() {
    let routes = [
        ("all", "", "/*"),
        ("api", "", "/api*"),
        ("api-v1", "", "/api/v1/*"),
        ("api-health", "", "/api/health"),
        ("user", "", "/users/{id}"),
        ("user-orders", "", "/users/{id}/orders"),
        ("user-me", "", "/users/me"),
        ("user-number", "", "~/users/[0-9]+(/.*)?"),
        ("user-rest", "", "/users/{id}/{rest*}"),
        ("files", "", "/files/{rest*}"),
        ("files-a", "", "/files/a*"),
        ("wild", "*.example.com", "/*"),
        ("deep", "*.a.example.com", "/*"),
        ("host", "www.example.com", "/api*"),
    ];
    let table = table(
        routes
            .into_iter()
            .map(|(name, host, path)| {
                let hosts = if host.is_empty() { &[][..] } else { &[host][..] };
                route(name, hosts, path)
            })
            .collect(),
    );
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
        ("x", "/users", "all"),
        ("x", "/users/", "all"),
        ("x", "/users/me", "user-me"),
        ("x", "/users/7", "user"),
        ("x", "/users/7/orders", "user-orders"),
        ("x", "/users/7/cart", "user-number"),
        ("x", "/users/you/cart/x", "user-rest"),
        ("x", "/users/7/", "user-number"),
        ("x", "/files/b/c", "files"),
        ("x", "/files/a/c", "files-a"),
        ("x", "/files", "all"),
        ("b.example.com", "/api", "wild"),
        ("b.a.example.com:80", "/", "deep"),
        ("example.com", "/", "all"),
        ("WWW.example.com", "/api/v1", "host"),
        ("www.example.com", "/", "wild"),
    ] {
        let headers = HeaderMap::new();
        let probe = probe(&Method::GET, host, path, &headers);
        assert_eq!(found(&table, &probe), Some(expected), "{host}{path}");
    }
}

#[test]
fn priority_comes_before_everything() {
    let low = route("low", &["a"], "/x");
    let high = Route { priority: 1, ..route("high", &[], "/*") };
    let table = table(vec![low, high]);
    assert_eq!(found(&table, &probe(&Method::GET, "a", "/x", &HeaderMap::new())), Some("high"));
}

#[test]
fn methods_choose_between_equal_paths_and_are_named_when_none_fits() {
    let get = Route { methods: vec![Method::GET], ..route("get", &[], "/x*") };
    let post = Route { methods: vec![Method::POST], ..route("post", &[], "/x*") };
    let table = table(vec![get, post]);
    let headers = HeaderMap::new();
    let name = |method: &Method| match table.lookup(&probe(method, "", "/x", &headers)) {
        Lookup::Found(route) => route.name.clone(),
        Lookup::OtherMethods(methods) => format!("{methods:?}"),
        Lookup::Nothing => String::new(),
    };
    assert_eq!(name(&Method::GET), "get");
    assert_eq!(name(&Method::HEAD), "get");
    assert_eq!(name(&Method::POST), "post");
    assert_eq!(name(&Method::PUT), "[GET, POST]");
    assert_eq!(table.lookup(&probe(&Method::PUT, "", "/y", &headers)), Lookup::Nothing);
}

#[test]
fn more_conditions_come_before_fewer_and_a_path_without_the_conditions_is_not_served() {
    let header = |name: &'static str, value: &str| HeaderMatch {
        name: HeaderName::from_static(name),
        test: ValueTest::Exact(value.to_owned()),
    };
    let query = QueryMatch { name: "beta".to_owned(), test: ValueTest::Present };
    let table = table(vec![
        route("plain", &[], "/a"),
        Route { headers: vec![header("x-v", "2")], ..route("v2", &[], "/a") },
        Route {
            headers: vec![header("x-v", "2")],
            query: vec![query.clone()],
            ..route("v2-beta", &[], "/a")
        },
        Route { query: vec![query], methods: vec![Method::PUT], ..route("lonely", &[], "/b") },
    ]);
    let mut headers = HeaderMap::new();
    let at = |headers: &HeaderMap, path: &str, query: Option<&str>| {
        found(&table, &Probe { query, ..probe(&Method::GET, "", path, headers) }).map(str::to_owned)
    };
    assert_eq!(at(&headers, "/a", Some("beta")).as_deref(), Some("plain"));
    headers.insert("x-v", HeaderValue::from_static("2"));
    assert_eq!(at(&headers, "/a", None).as_deref(), Some("v2"));
    assert_eq!(at(&headers, "/a", Some("beta")).as_deref(), Some("v2-beta"));
    let lonely = |query| table.lookup(&Probe { query, ..probe(&Method::GET, "", "/b", &headers) });
    assert_eq!(lonely(None), Lookup::Nothing);
    assert_eq!(lonely(Some("beta=1")), Lookup::OtherMethods(vec![Method::PUT]));
}

#[test]
fn many_regular_expressions_are_tried_together() {
    let routes = (0..40).map(|index| route(&index.to_string(), &[], &format!("~/n{index}(/.*)?"))).collect();
    let table = table(routes);
    let headers = HeaderMap::new();
    assert_eq!(found(&table, &probe(&Method::GET, "", "/n31/x", &headers)), Some("31"));
    assert_eq!(found(&table, &probe(&Method::GET, "", "/n3x", &headers)), None);
}

#[test]
fn a_host_of_dots_costs_no_more_than_its_longest_wildcard() {
    let table = table(vec![route("w", &["*.b.c"], "/*")]);
    let headers = HeaderMap::new();
    let host = format!("{}.b.c", "a.".repeat(100_000));
    assert_eq!(found(&table, &probe(&Method::GET, &host, "/", &headers)), Some("w"));
    assert_eq!(suffixes(&host, 3).collect::<Vec<_>>(), ["b.c", "c"]);
    assert_eq!(suffixes("a.b", 9).collect::<Vec<_>>(), ["b"]);
}

#[test]
fn every_route_can_say_why_it_was_passed_over() {
    let header = HeaderMatch { name: HeaderName::from_static("x-v"), test: ValueTest::Absent };
    let table = table(vec![
        route("all", &[], "/*"),
        route("other-host", &["b.test"], "/a"),
        Route { methods: vec![Method::PUT], ..route("method", &["a.test", "*.test"], "/a") },
        Route { headers: vec![header], ..route("header", &["a.test"], "/a") },
        route("path", &["a.test"], "/{x}/b"),
        route("taken", &["a.test"], "/a*"),
    ]);
    let mut headers = HeaderMap::new();
    headers.insert("x-v", HeaderValue::from_static("1"));
    let considered = table.explain(&probe(&Method::GET, "a.test", "/a", &headers));
    let lines: Vec<String> =
        considered.iter().map(|one| format!("{}: {}", one.route.name, one.verdict)).collect();
    assert_eq!(
        lines,
        [
            "method: serves other methods",
            "header: asks that the header x-v is not there",
            "other-host: serves other hosts",
            "path: serves other paths",
            "taken: taken",
            "all: matches, but a preferred route was taken",
        ]
    );
}
