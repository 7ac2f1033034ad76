//! Taking over a changed configuration, whole or its `proxy_routes` alone, and remembering how that went.

use crate::{
    change_log::{self, Change, ChangeLog, Occasion},
    source::{self, Source},
    state::{ConfigError, Loaded, State},
};
use agw_config::settings::ProxyRouteSettings;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    collections::HashSet,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

/// What is taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Scope {
    /// Everything.
    Config,
    /// `proxy_routes`; everything else stays as it runs, whatever the file says of it.
    ProxyRoutes,
}

/// How a reload went.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) at: Timestamp,
    pub(crate) by: String,
    pub(crate) scope: Scope,
    pub(crate) taken_over: bool,
    /// Why not.
    pub(crate) problems: Vec<String>,
    /// How many routes and clusters came, went or changed.
    pub(crate) changes: usize,
}

/// What became of the reloads so far.
#[derive(Debug, Default)]
pub(crate) struct History {
    last: Mutex<Option<Report>>,
    pub(crate) changes: ChangeLog,
}

impl History {
    pub(crate) fn last(&self) -> Option<Report> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Remembers a refusal.
    pub(crate) fn refused(&self, scope: Scope, by: &str, error: &ConfigError) {
        tracing::warn!(%error, by, "configuration not taken over");
        self.set(Report {
            at: Timestamp::now(),
            by: by.to_owned(),
            scope,
            taken_over: false,
            problems: error.list(),
            changes: 0,
        });
    }

    /// Remembers that `after` was taken over, and what changed by it. Compares whole configurations: call it where that may take a while.
    pub(crate) fn taken_over(&self, scope: Scope, by: &str, before: &State, after: &State) {
        let occasion = Occasion {
            at: Timestamp::now(),
            by: by.to_owned(),
            from: after.source.path.display().to_string(),
            config_sha256: after.config_sha256.clone(),
        };
        let changes = if before.source.text == after.source.text {
            Vec::new()
        } else {
            change_log::changes(&before.source.settings(), &after.source.settings(), &occasion)
        };
        let config_sha256 = after.config_sha256.as_str();
        tracing::info!(config_sha256, by, changes = changes.len(), "configuration taken over");
        self.set(Report {
            at: occasion.at,
            by: occasion.by,
            scope,
            taken_over: true,
            problems: Vec::new(),
            changes: changes.len(),
        });
        write(after, &changes);
        self.changes.record(changes);
    }

    fn set(&self, report: Report) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(report);
    }
}

fn write(state: &State, changes: &[Change]) {
    let Some(file) = &state.source.base.admin_options.changes_file else {
        return;
    };
    if changes.is_empty() {
        return;
    }
    if let Err(error) = change_log::append(file, changes) {
        tracing::error!(file = %file.display(), %error, "cannot write the change log");
    }
}

impl ConfigError {
    /// Everything that is wrong, each with its path.
    pub(crate) fn list(&self) -> Vec<String> {
        match self {
            Self::Invalid(problems) => problems.iter().map(ToString::to_string).collect(),
            Self::Unreadable { .. } | Self::Routing(_) => vec![self.to_string()],
        }
    }
}

/// A file of which nothing else is looked at.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ProxyRoutesOnly {
    proxy_routes: Vec<ProxyRouteSettings>,
}

/// What runs, with the `proxy_routes` of the file.
pub(crate) fn read_proxy_routes(path: &Path, running: &State) -> Result<Loaded, ConfigError> {
    let unreadable = |error| ConfigError::Unreadable { path: path.to_owned(), error };
    let file = source::text(path).map_err(unreadable)?;
    // The rest of the file has been seen, so that the watch does not take it over.
    let content = source::content(&source::files(path, &file));
    let fresh: ProxyRoutesOnly = foundation::settings::load(&file).map_err(ConfigError::Invalid)?;
    let mut settings = running.source.settings();
    let replaced: HashSet<String> = std::mem::replace(&mut settings.proxy_routes, fresh.proxy_routes)
        .into_iter()
        .map(|old| old.path)
        .collect();
    let (routes, clusters) =
        settings.validate_proxy_routes(source::dir(path)).map_err(ConfigError::Invalid)?;

    let mut config = running.source.base.as_ref().clone();
    let stays = |name: &str| !replaced.contains(name);
    config.resources.routes =
        running.routing.routes().filter(|route| stays(&route.name)).cloned().chain(routes).collect();
    config.resources.clusters =
        running.routing.clusters().filter(|cluster| stays(&cluster.name)).cloned().chain(clusters).collect();
    let text = serde_json::to_string(&settings)
        .map_err(|error| ConfigError::Unreadable { path: path.to_owned(), error: error.into() })?;
    let sha256 = hex::encode(Sha256::digest(text.as_bytes()));
    let base = Arc::clone(&running.source.base);
    // Listeners stay as they are.
    let tls = Vec::new();
    let source = Source { content, base, ..Source::new(path, &text, content, &mut config) };
    Ok(Loaded { config, tls, sha256, source })
}
