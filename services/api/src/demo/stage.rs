//! Sending what the script says, when it says it.

use super::{
    DemoDeps, DemoStatus,
    script::{Beat, ScriptedAlert, play},
};
use aetherius_contracts::intake::{Alert, AlertGroup, AlertStatus, IntakeClient};
use aetherius_rpc::{CallContext, Code, Problem};
use foundation::{shutdown::Shutdown, trace::TraceParent};
use jiff::Timestamp;
use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use tokio::time::Instant;

/// A full inbox is given this many chances, with a pause after each.
const TRIES_MAX: u32 = 10;
const PAUSE: Duration = Duration::from_secs(1);

/// Where demonstrations run: at most one for each project.
pub(crate) struct Stage {
    deps: DemoDeps,
    runs: Mutex<HashMap<String, Run>>,
}

/// The last demonstration of a project.
struct Run {
    speed: f64,
    sent: Arc<AtomicU32>,
    /// Requested to end it, and by itself once it has ended.
    end: Shutdown,
}

impl Stage {
    pub(crate) fn new(deps: DemoDeps) -> Self {
        Self { deps, runs: Mutex::default() }
    }

    pub(super) fn status(&self, project: &str) -> DemoStatus {
        let runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        self.status_of(runs.get(project))
    }

    /// Starts it, unless one runs.
    pub(super) fn start(&self, project: &str, speed: f64) -> Result<DemoStatus, Problem> {
        if !self.deps.enabled {
            let detail = "the demonstration is switched off here; set `demo.enabled: true` in the settings";
            return Err(Problem::new(Code::Conflict, detail));
        }
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        if runs.get(project).is_some_and(|run| !run.end.is_requested()) {
            let detail = "the demonstration runs already; stop it with DELETE, or wait for its end";
            return Err(Problem::new(Code::Conflict, detail));
        }
        let run = Run { speed, sent: Arc::default(), end: Shutdown::new() };
        let status = self.status_of(Some(&run));
        let performance = Performance {
            project: project.to_owned(),
            speed,
            events: self.deps.events.clone(),
            sent: Arc::clone(&run.sent),
            id: TraceParent::new_root().trace_id_hex(),
        };
        let (ended, stopped) = (run.end.clone(), self.deps.shutdown.clone());
        runs.insert(project.to_owned(), run);
        tokio::spawn(async move {
            tokio::select! {
                () = performance.run() => {}
                () = ended.requested() => {}
                () = stopped.requested() => {}
            }
            ended.request();
        });
        Ok(status)
    }

    /// Ends it, if it runs.
    pub(super) fn stop(&self, project: &str) -> DemoStatus {
        let runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        let run = runs.get(project);
        if let Some(run) = run {
            run.end.request();
        }
        self.status_of(run)
    }

    fn status_of(&self, run: Option<&Run>) -> DemoStatus {
        DemoStatus {
            enabled: self.deps.enabled,
            running: run.is_some_and(|run| !run.end.is_requested()),
            sent: run.map_or(0, |run| run.sent.load(Ordering::Relaxed)),
            total: play().iter().map(Beat::size).sum(),
            speed: run.map(|run| run.speed),
        }
    }
}

/// One time that the script is played.
struct Performance {
    project: String,
    speed: f64,
    events: IntakeClient,
    sent: Arc<AtomicU32>,
    /// Tells the alerts of this time from those of the time before, which would be taken for the same otherwise.
    id: String,
}

impl Performance {
    async fn run(self) {
        let begun = Instant::now();
        for beat in play() {
            tokio::time::sleep_until(begun + beat.at.div_f64(self.speed)).await;
            self.send(&beat).await;
        }
    }

    /// Sends a group, and gives up on it when nobody takes it: a demonstration goes on.
    async fn send(&self, beat: &Beat) {
        let group = self.group(beat);
        for _ in 0..TRIES_MAX {
            let context = CallContext::new("api", &self.project, TraceParent::new_root());
            match self.events.alertmanager(&group, &context).await {
                Ok(_) => {
                    self.sent.fetch_add(beat.size(), Ordering::Relaxed);
                    return;
                }
                Err(error) if error.is_passing() => tokio::time::sleep(PAUSE).await,
                Err(error) => {
                    tracing::warn!(%error, "alerts of the demonstration were not taken");
                    return;
                }
            }
        }
    }

    fn group(&self, beat: &Beat) -> AlertGroup {
        let now = Timestamp::now();
        AlertGroup {
            version: "4",
            receiver: "aetherius".to_owned(),
            group_key: format!("demo:{}", beat.at.as_secs()),
            alerts: beat.alerts.iter().map(|alert| self.alert(alert, now)).collect(),
        }
    }

    fn alert(&self, scripted: &ScriptedAlert, now: Timestamp) -> Alert {
        let mut fingerprint = DefaultHasher::new();
        (&self.id, &scripted.labels).hash(&mut fingerprint);
        let status = if scripted.resolved { AlertStatus::Resolved } else { AlertStatus::Firing };
        Alert {
            status,
            labels: scripted.labels.clone(),
            annotations: scripted.annotations.clone(),
            starts_at: now,
            ends_at: scripted.resolved.then_some(now),
            fingerprint: format!("{:016x}", fingerprint.finish()),
        }
    }
}
