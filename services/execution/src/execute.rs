//! Carrying out one command: judged, run, redacted, hashed, stored.

use crate::{
    Config,
    gate::{self, Approved, Check, Denial, Policy, Scope},
    metrics::ExecutionMetrics,
    reach::Reach,
    redact::redact,
    runner::{Cluster, Limits, RunOutput},
    settings::ClusterSource,
    store,
};
use aetherius_bus::Context;
use aetherius_contracts::execution::{
    ClusterInfo, Command, Decision, Source, StepRequest, StepResult, StepStatus, Verdict,
};
use aetherius_store::{Store, StoreError, Urgency};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};
use tokio::sync::Semaphore;

#[cfg(test)]
mod tests;

/// Carries out commands against the configured clusters.
pub(crate) struct Executor {
    config: Config,
    store: Store,
    metrics: ExecutionMetrics,
    places: Semaphore,
    reach: Reach,
}

impl Executor {
    pub(crate) fn new(config: Config, store: Store, metrics: ExecutionMetrics) -> Self {
        let places = Semaphore::new(config.max_concurrent_executions as usize);
        Self { config, store, metrics, places, reach: Reach::default() }
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// Warns of tools whose version the gate was not checked against, once for each doubt.
    pub(crate) async fn doubt_tools(&self) {
        let mut known = BTreeSet::new();
        for source in self.config.clusters.values() {
            let ClusterSource::Ready(Cluster::Kubectl(tools)) = source else { continue };
            for doubt in tools.doubts().await {
                if known.insert(doubt.clone()) {
                    tracing::warn!(doubt, "the version of a tool is in doubt");
                }
            }
        }
    }

    /// Every configured cluster and what it can be asked. Those of the demonstration are not in the list: nobody chose them.
    pub(crate) fn clusters(&self) -> impl Iterator<Item = ClusterInfo> {
        self.config.clusters.iter().map(|(id, source)| info(id, source))
    }

    /// One cluster, also of the demonstration.
    pub(crate) fn cluster(&self, id: &str) -> Option<ClusterInfo> {
        self.config.cluster(id).map(|source| info(id, &source))
    }

    /// The gate's word on a command, without running it.
    pub(crate) fn verdict(&self, command: &Command) -> Verdict {
        verdict(self.judge(command).as_ref())
    }

    /// Executes a step once for its key.
    pub(crate) async fn step(
        &self,
        request: StepRequest,
        key: String,
        context: Context,
    ) -> Result<StepResult, StoreError> {
        let (project, wanted) = (context.project_id.clone(), key.clone());
        if let Some(stands) = self.store.read(move |tx| store::recall(tx, &project, &wanted)).await? {
            return Ok(stands);
        }
        let StepRequest { task_id, step_id, command } = request;
        let cluster_id = cluster_of(&command).to_owned();
        let result = self.carry_out(step_id, &command, &cluster_id).await;
        self.store
            .write(Urgency::Work, move |tx| store::record(tx, &key, &task_id, &cluster_id, result, &context))
            .await
    }

    async fn carry_out(&self, step_id: String, command: &Command, cluster_id: &str) -> StepResult {
        let timestamp = Timestamp::now();
        let judged = self.judge(command);
        let mut result = blank(step_id, command, verdict(judged.as_ref()), timestamp);
        match judged {
            Err(denial) => {
                result.error = format!("denied: {}", denial.reason);
                self.metrics.count("denied");
            }
            Ok(approved) => {
                self.run(&approved, command, cluster_id, &mut result).await;
                self.metrics.count(match result.status {
                    StepStatus::Success => "success",
                    StepStatus::Failed => "failed",
                    StepStatus::Timeout => "timeout",
                });
            }
        }
        result.output_hash = hex::encode(Sha256::digest(&result.output));
        result
    }

    async fn run(&self, approved: &Approved, command: &Command, cluster_id: &str, result: &mut StepResult) {
        let cluster = match self.config.cluster(cluster_id) {
            Some(ClusterSource::Ready(cluster)) => cluster,
            Some(ClusterSource::Missing(reason)) => {
                result.error = reason;
                return;
            }
            // The gate has refused unknown clusters already.
            None => return,
        };
        let Ok(_place) = self.places.acquire().await else {
            return;
        };
        if let Some(refusal) = self.reach.refusal(cluster_id, Instant::now()) {
            result.error = refusal;
            return;
        }
        let limits = Limits {
            timeout: command.timeout.map_or(self.config.limits.timeout, |s| Duration::from_secs(s.into())),
            ..self.config.limits
        };
        match cluster.run(approved, limits).await {
            Ok(output) => self.take_in(output, &cluster, cluster_id, result).await,
            Err(error) => result.error = aetherius_rpc::problem::chain(&error),
        }
    }

    async fn take_in(&self, output: RunOutput, cluster: &Cluster, cluster_id: &str, result: &mut StepResult) {
        self.metrics.seconds.observe(output.duration.as_secs_f64());
        let stdout = output.stdout;
        // Up to a megabyte through a dozen patterns: not on a thread that others wait for.
        let redacted =
            tokio::task::spawn_blocking(move || redact(&String::from_utf8_lossy(&stdout)).into_owned());
        // Only a panic in there can fail it, and then an empty output is what may be shown.
        result.output = redacted.await.unwrap_or_default();
        result.error = redact(&String::from_utf8_lossy(&output.stderr)).into_owned();
        result.argv = output.argv;
        result.command = command_line(&result.argv);
        result.truncated = output.truncated;
        result.exit_code = output.exit_code.unwrap_or(-1);
        result.duration_ms = u64::try_from(output.duration.as_millis()).unwrap_or(u64::MAX);
        result.status = match output.exit_code {
            _ if output.timed_out => StepStatus::Timeout,
            Some(0) => StepStatus::Success,
            _ => StepStatus::Failed,
        };
        if output.timed_out {
            result.error = format!("killed after {} s; {}", output.duration.as_secs(), result.error);
        }
        if matches!(cluster, Cluster::Kubectl(_)) {
            self.reach.note(cluster_id, output.timed_out, &result.error, Instant::now());
        }
    }

    fn judge(&self, command: &Command) -> Result<Approved, Denial> {
        let scope = match command.namespace.as_str() {
            "" => Scope::Cluster,
            namespace => Scope::Namespace(namespace.to_owned()),
        };
        let cluster_id = cluster_of(command);
        let mut policy = Policy::viewer(cluster_id, scope);
        policy.clusters = self.config.clusters.keys().cloned().collect();
        let cluster = self.config.cluster(cluster_id);
        policy.clusters.extend(cluster.is_some().then(|| cluster_id.to_owned()));
        if let Some(ClusterSource::Ready(Cluster::Recorded(_))) = cluster {
            policy.tools.insert(gate::Tool::Probe);
        }
        gate::judge(&policy, &command.tool, &command.argv())
    }
}

fn cluster_of(command: &Command) -> &str {
    if command.cluster_id.is_empty() { "default" } else { &command.cluster_id }
}

fn info(id: &str, source: &ClusterSource) -> ClusterInfo {
    let (source, namespace) = match source {
        ClusterSource::Ready(Cluster::Recorded(case)) => {
            (Source::Recorded { catalog: case.catalog() }, case.namespace.clone())
        }
        ClusterSource::Ready(Cluster::Kubectl(_)) | ClusterSource::Missing(_) => {
            (Source::Live, String::new())
        }
    };
    ClusterInfo { id: id.to_owned(), source, namespace }
}

fn verdict(judged: Result<&Approved, &Denial>) -> Verdict {
    match judged {
        Ok(_) => Verdict {
            verdict: Decision::Allow,
            reason: "reads only, and every argument is on the list of what may be asked".to_owned(),
            checks_passed: Check::ALL.iter().map(|check| check.name().to_owned()).collect(),
        },
        Err(denial) => Verdict {
            verdict: Decision::Deny,
            reason: denial.reason.clone(),
            checks_passed: denial.check.passed_before().map(str::to_owned).collect(),
        },
    }
}

/// The result of a command that has not run.
fn blank(step_id: String, command: &Command, verdict: Verdict, timestamp: Timestamp) -> StepResult {
    let mut argv = vec![command.tool.clone()];
    argv.extend(command.argv());
    StepResult {
        step_id,
        command: command_line(&argv),
        argv,
        verdict,
        status: StepStatus::Failed,
        output: String::new(),
        output_hash: String::new(),
        truncated: false,
        error: String::new(),
        exit_code: -1,
        duration_ms: 0,
        timestamp,
    }
}

/// For a person, quoted so that it can be pasted; NUL bytes, which no shell can quote, show as a space.
fn command_line(argv: &[String]) -> String {
    let words: Vec<String> = argv.iter().map(|word| word.replace('\0', " ")).collect();
    shlex::try_join(words.iter().map(String::as_str)).unwrap_or_default()
}
