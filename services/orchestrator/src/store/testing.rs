use super::create as create_task;
use crate::Settings;
use aetherius_bus::Context;
use aetherius_contracts::events::{EventType, Severity, StandardEvent};
use aetherius_store::{StoreError, Tx};
use foundation::trace::TraceParent;

pub(crate) fn event(name: &str, severity: Severity) -> StandardEvent {
    StandardEvent {
        id: format!("event-of-{name}"),
        kind: EventType::Alert,
        source: "test".into(),
        timestamp: jiff::Timestamp::UNIX_EPOCH,
        cluster_id: "default".into(),
        namespace: "shop".into(),
        severity,
        labels: [("alertname".to_owned(), name.to_owned())].into(),
        annotations: [].into(),
        fingerprint: name.into(),
        raw_data: serde_json::Value::Null,
    }
}

pub(crate) fn context() -> Context {
    Context { project_id: "p".into(), lane: String::new(), trace: TraceParent::new_root() }
}

pub(crate) fn create(tx: &Tx<'_>, name: &str, severity: Severity) -> Result<String, StoreError> {
    create_task(tx, event(name, severity), &context(), &Settings::default().validate().unwrap())
}
