//! The table against the matcher as one would explain it: every route that matches, the best of them in the documented order.

use super::*;
use proptest::{prelude::*, sample::select};
use std::cmp::Reverse;

fn serves_path(pattern: &PathMatch, path: &str) -> bool {
    let segments = |text: &str| text.split('/').skip(1).map(str::to_owned).collect::<Vec<_>>();
    match pattern {
        PathMatch::Exact(exact) => exact == path,
        PathMatch::Prefix(prefix) => segments(path).starts_with(&segments(prefix.trim_end_matches('/'))),
        PathMatch::Regex(pattern) => pattern.matches(path),
        PathMatch::Template(template) => {
            let (names, actual) = (segments(&template.to_string()), segments(path));
            let fixed = names.len() - usize::from(template.takes_rest());
            let long_enough =
                if template.takes_rest() { actual.len() > fixed } else { actual.len() == fixed };
            let fits = |(name, actual): (&String, &String)| match name.starts_with('{') {
                true => !actual.is_empty(),
                false => name == actual,
            };
            long_enough && names.iter().zip(&actual).take(fixed).all(fits)
        }
    }
}

/// Smaller is better, point by point as the module's documentation has it.
type Order = (Reverse<i32>, (u8, Reverse<usize>), (u8, [Reverse<usize>; 3]), bool, Reverse<usize>, usize);

fn order(route: &Route, host: Option<&HostPattern>, index: usize) -> Order {
    let host = match host {
        Some(HostPattern::Exact(_)) => (0, Reverse(0)),
        Some(HostPattern::Wildcard(suffix)) => (1, Reverse(suffix.len())),
        None => (2, Reverse(0)),
    };
    let text = route.path.to_string();
    let text = text.trim_end_matches("/*");
    let segments: Vec<&str> = text.split('/').skip(1).filter(|segment| !segment.ends_with("*}")).collect();
    let literals: Vec<&&str> = segments.iter().filter(|segment| !segment.starts_with('{')).collect();
    let characters = literals.iter().map(|literal| literal.len()).sum();
    let fixed = [segments.len(), literals.len(), characters].map(Reverse);
    let path = match &route.path {
        PathMatch::Exact(_) => (0, [Reverse(0); 3]),
        PathMatch::Template(template) if !template.takes_rest() => (1, fixed),
        PathMatch::Regex(_) => (2, [Reverse(0); 3]),
        PathMatch::Prefix(_) | PathMatch::Template(_) => (3, fixed),
    };
    let conditions = route.headers.len() + route.query.len();
    (Reverse(route.priority), host, path, route.methods.is_empty(), Reverse(conditions), index)
}

fn serves_method(route: &Route, method: &Method) -> bool {
    let as_get = method == Method::HEAD && route.methods.contains(&Method::GET);
    route.methods.is_empty() || route.methods.contains(method) || as_get
}

fn obvious(routes: &[Route], probe: &Probe<'_>) -> Result<String, Vec<Method>> {
    let mut matching = Vec::new();
    let mut other_methods = Vec::new();
    for (index, route) in routes.iter().enumerate() {
        let hosts: Vec<Option<&HostPattern>> = match route.hosts.is_empty() {
            true => vec![None],
            false => route.hosts.iter().filter(|host| host.matches(probe.host)).map(Some).collect(),
        };
        let conditions = route.headers.iter().all(|condition| condition.holds(probe.headers))
            && route.query.iter().all(|condition| condition.holds(probe.query));
        if hosts.is_empty() || !conditions || !serves_path(&route.path, probe.path) {
            continue;
        }
        if serves_method(route, probe.method) {
            matching.extend(hosts.into_iter().map(|host| order(route, host, index)));
        } else {
            other_methods.extend(route.methods.clone());
        }
    }
    other_methods.sort_by_key(ToString::to_string);
    other_methods.dedup();
    matching.into_iter().min().map(|best| routes[best.5].name.clone()).ok_or(other_methods)
}

