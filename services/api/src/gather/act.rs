//! What people do with incidents: passed on in their name to the service that keeps it.

use super::{Gather, IncidentSummary, TASK_DEADLINE, check_id, check_incident, no_incident};
use aetherius_contracts::{
    endpoint::WRITERS,
    events::SilenceRequest,
    incidents::{Act, TaskSummary},
};
use aetherius_rpc::{CallContext, Caller, Code, Problem};
use foundation::trace::TraceParent;

/// Who acts, and under which key repeats are one.
#[derive(Clone, Debug)]
pub(crate) struct Actor {
    pub(crate) caller: Caller,
    pub(crate) trace: TraceParent,
    pub(crate) idempotency_key: Option<String>,
}

impl Gather {
    /// Does it, and says how the incident is then.
    pub(crate) async fn act(&self, actor: Actor, id: &str, act: &Act) -> Result<IncidentSummary, Problem> {
        let context = admit(actor, id)?;
        self.tasks.act(id, act, &context).await.map_err(|error| no_incident(error, id))?;
        self.now(id, &context).await
    }

    /// Keeps further alerts like this one from becoming incidents for a while.
    pub(crate) async fn silence(
        &self,
        actor: Actor,
        id: &str,
        request: SilenceRequest,
    ) -> Result<IncidentSummary, Problem> {
        let context = admit(actor, id)?;
        let task = self.task(id, &context).await?;
        let request = SilenceRequest { task_id: Some(id.to_owned()), ..request };
        self.events.silence(&task.event_id, &request, &context).await?;
        self.now(id, &context).await
    }

    /// Lets them become incidents again.
    pub(crate) async fn end_silence(&self, actor: Actor, id: &str) -> Result<IncidentSummary, Problem> {
        let context = admit(actor, id)?;
        let task = self.task(id, &context).await?;
        self.events.end_silence(&task.event_id, &context).await?;
        self.now(id, &context).await
    }

    async fn task(&self, id: &str, context: &CallContext) -> Result<TaskSummary, Problem> {
        let task = self.tasks.summary(id, context).await.map_err(|error| no_incident(error, id))?;
        check_id("event_id", &task.event_id).map_err(|_| {
            let detail =
                "the event of this incident has an id of its sender's, by which it cannot be silenced";
            Problem::new(Code::Conflict, detail)
        })?;
        Ok(task)
    }

    async fn now(&self, id: &str, context: &CallContext) -> Result<IncidentSummary, Problem> {
        let task = self.tasks.summary(id, context).await.map_err(|error| no_incident(error, id))?;
        self.join(vec![task], context).await.pop().ok_or_else(|| Problem::not_found("incident", id))
    }
}

/// What is done is done in the name of who asks for it.
fn admit(actor: Actor, id: &str) -> Result<CallContext, Problem> {
    let Actor { caller, trace, idempotency_key } = actor;
    caller.require(WRITERS)?;
    check_incident(id)?;
    let context = CallContext::new("api", &caller.project, trace).within(TASK_DEADLINE);
    Ok(CallContext { caller, idempotency_key, ..context })
}
