use foundation::metrics::Metrics;
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family},
};

/// `aetherius_notifications_…`.
pub(crate) struct DeliveryMetrics {
    attempts: Family<AttemptLabels, Counter>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AttemptLabels {
    /// As many as are configured.
    channel: String,
    outcome: &'static str,
}

impl DeliveryMetrics {
    pub(crate) fn register(metrics: &Metrics) -> Self {
        let these = Self { attempts: Family::default() };
        metrics.register("aetherius_notifications", |registry| {
            registry.register("attempts", "Tries to deliver, by what came of them", these.attempts.clone());
        });
        these
    }

    /// `delivered`, `retried` or `given_up`.
    pub(crate) fn count(&self, channel: &str, outcome: &'static str) {
        self.attempts.get_or_create(&AttemptLabels { channel: channel.to_owned(), outcome }).inc();
    }
}
