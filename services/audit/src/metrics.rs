use foundation::metrics::Metrics;
use prometheus_client::metrics::{counter::Counter, gauge::Gauge};

/// `aetherius_audit_…`.
pub(crate) struct AuditMetrics {
    pub(crate) links: Counter,
    pub(crate) broken_at: Gauge,
}

impl AuditMetrics {
    pub(crate) fn register(metrics: &Metrics) -> Self {
        let these = Self { links: Counter::default(), broken_at: Gauge::default() };
        metrics.register("aetherius_audit", |registry| {
            registry.register("links", "Messages recorded since the start", these.links.clone());
            registry.register(
                "broken_at",
                "The first link that does not follow, by the last verification; 0 when the chain held",
                these.broken_at.clone(),
            );
        });
        these
    }
}
