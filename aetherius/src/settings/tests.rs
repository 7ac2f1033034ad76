use super::Settings;
use crate::services::Service;
use foundation::settings::{self, load};

fn problems(text: &str) -> String {
    let read = load::<Settings>(text);
    let found = read.and_then(|settings| {
        settings
            .validate(Service::ALL.into_iter().collect(), &aetherius_execution::Environment::default())
            .map(|_| ())
    });
    settings::list(&found.unwrap_err())
}

#[test]
fn nothing_needs_to_be_written() {
    let config = load::<Settings>("").unwrap();
    let config =
        config.validate(Service::ALL.into_iter().collect(), &aetherius_execution::Environment::default());
    assert_eq!(config.map(|config| config.listen.to_string()).unwrap(), "127.0.0.1:8080");
}

#[test]
fn wrong_types_and_unknown_fields_are_all_listed_with_their_paths() {
    insta::assert_snapshot!(problems(
        "listen: 8080\nlsten: x\nlog: loud\nservices:\n  events: {inbox_max: many, webhook_timeout: 5}\n  evnts: {}\n  notifications:\n    channels: [{name: 7}]\n"
    ));
}

#[test]
fn values_out_of_range_are_all_listed_with_their_paths() {
    insta::assert_snapshot!(problems(
        "listen: '0.0.0.0:0'\nurls: {nobody: 'http://x', audit: 'ftp://x'}\nbind: {api: here}\ngateway: {connections_max: 0}\nservices:\n  events: {inbox_max: 0}\n  orchestrator: {worker_pool_size: 0, lease_ttl: 1s}\n  execution:\n    clusters:\n      - {id: a, recorded: {dir: /nowhere}}\n      - {id: 'b c'}\n      - {id: d}\n      - {id: d}\n"
    ));
}

#[test]
fn only_a_cluster_that_is_no_recording_can_be_watched() {
    let recorded = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/cases/crash-loop");
    let found = problems(&format!(
        "services:\n  events: {{watch: {{enabled: true, clusters: [live, tape, nowhere]}}}}\n  execution:\n    clusters:\n      - {{id: live}}\n      - {{id: tape, recorded: {{dir: {recorded}}}}}\n"
    ));
    let places: Vec<&str> = found.lines().filter_map(|line| line.split(": ").next()).collect();
    assert_eq!(places, ["  - services.events.watch.clusters[1]", "  - services.events.watch.clusters[2]"]);
}
