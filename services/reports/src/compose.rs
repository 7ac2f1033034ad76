//! From what a task came to, to its report.

use crate::{Document, ground::keep_grounded, text::one_line};
use aetherius_bus::Context;
use aetherius_contracts::{
    events::StandardEvent, messages::TaskCompleted, reasoning::Diagnosis, reports::Report, tasks::TaskResult,
};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

#[cfg(test)]
mod tests;

const TITLE_CHARS_MAX: usize = 200;

/// The report on a task that has ended, without the claims that do not hold.
pub(crate) fn compose(completed: TaskCompleted, context: &Context, now: Timestamp) -> Document {
    let TaskCompleted { task_id, event, result, error } = completed;
    let error = error
        .or_else(|| result.is_none().then(|| "it ended without a result and without a reason".to_owned()));
    let report = Report {
        id: report_id(&task_id),
        task_id,
        project_id: context.project_id.clone(),
        title: String::new(),
        created_at: now,
        event,
        result: result.unwrap_or_else(no_result),
        trace_id: context.trace.trace_id_hex(),
    };
    let (report, left_out) = keep_grounded(report);
    let mut document = Document { report, error, left_out, archived_at: None };
    document.report.title = title(&document);
    document
}

/// The same for the same task, so that links outlive a repeat.
pub(crate) fn report_id(task_id: &str) -> String {
    let digest = Sha256::new().chain_update("aetherius.report\0").chain_update(task_id).finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid().to_string()
}

fn no_result() -> TaskResult {
    let diagnosis =
        Diagnosis { root_cause: None, other_findings: Vec::new(), strategy: String::new(), gaps: Vec::new() };
    TaskResult { diagnosis, steps: Vec::new() }
}

fn title(document: &Document) -> String {
    use crate::Outcome;
    let report = &document.report;
    let about = subject(&report.event);
    let title = match (document.outcome(), &report.result.diagnosis.root_cause) {
        (_, Some(cause)) => cause.summary.clone(),
        (Outcome::Failed, None) => format!("Not diagnosed: {about}"),
        (Outcome::NotLooked, None) => format!("Nothing could be looked at for {about}"),
        (Outcome::Unproven, None) => format!("No proven root cause for {about}"),
        (_, None) => format!("No fault found for {about}"),
    };
    one_line(&title, TITLE_CHARS_MAX)
}

fn subject(event: &StandardEvent) -> String {
    match event.namespace.as_str() {
        "" => event.alert_name().to_owned(),
        namespace => format!("{} in {namespace}", event.alert_name()),
    }
}
