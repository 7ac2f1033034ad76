//! The gateway's metrics.
//!
//! A route's, a cluster's and a listener's counters are looked up when a configuration is compiled, so that a request only adds to
//! numbers. Each thread adds to its own; they are summed up when somebody asks. Labels are names of the configuration and fixed
//! words, so their number is bounded by it, and by [`ROUTES_MAX`] and so on.

use agw_core::refusal::Code;
use std::sync::Arc;

mod process;
mod registry;
mod series;
mod sharded;
#[cfg(test)]
mod tests;
mod text;
mod words;

pub(crate) use registry::OTHER;
use registry::Registry;
use series::{CONNECTS, STATUS_CLASSES, UPSTREAM_FAILURES};
pub(crate) use series::{
    ClusterSeries, Connect, Finished, ListenerSeries, OpenConnection, RouteSeries, SERVER_ERROR, Series,
    UpstreamFailure,
};
use sharded::{Count, Lone, Sharded};
pub(crate) use sharded::{shards, thread_number};
pub(crate) use text::CONTENT_TYPE;
use text::Text;
use words::Words;

/// With a name of their own.
pub(crate) const ROUTES_MAX: usize = 20_000;
pub(crate) const CLUSTERS_MAX: usize = 20_000;
pub(crate) const LISTENERS_MAX: usize = 1_000;
/// Of all clusters; the rest is left out.
const ENDPOINTS_MAX: usize = 20_000;

/// What the gateway counts.
#[derive(Debug)]
pub(crate) struct Metrics {
    routes: Registry<RouteSeries>,
    clusters: Registry<ClusterSeries>,
    listeners: Registry<ListenerSeries>,
    in_flight: Arc<Sharded<Lone>>,
    refusals: Words,
    findings: Words,
    reloads: [Count; 2],
    shared_limits: [Count; 2],
    mirrored: [Count; MIRRORED.len()],
    pub(crate) log_lines: Delivered,
    pub(crate) spans: Delivered,
    pub(crate) alerts: AlertCounts,
}

/// What was handed to somebody, and what was not.
#[derive(Debug, Default)]
pub(crate) struct Delivered {
    pub(crate) done: Count,
    pub(crate) dropped: Count,
}

/// Alerts now, and messages about them.
#[derive(Debug, Default)]
pub(crate) struct AlertCounts {
    pub(crate) firing: Count,
    pub(crate) webhook: Delivered,
    pub(crate) email: Delivered,
}

/// How a cluster is at this moment.
#[derive(Clone, Debug)]
pub(crate) struct ClusterNow {
    pub(crate) name: String,
    /// Each endpoint and whether it is healthy.
    pub(crate) endpoints: Vec<(String, bool)>,
    /// `closed`, `open` or `half_open`; `None` without a breaker.
    pub(crate) breaker: Option<&'static str>,
}

/// What became of a copy of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mirrored {
    /// It was answered, whatever the answer.
    Answered,
    /// It was not answered, or not in time.
    Failed,
    /// Too many were under way.
    Dropped,
    /// Its body was too large.
    TooLarge,
}

const MIRRORED: [&str; 4] = ["answered", "failed", "dropped", "too_large"];

/// A request under way.
#[derive(Debug)]
pub(crate) struct InFlight(Arc<Sharded<Lone>>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.mine().0.take(1);
    }
}

impl Metrics {
    pub(crate) fn new() -> Self {
        Self {
            routes: Registry::new(ROUTES_MAX),
            clusters: Registry::new(CLUSTERS_MAX),
            listeners: Registry::new(LISTENERS_MAX),
            in_flight: Arc::new(Sharded::new()),
            refusals: Words::default(),
            findings: Words::default(),
            reloads: Default::default(),
            shared_limits: Default::default(),
            mirrored: Default::default(),
            log_lines: Delivered::default(),
            spans: Delivered::default(),
            alerts: AlertCounts::default(),
        }
    }

