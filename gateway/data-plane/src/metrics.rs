//! The gateway's metrics. Labels are route names and fixed words, so their number is bounded by the configuration.

mod forwarding;

pub(crate) use forwarding::{ForwardingMetrics, Mirrored};
use foundation::metrics::Metrics as Exported;
use prometheus_client::{
    encoding::{EncodeLabelSet, EncodeLabelValue},
    metrics::{counter::Counter, family::Family, gauge::Gauge},
};

/// What the gateway counts.
#[derive(Debug)]
pub(crate) struct Metrics {
    exported: Exported,
    requests: Family<RequestLabels, Counter>,
    connections: Gauge,
    reloads: Family<ReloadLabels, Counter>,
    shared_limits: Family<SharedLimitLabels, Counter>,
    pub(crate) forwarding: ForwardingMetrics,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    /// The route's name; empty when none matched.
    route: String,
    status: StatusClass,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReloadLabels {
    outcome: ReloadOutcome,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
#[allow(non_camel_case_types, reason = "the names are the label's values")]
enum StatusClass {
    informational,
    success,
    redirect,
    client_error,
    server_error,
    /// The client left before an answer.
    none,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SharedLimitLabels {
    counted: Counted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
#[allow(non_camel_case_types, reason = "the names are the label's values")]
enum Counted {
    together,
    /// Redis did not answer.
    alone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
#[allow(non_camel_case_types, reason = "the names are the label's values")]
enum ReloadOutcome {
    ok,
    refused,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let exported = Exported::default();
        let (requests, connections, reloads, shared_limits) = exported.register("agw", |registry| {
            let requests = Family::<RequestLabels, Counter>::default();
            registry.register("requests", "Requests by route and class of status", requests.clone());
            let connections = Gauge::default();
            registry.register("connections", "Open client connections", connections.clone());
            let reloads = Family::<ReloadLabels, Counter>::default();
            registry.register("config_reloads", "Reloads of the configuration by outcome", reloads.clone());
            let shared_limits = Family::<SharedLimitLabels, Counter>::default();
            let help = "Requests with shared limits, by whether these were counted together with other gateways or alone";
            registry.register("shared_limits", help, shared_limits.clone());
            (requests, connections, reloads, shared_limits)
        });
        let forwarding = exported.register("agw", ForwardingMetrics::new);
        Self { exported, requests, connections, reloads, shared_limits, forwarding }
    }

    /// Counts a request; `status` is 0 when there was no answer.
    pub(crate) fn request(&self, route: &str, status: u16) {
        let status = match status {
            100..200 => StatusClass::informational,
            200..300 => StatusClass::success,
            300..400 => StatusClass::redirect,
            400..500 => StatusClass::client_error,
            500.. => StatusClass::server_error,
            _ => StatusClass::none,
        };
        self.requests.get_or_create(&RequestLabels { route: route.to_owned(), status }).inc();
    }

    /// Counts a connection until the guard is dropped.
    pub(crate) fn connection(&self) -> OpenConnection {
        self.connections.inc();
        OpenConnection(self.connections.clone())
    }

    pub(crate) fn connections(&self) -> i64 {
        self.connections.get()
    }

    pub(crate) fn reloaded(&self, ok: bool) {
        let outcome = if ok { ReloadOutcome::ok } else { ReloadOutcome::refused };
        self.reloads.get_or_create(&ReloadLabels { outcome }).inc();
    }

    /// Counts a request with shared limits.
    pub(crate) fn shared_limit(&self, together: bool) {
        let counted = if together { Counted::together } else { Counted::alone };
        self.shared_limits.get_or_create(&SharedLimitLabels { counted }).inc();
    }

    pub(crate) fn render(&self) -> String {
        self.exported.render()
    }
}

/// A connection that is counted as open.
#[derive(Debug)]
pub(crate) struct OpenConnection(Gauge);

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.dec();
    }
}
