//! Asking the services and putting together what they say.

use crate::incident::{Incident, IncidentPage, IncidentSummary, Part};
use aetherius_contracts::{
    audit::{AuditClient, AuditEvent},
    endpoint::READERS,
    notifications::NotificationsClient,
    reports::ReportsClient,
    tasks::{DiagnosticTask, TaskStatus, TasksClient},
};
use aetherius_rpc::{CallContext, CallError, Caller, Code, Problem};
use foundation::trace::TraceParent;
use futures::{StreamExt, stream};
use jiff::Timestamp;
use std::{
    collections::HashMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

#[cfg(test)]
mod tests;

/// Without its task an incident is nothing.
const TASK_DEADLINE: Duration = Duration::from_secs(10);
/// The other parts can be missing.
const PART_DEADLINE: Duration = Duration::from_secs(3);
/// Reports asked for at a time.
const TITLES_AT_ONCE: usize = 8;
const TITLES_KEPT_MAX: usize = 2000;

/// The most that one page may have.
pub(crate) const LIMIT_MAX: u32 = 200;

/// The ways to the services, and the titles of reports, which do not change.
pub(crate) struct Gather {
    tasks: TasksClient,
    reports: ReportsClient,
    notifications: NotificationsClient,
    audit: AuditClient,
    titles: Mutex<HashMap<TitleKey, String>>,
}

/// A task that is done again ends at another time, and gets another report.
type TitleKey = (String, String, Option<Timestamp>);

impl Gather {
    pub(crate) fn new(
        tasks: TasksClient,
        reports: ReportsClient,
        notifications: NotificationsClient,
        audit: AuditClient,
    ) -> Self {
        Self { tasks, reports, notifications, audit, titles: Mutex::default() }
    }

    /// A page of incidents, newest first.
    pub(crate) async fn list(
        &self,
        caller: &Caller,
        trace: TraceParent,
        limit: u32,
        after: &str,
    ) -> Result<IncidentPage, Problem> {
        let context = admit(caller, trace)?;
        check_id("after", after)?;
        if limit == 0 || limit > LIMIT_MAX {
            return Err(Problem::new(
                Code::InvalidParameter,
                format!("`limit` must be from 1 to {LIMIT_MAX}"),
            ));
        }
        let page = self.tasks.list(limit, after, &context.clone().within(TASK_DEADLINE)).await?;
        let context = context.within(PART_DEADLINE);
        let silent = AtomicBool::new(false);
        let (context, silent) = (&context, &silent);
        let items = stream::iter(page.items)
            .map(async move |task| {
                let title = self.title(&task, context, silent).await;
                IncidentSummary::of(&task, title)
            })
            .buffered(TITLES_AT_ONCE)
            .collect()
            .await;
        Ok(IncidentPage { items, next: page.next })
    }

    /// One incident. Only its task must be there.
    pub(crate) async fn one(
        &self,
        caller: &Caller,
        trace: TraceParent,
        id: &str,
    ) -> Result<Incident, Problem> {
        let context = admit(caller, trace)?;
        if id.is_empty() || check_id("task_id", id).is_err() {
            return Err(Problem::not_found("incident", id));
        }
        let task =
            self.tasks.get(id, &context.clone().within(TASK_DEADLINE)).await.map_err(|error| match error
                .code()
            {
                Some(Code::NotFound) => Problem::not_found("incident", id),
                _ => Problem::from(error),
            })?;
        let context = context.within(PART_DEADLINE);
        let (report, notifications, audit) = tokio::join!(
            self.reports.of_task(id, &context),
            self.notifications.of_task(id, &context),
            self.links(&task, &context),
        );
        Ok(Incident { task, report: part(report), notifications: part(notifications), audit: part(audit) })
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

    /// What a task came to, in a sentence. Once `silent`, the reports are not asked any more for this page.
    async fn title(
        &self,
        task: &DiagnosticTask,
        context: &CallContext,
        silent: &AtomicBool,
    ) -> Option<String> {
        match task.status {
            TaskStatus::Pending | TaskStatus::Scheduled | TaskStatus::Running => return None,
            TaskStatus::Failed | TaskStatus::Timeout | TaskStatus::Cancelled => {
                return task.error_message.clone();
            }
            TaskStatus::Completed => {}
        }
        let key = (task.project_id.clone(), task.id.clone(), task.completed_at);
        if let Some(title) = self.titles.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Some(title.clone());
        }
        if !silent.load(Ordering::Relaxed) {
            match self.reports.of_task(&task.id, context).await {
                Ok(report) => {
                    // The report of an earlier end may still be there.
                    if task.completed_at.is_none_or(|ended| report.created_at >= ended) {
                        self.keep_title(key, &report.title);
                    }
                    return Some(report.title);
                }
                Err(error) if error.is_passing() => silent.store(true, Ordering::Relaxed),
                Err(_) => {}
            }
        }
        let diagnosis = &task.result.as_ref()?.diagnosis;
        Some(
            diagnosis
                .root_cause
                .as_ref()
                .map_or_else(|| "No fault found".to_owned(), |cause| cause.summary.clone()),
        )
    }

    fn keep_title(&self, key: TitleKey, title: &str) {
        let mut titles = self.titles.lock().unwrap_or_else(PoisonError::into_inner);
        if titles.len() >= TITLES_KEPT_MAX {
            titles.clear();
        }
        titles.insert(key, title.to_owned());
    }
}

/// Calls are made as this service for the caller's project: what may be seen was decided here, and reading is all that is done.
fn admit(caller: &Caller, trace: TraceParent) -> Result<CallContext, Problem> {
    caller.require(READERS)?;
    Ok(CallContext::new("api", &caller.project, trace))
}

/// Ids go into the paths of calls; one that could mean more there than itself is none of ours.
fn check_id(name: &str, id: &str) -> Result<(), Problem> {
    let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    if id.len() <= 128 && id.bytes().all(fits) {
        return Ok(());
    }
    Err(Problem::new(Code::InvalidParameter, format!("`{name}` is not an id")))
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
