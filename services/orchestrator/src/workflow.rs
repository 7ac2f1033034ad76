//! The way of one task: a strategy, its steps, a conclusion. Each part is journalled before it is used.

use aetherius_contracts::{
    events::StandardEvent,
    execution::{ExecutionClient, StepRequest, StepResult},
    reasoning::{AnalyzeRequest, ConcludeRequest, DiagnosticStrategy, ReasoningClient},
    tasks::TaskResult,
};
use aetherius_rpc::{CallContext, CallError, Code};
use aetherius_store::{Store, StoreError, Urgency, journal};
use futures::{StreamExt, TryStreamExt};
use serde::{Serialize, de::DeserializeOwned};

/// Steps of one task that run side by side.
const STEPS_AT_ONCE: usize = 4;

/// The services that the workflow drives.
#[derive(Clone)]
pub struct Clients {
    /// Says what to run, and what it means.
    pub reasoning: ReasoningClient,
    /// Runs it.
    pub execution: ExecutionClient,
}

/// Why a task came to no result.
#[derive(Debug, thiserror::Error)]
pub enum WorkflowError {
    /// The event names a cluster that nobody configured.
    #[error(
        "there is no cluster `{0}`; add it to `services.execution.clusters`, or correct the alert's `cluster` label"
    )]
    UnknownCluster(String),
    /// A service did not answer as it should.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The journal could not be written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl WorkflowError {
    /// Whether the same task may succeed a little later.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            Self::UnknownCluster(_) => false,
            Self::Call(error) => error.is_passing(),
            Self::Store(_) => true,
        }
    }
}

/// Answers an event. `scope` is the task's id and generation: a second call with the same one goes on where the first one stopped
/// and repeats nothing that it journalled. (Step results are journalled by execution, under the same key.)
///
/// # Errors
/// See [`WorkflowError`].
pub async fn diagnose(
    event: &StandardEvent,
    task_id: &str,
    scope: &str,
    clients: &Clients,
    journal: &Store,
    context: &CallContext,
) -> Result<TaskResult, WorkflowError> {
    let strategy = journalled(journal, scope, "strategy", async {
        let unknown = |error: CallError| match error.code() {
            Some(Code::NotFound) => WorkflowError::UnknownCluster(event.cluster_id.clone()),
            _ => error.into(),
        };
        let cluster = clients.execution.cluster(&event.cluster_id, context).await.map_err(unknown)?;
        let mut event = event.clone();
        if event.namespace.is_empty() {
            event.namespace = cluster.namespace;
        }
        let request = AnalyzeRequest { event, source: cluster.source };
        Ok::<_, WorkflowError>(clients.reasoning.strategy(&request, context).await?)
    })
    .await?;
    let steps = execute(strategy, task_id, scope, clients, context).await?;
    let request = ConcludeRequest { steps };
    let diagnosis = journalled(journal, scope, "diagnosis", async {
        Ok::<_, WorkflowError>(clients.reasoning.conclude(&request, context).await?)
    })
    .await?;
    Ok(TaskResult { diagnosis, steps: request.steps })
}

async fn execute(
    strategy: DiagnosticStrategy,
    task_id: &str,
    scope: &str,
    clients: &Clients,
    context: &CallContext,
) -> Result<Vec<StepResult>, CallError> {
    let running = strategy.steps.into_iter().map(|step| {
        let context = context.clone().once(format!("{scope}/{}", step.id));
        let request = StepRequest { task_id: task_id.to_owned(), step_id: step.id, command: step.command };
        async move { clients.execution.execute_step(&request, &context).await }
    });
    futures::stream::iter(running).buffered(STEPS_AT_ONCE).try_collect().await
}

/// What the journal holds under `key`, else what `make` gives, once the journal holds it.
async fn journalled<T, F>(store: &Store, scope: &str, key: &'static str, make: F) -> Result<T, WorkflowError>
where
    T: Serialize + DeserializeOwned,
    F: Future<Output = Result<T, WorkflowError>>,
{
    let wanted = scope.to_owned();
    let known: Option<String> =
        store.read(move |tx| journal::recall(tx, &wanted, key)).await.map_err(WorkflowError::Store)?;
    let stands = match known {
        Some(payload) => payload,
        None => {
            let made = serde_json::to_string(&make.await?).map_err(|error| corrupt(&error))?;
            let scope = scope.to_owned();
            store
                .write(Urgency::Work, move |tx| journal::record(tx, &scope, key, &made))
                .await
                .map_err(WorkflowError::Store)?
        }
    };
    serde_json::from_str(&stands).map_err(|error| corrupt(&error))
}

fn corrupt(error: &serde_json::Error) -> WorkflowError {
    WorkflowError::Store(StoreError::Corrupt(error.to_string()))
}
