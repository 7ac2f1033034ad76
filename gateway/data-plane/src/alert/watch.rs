//! From counters to alerts.

use super::event::Event;
use crate::{
    metrics::{ClusterSeries, Metrics, RouteSeries, SERVER_ERROR, Series},
    observe,
    state::State,
};
use agw_config::config::Alerts as Settings;
use agw_core::{
    alert::{Change, Rule, Sample, Signal, Watch},
    histogram::BUCKETS,
};
use std::{
    collections::{HashMap, HashSet, VecDeque},
    time::SystemTime,
};

#[cfg(test)]
mod tests;

/// Routes or clusters that one rule watches, at most.
const WATCHED_MAX: usize = 2_000;
/// Without health checks a cluster counts as down when connecting to it failed so often since it last succeeded, in so many seconds.
const DOWN_SECONDS: usize = 10;
const DOWN_FAILURES_MIN: u64 = 3;

/// Rules at work.
#[derive(Debug)]
pub(super) struct Watches {
    rules: Vec<Watched>,
    clusters: HashMap<String, ClusterHistory>,
}

/// A rule and whom it watches.
#[derive(Debug)]
struct Watched {
    rule: Rule,
    only_logged: bool,
    of: HashMap<String, Subject>,
}

/// A route or cluster under a rule.
#[derive(Debug)]
struct Subject {
    watch: Watch,
    /// The counters when they were last looked at.
    last: Counters,
    raised_at: SystemTime,
}

#[derive(Clone, Debug)]
enum Counters {
    Ratio([u64; 2]),
    Durations(Box<[u64; BUCKETS]>),
    Level,
}

/// How connecting went in the last seconds.
#[derive(Debug, Default)]
struct ClusterHistory {
    last: [u64; 3],
    /// Failures and successes of each second.
    seconds: VecDeque<(u64, u64)>,
}

impl Watches {
    pub(super) fn new(settings: &Settings) -> Self {
        let mut watches = Self { rules: Vec::new(), clusters: HashMap::new() };
        watches.rules = all_rules(settings);
        watches
    }

    /// Goes on with other rules. Those that stay keep what they know; alerts of those that go are resolved.
    pub(super) fn replace(&mut self, settings: &Settings, now: SystemTime) -> Vec<Event> {
        let mut old = std::mem::take(&mut self.rules);
        for mut next in all_rules(settings) {
            if let Some(same) = old.iter_mut().find(|other| other.rule == next.rule) {
                next.of = std::mem::take(&mut same.of);
            }
            self.rules.push(next);
        }
        old.iter()
            .flat_map(|gone| gone.of.iter().filter_map(|(of, subject)| gone.ended(of, subject, now)))
            .collect()
    }

    /// Looks at all counters. `now_s` is of a clock that never goes back.
    pub(super) fn step(
        &mut self,
        state: &State,
        metrics: &Metrics,
        now_s: u64,
        now: SystemTime,
    ) -> Vec<Event> {
        let mut events = Vec::new();
        let clusters = metrics.all_clusters();
        let without_healthy = observe::without_healthy_endpoint(state);
        let mut down = HashSet::new();
        for cluster in &clusters {
            let history = self.clusters.entry(cluster.name().to_owned()).or_default();
            if history.is_down(cluster) || without_healthy.contains(cluster.name()) {
                down.insert(cluster.name().to_owned());
            }
        }
        self.clusters.retain(|name, _| clusters.iter().any(|cluster| cluster.name() == name));
        let of_routes = self.rules.iter().any(|watched| watched.rule.on.is_of_route());
        let routes = if of_routes { metrics.all_routes() } else { Vec::new() };
        for watched in &mut self.rules {
            if watched.rule.on.is_of_route() {
                let of: Vec<_> =
                    routes.iter().map(|route| (route.name(), of_route(&watched.rule, route))).collect();
                events.extend(watched.step(of, &down, now_s, now));
            } else {
                let of: Vec<_> = clusters
                    .iter()
                    .map(|cluster| (cluster.name(), of_cluster(&watched.rule, cluster)))
                    .collect();
                events.extend(watched.step(of, &down, now_s, now));
            }
        }
        events
    }
}

