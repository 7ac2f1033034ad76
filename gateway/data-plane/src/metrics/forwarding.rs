//! What is counted of requests on their way to upstreams.

use prometheus_client::{
    encoding::{EncodeLabelSet, EncodeLabelValue},
    metrics::{counter::Counter, family::Family},
    registry::Registry,
};

/// Retries and copies.
#[derive(Debug)]
pub(crate) struct ForwardingMetrics {
    retries: Family<RouteLabel, Counter>,
    retries_refused: Family<RouteLabel, Counter>,
    mirrored: Family<MirroredLabel, Counter>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabel {
    route: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct MirroredLabel {
    outcome: Mirrored,
}

/// What became of a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
#[allow(non_camel_case_types, reason = "the names are the label's values")]
pub(crate) enum Mirrored {
    /// It was answered, whatever the answer.
    answered,
    /// It was not answered, or not in time.
    failed,
    /// Too many were under way.
    dropped,
    /// Its body was too large.
    too_large,
}

impl ForwardingMetrics {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let (retries, retries_refused, mirrored) = <(Family<_, _>, Family<_, _>, Family<_, _>)>::default();
        registry.register("retries", "Attempts after the first, by route", retries.clone());
        let help = "Retries that the budget of their route did not allow";
        registry.register("retries_over_budget", help, retries_refused.clone());
        registry.register("mirrored", "Copies of requests, by outcome", mirrored.clone());
        Self { retries, retries_refused, mirrored }
    }

    pub(crate) fn retry(&self, route: &str) {
        self.retries.get_or_create(&RouteLabel { route: route.to_owned() }).inc();
    }

    pub(crate) fn retry_over_budget(&self, route: &str) {
        self.retries_refused.get_or_create(&RouteLabel { route: route.to_owned() }).inc();
    }

    pub(crate) fn mirrored(&self, outcome: Mirrored) {
        self.mirrored.get_or_create(&MirroredLabel { outcome }).inc();
    }
}
