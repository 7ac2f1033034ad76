//! From what people write to what the program trusts.

use crate::{
    config::{AdminAddress, Config},
    settings::Settings,
};
use agw_core::resource::{Listener, Resources};
use foundation::settings::Problem;
use std::{collections::HashSet, fmt::Display, net::SocketAddr, path::Path, path::PathBuf, time::Duration};

mod cluster;
mod consumer;
mod identity;
mod proxy_route;
mod route;
#[cfg(test)]
mod tests;

impl Settings {
    /// Checks everything. Relative file names are looked up in `dir`.
    ///
    /// # Errors
    /// Every problem, with its path.
    pub fn validate(&self, dir: &Path) -> Result<Config, Vec<Problem>> {
        if self.proxy_routes.is_empty() {
            return self.validate_long(dir);
        }
        let (long, problems) = proxy_route::expand(self);
        match long.validate_long(dir) {
            Ok(config) if problems.is_empty() => Ok(config),
            Ok(_) => Err(problems),
            Err(others) => Err(proxy_route::merge(problems, others, self)),
        }
    }

    /// Checks a file without `proxy_routes`.
    fn validate_long(&self, dir: &Path) -> Result<Config, Vec<Problem>> {
        let mut problems = Problems::default();
        let listeners = listeners(self, &mut problems);
        let admin = admin(&self.admin.address, &mut problems);
        problems.range("connections_max", self.connections_max as u64, 1, 1_000_000);
        problems.range("drain_ms", self.drain_ms, 0, 600_000);
        let identity =
            self.identity.as_ref().and_then(|settings| identity::check(settings, dir, &mut problems));
        let consumers = consumer::check(&self.consumers, &mut problems);
        let clusters = cluster::check(&self.clusters, &mut problems);
        let routes = route::check(self, &mut problems);
        if self.routes.is_empty() {
            problems.add("routes", "there are none; add a route, or a path and a target under proxy_routes");
        }
        problems.none_or(Config {
            listeners,
            admin,
            connections_max: self.connections_max,
            drain: Duration::from_millis(self.drain_ms),
            identity,
            resources: Resources { routes, clusters, consumers },
        })
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

fn listeners(settings: &Settings, problems: &mut Problems) -> Vec<Listener> {
    if settings.listeners.is_empty() {
        problems.add("listeners", "there are none; add one, e.g. {address: 0.0.0.0:8080}");
    }
    let mut listeners: Vec<Listener> = Vec::new();
    for (index, listener) in settings.listeners.iter().enumerate() {
        let at = format!("listeners[{index}].address");
        let Some(address) = problems.ok(at.as_str(), socket_address(&listener.address)) else {
            continue;
        };
        if address.port() != 0 && listeners.iter().any(|other| other.address == address) {
            problems.add(at, format!("{address} is used twice"));
        }
        listeners.push(Listener { address });
    }
    listeners
}

fn admin(address: &str, problems: &mut Problems) -> AdminAddress {
    let parsed = match unix_path(address) {
        Some(path) => path.map(AdminAddress::Unix),
        None => socket_address(address).and_then(|address| {
            if address.ip().is_loopback() {
                Ok(AdminAddress::Tcp(address))
            } else {
                Err(format!(
                    "{address} can be reached from other machines; use 127.0.0.1, [::1] or unix:/path"
                ))
            }
        }),
    };
    problems.ok("admin.address", parsed).unwrap_or_else(|| AdminAddress::Unix(PathBuf::new()))
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
