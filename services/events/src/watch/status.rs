//! How a watch is doing, for people and for Prometheus.

use super::{protocol::WatchError, scope::Scope, store::Fate};
use crate::metrics::{EventMetrics, ScopeLabel, outcome_word};
use aetherius_contracts::events::WatchStatus;
use jiff::Timestamp;
use std::sync::{Mutex, PoisonError};

/// The state of one watch.
pub(crate) struct Status {
    label: ScopeLabel,
    metrics: EventMetrics,
    now: Mutex<WatchStatus>,
}

impl Status {
    pub(crate) fn new(scope: &Scope, metrics: EventMetrics) -> Self {
        let label = ScopeLabel {
            cluster: scope.cluster.clone(),
            resource: scope.resource.name(),
            namespace: scope.namespace.clone(),
        };
        let now = WatchStatus {
            cluster_id: scope.cluster.clone(),
            resource: scope.resource.name().to_owned(),
            namespace: scope.namespace.clone(),
            connected: false,
            last_change_at: None,
            resource_version: None,
            resource_version_at: None,
            restarts: 0,
            error: None,
        };
        metrics.watch_connected.get_or_create(&label).set(0);
        Self { label, metrics, now: Mutex::new(now) }
    }

    /// What people are shown.
    pub(crate) fn shown(&self) -> WatchStatus {
        self.now.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn connected(&self) {
        self.metrics.watch_connected.get_or_create(&self.label).set(1);
        self.change(|now| {
            now.connected = true;
            now.error = None;
        });
    }

    /// A line came.
    pub(crate) fn heard(&self, at: Timestamp) {
        self.metrics.watch_last_change.get_or_create(&self.label).set(at.as_second());
        self.change(|now| now.last_change_at = Some(at));
    }

    /// Everything up to `version` was seen.
    pub(crate) fn came_to(&self, version: &str, at: Timestamp) {
        self.metrics.watch_cursor_moved.get_or_create(&self.label).set(at.as_second());
        self.change(|now| {
            now.resource_version = Some(version.to_owned());
            now.resource_version_at = Some(at);
        });
    }

    /// The connection ended as it was to.
    pub(crate) fn ended(&self) {
        self.metrics.watch_connected.get_or_create(&self.label).set(0);
        self.metrics.watch_restarts.get_or_create(&self.label).inc();
        self.change(|now| {
            now.connected = false;
            now.restarts += 1;
        });
    }

    /// The connection ended for a reason. Says whether it is another one than before.
    pub(crate) fn failed(&self, error: &WatchError) -> bool {
        self.ended();
        self.metrics.count_watch_error(&self.label, error.kind());
        let text = error.to_string();
        let mut is_news = false;
        self.change(|now| {
            is_news = now.error.as_ref() != Some(&text);
            now.error = Some(text);
        });
        is_news
    }

    /// Something that counts was written, or dropped.
    pub(crate) fn count(&self, fate: Fate) {
        let word = match fate {
            Fate::Taken(outcome) => outcome_word(outcome),
            Fate::Dropped => "dropped",
        };
        self.metrics.count_sighting(&self.label.cluster, word);
    }

    fn change(&self, change: impl FnOnce(&mut WatchStatus)) {
        change(&mut self.now.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
