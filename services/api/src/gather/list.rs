//! Incidents at a glance: pages, numbers, and single ones as they are now.

use super::{Gather, IncidentSummary, PART_DEADLINE, TASK_DEADLINE, admit, check_id};
use crate::incident::IncidentPage;
use aetherius_contracts::incidents::{PAGE_MAX, TaskQuery, TaskStats, TaskSummary};
use aetherius_rpc::{CallContext, Caller, Code, Problem};
use foundation::trace::TraceParent;
use std::collections::HashMap;

/// The most that one page may have.
const LIMIT_MAX: u32 = PAGE_MAX;

impl Gather {
    /// A page of those that fit, newest first: two calls, however many there are.
    pub(crate) async fn find(
        &self,
        caller: &Caller,
        trace: TraceParent,
        query: TaskQuery,
    ) -> Result<IncidentPage, Problem> {
        let context = admit(caller, trace)?.within(TASK_DEADLINE);
        check_id("after", query.after.as_deref().unwrap_or_default())?;
        if query.limit == 0 || query.limit > LIMIT_MAX {
            let detail = format!("`limit` must be from 1 to {LIMIT_MAX}");
            return Err(Problem::new(Code::InvalidParameter, detail));
        }
        let page = self.tasks.summaries(&query, &context).await?;
        Ok(IncidentPage { items: self.join(page.items, &context).await, next: page.next })
    }

    /// How many there are.
    pub(crate) async fn stats(&self, caller: &Caller, trace: TraceParent) -> Result<TaskStats, Problem> {
        let context = admit(caller, trace)?.within(TASK_DEADLINE);
        Ok(self.tasks.stats(&context).await?)
    }

    /// These incidents as they are now.
    pub(crate) async fn these(
        &self,
        ids: Vec<String>,
        context: &CallContext,
    ) -> Result<Vec<IncidentSummary>, Problem> {
        let context = context.clone().within(TASK_DEADLINE);
        let query = TaskQuery { ids, limit: LIMIT_MAX, ..TaskQuery::default() };
        let found = self.tasks.summaries(&query, &context).await?;
        Ok(self.join(found.items, &context).await)
    }

    /// Adds what the events say; without their word the incidents are there all the same.
    pub(super) async fn join(&self, tasks: Vec<TaskSummary>, context: &CallContext) -> Vec<IncidentSummary> {
        if tasks.is_empty() {
            return Vec::new();
        }
        let context = context.clone().within(PART_DEADLINE);
        let event_ids = tasks.iter().map(|task| task.event_id.clone()).collect();
        let standing = self.events.standing(event_ids, &context).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "how events stand is missing in a list");
            Vec::new()
        });
        let standing: HashMap<&str, _> =
            standing.iter().map(|standing| (standing.event_id.as_str(), standing)).collect();
        let join = |task: TaskSummary| {
            let standing = standing.get(task.event_id.as_str()).copied();
            IncidentSummary::of(task, standing)
        };
        tasks.into_iter().map(join).collect()
    }
}
