//! Asking the services and putting together what they say.

mod list;
mod act;

pub(crate) use act::Actor;

use crate::incident::{Incident, IncidentSummary, IncidentView, Part, Surroundings};
use aetherius_contracts::{
    audit::{AuditClient, AuditEvent},
    endpoint::READERS,
    events::{EventsClient, Silence},
    execution::{ExecutionClient, StepResult},
    incidents::{Activity, TaskNotes},
    notifications::NotificationsClient,
    reports::ReportsClient,
    tasks::{DiagnosticTask, TaskStatus, TasksClient},
};
use aetherius_rpc::{CallContext, CallError, Caller, Code, Problem};
use foundation::trace::TraceParent;
use std::time::Duration;

#[cfg(test)]
mod tests;

/// Without its task an incident is nothing.
const TASK_DEADLINE: Duration = Duration::from_secs(10);
/// The other parts can be missing.
const PART_DEADLINE: Duration = Duration::from_secs(3);

/// The ways to the services.
pub(crate) struct Gather {
    pub(crate) tasks: TasksClient,
    pub(crate) events: EventsClient,
    pub(crate) execution: ExecutionClient,
    pub(crate) reports: ReportsClient,
    pub(crate) notifications: NotificationsClient,
    pub(crate) audit: AuditClient,
}

impl Gather {
    /// One incident as a page shows it. Only its task must be there.
    pub(crate) async fn one(
        &self,
        caller: &Caller,
        trace: TraceParent,
        id: &str,
    ) -> Result<Incident, Problem> {
        let context = admit(caller, trace)?;
        check_incident(id)?;
        let task = self.tasks.get(id, &context.clone().within(TASK_DEADLINE)).await;
        let task = task.map_err(|error| no_incident(error, id))?;
        let context = context.within(PART_DEADLINE);
        let (report, notifications, audit) = tokio::join!(
            self.reports.of_task(id, &context),
            self.notifications.of_task(id, &context),
            self.links(&task, &context),
        );
        Ok(Incident { task, report: part(report), notifications: part(notifications), audit: part(audit) })
    }

    /// One incident with what people have added and what it is like.
    pub(crate) async fn view(
        &self,
        caller: &Caller,
        trace: TraceParent,
        id: &str,
    ) -> Result<IncidentView, Problem> {
        let incident = self.one(caller, trace, id).await?;
        let context = admit(caller, trace)?.within(TASK_DEADLINE);
        let (summary, notes, similar, silences, steps) = tokio::join!(
            self.tasks.summary(id, &context),
            self.tasks.notes(id, &context),
            self.tasks.similar(id, &context),
            self.silences(&incident.task, &context),
            self.steps(&incident.task, &context),
        );
        let mut joined = self.join([vec![summary?], similar?].concat(), &context).await.into_iter();
        let summary = joined.next().ok_or_else(|| Problem::not_found("incident", id))?;
        let notes = with_silences(notes?, silences);
        Ok(IncidentView::of(incident, Surroundings { summary, notes, similar: joined.collect(), steps }))
    }

    /// An event that is not known any more has none, and one that cannot be asked about does not cost the rest.
    async fn silences(&self, task: &DiagnosticTask, context: &CallContext) -> Vec<Silence> {
        if check_id("event_id", &task.event_id).is_err() {
            return Vec::new();
        }
        let context = context.clone().within(PART_DEADLINE);
        self.events.silences_of(&task.event_id, &context).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "the silences of an incident are missing");
            Vec::new()
        })
    }

    /// What a task that is worked on has executed since it was begun. Without it the page shows what comes from now on.
    async fn steps(&self, task: &DiagnosticTask, context: &CallContext) -> Vec<StepResult> {
        let (TaskStatus::Running, Some(started)) = (task.status, task.started_at) else { return Vec::new() };
        let context = context.clone().within(PART_DEADLINE);
        let mut steps = self.execution.steps_of(&task.id, &context).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "the steps of an incident are missing");
            Vec::new()
        });
        // A task that is tried again has steps of an earlier try, which count no more.
        steps.retain(|step| step.timestamp >= started);
        steps
    }

    /// The links about the task and about the event that it answers.
    async fn links(
        &self,
        task: &DiagnosticTask,
        context: &CallContext,
    ) -> Result<Vec<AuditEvent>, CallError> {
        let of_task = self.audit.of_subject(&task.id, context);
        // An event's id comes from elsewhere; one that does not fit into a query is not asked for.
        let of_event = async {
            if check_id("event_id", &task.event_id).is_ok() && !task.event_id.is_empty() {
                self.audit.of_subject(&task.event_id, context).await
            } else {
                Ok(Vec::new())
            }
        };
        let (of_task, of_event) = tokio::try_join!(of_task, of_event)?;
        let mut links = [of_event, of_task].concat();
        links.sort_by_key(|link| link.seq);
        links.dedup_by_key(|link| link.seq);
        Ok(links)
    }
}

/// A silence is something that a person did, and so is its end.
fn with_silences(mut notes: TaskNotes, silences: Vec<Silence>) -> TaskNotes {
    for silence in silences {
        let detail = match silence.reason.as_str() {
            "" => format!("until {:.0}", silence.until),
            reason => format!("until {:.0}: {reason}", silence.until),
        };
        notes.activity.push(Activity {
            at: silence.created_at,
            actor: silence.created_by,
            action: "silenced".to_owned(),
            detail,
        });
        if let (Some(at), Some(actor)) = (silence.ended_at, silence.ended_by) {
            let action = "unsilenced".to_owned();
            notes.activity.push(Activity { at, actor, action, detail: String::new() });
        }
    }
    notes.activity.sort_by_key(|activity| activity.at);
    notes
}

/// Calls are made as this service for the caller's project: what may be seen was decided here, and reading is all that is done.
fn admit(caller: &Caller, trace: TraceParent) -> Result<CallContext, Problem> {
    caller.require(READERS)?;
    Ok(CallContext::new("api", &caller.project, trace))
}

fn check_incident(id: &str) -> Result<(), Problem> {
    if id.is_empty() || check_id("task_id", id).is_err() {
        return Err(Problem::not_found("incident", id));
    }
    Ok(())
}

/// Ids go into the paths of calls; one that could mean more there than itself is none of ours.
fn check_id(name: &str, id: &str) -> Result<(), Problem> {
    let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    if id.len() <= 128 && id.bytes().all(fits) {
        return Ok(());
    }
    Err(Problem::new(Code::InvalidParameter, format!("`{name}` is not an id")))
}

fn no_incident(error: CallError, id: &str) -> Problem {
    match error.code() {
        Some(Code::NotFound) => Problem::not_found("incident", id),
        _ => Problem::from(error),
    }
}

fn part<T>(answer: Result<T, CallError>) -> Part<T> {
    match answer {
        Ok(value) => Part::Available { value },
        Err(error) if error.code() == Some(Code::NotFound) => Part::Absent,
        Err(error) => {
            let reason = error.to_string();
            tracing::warn!(reason, "a part of an incident is missing");
            Part::Unavailable { reason }
        }
    }
}
