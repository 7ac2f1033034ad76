use foundation::metrics::Metrics;
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, histogram::Histogram},
};

/// `aetherius_execution_…`.
pub(crate) struct ExecutionMetrics {
    commands: Family<Labels, Counter>,
    pub(crate) seconds: Histogram,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    outcome: &'static str,
}

impl ExecutionMetrics {
    pub(crate) fn register(metrics: &Metrics) -> Self {
        let these = Self {
            commands: Family::default(),
            seconds: Histogram::new([0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0, 300.0]),
        };
        metrics.register("aetherius_execution", |registry| {
            registry.register("commands", "Commands, by what became of them", these.commands.clone());
            registry.register("seconds", "Seconds that commands ran", these.seconds.clone());
        });
        these
    }

    /// `outcome` is one of `success`, `failed`, `timeout`, `denied`.
    pub(crate) fn count(&self, outcome: &'static str) {
        self.commands.get_or_create(&Labels { outcome }).inc();
    }
}
