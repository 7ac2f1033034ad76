//! `kubectl describe` of config maps, ingresses and network policies.

use super::{Line, entries, field, key};
use crate::adapter::gateway::routes;
use crate::adapter::text::{labels, present};
use crate::objects::{ConfigMap, Labels, NetworkPolicy, PortRef, Route, Router};

pub(super) fn config_map(body: &[Line<'_>], asked_namespace: &str) -> ConfigMap {
    let data = data(body);
    ConfigMap {
        key: key(field(body, "Namespace"), asked_namespace, field(body, "Name")),
        routes: routes(&data),
        data,
    }
}

/// Each value stands below its name and a rule of four dashes, as it was written but for blank lines.
fn data(body: &[Line<'_>]) -> Labels {
    let mut data = Labels::new();
    let Some(start) = body.windows(2).position(|pair| pair[0].text == "Data" && is_rule(&pair[1], '='))
    else {
        return data;
    };
    let mut rest = body.get(start + 2..).unwrap_or(&[]).iter().peekable();
    let mut name = None;
    while let Some(line) = rest.next() {
        let next_is = |mark| move |next: &&Line<'_>| is_rule(next, mark);
        if line.text == "BinaryData" && rest.peek().is_some_and(|next| next_is('=')(next)) {
            break;
        }
        if let Some(begun) = line.text.strip_suffix(':')
            && rest.next_if(|next| next_is('-')(next)).is_some()
        {
            name = Some(begun.to_owned());
            data.insert(begun.to_owned(), String::new());
        } else if let Some(value) = name.as_ref().and_then(|name| data.get_mut(name)) {
            if !value.is_empty() {
                value.push('\n');
            }
            value.push_str(line.text);
        }
    }
    data
}

fn is_rule(line: &Line<'_>, mark: char) -> bool {
    line.text.len() == 4 && line.text.chars().all(|it| it == mark)
}

/// A table of hosts; below a host, each path with its `service:port`.
pub(super) fn ingress(body: &[Line<'_>], asked_namespace: &str) -> Router {
    let mut router = Router {
        key: key(field(body, "Namespace"), asked_namespace, field(body, "Name")),
        ..Router::default()
    };
    for (head, below) in entries(body).filter(|(head, _)| head.key == "Rules") {
        let lines = std::iter::once(head).chain(below);
        router.routes.extend(lines.filter_map(|line| route(line.text)));
    }
    let default = field(body, "Default backend");
    router.routes.extend(address(default).map(|(host, port)| Route { host, port, ..Route::default() }));
    router
}

/// `/orders   orders:8080 (10.0.0.1:8080)`.
fn route(text: &str) -> Option<Route> {
    let mut words = text.split_whitespace();
    let path = words.next().filter(|word| word.starts_with('/'))?;
    let (host, port) = address(words.next()?)?;
    Some(Route { path: path.to_owned(), host, port, ..Route::default() })
}

fn address(text: &str) -> Option<(String, Option<PortRef>)> {
    let (host, port) = present(text)?.split(' ').next()?.split_once(':')?;
    Some((host.to_owned(), PortRef::parse(port)))
}

pub(super) fn policy(body: &[Line<'_>], asked_namespace: &str) -> NetworkPolicy {
    let mut policy = NetworkPolicy {
        key: key(field(body, "Namespace"), asked_namespace, field(body, "Name")),
        ..NetworkPolicy::default()
    };
    for (_, below) in entries(body).filter(|(head, _)| head.key == "Spec") {
        for (head, rules) in entries(below) {
            match head.key {
                "PodSelector" => {
                    // An empty selector is written out as a remark.
                    let words = if head.value.starts_with("<none>") { "" } else { head.value };
                    policy.pods = (!words.contains(" in (")).then(|| labels(words).into());
                }
                "Allowing ingress traffic" => policy.ingress_rules = Some(rule_count(rules)),
                "Allowing egress traffic" => policy.egress_rules = Some(rule_count(rules)),
                _ => {}
            }
        }
    }
    policy
}

/// Rules are set apart by a line of dashes; none is written `<none>` with a remark.
fn rule_count(block: &[Line<'_>]) -> usize {
    if block.iter().any(|line| line.text.trim_start().starts_with("<none> (Selected pods are isolated")) {
        return 0;
    }
    block.iter().filter(|line| line.text.trim().starts_with("----")).count() + 1
}
