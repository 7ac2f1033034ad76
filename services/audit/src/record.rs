//! From a message to what is written down about it.

use crate::chain::{Entry, sha256_hex};
use aetherius_bus::Message;
use aetherius_contracts::messages::EVENT_RECEIVED;
use jiff::Timestamp;
use serde::Deserialize;

#[cfg(test)]
mod tests;

/// A subject longer than this is not an id of ours.
const SUBJECT_BYTES_MAX: usize = 200;

/// What to record about a message.
pub(crate) fn of_message(message: &Message, now: Timestamp) -> Entry {
    Entry {
        message_id: message.id.clone(),
        action: message.topic.clone(),
        project_id: message.context.project_id.clone(),
        subject: subject(message),
        trace_id: message.context.trace.trace_id_hex(),
        payload_hash: sha256_hex(message.raw_payload().as_bytes()),
        recorded_at: format!("{now:.6}"),
    }
}

#[derive(Deserialize)]
struct AboutTask {
    /// What is about no task names its subject itself.
    #[serde(alias = "subject")]
    task_id: String,
}

#[derive(Deserialize)]
struct AboutEvent {
    event: EventId,
}

#[derive(Deserialize)]
struct EventId {
    id: String,
}

/// The task that a message is about, or the event where there is no task yet. A log that leaves out what it does not understand
/// proves nothing, so a payload without either is recorded under the message's own id.
fn subject(message: &Message) -> String {
    let found = if message.topic == EVENT_RECEIVED {
        message.payload::<AboutEvent>().map(|about| about.event.id)
    } else {
        message.payload::<AboutTask>().map(|about| about.task_id)
    };
    match found {
        Ok(subject) if !subject.is_empty() && subject.len() <= SUBJECT_BYTES_MAX => subject,
        _ => message.id.clone(),
    }
}
