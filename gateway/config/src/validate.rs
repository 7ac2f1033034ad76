//! From what people write to what the program trusts.

use crate::{config::Config, settings::Settings};
use agw_core::resource::Resources;
use foundation::settings::Problem;
use std::{collections::HashSet, fmt::Display, net::SocketAddr, path::Path, path::PathBuf, time::Duration};

mod admin;
mod auth;
mod certificate;
mod cluster;
mod consumer;
mod identity;
mod issuer;
mod lane;
mod limit;
mod listener;
mod network;
mod observe;
mod proxy_route;
mod route;
mod security;
mod websocket;
#[cfg(test)]
mod tests;

impl Settings {
    /// Checks everything. Relative file names are looked up in `dir`.
    ///
    /// # Errors
    /// Every problem, with its path.
    pub fn validate(&self, dir: &Path) -> Result<Config, Vec<Problem>> {
        let (config, problems) = self.check(dir);
        problems.none_or(config)
    }

    /// Checks and lowers everything; what has a problem is left out or lowered to something harmless.
    fn check(&self, dir: &Path) -> (Config, Problems) {
        if self.proxy_routes.is_empty() {
            return self.check_long(dir);
        }
        let (long, found) = proxy_route::expand(self);
        let (config, problems) = long.check_long(dir);
        (config, Problems(proxy_route::merge(found, problems.0, self)))
    }

    /// The same for a file without `proxy_routes`.
    fn check_long(&self, dir: &Path) -> (Config, Problems) {
        let mut problems = Problems::default();
        let listeners = listener::check(self, dir, &mut problems);
        let certificates = certificate::check(&self.certificates, dir, &mut problems);
        let admin = admin::address(&self.admin.address, &mut problems);
        problems.range("workers", self.workers as u64, 0, 256);
        problems.range("connections_max", self.connections_max as u64, 1, 1_000_000);
        problems.range("drain_ms", self.drain_ms, 0, 600_000);
        let identity =
            self.identity.as_ref().and_then(|settings| identity::check(settings, dir, &mut problems));
        let jwt_issuers = issuer::check(self, dir, &mut problems);
        let mask = security::mask(&self.masking, &mut problems);
        let observe = observe::check(self, dir, &mut problems);
        let lanes = lane::check(&self.lanes, &mut problems);
        let redis = self.redis.as_ref().and_then(|settings| limit::redis(settings, dir, &mut problems));
        let consumers = consumer::check(&self.consumers, &mut problems);
        let clusters = cluster::check(&self.clusters, dir, &mut problems);
        let routes = route::check(self, &mut problems);
        if self.routes.is_empty() {
            problems.add("routes", "there are none; add a route, or a path and a target under proxy_routes");
        }
        let config = Config {
            listeners,
            certificates,
            workers: self.workers,
            upstream_pools: self.upstream_pools,
            admin,
            admin_options: admin::options(&self.admin, dir),
            connections_max: self.connections_max,
            drain: Duration::from_millis(self.drain_ms),
            identity,
            jwt_issuers,
            mask,
            observe,
            redis,
            resources: Resources { routes, clusters, consumers, lanes },
        };
        (config, problems)
    }
}

/// The problems found so far.
#[derive(Debug, Default)]
struct Problems(Vec<Problem>);

impl Problems {
    fn add(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.0.push(Problem::new(path, message));
    }

    /// The value, or a problem at `path`.
    fn ok<T, E: Display>(&mut self, path: impl Into<String>, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.add(path, error.to_string())).ok()
    }

    fn range(&mut self, path: impl Into<String>, value: u64, min: u64, max: u64) {
        if !(min..=max).contains(&value) {
            self.add(path, format!("{value} is out of range; allowed is {min} to {max}"));
        }
    }

    /// Reports names that are empty or used twice.
    fn names<'n>(&mut self, list: &str, names: impl Iterator<Item = &'n str>) {
        let mut seen = HashSet::new();
        for (index, name) in names.enumerate() {
            if name.is_empty() {
                self.add(format!("{list}[{index}].name"), "give it a name");
            } else if !seen.insert(name) {
                self.add(format!("{list}[{index}].name"), format!("{name} is used twice"));
            }
        }
    }

    fn none_or(self, config: Config) -> Result<Config, Vec<Problem>> {
        if self.0.is_empty() { Ok(config) } else { Err(self.0) }
    }
}

fn socket_address(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| format!("{text:?} is not an address; write IP:port, e.g. 127.0.0.1:8080 or [::1]:8080"))
}

/// The path in `unix:/path`; `None` when the text does not begin so.
fn unix_path(text: &str) -> Option<Result<PathBuf, String>> {
    /// What a socket's address can hold on Linux, less the final NUL.
    const BYTES_MAX: usize = 107;
    let path = text.strip_prefix("unix:")?;
    Some(if !path.starts_with('/') {
        Err(format!("{text:?} is not absolute; write unix:/path"))
    } else if path.len() > BYTES_MAX {
        Err(format!("a socket's path must not be longer than {BYTES_MAX} bytes; this one has {}", path.len()))
    } else {
        Ok(PathBuf::from(path))
    })
}
