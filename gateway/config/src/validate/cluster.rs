//! Clusters and endpoints.

use super::{Problems, unix_path};
use crate::settings::{
    BalanceSettings, CircuitBreakerSettings, ClusterSettings, EndpointSettings, FailureRatioSettings,
    FullEndpointSettings, HashBySettings, HealthCheckKind, HealthCheckSettings, OutlierSettings,
    UpstreamProtocol,
};
use agw_core::{
    lane::Lane,
    resource::{
        Address, Balance, Bounds, CheckKind, Cluster, Endpoint, FailureRatio, HashBy, HealthCheck, Outliers,
        Protocol,
    },
};
use http::HeaderName;
use std::{collections::HashSet, path::Path, time::Duration};

#[cfg(test)]
mod tests;
mod tls;

pub(super) fn check(clusters: &[ClusterSettings], dir: &Path, problems: &mut Problems) -> Vec<Cluster> {
    problems.names("clusters", clusters.iter().map(|cluster| cluster.name.as_str()));
    let clusters = clusters.iter().enumerate();
    clusters
        .map(|(index, cluster)| check_one(&format!("clusters[{index}]"), cluster, dir, problems))
        .collect()
}

fn check_one(at: &str, settings: &ClusterSettings, dir: &Path, problems: &mut Problems) -> Cluster {
    let endpoints = endpoints(&format!("{at}.endpoints"), settings, problems);
    problems.range(format!("{at}.panic_percent"), settings.panic_percent.into(), 0, 100);
    let mut millis = |field: &str, value: u64, min: u64, max: u64| {
        problems.range(format!("{at}.{field}"), value, min, max);
        Duration::from_millis(value)
    };
    let connect_timeout = millis("connect_timeout_ms", settings.connect_timeout_ms, 1, 60_000);
    let idle_timeout = millis("idle_timeout_ms", settings.idle_timeout_ms, 100, 3_600_000);
    let dns_refresh = millis("dns_refresh_ms", settings.dns_refresh_ms, 100, 3_600_000);
    let breaker = settings.circuit_breaker.as_ref();
    Cluster {
        name: settings.name.clone(),
        balance: balance(&format!("{at}.balance"), &settings.balance, problems),
        protocol: match settings.protocol {
            UpstreamProtocol::Http1 => Protocol::Http1,
            UpstreamProtocol::Http2 => Protocol::Http2,
        },
        tls: settings
            .tls
            .as_ref()
            .map(|tls| tls::check(&format!("{at}.tls"), tls, &endpoints, dir, problems)),
        health_check: settings
            .health_check
            .as_ref()
            .map(|check| health_check(&format!("{at}.health_check"), check, problems)),
        outliers: settings
            .outliers
            .as_ref()
            .map(|outliers| self::outliers(&format!("{at}.outliers"), outliers, problems)),
        panic_percent: settings.panic_percent,
        bounds: breaker
            .map(|breaker| bounds(&format!("{at}.circuit_breaker"), breaker, settings.protocol, problems))
            .unwrap_or_default(),
        failure_ratio: breaker
            .and_then(|breaker| breaker.failure_ratio.as_ref())
            .map(|ratio| failure_ratio(&format!("{at}.circuit_breaker.failure_ratio"), ratio, problems)),
        connect_timeout,
        idle_timeout,
        dns_refresh,
        endpoints,
    }
}

fn endpoints(at: &str, settings: &ClusterSettings, problems: &mut Problems) -> Vec<Endpoint> {
    if settings.endpoints.is_empty() {
        problems.add(at, "there are none; add host:port or unix:/path");
    }
    let mut seen = HashSet::new();
    let mut endpoints = Vec::new();
    for (index, settings) in settings.endpoints.iter().enumerate() {
        let at = format!("{at}[{index}]");
        let full = match settings {
            EndpointSettings::Address(address) => {
                FullEndpointSettings { address: address.clone(), ..FullEndpointSettings::default() }
            }
            EndpointSettings::Full(full) => full.clone(),
        };
        problems.range(format!("{at}.weight"), full.weight.into(), 1, 1_000);
        let lane = full.lane.as_ref().and_then(|lane| problems.ok(format!("{at}.lane"), Lane::parse(lane)));
        let Some(address) = problems.ok(at.as_str(), address(&full.address)) else { continue };
        if !seen.insert((address.clone(), full.lane)) {
            problems.add(at, format!("{address} is used twice; give it a weight instead"));
        }
        endpoints.push(Endpoint { address, weight: full.weight, lane });
    }
    endpoints
}

/// Reads `host:port` or `unix:/path`.
pub(super) fn address(text: &str) -> Result<Address, String> {
    if let Some(path) = unix_path(text) {
        return path.map(Address::Unix);
    }
    let wrong = || format!("{text:?} is not an endpoint; write host:port or unix:/path");
    let (host, port) = text.rsplit_once(':').ok_or_else(wrong)?;
    let port: u16 = port.parse().ok().filter(|&port| port > 0).ok_or_else(wrong)?;
    let (host, fits): (&str, fn(char) -> bool) =
        match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
            Some(address) => (address, |c| c.is_ascii_hexdigit() || c == ':' || c == '.'),
            None => (host, |c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_')),
        };
    if host.is_empty() || !host.chars().all(fits) {
        return Err(wrong());
    }
    Ok(Address::Tcp { host: host.to_owned(), port })
}