fn any_path() -> impl Strategy<Value = String> {
    let segments = prop::collection::vec(select(vec!["x", "y", "xy", ""]), 0..4);
    let plain = (segments, select(vec!["", "*", "/*"])).prop_map(|(segments, end)| {
        let path = format!("/{}", segments.join("/"));
        format!("{}{end}", if end == "/*" { path.trim_end_matches('/') } else { &path })
    });
    let segments = prop::collection::vec(select(vec!["x", "y", "{}", "{}"]), 0..4);
    let template = (segments, any::<bool>()).prop_map(|(segments, rest)| {
        let named = segments.into_iter().enumerate().map(|(index, segment)| match segment {
            "{}" => format!("/{{p{index}}}"),
            literal => format!("/{literal}"),
        });
        let path: String = named.collect();
        if rest || !path.contains('{') { format!("{path}/{{rest*}}") } else { path }
    });
    let regex =
        select(vec!["~/x.*", "~/[xy]+", "~/x(/y)?", "~.*/xy", "~(/[^/]*){2}"]).prop_map(str::to_owned);
    prop_oneof![3 => plain, 3 => template, 1 => regex]
}

fn any_route() -> impl Strategy<Value = Route> {
    let hosts = prop::collection::vec(select(vec!["a.b", "b", "*.b", "*.a.b", "c.a.b"]), 0..3);
    let methods = select(vec![vec![], vec![], vec![Method::PUT], vec![Method::GET, Method::POST]]);
    let test = || select(vec![ValueTest::Present, ValueTest::Absent, ValueTest::Exact("1".to_owned())]);
    let headers = prop::option::weighted(0.3, test());
    let query = prop::option::weighted(0.3, test());
    (hosts, any_path(), methods, 0..2_i32, headers, query).prop_map(
        |(hosts, path, methods, priority, header, query)| Route {
            methods,
            priority,
            headers: header
                .map(|test| HeaderMatch { name: HeaderName::from_static("h"), test })
                .into_iter()
                .collect(),
            query: query.map(|test| QueryMatch { name: "q".to_owned(), test }).into_iter().collect(),
            ..route("", &hosts, &path)
        },
    )
}

fn any_request() -> impl Strategy<Value = (Method, &'static str, String, Option<&'static str>, HeaderMap)> {
    let method = select(vec![Method::PUT, Method::POST, Method::DELETE, Method::HEAD]);
    let host = select(vec!["b", "a.b", "c.a.b", "d.c.a.b", "e", ""]);
    let path = prop::collection::vec(select(vec!["x", "y", "xy", ""]), 1..5);
    let query = select(vec![None, Some("q"), Some("q=1"), Some("p=1&q=2")]);
    let header = select(vec![None, Some("1"), Some("2")]);
    (method, host, path, query, header).prop_map(|(method, host, path, query, header)| {
        let header = header.map(|value| (HeaderName::from_static("h"), HeaderValue::from_static(value)));
        (method, host, format!("/{}", path.join("/")), query, header.into_iter().collect())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn the_table_agrees_with_the_obvious_matcher(
        routes in prop::collection::vec(any_route(), 0..16),
        requests in prop::collection::vec(any_request(), 1..6),
    ) {
        let named: Vec<Route> = routes
            .into_iter()
            .enumerate()
            .map(|(index, route)| Route { name: index.to_string(), ..route })
            .collect();
        let table = table(named.clone());
        for (method, host, path, query, headers) in &requests {
            let probe = Probe { method, host, path, query: *query, headers, preflight: false };
            let expected = obvious(&named, &probe);
            let actual = match table.lookup(&probe) {
                Lookup::Found(route) => Ok(route.name.clone()),
                Lookup::OtherMethods(methods) => Err(methods),
                Lookup::Nothing => Err(Vec::new()),
            };
            prop_assert_eq!(&actual, &expected);
            let explained = table.explain(&probe);
            let taken = explained.iter().find(|one| one.verdict == Verdict::Taken).map(|one| one.route.name.clone());
            prop_assert_eq!(taken, expected.ok());
            prop_assert_eq!(explained.len(), named.len());
        }
    }
}