    /// The counters of routes, in the order of the names; to be held as long as the routes are used.
    pub(crate) fn routes<'n>(&self, names: impl Iterator<Item = &'n str>) -> Vec<Arc<RouteSeries>> {
        self.routes.series_of(names)
    }

    /// The counters of clusters, in the order of the names; to be held as long as the clusters are used.
    pub(crate) fn clusters<'n>(&self, names: impl Iterator<Item = &'n str>) -> Vec<Arc<ClusterSeries>> {
        self.clusters.series_of(names)
    }

    /// The counters of a listener; to be held as long as it listens.
    pub(crate) fn listener(&self, address: &str) -> Arc<ListenerSeries> {
        self.listeners.one(address)
    }

    pub(crate) fn all_routes(&self) -> Vec<Arc<RouteSeries>> {
        self.routes.all()
    }

    pub(crate) fn all_clusters(&self) -> Vec<Arc<ClusterSeries>> {
        self.clusters.all()
    }

    /// Counts a request as under way until the guard is dropped.
    pub(crate) fn in_flight(&self) -> InFlight {
        self.in_flight.mine().0.add(1);
        InFlight(Arc::clone(&self.in_flight))
    }

    /// Connections open now.
    pub(crate) fn connections(&self) -> u64 {
        self.listeners.all().iter().map(|listener| listener.open()).sum()
    }

    /// Counts an answer of our own.
    pub(crate) fn refused(&self, code: Code) {
        self.refusals.add(code.as_str());
    }

    /// Counts what a rule against injection has found.
    pub(crate) fn finding(&self, rule: &'static str) {
        self.findings.add(rule);
    }

    /// Counts a copy of a request.
    pub(crate) fn mirrored(&self, outcome: Mirrored) {
        self.mirrored[outcome as usize].add(1);
    }

    /// Counts a request with shared limits.
    pub(crate) fn shared_limit(&self, together: bool) {
        self.shared_limits[usize::from(!together)].add(1);
    }

    pub(crate) fn reloaded(&self, ok: bool) {
        self.reloads[usize::from(!ok)].add(1);
    }

    /// All of it as Prometheus reads it.
    pub(crate) fn render(&self, clusters: &[ClusterNow]) -> String {
        let mut text = Text::default();
        text.family("agw_build_info", "gauge", "Always 1; the labels tell which program runs.");
        text.sample("agw_build_info", &[("version", env!("CARGO_PKG_VERSION"))], 1);
        self.render_requests(&mut text);
        self.render_listeners(&mut text);
        self.render_upstreams(&mut text, clusters);
        self.render_own(&mut text);
        process::render(&mut text);
        text.finish()
    }

    fn render_requests(&self, text: &mut Text) {
        let mut routes = self.routes.all();
        routes.sort_by(|a, b| a.name().cmp(b.name()));
        text.family("agw_requests_total", "counter", "Requests by route and class of status.");
        for route in &routes {
            for (class, count) in STATUS_CLASSES.iter().zip(route.statuses()) {
                text.count("agw_requests_total", &[("route", route.name()), ("status", class)], count);
            }
        }
        text.family(
            "agw_request_duration_seconds",
            "histogram",
            "From a request's head to its answer's end.",
        );
        for route in &routes {
            text.histogram("agw_request_duration_seconds", &[("route", route.name())], &route.durations());
        }
        let mut each = |name: &str, help: &str, of: fn(&RouteSeries) -> u64| {
            text.family(name, "counter", help);
            for route in &routes {
                text.count(name, &[("route", route.name())], of(route));
            }
        };
        each("agw_request_bytes_total", "Bytes of request bodies.", RouteSeries::bytes_in);
        each("agw_response_bytes_total", "Bytes of answers' bodies.", RouteSeries::bytes_out);
        let help = "Retries that the budget of their route did not allow.";
        each("agw_retries_over_budget_total", help, RouteSeries::times_over_budget);
        each("agw_rate_limited_total", "Requests refused by a rate limit.", RouteSeries::times_rate_limited);
        let help = "Requests with shared limits, counted together with other gateways or alone.";
        text.family("agw_shared_limits_total", "counter", help);
        for (counted, count) in ["together", "alone"].into_iter().zip(&self.shared_limits) {
            text.count("agw_shared_limits_total", &[("counted", counted)], count.get());
        }
        text.family("agw_requests_in_flight", "gauge", "Requests under way.");
        text.sample("agw_requests_in_flight", &[], self.in_flight.sum(|shard| &shard.0));
        text.family("agw_refusals_total", "counter", "Answers of the gateway's own, by code.");
        for (code, count) in self.refusals.iter() {
            text.count("agw_refusals_total", &[("code", code)], count);
        }
        text.family(
            "agw_injection_findings_total",
            "counter",
            "Requests that looked like an attack, by rule.",
        );
        for (rule, count) in self.findings.iter() {
            text.count("agw_injection_findings_total", &[("rule", rule)], count);
        }
    }

    fn render_listeners(&self, text: &mut Text) {
        let listeners = self.listeners.all();
        let named =
            || listeners.iter().filter(|listener| listener.accepted() > 0 || listener.name() != OTHER);
        text.family("agw_connections", "gauge", "Open client connections.");
        for listener in named() {
            text.sample("agw_connections", &[("listener", listener.name())], listener.open());
        }
        text.family("agw_connections_total", "counter", "Accepted client connections.");
        for listener in named() {
            text.sample("agw_connections_total", &[("listener", listener.name())], listener.accepted());
        }
        text.family("agw_tls_handshakes_total", "counter", "TLS handshakes with clients, by outcome.");
        for listener in named() {
            for (outcome, count) in ["ok", "failed"].into_iter().zip(listener.handshakes()) {
                let labels = [("listener", listener.name()), ("outcome", outcome)];
                text.count("agw_tls_handshakes_total", &labels, count);
            }
        }
    }

    fn render_upstreams(&self, text: &mut Text, now: &[ClusterNow]) {
        let mut clusters = self.clusters.all();
        clusters.sort_by(|a, b| a.name().cmp(b.name()));
        text.family(
            "agw_upstream_duration_seconds",
            "histogram",
            "From choosing an endpoint to its answer's head.",
        );
        for cluster in &clusters {
            text.histogram(
                "agw_upstream_duration_seconds",
                &[("cluster", cluster.name())],
                &cluster.durations(),
            );
        }
        text.family(
            "agw_upstream_connects_total",
            "counter",
            "Connections for requests, by how they came about.",
        );
        for cluster in &clusters {
            for (outcome, count) in CONNECTS.into_iter().zip(cluster.connects()) {
                let labels = [("cluster", cluster.name()), ("outcome", outcome)];
                text.count("agw_upstream_connects_total", &labels, count);
            }
        }
        text.family("agw_upstream_failures_total", "counter", "Attempts that failed, by how.");
        for cluster in &clusters {
            for (reason, count) in UPSTREAM_FAILURES.into_iter().zip(cluster.failures()) {
                let labels = [("cluster", cluster.name()), ("reason", reason)];
                text.count("agw_upstream_failures_total", &labels, count);
            }
        }
        text.family("agw_retries_total", "counter", "Attempts after the first.");
        for cluster in &clusters {
            text.count("agw_retries_total", &[("cluster", cluster.name())], cluster.retries());
        }
        text.family("agw_mirrored_total", "counter", "Copies of requests, by outcome.");
        for (outcome, count) in MIRRORED.into_iter().zip(&self.mirrored) {
            text.count("agw_mirrored_total", &[("outcome", outcome)], count.get());
        }
        text.family("agw_endpoint_healthy", "gauge", "1 if requests may go there.");
        let now = &now[..now.len().min(CLUSTERS_MAX)];
        let endpoints = now.iter().flat_map(|cluster| cluster.endpoints.iter().map(move |at| (cluster, at)));
        for (cluster, (endpoint, healthy)) in endpoints.take(ENDPOINTS_MAX) {
            let labels = [("cluster", cluster.name.as_str()), ("endpoint", endpoint)];
            text.sample("agw_endpoint_healthy", &labels, u8::from(*healthy));
        }
        text.family("agw_breaker_state", "gauge", "1 for the state a cluster's circuit breaker is in.");
        for cluster in now {
            if let Some(state) = cluster.breaker {
                text.sample("agw_breaker_state", &[("cluster", cluster.name.as_str()), ("state", state)], 1);
            }
        }
    }

    fn render_own(&self, text: &mut Text) {
        text.family("agw_config_reloads_total", "counter", "Reloads of the configuration by outcome.");
        for (outcome, count) in ["ok", "refused"].into_iter().zip(&self.reloads) {
            text.count("agw_config_reloads_total", &[("outcome", outcome)], count.get());
        }
        let mut delivered = |name: &str, help: &str, rows: &[(&[(&str, &str)], &Delivered)]| {
            text.family(name, "counter", help);
            for &(labels, counts) in rows {
                for (outcome, count) in [("ok", &counts.done), ("dropped", &counts.dropped)] {
                    text.count(name, &[labels, &[("outcome", outcome)]].concat(), count.get());
                }
            }
        };
        let lines = "Lines of the access log, written and dropped.";
        delivered("agw_access_log_lines_total", lines, &[(&[], &self.log_lines)]);
        delivered("agw_spans_total", "Spans of traces, sent and dropped.", &[(&[], &self.spans)]);
        let receivers: [(&[(&str, &str)], &Delivered); 2] =
            [(&[("to", "webhook")], &self.alerts.webhook), (&[("to", "email")], &self.alerts.email)];
        delivered("agw_alert_messages_total", "Messages about alerts, delivered and dropped.", &receivers);
        text.family("agw_alerts_firing", "gauge", "Alerts that are raised now.");
        text.sample("agw_alerts_firing", &[], self.alerts.firing.get());
    }
}
