//! Config maps, ingresses, routes and network policies.

use serde_json::Value;

use super::container::port_ref;
use super::value::{key, labels, list, selector, text};
use crate::adapter::gateway::{destination, routes};
use crate::objects::{ConfigMap, NetworkPolicy, PortRef, Route, Router};

pub(super) fn config_map(value: &Value) -> ConfigMap {
    let data = labels(value, "/data");
    ConfigMap { key: key(value), routes: routes(&data), data }
}

pub(super) fn ingress(value: &Value) -> Router {
    let paths = list(value, "/spec/rules").iter().flat_map(|rule| list(rule, "/http/paths"));
    let mut routes: Vec<Route> =
        paths.filter_map(|item| backend(item.get("backend")?, text(item, "/path"))).collect();
    routes.extend(value.pointer("/spec/defaultBackend").and_then(|it| backend(it, "")));
    Router { key: key(value), routes }
}

fn backend(value: &Value, path: &str) -> Option<Route> {
    let service = value.get("service")?;
    let port = port_ref(service, "/port/number").or_else(|| port_ref(service, "/port/name"));
    let host = text(service, "/name").to_owned();
    Some(Route { path: path.to_owned(), host, port, ..Route::default() })
}

pub(super) fn http_route(value: &Value) -> Router {
    let routes = list(value, "/spec/rules").iter().flat_map(|rule| {
        let path = list(rule, "/matches").iter().map(|it| text(it, "/path/value")).next().unwrap_or("");
        list(rule, "/backendRefs").iter().filter(|it| is_service(it)).map(move |it| Route {
            id: text(rule, "/name").to_owned(),
            path: path.to_owned(),
            host: qualified(text(it, "/name"), text(it, "/namespace")),
            port: port_ref(it, "/port"),
            ..Route::default()
        })
    });
    Router { key: key(value), routes: routes.collect() }
}

fn is_service(backend: &Value) -> bool {
    matches!(text(backend, "/kind"), "" | "Service")
}

fn qualified(name: &str, namespace: &str) -> String {
    if namespace.is_empty() { name.to_owned() } else { format!("{name}.{namespace}") }
}

pub(super) fn virtual_service(value: &Value) -> Router {
    let rules = ["/spec/http", "/spec/tls", "/spec/tcp"].into_iter().flat_map(|path| list(value, path));
    let routes = rules.flat_map(|rule| {
        let paths = ["/uri/prefix", "/uri/exact", "/uri/regex"];
        let matches = list(rule, "/match").iter();
        let path = matches.flat_map(|it| paths.map(|path| text(it, path))).find(|path| !path.is_empty());
        list(rule, "/route").iter().map(move |it| Route {
            id: text(rule, "/name").to_owned(),
            path: path.unwrap_or("").to_owned(),
            port: it
                .pointer("/destination/port/number")
                .and_then(Value::as_u64)
                .and_then(|number| u16::try_from(number).ok())
                .map(PortRef::Number),
            ..destination(text(it, "/destination/host"))
        })
    });
    Router { key: key(value), routes: routes.collect() }
}

/// Without `policyTypes` a policy restricts what comes in, and what goes out when it has rules for that.
pub(super) fn policy(value: &Value) -> NetworkPolicy {
    let kinds: Vec<&str> = list(value, "/spec/policyTypes").iter().filter_map(Value::as_str).collect();
    let restricts = |kind: &str, otherwise: bool| {
        if kinds.is_empty() { otherwise } else { kinds.contains(&kind) }
    };
    let egress = list(value, "/spec/egress").len();
    NetworkPolicy {
        key: key(value),
        pods: Some(selector(value, "/spec/podSelector").unwrap_or_default()),
        ingress_rules: restricts("Ingress", true).then(|| list(value, "/spec/ingress").len()),
        egress_rules: restricts("Egress", egress > 0).then_some(egress),
    }
}
