//! Who is served first: the seed's formula (002 section 2.2, `CalculatePriority`).

use crate::Config;
use aetherius_contracts::events::{Severity, StandardEvent};

/// More than this often in a day is "frequent".
pub(crate) const FREQUENT: i64 = 5;

/// Severity, plus the weights of cluster and namespace, plus twice the frequency of the alert once it is frequent.
pub(crate) fn priority(event: &StandardEvent, frequency: i64, config: &Config) -> i64 {
    let severity = match event.severity {
        Severity::Critical => 100,
        Severity::High => 50,
        Severity::Medium => 10,
        Severity::Low => 1,
    };
    let cluster = config.cluster_weights.get(&event.cluster_id).copied().unwrap_or(0);
    let namespace = config.namespace_weights.get(&event.namespace).copied().unwrap_or(0);
    let frequent = if frequency > FREQUENT { frequency.saturating_mul(2) } else { 0 };
    [cluster, namespace, frequent].into_iter().fold(severity, i64::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::priority;
    use crate::Settings;
    use aetherius_contracts::events::{EventType, Severity, StandardEvent};

    #[test]
    fn the_formula_of_the_seed() {
        let mut settings = Settings::default();
        settings.cluster_weights.insert("prod".into(), 30);
        settings.namespace_weights.insert("payments".into(), 7);
        let config = settings.validate().unwrap();
        let event = |severity, cluster: &str, namespace: &str| StandardEvent {
            id: String::new(),
            kind: EventType::Alert,
            source: String::new(),
            timestamp: jiff::Timestamp::UNIX_EPOCH,
            cluster_id: cluster.into(),
            namespace: namespace.into(),
            severity,
            labels: [].into(),
            annotations: [].into(),
            fingerprint: String::new(),
            raw_data: serde_json::Value::Null,
        };
        for (event, frequency, expected) in [
            (event(Severity::Critical, "x", "y"), 0, 100),
            (event(Severity::High, "x", "y"), 5, 50),
            (event(Severity::Medium, "prod", "y"), 6, 10 + 30 + 12),
            (event(Severity::Low, "prod", "payments"), 0, 1 + 30 + 7),
            (event(Severity::Low, "x", "payments"), i64::MAX, i64::MAX),
        ] {
            assert_eq!(priority(&event, frequency, &config), expected, "{event:?}");
        }
    }
}
