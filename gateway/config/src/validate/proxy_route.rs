//! The short form of a route: lowered to a route and a cluster of its own.

use super::{Problems, auth, cluster::address, lane, limit, route};
use crate::settings::{ProxyRouteSettings, RouteSettings, Settings, TargetSettings, WeightedTargetSettings};
use agw_core::{
    path::Rewrite,
    resource::{Address, Cluster, Endpoint, PathMatch, Route},
};
use std::time::Duration;

pub(super) fn check(settings: &Settings, problems: &mut Problems) -> Vec<(Route, Cluster)> {
    let mut lowered: Vec<(Route, Cluster)> = Vec::new();
    for (index, proxy_route) in settings.proxy_routes.iter().enumerate() {
        let at = format!("proxy_routes[{index}]");
        let name = &proxy_route.path;
        let taken = lowered.iter().any(|(route, _)| route.name == *name)
            || settings.routes.iter().any(|route| route.name == *name)
            || settings.clusters.iter().any(|cluster| cluster.name == *name);
        if taken {
            problems.add(format!("{at}.path"), format!("{name} is used twice"));
        }
        lowered.push(lower(&at, proxy_route, settings, problems));
    }
    lowered
}

fn lower(
    at: &str,
    settings: &ProxyRouteSettings,
    all: &Settings,
    problems: &mut Problems,
) -> (Route, Cluster) {
    problems.ok(format!("{at}.path"), route::plain_path(&settings.path));
    let targets = targets(&settings.target);
    if targets.is_empty() {
        problems.add(format!("{at}.target"), "there is none; add http://host:port or unix:/path");
    }
    let mut endpoints = Vec::new();
    let mut bases = Vec::new();
    for text in targets {
        if let Some((address, base)) = problems.ok(format!("{at}.target"), target(text)) {
            endpoints.push(Endpoint::from(address));
            bases.push(base);
        }
    }
    if bases.windows(2).any(|pair| pair[0] != pair[1]) {
        problems.add(format!("{at}.target"), "the targets' paths differ; they must be the same");
    }
    let defaults = RouteSettings::default();
    let route = Route {
        name: settings.path.clone(),
        hosts: Vec::new(),
        path: PathMatch::Prefix(settings.path.clone()),
        methods: route::methods(&format!("{at}.methods"), &settings.methods, problems),
        priority: defaults.priority,
        rewrite: rewrite(settings, bases.first().map_or("", |base| base.as_str())),
        cluster: settings.path.clone(),
        auth: settings.auth.as_ref().map(|auth| auth::policy(&format!("{at}.auth"), auth, all, problems)),
        ip: None,
        injection: None,
        rate_limits: limit::limits(at, settings.rate_limit.as_ref(), &[], all, problems),
        lane: lane::route_lane(&format!("{at}.lane"), settings.lane.as_ref(), problems),
        body_bytes_max: defaults.body_bytes_max,
        timeout: Duration::from_millis(defaults.timeout_ms),
        send_identity: settings.auth.is_some() && all.identity.is_some(),
        json_as_xml: false,
        websocket_idle: None,
        websocket_ping: None,
        meta: route::meta(&settings.meta),
    };
    (route, Cluster::new(settings.path.clone(), endpoints))
}

fn targets(settings: &TargetSettings) -> Vec<&str> {
    match settings {
        TargetSettings::One(url) => vec![url],
        TargetSettings::Many(list) => list
            .iter()
            .map(|target| match target {
                WeightedTargetSettings::Url(url) | WeightedTargetSettings::Weighted { url, .. } => {
                    url.as_str()
                }
            })
            .collect(),
    }
}

/// An address and the path to put in front, without a final slash.
fn target(text: &str) -> Result<(Address, String), String> {
    if text.starts_with("unix:") {
        return Ok((address(text)?, String::new()));
    }
    if text.starts_with("https://") {
        return Err(format!("{text:?}: TLS to upstreams is not supported; use http:// or unix:/path"));
    }
    let rest = text
        .strip_prefix("http://")
        .ok_or_else(|| format!("{text:?} is not a target; write http://host:port or unix:/path"))?;
    let (authority, base) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
    let base = base.trim_end_matches('/');
    if !base.is_empty() {
        route::plain_path(base)?;
    }
    let has_port = authority.rsplit(':').next().is_some_and(|port| port.parse::<u16>().is_ok());
    let with_port = if has_port { authority.to_owned() } else { format!("{authority}:80") };
    Ok((address(&with_port)?, base.to_owned()))
}

fn rewrite(settings: &ProxyRouteSettings, base: &str) -> Rewrite {
    match (settings.strip_prefix, base) {
        (false, "") => Rewrite::Keep,
        (false, base) => Rewrite::ReplacePrefix(format!("{base}{}", settings.path)),
        (true, base) => Rewrite::ReplacePrefix(format!("{base}/")),
    }
}
