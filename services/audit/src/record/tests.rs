use super::of_message;
use crate::{chain::sha256_hex, tests::receive};
use jiff::Timestamp;
use serde_json::json;

#[tokio::test]
async fn the_subject_is_the_task_or_the_event() {
    let messages = receive(vec![
        ("e1", "event.received", json!({ "event": { "id": "event-1" } })),
        ("c1", "task.created", json!({ "task_id": "task-1", "event_id": "event-1", "priority": 1 })),
        ("s1", "step.executed", json!({ "task_id": "task-1" })),
        ("n1", "notification.delivered", json!({ "task_id": "task-1", "notification_id": "x" })),
        ("odd", "task.completed", json!(["nothing", "we", "know"])),
        ("long", "task.completed", json!({ "task_id": "x".repeat(1000) })),
    ])
    .await;
    let subjects: Vec<String> =
        messages.iter().map(|m| of_message(m, Timestamp::UNIX_EPOCH).subject).collect();
    assert_eq!(subjects, ["event-1", "task-1", "task-1", "task-1", "odd", "long"]);
}

#[tokio::test]
async fn the_payload_is_kept_as_its_hash() {
    let messages = receive(vec![("e1", "event.received", json!({ "event": { "id": "event-1" } }))]).await;
    let entry = of_message(&messages[0], Timestamp::UNIX_EPOCH);
    assert_eq!(entry.payload_hash, sha256_hex(br#"{"event":{"id":"event-1"}}"#));
    assert_eq!(entry.recorded_at, "1970-01-01T00:00:00.000000Z");
    assert_eq!((entry.action.as_str(), entry.project_id.as_str()), ("event.received", "p"));
    assert_eq!(entry.trace_id.len(), 32);
}
