//! Routes.

use super::{Problems, auth, lane, limit, security, websocket};
use crate::settings::{MatchSettings, MetaSettings, RouteSettings, Settings};
use agw_core::{
    host::HostPattern,
    path::{self, Rewrite},
    resource::{Meta, PathMatch, Route},
};
use http::Method;
use std::time::Duration;

pub(super) fn check(settings: &Settings, problems: &mut Problems) -> Vec<Route> {
    problems.names("routes", settings.routes.iter().map(|route| route.name.as_str()));
    let routes = settings.routes.iter().enumerate();
    routes.map(|(index, route)| check_one(&format!("routes[{index}]"), route, settings, problems)).collect()
}

fn check_one(at: &str, route: &RouteSettings, settings: &Settings, problems: &mut Problems) -> Route {
    if !settings.clusters.iter().any(|cluster| cluster.name == route.cluster) {
        problems.add(format!("{at}.cluster"), format!("there is no cluster named {:?}", route.cluster));
    }
    problems.range(format!("{at}.timeout_ms"), route.timeout_ms, 1, 3_600_000);
    let hosts = route.matches.hosts.iter().enumerate();
    let hosts = hosts.filter_map(|(index, host)| {
        problems.ok(format!("{at}.match.hosts[{index}]"), HostPattern::parse(host))
    });
    Route {
        name: route.name.clone(),
        hosts: hosts.collect(),
        path: path_match(at, &route.matches, problems),
        methods: methods(&format!("{at}.match.methods"), &route.matches.methods, problems),
        priority: route.priority,
        rewrite: rewrite(at, route, problems),
        cluster: route.cluster.clone(),
        auth: route.auth.as_ref().map(|auth| auth::policy(&format!("{at}.auth"), auth, settings, problems)),
        ip: route.ip.as_ref().map(|ip| security::ip_rules(&format!("{at}.ip"), ip, problems)),
        injection: route
            .injection
            .as_ref()
            .map(|injection| security::injection(&format!("{at}.injection"), injection, problems)),
        rate_limits: limit::limits(at, route.rate_limit.as_ref(), &route.rate_limits, settings, problems),
        lane: lane::route_lane(&format!("{at}.lane"), route.lane.as_ref(), problems),
        body_bytes_max: route.body_bytes_max,
        timeout: Duration::from_millis(route.timeout_ms),
        send_identity: send_identity(at, route, settings, problems),
        json_as_xml: route.json_as_xml,
        websocket_idle: websocket::idle(at, route, problems),
        websocket_ping: websocket::ping(at, route, problems),
        meta: meta(&route.meta),
    }
}

/// Nothing said is nothing kept: most routes say nothing.
pub(super) fn meta(settings: &MetaSettings) -> Option<Box<Meta>> {
    let MetaSettings { version, owner, tags } = settings.clone();
    (*settings != MetaSettings::default()).then(|| Box::new(Meta { version, owner, tags }))
}

fn path_match(at: &str, matches: &MatchSettings, problems: &mut Problems) -> PathMatch {
    let (field, path, path_match): (_, _, fn(String) -> PathMatch) =
        match (&matches.path, &matches.path_prefix) {
            (Some(path), None) => ("path", path, PathMatch::Exact),
            (None, Some(prefix)) => ("path_prefix", prefix, PathMatch::Prefix),
            _ => {
                problems.add(format!("{at}.match"), "give either path or path_prefix");
                return PathMatch::Prefix("/".to_owned());
            }
        };
    problems.ok(format!("{at}.match.{field}"), plain_path(path));
    path_match(path.clone())
}

/// Requests are matched by their normalised path, so anything else would never match.
pub(super) fn plain_path(path: &str) -> Result<(), String> {
    match path::normalise(path) {
        Ok(normal) if normal == path && !path.contains(['?', '#', ' ']) => Ok(()),
        Ok(normal) => {
            Err(format!("{path:?} never matches; a path has no query, and {normal:?} is its plain form"))
        }
        Err(refusal) => Err(format!("{path:?} never matches: {}", refusal.detail)),
    }
}

pub(super) fn methods(at: &str, methods: &[String], problems: &mut Problems) -> Vec<Method> {
    let parsed = methods.iter().enumerate().filter_map(|(index, text)| {
        let method = Method::from_bytes(text.as_bytes()).ok();
        let method = method.filter(|_| text.chars().all(|c| c.is_ascii_uppercase() || c == '-'));
        problems.ok(
            format!("{at}[{index}]"),
            method.ok_or_else(|| format!("{text:?} is not a method; write it in upper case, e.g. GET")),
        )
    });
    parsed.collect()
}

fn rewrite(at: &str, route: &RouteSettings, problems: &mut Problems) -> Rewrite {
    let (field, replacement) = match (route.strip_prefix, &route.replace_prefix) {
        (false, None) => return Rewrite::Keep,
        (true, None) => ("strip_prefix", "/"),
        (false, Some(replacement)) => ("replace_prefix", replacement.as_str()),
        (true, Some(_)) => {
            problems.add(format!("{at}.replace_prefix"), "strip_prefix is set too; leave one of them out");
            return Rewrite::Keep;
        }
    };
    if route.matches.path_prefix.is_none() {
        problems.add(format!("{at}.{field}"), "there is no match.path_prefix that it could act on");
    }
    problems.ok(format!("{at}.{field}"), plain_path(replacement));
    Rewrite::ReplacePrefix(replacement.to_owned())
}

fn send_identity(at: &str, route: &RouteSettings, settings: &Settings, problems: &mut Problems) -> bool {
    let possible = route.auth.is_some() && settings.identity.is_some();
    if route.identity == Some(true) && !possible {
        problems.add(
            format!("{at}.identity"),
            "there is nobody to tell about: the route needs auth, and the file an identity section",
        );
    }
    possible && route.identity.unwrap_or(true)
}
