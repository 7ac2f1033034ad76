//! The load: as many senders as connections, each taking from the agenda what is due next.

use crate::{
    agenda::{Agenda, Sending, backoff},
    alert::Alerts,
    client::{Connection, Target},
};
use std::{
    collections::BTreeMap,
    io::{IsTerminal, Write},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

#[cfg(test)]
mod tests;

const WEBHOOK: &str = "/webhook/alertmanager";

/// What is done about an alert that was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Nothing: each alert is sent once.
    Never,
    /// What Alertmanager does: it sends the same again after a server's error or a broken connection, and later each time.
    AsAlertmanager,
}

/// A load, shared by its senders.
pub(crate) struct Load {
    pub(crate) alerts: Alerts,
    repeat: Repeat,
    agenda: Mutex<Agenda>,
    chance: Mutex<fastrand::Rng>,
    acknowledged: AtomicU64,
    refused: AtomicU64,
}

/// An alert that the server has taken.
#[derive(Clone, Debug)]
pub(crate) struct Acknowledged {
    pub(crate) fingerprint: String,
    pub(crate) event_id: String,
    /// From the moment at which the alert was due for the first time.
    pub(crate) latency: Duration,
    pub(crate) at: Instant,
}

/// What became of a load.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) acknowledged: Vec<Acknowledged>,
    /// Sendings that were not acknowledged, by what was answered.
    pub(crate) refusals: BTreeMap<String, u64>,
    /// Alerts that were never acknowledged.
    pub(crate) given_up: u64,
}

enum Sent {
    Acknowledged(String),
    /// Worth another try.
    Passing(String),
    Final(String),
}

impl Load {
    pub(crate) fn new(alerts: Alerts, agenda: Agenda, repeat: Repeat) -> Arc<Self> {
        Arc::new(Self {
            alerts,
            repeat,
            agenda: Mutex::new(agenda),
            chance: Mutex::default(),
            acknowledged: AtomicU64::new(0),
            refused: AtomicU64::new(0),
        })
    }

    /// Sends all of it.
    pub(crate) async fn run(self: Arc<Self>, target: &Target, connections: u32) -> anyhow::Result<Outcome> {
        let progress = tokio::spawn(Arc::clone(&self).report());
        let mut senders = JoinSet::new();
        for _ in 0..connections {
            senders.spawn(Arc::clone(&self).send_all(Connection::new(target.clone())));
        }
        let mut outcome = Outcome::default();
        while let Some(part) = senders.join_next().await {
            outcome.add(part?);
        }
        progress.abort();
        eprintln!("\r  {}", self.line());
        Ok(outcome)
    }

    /// No new alerts any more; what was refused is repeated until `give_up_at`.
    pub(crate) fn end(&self, give_up_at: Instant) {
        self.agenda().end(give_up_at);
    }

    /// How many alerts were begun.
    pub(crate) fn begun(&self) -> u64 {
        self.agenda().begun()
    }

    async fn send_all(self: Arc<Self>, mut connection: Connection) -> Outcome {
        let mut outcome = Outcome::default();
        loop {
            let Some(sending) = self.agenda().take() else {
                return outcome;
            };
            tokio::time::sleep_until(sending.due.into()).await;
            let reason = match self.send(&mut connection, sending.alert).await {
                Sent::Acknowledged(event_id) => {
                    self.acknowledged.fetch_add(1, Ordering::Relaxed);
                    outcome.acknowledged.push(self.acknowledge(sending, event_id));
                    continue;
                }
                Sent::Passing(reason) if self.may_repeat(sending) => reason,
                Sent::Passing(reason) | Sent::Final(reason) => {
                    outcome.given_up += 1;
                    reason
                }
            };
            self.refused.fetch_add(1, Ordering::Relaxed);
            *outcome.refusals.entry(reason).or_default() += 1;
        }
    }

    async fn send(&self, connection: &mut Connection, alert: u64) -> Sent {
        match connection.post(WEBHOOK, self.alerts.body(alert)).await {
            Ok(answer) if answer.status.is_success() => match self.alerts.acknowledged(alert, &answer.body) {
                Some(event_id) => Sent::Acknowledged(event_id),
                None => Sent::Final(format!("{} that does not name the event", answer.status.as_u16())),
            },
            Ok(answer) if answer.status.is_server_error() => {
                Sent::Passing(answer.status.as_u16().to_string())
            }
            Ok(answer) => Sent::Final(answer.status.as_u16().to_string()),
            Err(error) => Sent::Passing(error.to_string()),
        }
    }

    fn acknowledge(&self, sending: Sending, event_id: String) -> Acknowledged {
        let at = Instant::now();
        let fingerprint = self.alerts.fingerprint(sending.alert);
        Acknowledged { fingerprint, event_id, latency: at - sending.first_due, at }
    }

    fn may_repeat(&self, refused: Sending) -> bool {
        let jitter = || self.chance.lock().unwrap_or_else(PoisonError::into_inner).f64();
        self.repeat == Repeat::AsAlertmanager
            && self.agenda().repeat(refused, Instant::now(), backoff(refused.attempts, jitter()))
    }

    fn agenda(&self) -> MutexGuard<'_, Agenda> {
        self.agenda.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says how it stands, until it is aborted: in place on a terminal, now and then in a log.
    async fn report(self: Arc<Self>) {
        let is_terminal = std::io::stderr().is_terminal();
        let (every, begin, end) = if is_terminal { (1, "\r  ", "") } else { (5, "  ", "\n") };
        loop {
            tokio::time::sleep(Duration::from_secs(every)).await;
            eprint!("{begin}{}{end}", self.line());
            // Only a nicety; the load goes on without it.
            let _ = std::io::stderr().flush();
        }
    }

    fn line(&self) -> String {
        let (acknowledged, refused) = (&self.acknowledged, &self.refused);
        format!(
            "{} alerts begun, {} acknowledged, {} refusals",
            self.begun(),
            acknowledged.load(Ordering::Relaxed),
            refused.load(Ordering::Relaxed),
        )
    }
}

impl Outcome {
    fn add(&mut self, other: Self) {
        self.acknowledged.extend(other.acknowledged);
        for (reason, count) in other.refusals {
            *self.refusals.entry(reason).or_default() += count;
        }
        self.given_up += other.given_up;
    }

    /// The latencies of all acknowledgements, shortest first.
    pub(crate) fn latencies(&self) -> Vec<Duration> {
        let mut all: Vec<Duration> = self.acknowledged.iter().map(|it| it.latency).collect();
        all.sort_unstable();
        all
    }

    /// Acknowledgements a second: those that came before `end`, over the time in which their alerts were due.
    pub(crate) fn rate(&self, end: Instant, due_within: Duration) -> f64 {
        let in_time = self.acknowledged.iter().filter(|it| it.at <= end).count();
        in_time as f64 / due_within.as_secs_f64()
    }

    /// Prints what was answered instead of an acknowledgement.
    pub(crate) fn explain(&self) {
        for (reason, count) in &self.refusals {
            println!("  not acknowledged: {count} × {reason}");
        }
    }
}

/// The latency that `part` of all stay within; zero of none.
pub(crate) fn percentile(sorted: &[Duration], part: f64) -> Duration {
    let rank = (sorted.len() as f64 * part).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}