fn balance(at: &str, settings: &BalanceSettings, problems: &mut Problems) -> Balance {
    let by = match settings {
        BalanceSettings::RoundRobin => return Balance::RoundRobin,
        BalanceSettings::LeastConnections => return Balance::LeastConnections,
        BalanceSettings::P2cEwma => return Balance::P2cEwma,
        BalanceSettings::ConsistentHash(by) => by,
    };
    let at = format!("{at}.consistent_hash");
    Balance::ConsistentHash(match by {
        HashBySettings::ClientIp => HashBy::ClientIp,
        HashBySettings::Path => HashBy::Path,
        HashBySettings::Header(name) => {
            let parsed = HeaderName::from_bytes(name.as_bytes());
            let parsed = parsed.map_err(|_| format!("{name:?} is not a header's name"));
            problems.ok(format!("{at}.header"), parsed).map_or(HashBy::ClientIp, HashBy::Header)
        }
        HashBySettings::Cookie(name) => {
            // A cookie's name is a token, as a header's name is.
            if HeaderName::from_bytes(name.as_bytes()).is_err() {
                problems.add(format!("{at}.cookie"), format!("{name:?} is not a cookie's name"));
            }
            HashBy::Cookie(name.clone())
        }
        HashBySettings::Query(name) => {
            if name.is_empty() || name.contains(['=', '&', '#']) {
                problems.add(format!("{at}.query"), format!("{name:?} is not a query parameter's name"));
            }
            HashBy::Query(name.clone())
        }
    })
}

fn health_check(at: &str, settings: &HealthCheckSettings, problems: &mut Problems) -> HealthCheck {
    problems.range(format!("{at}.interval_ms"), settings.interval_ms, 50, 600_000);
    problems.range(format!("{at}.timeout_ms"), settings.timeout_ms, 10, 60_000);
    problems.range(format!("{at}.healthy_after"), settings.healthy_after.into(), 1, 100);
    problems.range(format!("{at}.unhealthy_after"), settings.unhealthy_after.into(), 1, 100);
    let printable = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
    if !settings.path.starts_with('/') || !printable(&settings.path) || settings.path.contains('#') {
        problems.add(format!("{at}.path"), format!("{:?} is not a path; begin it with /", settings.path));
    }
    if let Some(host) = &settings.host
        && (host.is_empty()
            || !printable(host)
            || (settings.kind == HealthCheckKind::Http && host.contains('/')))
    {
        problems.add(format!("{at}.host"), format!("{host:?} is neither a host nor a service's name"));
    }
    for (index, status) in settings.statuses.iter().enumerate() {
        problems.range(format!("{at}.statuses[{index}]"), (*status).into(), 200, 599);
    }
    HealthCheck {
        kind: match settings.kind {
            HealthCheckKind::Http => CheckKind::Http {
                path: settings.path.clone(),
                host: settings.host.clone(),
                statuses: settings.statuses.clone(),
            },
            HealthCheckKind::Tcp => CheckKind::Tcp,
            HealthCheckKind::Grpc => CheckKind::Grpc { service: settings.host.clone().unwrap_or_default() },
        },
        interval: Duration::from_millis(settings.interval_ms),
        timeout: Duration::from_millis(settings.timeout_ms),
        healthy_after: settings.healthy_after,
        unhealthy_after: settings.unhealthy_after,
    }
}

fn outliers(at: &str, settings: &OutlierSettings, problems: &mut Problems) -> Outliers {
    problems.range(format!("{at}.consecutive_failures"), settings.consecutive_failures.into(), 1, 1_000);
    problems.range(format!("{at}.ejection_ms"), settings.ejection_ms, 10, 3_600_000);
    problems.range(format!("{at}.max_ejected_percent"), settings.max_ejected_percent.into(), 1, 100);
    Outliers {
        consecutive_failures: settings.consecutive_failures,
        ejection: Duration::from_millis(settings.ejection_ms),
        max_ejected_percent: settings.max_ejected_percent,
    }
}

fn bounds(
    at: &str,
    settings: &CircuitBreakerSettings,
    protocol: UpstreamProtocol,
    problems: &mut Problems,
) -> Bounds {
    for (field, value, min) in [
        ("connections_max", settings.connections_max, 1),
        ("idle_connections_max", settings.idle_connections_max, 0),
        ("pending_max", settings.pending_max, 0),
        ("requests_max", settings.requests_max, 1),
    ] {
        if let Some(value) = value {
            problems.range(format!("{at}.{field}"), value.into(), min, 1_000_000);
        }
    }
    if settings.pending_max.is_some() && settings.connections_max.is_none() {
        problems.add(format!("{at}.pending_max"), "nothing has to wait without connections_max; add it");
    }
    if settings.idle_connections_max.is_some() && protocol == UpstreamProtocol::Http2 {
        problems.add(format!("{at}.idle_connections_max"), "this needs protocol: http1; leave it out");
    }
    Bounds {
        connections_max: settings.connections_max,
        idle_connections_max: settings.idle_connections_max,
        pending_max: settings.pending_max.unwrap_or(0),
        requests_max: settings.requests_max,
    }
}

fn failure_ratio(at: &str, settings: &FailureRatioSettings, problems: &mut Problems) -> FailureRatio {
    if !(0.0..=1.0).contains(&settings.above) {
        problems.add(format!("{at}.above"), format!("{} is out of range; allowed is 0 to 1", settings.above));
    }
    problems.range(format!("{at}.window_ms"), settings.window_ms, 100, 600_000);
    problems.range(format!("{at}.requests_min"), settings.requests_min.into(), 1, 1_000_000);
    problems.range(format!("{at}.open_ms"), settings.open_ms, 10, 600_000);
    problems.range(format!("{at}.half_open_requests"), settings.half_open_requests.into(), 1, 100);
    FailureRatio {
        above: settings.above,
        window: Duration::from_millis(settings.window_ms),
        requests_min: settings.requests_min,
        open: Duration::from_millis(settings.open_ms),
        half_open_requests: settings.half_open_requests,
    }
}
