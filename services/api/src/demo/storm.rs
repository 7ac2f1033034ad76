//! A storm: one node loses its network, and everything that talks to it complains, again and again, until it is mended.

use super::script::{Beat, ScriptedAlert};

const BAKERY: (&str, &str) = ("demo-frankfurt", "bakery");
/// Seconds between two groups of the storm.
const PAUSE_S: u64 = 2;
/// How often each alert comes.
const ROUNDS: usize = 3;
/// Alerts in one group.
const GROUP_SIZE: usize = 10;

/// The storm, and the end of it.
pub(super) fn beats(begins_s: u64, ends_s: u64) -> Vec<Beat> {
    let alerts = alerts();
    let groups: Vec<Vec<ScriptedAlert>> =
        (0..ROUNDS).flat_map(|_| alerts.chunks(GROUP_SIZE).map(<[_]>::to_vec)).collect();
    let mut beats: Vec<Beat> =
        (0..).zip(groups).map(|(n, group)| Beat::new(begins_s + n * PAUSE_S, group)).collect();
    beats.push(Beat::new(ends_s, alerts.into_iter().map(ScriptedAlert::resolved).collect()));
    beats
}

/// 20 alerts: what each of five services shows of the trouble, and who is seen to fail it.
fn alerts() -> Vec<ScriptedAlert> {
    let services = [
        ("web", "critical", "Customers see errors."),
        ("catalog", "high", "Goods are not found."),
        ("cart", "high", "Nothing can be put into carts."),
        ("orders", "critical", "Orders are lost."),
        ("cache", "warning", "Answers are slow."),
    ];
    let symptoms = [
        ("ErrorRateHigh", "More than 5 % of the requests to {} fail."),
        ("LatencyHigh", "{} takes more than 2 s for 1 of 100 requests."),
        ("TargetDown", "Prometheus cannot scrape a pod of {}."),
        ("ConnectionsTimeOut", "Connections to {} time out."),
    ];
    let alert = |(service, severity, meaning): (&str, &str, &str), (name, summary): (&str, &str)| {
        ScriptedAlert::new(BAKERY, severity, name, &summary.replace("{}", service))
            .label("service", service)
            .describe(meaning)
    };
    symptoms
        .iter()
        .flat_map(|&symptom| services.iter().map(move |&service| alert(service, symptom)))
        .collect()
}
