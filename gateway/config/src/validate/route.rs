//! Routes.

use super::{Problems, auth, lane, limit, security, websocket};
use crate::settings::{MetaSettings, RouteSettings, Settings};
use agw_core::{
    host::HostPattern,
    path,
    resource::{Meta, Route},
};
use http::Method;
use std::{collections::HashSet, time::Duration};

mod action;
mod cors;
mod headers;
mod matching;
#[cfg(test)]
mod tests;

pub(super) fn check(settings: &Settings, problems: &mut Problems) -> Vec<Route> {
    problems.names("routes", settings.routes.iter().map(|route| route.name.as_str()));
    let clusters = settings.clusters.iter().map(|cluster| cluster.name.as_str()).collect();
    let routes = settings.routes.iter().enumerate();
    let checked = routes
        .map(|(index, route)| check_one(&format!("routes[{index}]"), route, settings, &clusters, problems));
    checked.collect()
}

fn check_one(
    at: &str,
    route: &RouteSettings,
    settings: &Settings,
    clusters: &HashSet<&str>,
    problems: &mut Problems,
) -> Route {
    problems.range(format!("{at}.timeout_ms"), route.timeout_ms, 1, 3_600_000);
    if let Some(total_ms) = route.total_timeout_ms {
        problems.range(format!("{at}.total_timeout_ms"), total_ms, 1, 3_600_000);
    }
    let hosts = route.matches.hosts.iter().enumerate();
    let hosts = hosts.filter_map(|(index, host)| {
        problems.ok(format!("{at}.match.hosts[{index}]"), HostPattern::parse(host))
    });
    let hosts = hosts.collect();
    let path = matching::path(at, &route.matches, problems);
    Route {
        name: route.name.clone(),
        hosts,
        methods: methods(&format!("{at}.match.methods"), &route.matches.methods, problems),
        headers: matching::headers(at, &route.matches, problems),
        query: matching::query(at, &route.matches, problems),
        priority: route.priority,
        action: action::check(at, route, &path, clusters, problems),
        path,
        request_headers: headers::edits(&format!("{at}.request_headers"), &route.request_headers, problems),
        response_headers: headers::edits(
            &format!("{at}.response_headers"),
            &route.response_headers,
            problems,
        ),
        cors: route.cors.as_ref().map(|cors| cors::check(&format!("{at}.cors"), cors, problems).into()),
        auth: route
            .auth
            .as_ref()
            .map(|auth| auth::policy(&format!("{at}.auth"), auth, settings, problems).into()),
        ip: route.ip.as_ref().map(|ip| security::ip_rules(&format!("{at}.ip"), ip, problems).into()),
        injection: route
            .injection
            .as_ref()
            .map(|injection| security::injection(&format!("{at}.injection"), injection, problems)),
        rate_limits: limit::limits(at, route.rate_limit.as_ref(), &route.rate_limits, settings, problems),
        lane: lane::route_lane(&format!("{at}.lane"), route.lane.as_ref(), problems),
        body_bytes_max: route.body_bytes_max,
        timeout: Duration::from_millis(route.timeout_ms),
        total_timeout: route.total_timeout_ms.map(Duration::from_millis),
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
