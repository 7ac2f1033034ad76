use aetherius_contracts::events::Outcome;
use foundation::metrics::Metrics;
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
};

/// `aetherius_events_…`. Cloning shares them.
#[derive(Clone)]
pub(crate) struct EventMetrics {
    alerts: Family<OutcomeLabel, Counter>,
    pub(crate) refused: Counter,
    pub(crate) acknowledgement_seconds: Histogram,
    sightings: Family<SightingLabel, Counter>,
    pub(crate) watch_connected: Family<ScopeLabel, Gauge>,
    pub(crate) watch_restarts: Family<ScopeLabel, Counter>,
    watch_errors: Family<ErrorLabel, Counter>,
    pub(crate) watch_last_change: Family<ScopeLabel, Gauge>,
    pub(crate) watch_cursor_moved: Family<ScopeLabel, Gauge>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabel {
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SightingLabel {
    cluster: String,
    outcome: &'static str,
}

/// One watch: cluster and namespace are from the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct ScopeLabel {
    pub(crate) cluster: String,
    pub(crate) resource: &'static str,
    pub(crate) namespace: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ErrorLabel {
    cluster: String,
    resource: &'static str,
    error: &'static str,
}

impl EventMetrics {
    pub(crate) fn register(metrics: &Metrics) -> Self {
        let these = Self {
            alerts: Family::default(),
            refused: Counter::default(),
            acknowledgement_seconds: Histogram::new([
                0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0,
            ]),
            sightings: Family::default(),
            watch_connected: Family::default(),
            watch_restarts: Family::default(),
            watch_errors: Family::default(),
            watch_last_change: Family::default(),
            watch_cursor_moved: Family::default(),
        };
        metrics.register("aetherius_events", |registry| {
            registry.register("alerts", "Alerts stored, by what was done with them", these.alerts.clone());
            registry.register(
                "refused",
                "Webhooks refused because the inbox or the disk was full",
                these.refused.clone(),
            );
            registry.register(
                "acknowledgement_seconds",
                "Seconds from a webhook's body to its answer, fsync included",
                these.acknowledgement_seconds.clone(),
            );
            registry.register(
                "watch_sightings",
                "What a cluster told that counts, by what was done with it; dropped is what was beyond the rate",
                these.sightings.clone(),
            );
            registry.register(
                "watch_connected",
                "1 while a watch is connected",
                these.watch_connected.clone(),
            );
            registry.register(
                "watch_restarts",
                "Connections of a watch that ended, as they were to or by an error",
                these.watch_restarts.clone(),
            );
            registry.register(
                "watch_errors",
                "Connections of a watch that an error ended",
                these.watch_errors.clone(),
            );
            registry.register(
                "watch_last_change_timestamp_seconds",
                "When the cluster last told a watch of anything",
                these.watch_last_change.clone(),
            );
            registry.register(
                "watch_cursor_timestamp_seconds",
                "When the position up to which a watch has seen everything last moved",
                these.watch_cursor_moved.clone(),
            );
        });
        these
    }

    pub(crate) fn count(&self, outcome: Outcome) {
        self.alerts.get_or_create(&OutcomeLabel { outcome: outcome_word(outcome) }).inc();
    }

    pub(crate) fn count_sighting(&self, cluster: &str, outcome: &'static str) {
        self.sightings.get_or_create(&SightingLabel { cluster: cluster.to_owned(), outcome }).inc();
    }

    pub(crate) fn count_watch_error(&self, scope: &ScopeLabel, error: &'static str) {
        let label = ErrorLabel { cluster: scope.cluster.clone(), resource: scope.resource, error };
        self.watch_errors.get_or_create(&label).inc();
    }
}

/// The label of an outcome.
pub(crate) fn outcome_word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Stored => "stored",
        Outcome::Duplicate => "duplicate",
        Outcome::Resolved => "resolved",
        Outcome::Silenced => "silenced",
    }
}
