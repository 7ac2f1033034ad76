use foundation::metrics::Metrics;
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family},
};

/// `aetherius_identity_…`.
pub(crate) struct IdentityMetrics {
    sign_ins: Family<SignInLabels, Counter>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SignInLabels {
    outcome: &'static str,
}

impl IdentityMetrics {
    pub(crate) fn register(metrics: &Metrics) -> Self {
        let these = Self { sign_ins: Family::default() };
        metrics.register("aetherius_identity", |registry| {
            registry.register("sign_ins", "Tries to sign in, by what came of them", these.sign_ins.clone());
        });
        these
    }

    /// `succeeded`, `failed`, `throttled`, `refreshed` or `refused`.
    pub(crate) fn count(&self, outcome: &'static str) {
        self.sign_ins.get_or_create(&SignInLabels { outcome }).inc();
    }
}
