//! From counters to rates: what has been counted between two looks.

use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, VecDeque},
    time::{Duration, Instant},
};
use utoipa::ToSchema;

/// A rate is over at least so long: two looks right after each other would tell of chance.
const WINDOW: Duration = Duration::from_secs(10);
/// No look is kept that is so close to the one before.
const APART: Duration = Duration::from_secs(1);
const SAMPLES_MAX: usize = 16;

/// What goes through the gateway.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = GatewayTraffic)]
pub struct Traffic {
    /// Over how long the rates are.
    pub window_s: f64,
    /// Requests answered.
    pub requests_per_s: f64,
    /// Of these with a status from 500.
    pub errors_per_s: f64,
    /// Of these with a status from 400 to 499.
    pub refusals_per_s: f64,
    /// How long an answer took on average; absent when there was none.
    pub mean_ms: Option<f64>,
    /// Bytes of request bodies.
    pub bytes_in_per_s: f64,
    /// Bytes of answers' bodies.
    pub bytes_out_per_s: f64,
    /// Requests under way now.
    pub in_flight: u64,
    /// Connections of clients open now.
    pub connections: u64,
    /// By route, the busiest first.
    pub routes: Vec<RouteTraffic>,
}

/// What goes through one route.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = GatewayRouteTraffic)]
pub struct RouteTraffic {
    /// Its name.
    pub route: String,
    /// Requests answered.
    pub requests_per_s: f64,
    /// Of these with a status from 500.
    pub errors_per_s: f64,
}

/// What the gateway has counted until now.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Counts {
    routes: BTreeMap<String, RouteCounts>,
    seconds: f64,
    bytes_in: f64,
    bytes_out: f64,
    in_flight: f64,
    connections: f64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct RouteCounts {
    requests: f64,
    errors: f64,
    refusals: f64,
}

impl Counts {
    /// From the text that Prometheus reads. What is not known there does not matter here.
    pub(super) fn read(text: &str) -> Self {
        let mut counts = Self::default();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let Some((series, value)) = line.rsplit_once(' ') else { continue };
            let Ok(value) = value.parse::<f64>() else { continue };
            let name = series.split('{').next().unwrap_or_default();
            match name {
                "agw_requests_total" => counts.add_requests(series, value),
                "agw_request_duration_seconds_sum" => counts.seconds += value,
                "agw_request_bytes_total" => counts.bytes_in += value,
                "agw_response_bytes_total" => counts.bytes_out += value,
                "agw_requests_in_flight" => counts.in_flight += value,
                "agw_connections" => counts.connections += value,
                _ => {}
            }
        }
        counts
    }

    fn add_requests(&mut self, series: &str, value: f64) {
        let Some(route) = label(series, "route") else { return };
        let counts = self.routes.entry(route.to_owned()).or_default();
        counts.requests += value;
        match label(series, "status") {
            Some("5xx") => counts.errors += value,
            Some("4xx") => counts.refusals += value,
            _ => {}
        }
    }

    fn all(&self) -> RouteCounts {
        self.routes.values().fold(RouteCounts::default(), |all, one| RouteCounts {
            requests: all.requests + one.requests,
            errors: all.errors + one.errors,
            refusals: all.refusals + one.refusals,
        })
    }
}

/// A label's value. Names of routes need no escapes.
fn label<'t>(series: &'t str, name: &str) -> Option<&'t str> {
    let labels = series.split_once('{')?.1;
    let value = labels.split_once(&format!("{name}=\""))?.1;
    value.split('"').next()
}

/// The looks before, oldest first.
#[derive(Debug, Default)]
pub(super) struct Samples {
    kept: VecDeque<(Instant, Counts)>,
}

impl Samples {
    /// Takes a look in, and says what has happened since an earlier one, or since the gateway's start.
    pub(super) fn add(&mut self, now: Counts, at: Instant, uptime: Duration) -> Traffic {
        // Counters that went back are those of another process.
        let began_again = |(_, before): &(Instant, Counts)| before.all().requests > now.all().requests;
        if self.kept.back().is_some_and(began_again) {
            self.kept.clear();
        }
        while self.kept.get(1).is_some_and(|(second, _)| at.duration_since(*second) >= WINDOW) {
            self.kept.pop_front();
        }
        let traffic = match self.kept.front() {
            Some((then, before)) if at.duration_since(*then) >= APART => {
                rates(&now, before, at.duration_since(*then))
            }
            _ => rates(&now, &Counts::default(), uptime),
        };
        let is_apart = self.kept.back().is_none_or(|(last, _)| at.duration_since(*last) >= APART);
        if is_apart {
            if self.kept.len() >= SAMPLES_MAX {
                self.kept.pop_front();
            }
            self.kept.push_back((at, now));
        }
        traffic
    }
}

fn rates(now: &Counts, before: &Counts, over: Duration) -> Traffic {
    let window_s = over.as_secs_f64().max(1.0);
    let per_s = |now: f64, before: f64| rounded((now - before).max(0.0) / window_s);
    let (all, all_before) = (now.all(), before.all());
    let answered = all.requests - all_before.requests;
    let mean_ms =
        (answered > 0.0).then(|| rounded((now.seconds - before.seconds).max(0.0) * 1000.0 / answered));
    let mut routes: Vec<RouteTraffic> = now
        .routes
        .iter()
        .map(|(route, counts)| {
            let before = before.routes.get(route).copied().unwrap_or_default();
            RouteTraffic {
                route: route.clone(),
                requests_per_s: per_s(counts.requests, before.requests),
                errors_per_s: per_s(counts.errors, before.errors),
            }
        })
        .collect();
    routes.sort_by(|a, b| b.requests_per_s.total_cmp(&a.requests_per_s));
    Traffic {
        window_s: rounded(window_s),
        requests_per_s: per_s(all.requests, all_before.requests),
        errors_per_s: per_s(all.errors, all_before.errors),
        refusals_per_s: per_s(all.refusals, all_before.refusals),
        mean_ms,
        bytes_in_per_s: per_s(now.bytes_in, before.bytes_in),
        bytes_out_per_s: per_s(now.bytes_out, before.bytes_out),
        in_flight: whole(now.in_flight),
        connections: whole(now.connections),
        routes,
    }
}

/// Three digits are more than anybody reads.
fn rounded(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}

fn whole(number: f64) -> u64 {
    // A float becomes the nearest whole number that there is.
    number.max(0.0) as u64
}
