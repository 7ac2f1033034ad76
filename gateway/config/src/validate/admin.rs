//! The admin server, and what it may take over by itself.

use super::{Problems, socket_address, unix_path};
use crate::{
    config::{AdminAddress, AdminOptions},
    settings::{AdminSettings, Settings},
};
use agw_core::resource::{Cluster, Route};
use foundation::settings::Problem;
use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

pub(super) fn address(address: &str, problems: &mut Problems) -> AdminAddress {
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

pub(super) fn options(settings: &AdminSettings, dir: &Path) -> AdminOptions {
    let file = |name: &Option<String>| name.as_ref().map(|name| dir.join(name));
    AdminOptions {
        watch: settings.watch,
        audit_file: file(&settings.audit_file),
        changes_file: file(&settings.changes_file),
    }
}

impl Settings {
    /// The routes and clusters of `proxy_routes` alone. Problems elsewhere do not matter, since nothing else is taken from here.
    ///
    /// # Errors
    /// Every problem of `proxy_routes`, with its path.
    pub fn validate_proxy_routes(&self, dir: &Path) -> Result<(Vec<Route>, Vec<Cluster>), Vec<Problem>> {
        let (config, problems) = self.check(dir);
        let ours: Vec<Problem> =
            problems.0.into_iter().filter(|problem| problem.path.starts_with("proxy_routes")).collect();
        if !ours.is_empty() {
            return Err(ours);
        }
        let names: HashSet<&str> = self.proxy_routes.iter().map(|route| route.path.as_str()).collect();
        let resources = config.resources;
        let routes = resources.routes.into_iter().filter(|route| names.contains(route.name.as_str()));
        let clusters = resources.clusters.into_iter().filter(|cluster| names.contains(cluster.name.as_str()));
        Ok((routes.collect(), clusters.collect()))
    }
}
