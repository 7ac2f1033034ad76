//! Routes in the configuration files of gateways: Spring Cloud Gateway (YAML or properties) and nginx.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::objects::{Labels, PortRef, Route};

/// The routes of all files of a config map.
pub(super) fn routes(files: &Labels) -> Vec<Route> {
    files.values().flat_map(|text| file(text)).take(ROUTES_MAX).collect()
}

/// Routes of one config map that are kept.
const ROUTES_MAX: usize = 1000;

fn file(text: &str) -> Vec<Route> {
    if text.contains("proxy_pass") {
        return nginx(text);
    }
    if !text.contains("routes") || !text.contains("uri") {
        return Vec::new();
    }
    let listed: Vec<Route> = documents(text).iter().flat_map(|document| yaml(document)).collect();
    if listed.is_empty() { properties(text) } else { listed }
}

/// Profiles of one file are set apart by a line of dashes.
fn documents(text: &str) -> Vec<String> {
    let mut documents = vec![String::new()];
    for line in text.lines() {
        match documents.last_mut() {
            Some(document) if line.trim_end() != "---" => {
                document.push_str(line);
                document.push('\n');
            }
            _ => documents.push(String::new()),
        }
    }
    documents
}

/// Where versions of Spring Cloud Gateway look for their routes.
const PLACES: [&str; 4] = [
    "/spring/cloud/gateway/routes",
    "/spring/cloud/gateway/mvc/routes",
    "/spring/cloud/gateway/server/webflux/routes",
    "/spring/cloud/gateway/server/webmvc/routes",
];

fn yaml(document: &str) -> Vec<Route> {
    let Ok(value) = serde_saphyr::from_str::<Value>(document) else {
        return Vec::new();
    };
    let lists = PLACES.iter().filter_map(|place| value.pointer(place)?.as_array());
    lists
        .flatten()
        .map(|item| {
            let text = |name: &str| item.get(name).and_then(Value::as_str).unwrap_or("");
            let predicates = item.get("predicates").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            let path = predicates.iter().find_map(path_of).unwrap_or("");
            Route { id: text("id").to_owned(), path: path.to_owned(), ..destination(text("uri")) }
        })
        .collect()
}

/// `Path=/orders/**`, or the same as a map of name and arguments.
fn path_of(predicate: &Value) -> Option<&str> {
    match predicate {
        Value::String(text) => text.strip_prefix("Path="),
        other if other.get("name").and_then(Value::as_str) == Some("Path") => {
            other.get("args")?.as_object()?.values().find_map(Value::as_str)
        }
        _ => None,
    }
}

/// `spring.cloud.gateway.routes[0].uri=lb://orders`.
fn properties(text: &str) -> Vec<Route> {
    let mut fields: BTreeMap<usize, BTreeMap<&str, &str>> = BTreeMap::new();
    for line in text.lines() {
        let Some((name, value)) = line.trim().split_once('=') else {
            continue;
        };
        let place = name.split_once("routes[").and_then(|(_, rest)| rest.split_once("]."));
        let Some((Ok(index), field)) = place.map(|(index, field)| (index.parse(), field.trim())) else {
            continue;
        };
        let (field, value) = match value.trim().strip_prefix("Path=") {
            Some(path) => ("path", path),
            None => (field, value.trim()),
        };
        fields.entry(index).or_default().insert(field, value);
    }
    let route = |fields: BTreeMap<&str, &str>| {
        let field = |name: &str| fields.get(name).copied().unwrap_or("");
        Route { id: field("id").to_owned(), path: field("path").to_owned(), ..destination(field("uri")) }
    };
    fields.into_values().map(route).collect()
}

/// `scheme://host:port/path`, where a host may be written as `${VARIABLE:default}`.
pub(super) fn destination(uri: &str) -> Route {
    // What the gateway answers itself leads nowhere.
    if uri.starts_with("forward:") || uri.starts_with("no://") {
        return Route::default();
    }
    let (scheme, rest) = uri.split_once("://").unwrap_or(("", uri));
    let (variable, host, tail) = match rest.strip_prefix("${").and_then(|rest| rest.split_once('}')) {
        Some((inner, tail)) => {
            let (variable, default) = inner.split_once(':').unwrap_or((inner, ""));
            (variable, default, tail)
        }
        None => {
            let end = rest.find([':', '/', '$', ';']).unwrap_or(rest.len());
            let (host, tail) = rest.split_at(end);
            ("", host, tail)
        }
    };
    // A default may be an address of its own: `${ORDERS:orders:8080}`.
    let (host, own_port) = host.split_once(':').unwrap_or((host, ""));
    let digits = tail.strip_prefix(':').unwrap_or(own_port);
    let digits = digits.split(|it: char| !it.is_ascii_digit()).next().unwrap_or("");
    Route {
        scheme: scheme.to_owned(),
        host: host.to_owned(),
        variable: variable.to_owned(),
        port: digits.parse().ok().map(PortRef::Number),
        ..Route::default()
    }
}

/// `location /orders/ { proxy_pass http://orders:8080; }`, through an `upstream` of that name if there is one.
fn nginx(text: &str) -> Vec<Route> {
    let mut routes = Vec::new();
    let mut servers: BTreeMap<&str, Route> = BTreeMap::new();
    let (mut upstream, mut path) = ("", "");
    for line in text.lines() {
        let words: Vec<&str> = line.split(|it: char| it.is_whitespace() || it == ';').collect();
        let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
        for pair in words.windows(2) {
            match pair {
                ["upstream", name] => upstream = name,
                ["server", address] if !upstream.is_empty() && *address != "{" => {
                    servers.entry(upstream).or_insert_with(|| destination(address));
                }
                ["proxy_pass", uri] => {
                    routes.push(Route { path: path.to_owned(), ..destination(uri) });
                }
                _ => {}
            }
        }
        if words.first() == Some(&"location") {
            path = words.iter().skip(1).find(|word| word.starts_with(['/', '^'])).copied().unwrap_or("");
        }
        if words.contains(&"}") {
            upstream = "";
        }
    }
    for route in &mut routes {
        if let Some(server) = servers.get(route.host.as_str()) {
            let (id, path) = (std::mem::take(&mut route.host), std::mem::take(&mut route.path));
            *route = Route { id, path, ..server.clone() };
        }
    }
    // A host that a variable of the request decides is known to nobody.
    routes.retain(|route| !route.host.is_empty());
    routes
}

#[cfg(test)]
mod tests;
