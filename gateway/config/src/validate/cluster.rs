//! Clusters and endpoints.

use super::{Problems, unix_path};
use crate::settings::{ClusterSettings, EndpointSettings};
use agw_core::resource::{Cluster, Endpoint};

pub(super) fn check(clusters: &[ClusterSettings], problems: &mut Problems) -> Vec<Cluster> {
    problems.names("clusters", clusters.iter().map(|cluster| cluster.name.as_str()));
    let checked = clusters.iter().enumerate().map(|(index, cluster)| {
        let at = format!("clusters[{index}].endpoints");
        if cluster.endpoints.is_empty() {
            problems.add(at.as_str(), "there are none; add host:port or unix:/path");
        }
        let texts = cluster.endpoints.iter().enumerate();
        let endpoints =
            texts.filter_map(|(index, text)| problems.ok(format!("{at}[{index}]"), endpoint(address(text))));
        Cluster { name: cluster.name.clone(), endpoints: endpoints.collect() }
    });
    checked.collect()
}

fn address(settings: &EndpointSettings) -> &str {
    match settings {
        EndpointSettings::Address(address) => address,
        EndpointSettings::Full(full) => &full.address,
    }
}

/// Reads `host:port` or `unix:/path`.
pub(super) fn endpoint(text: &str) -> Result<Endpoint, String> {
    if let Some(path) = unix_path(text) {
        return path.map(Endpoint::Unix);
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
    Ok(Endpoint::Tcp { host: host.to_owned(), port })
}