impl Watched {
    fn step(
        &mut self,
        present: Vec<(&str, Counters)>,
        down: &HashSet<String>,
        now_s: u64,
        now: SystemTime,
    ) -> Vec<Event> {
        let mut events = Vec::new();
        let wanted =
            |name: &str, rule: &Rule| rule.of.as_ref().is_none_or(|of| of == name) && observe::is_own(name);
        let names: HashSet<&str> = present.iter().map(|&(name, _)| name).collect();
        let gone: Vec<String> =
            self.of.keys().filter(|name| !names.contains(name.as_str())).cloned().collect();
        for name in gone {
            if let Some(subject) = self.of.remove(&name) {
                events.extend(self.ended(&name, &subject, now));
            }
        }
        for (name, counters) in present.into_iter().filter(|(name, _)| wanted(name, &self.rule)) {
            let is_down = down.contains(name);
            let Some(subject) = self.of.get_mut(name) else {
                if self.of.len() < WATCHED_MAX && (is_down || counters.has_any()) {
                    let subject = Subject { watch: Watch::default(), last: counters, raised_at: now };
                    self.of.insert(name.to_owned(), subject);
                }
                continue;
            };
            let change = subject.step(&self.rule, counters, is_down, self.only_logged, now_s);
            if let Some(change) = change {
                if change.raised {
                    subject.raised_at = now;
                }
                let event = Event::new(&self.rule, name, change, subject.raised_at, now);
                events.push(event.only_logged(self.only_logged));
            }
        }
        events
    }

    /// The end of an alert whose rule or subject is gone.
    fn ended(&self, of: &str, subject: &Subject, now: SystemTime) -> Option<Event> {
        let change = Change { raised: false, value: 0.0 };
        let event = || Event::new(&self.rule, of, change, subject.raised_at, now);
        subject.watch.is_raised().then(|| event().only_logged(self.only_logged))
    }
}

impl Subject {
    fn step(&mut self, rule: &Rule, now: Counters, down: bool, built_in: bool, now_s: u64) -> Option<Change> {
        let last = std::mem::replace(&mut self.last, now.clone());
        // Counters that went back have begun anew.
        let since = |last: u64, now: u64| if now >= last { now - last } else { now };
        match (last, now) {
            // That it is down has been said.
            (Counters::Ratio(_), Counters::Ratio(_)) if down && built_in => {
                self.watch.step(rule, now_s, Sample::Ratio { bad: 0, total: 0 })
            }
            (Counters::Ratio(last), Counters::Ratio(now)) => {
                let [bad, total] = [since(last[0], now[0]), since(last[1], now[1])];
                self.watch.step(rule, now_s, Sample::Ratio { bad, total })
            }
            (Counters::Durations(last), Counters::Durations(now)) => {
                let durations = std::array::from_fn(|bucket| since(last[bucket], now[bucket]));
                self.watch.step(rule, now_s, Sample::Durations(&durations))
            }
            _ => self.watch.step(rule, now_s, Sample::Level(down)),
        }
    }
}

impl Counters {
    /// Whether there ever was anything to judge by.
    fn has_any(&self) -> bool {
        match self {
            Self::Ratio(counts) => counts[1] > 0,
            Self::Durations(counts) => counts.iter().any(|&count| count > 0),
            Self::Level => false,
        }
    }
}

impl ClusterHistory {
    fn is_down(&mut self, cluster: &ClusterSeries) -> bool {
        let now = cluster.connects();
        let [opened, reused, failed] = std::array::from_fn(|how| now[how].saturating_sub(self.last[how]));
        self.last = now;
        self.seconds.truncate(DOWN_SECONDS - 1);
        self.seconds.push_front((failed, opened + reused));
        let since_success = self.seconds.iter().take_while(|&&(_, succeeded)| succeeded == 0);
        since_success.map(|&(failed, _)| failed).sum::<u64>() >= DOWN_FAILURES_MIN
    }
}

fn of_route(rule: &Rule, route: &RouteSeries) -> Counters {
    if rule.on == Signal::LatencyP99 {
        return Counters::Durations(Box::new(route.durations().buckets));
    }
    let statuses = route.statuses();
    Counters::Ratio([statuses[SERVER_ERROR], statuses.iter().sum()])
}

fn of_cluster(rule: &Rule, cluster: &ClusterSeries) -> Counters {
    if rule.on == Signal::UpstreamDown {
        return Counters::Level;
    }
    let [opened, _, failed] = cluster.connects();
    Counters::Ratio([failed, opened + failed])
}

/// The configured ones, and for faults that none of them watches one that only logs.
fn all_rules(settings: &Settings) -> Vec<Watched> {
    let rule = |name: &str, on, resolve_below| Rule {
        name: name.to_owned(),
        on,
        of: None,
        above: 0.5,
        resolve_below,
        for_s: 10,
        requests_min: 5,
    };
    let built_in = [
        rule("upstream down", Signal::UpstreamDown, 0.5),
        rule("connections failing", Signal::ConnectFailureRatio, 0.1),
    ];
    let watched = |only_logged: bool| move |rule: Rule| Watched { rule, only_logged, of: HashMap::new() };
    let unwatched =
        built_in.into_iter().filter(|rule| settings.rules.iter().all(|other| other.on != rule.on));
    settings.rules.iter().cloned().map(watched(false)).chain(unwatched.map(watched(true))).collect()
}
