//! The deliverers: one a channel, each trying what is due and sleeping until something is.

use crate::{
    Inner,
    attempt::{Body, Refusal, attempt},
    settings::{Channel, Config},
    store::{self, Claimed, Outcome},
};
use aetherius_rpc::{backoff, problem::chain};
use aetherius_store::{StoreError, Urgency};
use foundation::shutdown::Shutdown;
use futures::future::join_all;
use jiff::Timestamp;
use std::{sync::Arc, time::Duration};
use tokio::{sync::Notify, task::JoinSet};

#[cfg(test)]
mod tests;

/// Tries of one channel at a time.
const CONCURRENT_MAX: usize = 8;
/// How soon to turn to the database again after it failed.
const STORE_RETRY: Duration = Duration::from_secs(1);
/// Given up in one transaction.
const ORPHANS: u32 = 200;
/// A clock that is set back must not put a deliverer to sleep for good.
const SLEEP_MAX: Duration = Duration::from_secs(60);

/// Delivers until a stop is asked for.
pub(crate) async fn run(inner: Arc<Inner>, shutdown: Shutdown) {
    while let Err(error) = recover(&inner).await {
        tracing::warn!(error = %chain(&error), "what was to be delivered could not be read; trying again");
        tokio::select! {
            () = shutdown.requested() => return,
            () = tokio::time::sleep(STORE_RETRY) => {}
        }
    }
    let deliverers = (0..inner.config.channels.len()).map(|index| deliver(&inner, index, &shutdown));
    join_all(deliverers).await;
}

async fn recover(inner: &Inner) -> Result<(), StoreError> {
    inner.store.write(Urgency::Work, store::recover).await?;
    loop {
        let channels: Vec<String> =
            inner.config.channels.iter().map(|channel| channel.name.clone()).collect();
        let given_up = inner
            .store
            .write(Urgency::Work, move |tx| store::give_up_orphans(tx, &channels, Timestamp::now(), ORPHANS))
            .await?;
        if given_up == 0 {
            return Ok(());
        }
        tracing::warn!(given_up, "notifications for channels that are no longer configured were given up");
    }
}

async fn deliver(inner: &Arc<Inner>, index: usize, shutdown: &Shutdown) {
    let (Some(channel), Some(news)) = (inner.config.channels.get(index), inner.news.get(index)) else {
        return;
    };
    let mut tries = JoinSet::new();
    while !shutdown.is_requested() {
        let sleep = start_due(inner, channel, &mut tries, shutdown).await;
        tokio::select! {
            () = shutdown.requested() => {}
            () = wake(news, sleep) => {}
            Some(_) = tries.join_next() => {}
        }
    }
    while tries.join_next().await.is_some() {}
}

/// Begins the tries that are due, as far as there is room, and says how long to sleep if nothing happens.
async fn start_due(
    inner: &Arc<Inner>,
    channel: &Channel,
    tries: &mut JoinSet<()>,
    shutdown: &Shutdown,
) -> Duration {
    let room = u32::try_from(CONCURRENT_MAX.saturating_sub(tries.len())).unwrap_or(0);
    if room == 0 {
        return SLEEP_MAX;
    }
    let name = channel.name.clone();
    let now = Timestamp::now();
    match inner.store.write(Urgency::Work, move |tx| store::claim(tx, &name, now, room)).await {
        Ok((claimed, next)) => {
            for one in claimed {
                tries.spawn(try_once(Arc::clone(inner), channel.clone(), one, shutdown.clone()));
            }
            // With no room left the next one waits for the end of a try, not for its time.
            if tries.len() >= CONCURRENT_MAX { SLEEP_MAX } else { sleep_until(next, now) }
        }
        Err(error) => {
            tracing::warn!(channel = channel.name, error = %chain(&error), "what is to be delivered could not be read");
            STORE_RETRY
        }
    }
}

fn sleep_until(next: Option<Timestamp>, now: Timestamp) -> Duration {
    let Some(next) = next else { return SLEEP_MAX };
    Duration::try_from(next.duration_since(now)).unwrap_or_default().min(SLEEP_MAX)
}

async fn wake(news: &Notify, sleep: Duration) {
    // An end of time without news is news enough to look again.
    let _ = tokio::time::timeout(sleep, news.notified()).await;
}

async fn try_once(inner: Arc<Inner>, channel: Channel, claimed: Claimed, shutdown: Shutdown) {
    let body = Body::of(&claimed, &inner.config.public_url);
    let result = attempt(&inner.http, &channel, &body, inner.config.attempt_timeout).await;
    let outcome = outcome(result, claimed.attempts, &inner.config, backoff::random(), Timestamp::now());
    note(&inner, &claimed, &outcome);
    settle(&inner, claimed, outcome, &shutdown).await;
}

/// What to do after a try.
fn outcome(
    result: Result<(), Refusal>,
    attempts: u32,
    config: &Config,
    random: u32,
    now: Timestamp,
) -> Outcome {
    match result {
        Ok(()) => Outcome::Delivered,
        Err(refusal) if attempts >= config.attempts_max => Outcome::GivenUp { error: refusal.reason },
        Err(Refusal { reason, retry_after }) => {
            let own = backoff::delay(attempts, config.backoff_first, config.backoff_max, random);
            let asked = retry_after.unwrap_or_default().min(config.backoff_max);
            Outcome::Again { error: reason, at: now + own.max(asked) }
        }
    }
}

fn note(inner: &Inner, claimed: &Claimed, outcome: &Outcome) {
    let Claimed { id, channel, send, attempts, .. } = claimed;
    let trace_id = &send.trace_id;
    match outcome {
        Outcome::Delivered => inner.metrics.count(channel, "delivered"),
        Outcome::Again { error, at } => {
            inner.metrics.count(channel, "retried");
            tracing::warn!(channel, id, trace_id, attempts, error, again_at = %at, "a notification did not arrive");
        }
        Outcome::GivenUp { error } => {
            inner.metrics.count(channel, "given_up");
            tracing::error!(channel, id, trace_id, attempts, error, "a notification was given up");
        }
    }
}

/// Writes down what came of a try, as often as it takes. If the process ends before, the row is tried again under the same key.
async fn settle(inner: &Inner, claimed: Claimed, outcome: Outcome, shutdown: &Shutdown) {
    let settled = Arc::new((claimed, outcome));
    loop {
        let job = Arc::clone(&settled);
        let write =
            inner.store.write(Urgency::Work, move |tx| store::settle(tx, &job.0, &job.1, Timestamp::now()));
        match write.await {
            Ok(()) => return,
            Err(error) => {
                tracing::warn!(id = settled.0.id, error = %chain(&error), "a delivery could not be written down");
            }
        }
        tokio::select! {
            () = shutdown.requested() => return,
            () = tokio::time::sleep(STORE_RETRY) => {}
        }
    }
}
