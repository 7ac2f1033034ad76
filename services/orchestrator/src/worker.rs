//! Working: free workers take waiting tasks and carry them to their end.

use crate::{
    Inner,
    lease::{self, Again, LeaseError},
    store::{self, StoredTask},
    workflow::{self, WorkflowError},
};
use aetherius_contracts::tasks::{TaskResult, TaskStatus};
use aetherius_rpc::{CallContext, problem::chain};
use aetherius_store::{StoreError, Urgency};
use foundation::shutdown::Shutdown;
use jiff::Timestamp;
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tokio::{sync::Semaphore, task::JoinSet};
use tracing::Instrument;

/// How often retries, leases and timeouts are looked after.
const TICK: Duration = Duration::from_secs(1);

/// Runs workers until a stop is asked for; then each gives its task back.
pub(crate) async fn run(inner: Arc<Inner>, shutdown: Shutdown) {
    match inner.store.write(Urgency::Work, lease::free_all).await {
        Ok(0) => {}
        Ok(freed) => tracing::info!(freed, "tasks of the process before go on"),
        Err(error) => {
            tracing::error!(error = %chain(&error), "tasks of the process before could not be freed");
        }
    }
    let owner = uuid::Uuid::new_v4().to_string();
    let free = Arc::new(Semaphore::new(inner.config.workers as usize));
    let mut working = JoinSet::new();
    let mut appended = inner.store.appended();
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        appended.mark_unchanged();
        while working.try_join_next().is_some() {}
        let claimed = take(&inner, &owner, &free).await;
        let more_may_wait = !claimed.is_empty();
        for task in claimed {
            // There is a place for each: only this loop takes places, and it claimed no more than were free.
            let Ok(place) = Arc::clone(&free).try_acquire_owned() else {
                break;
            };
            let (inner, shutdown) = (Arc::clone(&inner), shutdown.clone());
            working.spawn(async move {
                carry(&inner, task, &shutdown).await;
                drop(place);
                inner.work.notify_one();
            });
        }
        if more_may_wait && free.available_permits() > 0 {
            continue;
        }
        tokio::select! {
            () = shutdown.requested() => break,
            _ = ticks.tick() => tick(&inner).await,
            _ = appended.changed(), if free.available_permits() > 0 => {}
            () = inner.work.notified() => {}
        }
    }
    while working.join_next().await.is_some() {}
}

/// Takes as many waiting tasks as there are free workers; none when the database does not answer, which the next tick mends.
async fn take(inner: &Inner, owner: &str, free: &Semaphore) -> Vec<StoredTask> {
    let limit = free.available_permits();
    if limit == 0 {
        return Vec::new();
    }
    let waiting: Result<bool, StoreError> = inner.store.read(store::any_waiting).await;
    if !matches!(waiting, Ok(true)) {
        return Vec::new();
    }
    let (owner, ttl, timeout) = (owner.to_owned(), inner.config.lease_ttl, inner.config.task_timeout);
    let claimed =
        inner.store.write(Urgency::Work, move |tx| lease::claim(tx, &owner, limit, ttl, timeout)).await;
    claimed.unwrap_or_else(|error: StoreError| {
        tracing::warn!(error = %chain(&error), "no task could be taken");
        Vec::new()
    })
}

async fn tick(inner: &Inner) {
    let looked: Result<_, StoreError> = inner.store.write(Urgency::Work, lease::tick).await;
    let workers = inner.config.workers;
    let queue = inner.store.read(move |tx| store::queue(tx, workers)).await;
    match looked.and(queue) {
        Ok(queue) => {
            inner.waiting.store(u32::try_from(queue.pending).unwrap_or(u32::MAX), Ordering::Relaxed);
            inner.metrics.show(&queue);
        }
        Err(error) => tracing::warn!(error = %chain(&error), "the queue could not be looked after"),
    }
}

/// Carries one task to its end, a retry, or back into the queue.
async fn carry(inner: &Inner, held: StoredTask, shutdown: &Shutdown) {
    let span = tracing::info_span!("task", id = held.task.id, trace_id = held.task.trace_id);
    let work = async {
        let ended = tokio::select! {
            outcome = answer(inner, &held) => settle(inner, held.clone(), outcome).await,
            lost = keep(inner, &held) => Err(lost),
            () = shutdown.requested() => give_back(inner, held.clone(), Again::Now).await,
        };
        match ended {
            Ok(()) => {}
            // Cancelled, timed out, or taken over: whoever did it has written what there is to write.
            Err(LeaseError::Lost) => tracing::info!("the task is no longer ours"),
            Err(LeaseError::Store(error)) => {
                tracing::error!(error = %chain(&error), "the task could not be settled; it goes on when its lease runs out");
            }
        }
    };
    work.instrument(span).await;
}

async fn answer(inner: &Inner, held: &StoredTask) -> Result<TaskResult, WorkflowError> {
    let task = &held.task;
    let mut context = CallContext::new("orchestrator", &task.project_id, held.context.trace);
    context.lane.clone_from(&held.context.lane);
    if let Some(timeout_at) = task.timeout_at {
        context.deadline =
            Duration::try_from(timeout_at - Timestamp::now()).unwrap_or(Duration::from_secs(1));
    }
    workflow::diagnose(&task.context, &task.id, &held.journal_scope(), &inner.clients, &inner.store, &context)
        .await
}

/// Renews the lease for as long as it can be renewed.
async fn keep(inner: &Inner, held: &StoredTask) -> LeaseError {
    let ttl = inner.config.lease_ttl;
    loop {
        tokio::time::sleep(ttl / 3).await;
        let renewed = held.clone();
        if let Err(error) = inner.store.write(Urgency::Work, move |tx| lease::renew(tx, &renewed, ttl)).await
        {
            return error;
        }
    }
}

async fn settle(
    inner: &Inner,
    held: StoredTask,
    outcome: Result<TaskResult, WorkflowError>,
) -> Result<(), LeaseError> {
    match outcome {
        Ok(result) => {
            let cause = result.diagnosis.root_cause.as_ref().map_or("none", |cause| cause.rule.as_str());
            tracing::info!(root_cause = cause, steps = result.steps.len(), "diagnosed");
            finish(inner, held, TaskStatus::Completed, Some(result), None).await
        }
        Err(error) if error.is_passing() && held.task.retry_count < inner.config.retry_attempts => {
            tracing::warn!(error = %chain(&error), retry = held.task.retry_count + 1, "will try again");
            give_back(inner, held, Again::After(inner.config.retry_delay)).await
        }
        Err(error) => {
            tracing::warn!(error = %chain(&error), "failed");
            finish(inner, held, TaskStatus::Failed, None, Some(chain(&error))).await
        }
    }
}

async fn finish(
    inner: &Inner,
    held: StoredTask,
    status: TaskStatus,
    result: Option<TaskResult>,
    error: Option<String>,
) -> Result<(), LeaseError> {
    let seconds = Timestamp::now().duration_since(held.task.created_at).as_secs_f64();
    inner
        .store
        .write(Urgency::Work, move |tx| {
            lease::check(tx, &held)?;
            Ok(store::end(tx, &held, status, result, error)?)
        })
        .await
        .inspect(|()| inner.metrics.ended(status, seconds))
}

async fn give_back(inner: &Inner, held: StoredTask, again: Again) -> Result<(), LeaseError> {
    inner.store.write(Urgency::Work, move |tx| lease::release(tx, &held, again)).await
}
