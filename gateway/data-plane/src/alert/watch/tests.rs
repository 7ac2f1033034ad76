use super::*;
use crate::{
    metrics::{Connect, Finished},
    state::{Loaded, State},
};
use std::{sync::Arc, time::UNIX_EPOCH};

struct Bench {
    metrics: Arc<Metrics>,
    state: State,
    watches: Watches,
    now_s: u64,
}

const ROUTES: &str = "access_log: {to: 'off'}\nproxy_routes: [{path: /a, target: http://127.0.0.1:1}, {path: /b, target: http://127.0.0.1:2}]\n";

fn state(yaml: &str, metrics: &Arc<Metrics>, previous: Option<&State>) -> State {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), format!("{ROUTES}{yaml}")).unwrap();
    State::new(Loaded::read(file.path()).unwrap(), previous, metrics).unwrap()
}

impl Bench {
    fn new(yaml: &str) -> Self {
        let metrics = Arc::new(Metrics::new());
        let state = state(yaml, &metrics, None);
        Self { watches: Watches::new(&state.observed.alerts), metrics, state, now_s: 0 }
    }

    /// Runs seconds in which the same happens, and tells what was raised (+) and resolved (-).
    fn seconds(&mut self, seconds: u64, each: impl Fn(&Self)) -> Vec<String> {
        let mut told = Vec::new();
        for _ in 0..seconds {
            each(self);
            self.now_s += 1;
            let events = self.watches.step(&self.state, &self.metrics, self.now_s, UNIX_EPOCH);
            told.extend(events.iter().map(|event| {
                let sign = if event.is_raised() { '+' } else { '-' };
                format!("{sign}{} {}{}", event.alert, event.of, if event.only_logged { " (log)" } else { "" })
            }));
        }
        told
    }

    fn requests(&self, route: usize, status: u16, count: usize) {
        let compiled = self.state.routing.compiled_routes().nth(route).unwrap();
        let series = self.state.observed.route(Some(compiled));
        (0..count)
            .for_each(|_| series.finished(Finished { status, took_us: 1000, bytes_in: 0, bytes_out: 0 }));
    }

    fn connects(&self, how: Connect, count: usize) {
        let compiled = self.state.routing.compiled_routes().next().unwrap();
        let series = observe::cluster(compiled.forward.as_ref().unwrap().split.pick(0)).unwrap();
        (0..count).for_each(|_| series.connect(how));
    }
}

#[test]
fn a_rule_watches_each_route_by_itself() {
    let mut bench = Bench::new("alerts: {rules: [{name: errors, on: error_ratio, above: 0.2, for_s: 5}]}");
    let broken = |bench: &Bench| {
        bench.requests(0, 500, 10);
        bench.requests(1, 200, 50);
    };
    assert_eq!(bench.seconds(20, broken), ["+errors /a"]);
    assert_eq!(bench.seconds(20, |bench| bench.requests(0, 200, 10)), ["-errors /a"]);
    assert_eq!(bench.seconds(20, |bench| bench.requests(0, 404, 10)), [""; 0], "4xx are the caller's");
}

#[test]
fn a_rule_of_one_route_leaves_others_alone() {
    let mut bench =
        Bench::new("alerts: {rules: [{name: errors, on: error_ratio, above: 0.2, for_s: 5, of: /b}]}");
    assert_eq!(bench.seconds(20, |bench| bench.requests(0, 500, 10)), [""; 0]);
    assert_eq!(bench.seconds(20, |bench| bench.requests(1, 500, 10)), ["+errors /b"]);
}

#[test]
fn without_rules_faults_are_logged_once_and_nothing_is_sent() {
    let mut bench = Bench::new("");
    assert_eq!(bench.seconds(20, |bench| bench.connects(Connect::Opened, 5)), [""; 0]);
    let down = bench.seconds(60, |bench| bench.connects(Connect::Failed, 5));
    assert_eq!(down, ["+upstream down /a (log)"]);
    assert_eq!(bench.seconds(60, |bench| bench.connects(Connect::Opened, 5)), ["-upstream down /a (log)"]);
    let some = |bench: &Bench| {
        bench.connects(Connect::Failed, 5);
        bench.connects(Connect::Opened, 1);
    };
    assert_eq!(bench.seconds(60, some), ["+connections failing /a (log)"]);
}

#[test]
fn an_alert_whose_rule_or_route_goes_is_resolved() {
    let rules = "alerts: {rules: [{name: errors, on: error_ratio, above: 0.2, for_s: 5}]}";
    let mut bench = Bench::new(rules);
    assert_eq!(bench.seconds(20, |bench| bench.requests(0, 500, 10)), ["+errors /a"]);
    let next = state(&format!("{rules}\n"), &bench.metrics, Some(&bench.state));
    assert!(bench.watches.replace(&next.observed.alerts, UNIX_EPOCH).is_empty(), "the same rule goes on");
    bench.state = next;
    assert_eq!(bench.seconds(10, |bench| bench.requests(0, 500, 10)), [""; 0]);
    let without = state("", &bench.metrics, Some(&bench.state));
    let resolved = bench.watches.replace(&without.observed.alerts, UNIX_EPOCH);
    assert!(matches!(&resolved[..], [event] if !event.is_raised() && event.of == "/a"));
}
