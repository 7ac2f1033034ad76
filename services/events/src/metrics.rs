use aetherius_contracts::events::Outcome;
use foundation::metrics::Metrics;
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, histogram::Histogram},
};

/// `aetherius_events_…`.
pub(crate) struct EventMetrics {
    alerts: Family<OutcomeLabel, Counter>,
    pub(crate) refused: Counter,
    pub(crate) acknowledgement_seconds: Histogram,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabel {
    outcome: &'static str,
}

impl EventMetrics {
    pub(crate) fn register(metrics: &Metrics) -> Self {
        let these = Self {
            alerts: Family::default(),
            refused: Counter::default(),
            acknowledgement_seconds: Histogram::new([
                0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0,
            ]),
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
        });
        these
    }

    pub(crate) fn count(&self, outcome: Outcome) {
        let outcome = match outcome {
            Outcome::Stored => "stored",
            Outcome::Duplicate => "duplicate",
            Outcome::Resolved => "resolved",
        };
        self.alerts.get_or_create(&OutcomeLabel { outcome }).inc();
    }
}
