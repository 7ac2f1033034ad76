//! The alerts that are sent: what Alertmanager's webhook posts (version 4), one alert in each, no two alike.

use bytes::Bytes;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

/// The alerts of one run.
#[derive(Clone, Debug)]
pub(crate) struct Alerts {
    /// Tells this run's alerts from those of others.
    run: u32,
    namespace: String,
    started_at: Timestamp,
}

impl Alerts {
    pub(crate) fn new(run: u32, namespace: &str) -> Self {
        Self { run, namespace: namespace.to_owned(), started_at: Timestamp::now() }
    }

    /// 16 hex digits, as Alertmanager's.
    pub(crate) fn fingerprint(&self, n: u64) -> String {
        format!("{:08x}{n:08x}", self.run)
    }

    /// Whether an alert of this run has that fingerprint.
    pub(crate) fn is_ours(&self, fingerprint: &str) -> bool {
        fingerprint.starts_with(&format!("{:08x}", self.run))
    }

    /// The request that brings the `n`th alert.
    pub(crate) fn body(&self, n: u64) -> Bytes {
        let fingerprint = self.fingerprint(n);
        let labels = json!({
            "alertname": "KubePodNotReady",
            "severity": "warning",
            "namespace": self.namespace,
            "pod": format!("bench-{fingerprint}"),
        });
        let annotations = json!({ "summary": "A pod has not been ready for 15 minutes." });
        let payload = json!({
            "version": "4",
            "groupKey": format!("{{}}:{{pod=\"bench-{fingerprint}\"}}"),
            "truncatedAlerts": 0,
            "status": "firing",
            "receiver": "aetherius",
            "groupLabels": { "pod": format!("bench-{fingerprint}") },
            "commonLabels": &labels,
            "commonAnnotations": &annotations,
            "externalURL": "http://alertmanager.example:9093",
            "alerts": [{
                "status": "firing",
                "labels": &labels,
                "annotations": &annotations,
                "startsAt": self.started_at,
                "endsAt": "0001-01-01T00:00:00Z",
                "generatorURL": "http://prometheus.example:9090/graph",
                "fingerprint": fingerprint,
            }],
        });
        payload.to_string().into()
    }

    /// The event that an acknowledgement of the `n`th alert names, if it is one.
    pub(crate) fn acknowledged(&self, n: u64, answer: &[u8]) -> Option<String> {
        let Accepted { events } = serde_json::from_slice(answer).ok()?;
        let [event] = <[Event; 1]>::try_from(events).ok()?;
        (event.fingerprint == self.fingerprint(n)).then_some(event.id)
    }
}

#[derive(Deserialize)]
struct Accepted {
    events: Vec<Event>,
}

#[derive(Deserialize)]
struct Event {
    id: String,
    fingerprint: String,
}

#[cfg(test)]
mod tests {
    use super::Alerts;
    use serde_json::Value;

    #[test]
    fn each_alert_has_a_fingerprint_of_its_own() {
        let alerts = Alerts::new(0xabc, "bookshop");
        let of = |n| {
            let payload: Value = serde_json::from_slice(&alerts.body(n)).unwrap();
            assert_eq!(payload["alerts"].as_array().unwrap().len(), 1);
            payload["alerts"][0]["fingerprint"].as_str().unwrap().to_owned()
        };
        assert_eq!((of(0), of(255)), ("00000abc00000000".to_owned(), "00000abc000000ff".to_owned()));
        assert!(alerts.is_ours(&of(7)));
        assert!(!Alerts::new(1, "bookshop").is_ours(&of(7)));
    }

    #[test]
    fn only_an_answer_for_this_alert_acknowledges_it() {
        let alerts = Alerts::new(1, "bookshop");
        let event =
            |n| format!(r#"{{"id": "e", "fingerprint": "{}", "outcome": "stored"}}"#, alerts.fingerprint(n));
        let answer = |events: &[String]| format!(r#"{{"events": [{}]}}"#, events.join(","));
        assert_eq!(alerts.acknowledged(5, answer(&[event(5)]).as_bytes()).as_deref(), Some("e"));
        for wrong in [answer(&[event(6)]), answer(&[]), answer(&[event(5), event(5)]), "OK".to_owned()] {
            assert_eq!(alerts.acknowledged(5, wrong.as_bytes()), None, "{wrong}");
        }
    }
}
