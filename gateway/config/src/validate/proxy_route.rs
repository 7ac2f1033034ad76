//! The short form of a route is sugar: it becomes a route and a cluster before anything else is looked at, so that whatever holds
//! for those holds for it too.

use super::{Problems, cluster::address as cluster_address, route::plain_path};
use crate::settings::{
    ClusterSettings, EndpointSettings, FullEndpointSettings, HeaderEditSettings, MatchSettings,
    ProxyRouteSettings, RouteSettings, Settings, TargetSettings, TimeoutSettings, UpstreamTlsSettings,
    WeightedTargetSettings,
};
use foundation::settings::Problem;
use std::time::Duration;

#[cfg(test)]
mod tests;

/// The file in its long form, which has routes and clusters alone, and what was wrong with the short ones.
pub(super) fn expand(short: &Settings) -> (Settings, Vec<Problem>) {
    let mut long = Settings { proxy_routes: Vec::new(), ..short.clone() };
    let mut problems = Problems::default();
    for (index, proxy_route) in short.proxy_routes.iter().enumerate() {
        let (route, cluster) = lower(&format!("proxy_routes[{index}]"), proxy_route, &mut problems);
        long.routes.push(route);
        long.clusters.push(cluster);
    }
    (long, problems.0)
}

/// The problems of both forms, as the file's author has to see them: at the short form, where that is where a field came from.
pub(super) fn merge(found: Vec<Problem>, of_long: Vec<Problem>, short: &Settings) -> Vec<Problem> {
    let mut merged = found;
    for problem in of_long {
        let Some(problem) = translate(&problem, short) else { continue };
        // A name that is used twice is so for the route and for its cluster.
        if !merged.contains(&problem) {
            merged.push(problem);
        }
    }
    merged
}

/// `None` when it follows from what [`expand`] has reported in words of its own.
fn translate(problem: &Problem, short: &Settings) -> Option<Problem> {
    let routes = place(&problem.path, "routes", short.routes.len());
    let clusters = place(&problem.path, "clusters", short.clusters.len());
    let Some((index, field)) = routes.or(clusters) else { return Some(problem.clone()) };
    let field = match field {
        ".match.path_prefix" | ".strip_prefix" | ".replace_prefix" => return None,
        ".name" => ".path".to_owned(),
        ".timeout_ms" => ".timeout".to_owned(),
        field if field.starts_with(".endpoints") => return None,
        field => field.replace(".match.methods", ".methods").replace(".request_headers.set", ".headers"),
    };
    Some(Problem::new(format!("proxy_routes[{index}]{field}"), problem.message.as_str()))
}

/// The index behind those of the long form, and what follows it: `routes[7].cors` is `(2, ".cors")` when five were long.
fn place<'p>(path: &'p str, list: &str, long: usize) -> Option<(usize, &'p str)> {
    let (index, field) = path.strip_prefix(list)?.strip_prefix('[')?.split_once(']')?;
    Some((index.parse::<usize>().ok()?.checked_sub(long)?, field))
}

fn lower(at: &str, short: &ProxyRouteSettings, problems: &mut Problems) -> (RouteSettings, ClusterSettings) {
    problems.ok(format!("{at}.path"), plain_path(&short.path));
    let targets = targets(at, short, problems);
    let base = targets.first().map_or("", |target| target.base.as_str());
    if targets.iter().any(|target| target.base != base) {
        problems.add(format!("{at}.target"), "the targets' paths differ; they must be the same");
    }
    let tls = targets.first().is_some_and(|target| target.tls);
    if targets.iter().any(|target| target.tls != tls) {
        problems
            .add(format!("{at}.target"), "some targets are https and some are not; make two routes of them");
    }
    let timeout = short
        .timeout
        .as_ref()
        .and_then(|timeout| problems.ok(format!("{at}.timeout"), milliseconds(timeout)));
    let defaults = RouteSettings::default();
    let route = RouteSettings {
        name: short.path.clone(),
        matches: MatchSettings {
            path_prefix: Some(short.path.clone()),
            methods: short.methods.clone(),
            ..MatchSettings::default()
        },
        cluster: short.path.clone(),
        strip_prefix: short.strip_prefix && base.is_empty(),
        replace_prefix: match (short.strip_prefix, base) {
            (_, "") => None,
            (true, base) => Some(format!("{base}/")),
            (false, base) => Some(format!("{base}{}", short.path)),
        },
        request_headers: HeaderEditSettings { set: short.headers.clone(), ..HeaderEditSettings::default() },
        auth: short.auth.clone(),
        rate_limit: short.rate_limit.clone(),
        lane: short.lane.clone(),
        timeout_ms: timeout.unwrap_or(defaults.timeout_ms),
        meta: short.meta.clone(),
        ..defaults
    };
    let cluster = ClusterSettings {
        name: short.path.clone(),
        endpoints: targets.into_iter().map(|target| target.endpoint).collect(),
        tls: tls.then(UpstreamTlsSettings::default),
        ..ClusterSettings::default()
    };
    (route, cluster)
}

