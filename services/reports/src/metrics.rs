use crate::Outcome;
use foundation::metrics::Metrics;
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family},
};

/// `aetherius_reports_…`.
pub(crate) struct ReportMetrics {
    written: Family<OutcomeLabel, Counter>,
    pub(crate) left_out: Counter,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabel {
    outcome: &'static str,
}

impl ReportMetrics {
    pub(crate) fn register(metrics: &Metrics) -> Self {
        let these = Self { written: Family::default(), left_out: Counter::default() };
        metrics.register("aetherius_reports", |registry| {
            registry.register("written", "Reports written, by what they say", these.written.clone());
            registry.register(
                "left_out",
                "Claims left out because their evidence does not stand in the output they cite",
                these.left_out.clone(),
            );
        });
        these
    }

    pub(crate) fn count(&self, outcome: Outcome) {
        self.written.get_or_create(&OutcomeLabel { outcome: outcome.as_str() }).inc();
    }
}