/// A URL taken apart.
#[derive(Debug)]
struct Target {
    endpoint: EndpointSettings,
    /// The path to put in front, without a final slash.
    base: String,
    tls: bool,
}

fn targets(at: &str, short: &ProxyRouteSettings, problems: &mut Problems) -> Vec<Target> {
    let TargetSettings::Many(list) = &short.target else {
        let TargetSettings::One(url) = &short.target else { return Vec::new() };
        return problems.ok(format!("{at}.target"), target(url, 1)).into_iter().collect();
    };
    if list.is_empty() {
        problems.add(format!("{at}.target"), "there is none; add http://host:port or unix:/path");
    }
    let checked = list.iter().enumerate().filter_map(|(index, one)| {
        let at = format!("{at}.target[{index}]");
        let (url, weight) = match one {
            WeightedTargetSettings::Url(url) => (url, 1),
            WeightedTargetSettings::Weighted { url, weight } => (url, *weight),
        };
        problems.range(format!("{at}.weight"), weight.into(), 1, 1_000);
        problems.ok(at, target(url, weight))
    });
    checked.collect()
}

fn target(text: &str, weight: u32) -> Result<Target, String> {
    let weighted = |address: String| match weight {
        1 => EndpointSettings::Address(address),
        weight => EndpointSettings::Full(FullEndpointSettings { address, weight, lane: None }),
    };
    if text.starts_with("unix:") {
        cluster_address(text)?;
        return Ok(Target { endpoint: weighted(text.to_owned()), base: String::new(), tls: false });
    }
    let (rest, tls) = match (text.strip_prefix("http://"), text.strip_prefix("https://")) {
        (Some(rest), _) => (rest, false),
        (None, Some(rest)) => (rest, true),
        (None, None) => {
            return Err(format!(
                "{text:?} is not a target; write http://host:port, https://host or unix:/path"
            ));
        }
    };
    let (authority, base) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
    let base = base.trim_end_matches('/');
    if !base.is_empty() {
        plain_path(base)?;
    }
    let has_port = authority.rsplit(':').next().is_some_and(|port| port.parse::<u16>().is_ok());
    let port = if tls { 443 } else { 80 };
    let address = if has_port { authority.to_owned() } else { format!("{authority}:{port}") };
    cluster_address(&address)?;
    Ok(Target { endpoint: weighted(address), base: base.to_owned(), tls })
}

fn milliseconds(timeout: &TimeoutSettings) -> Result<u64, String> {
    let seconds = match timeout {
        TimeoutSettings::Seconds(seconds) => Some(*seconds),
        TimeoutSettings::Text(text) => {
            let units = [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3_600.0)];
            let mut fitting = units.iter().filter_map(|(unit, seconds)| {
                let number: f64 = text.trim().strip_suffix(unit)?.trim_end().parse().ok()?;
                Some(number * seconds)
            });
            fitting.next()
        }
    };
    let duration = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let milliseconds = duration.and_then(|duration| u64::try_from(duration.as_millis()).ok());
    milliseconds
        .filter(|milliseconds| (1..=3_600_000).contains(milliseconds))
        .ok_or_else(|| "write 500ms, 30s, 2m or a number of seconds, from 1ms to 1h".to_owned())
}
