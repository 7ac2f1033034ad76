//! Execution: a command goes in, is judged by the gate, and comes out as a redacted output with a hash.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A command of a plan, as the seed names its fields. Exactly the argument vector of [`Command::argv`] is judged, and exactly
/// that vector runs; no shell ever sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Command {
    /// Chosen by the caller; repeats of one id are one execution.
    #[serde(default)]
    pub id: String,
    /// `kubectl` or `helm`.
    pub tool: String,
    /// The verb, e.g. `get`. May be empty when `args` begins with it.
    #[serde(default)]
    pub action: String,
    /// Arguments after the verb (or with it, when `action` is empty).
    #[serde(default)]
    pub args: Vec<String>,
    /// Long flags without dashes and their values; appended as `--name=value` in the order of their names.
    #[serde(default)]
    pub flags: std::collections::BTreeMap<String, String>,
    /// The cluster to ask; `default` when the alert named none.
    #[serde(default)]
    pub cluster_id: String,
    /// The namespace the caller's scope is bound to; empty means the whole cluster.
    #[serde(default)]
    pub namespace: String,
    /// Seconds to wait for the command, 1–300; absent: the service's `command_timeout`.
    #[serde(default, deserialize_with = "crate::lenient::whole_or_none")]
    #[schema(minimum = 1, maximum = 300)]
    pub timeout: Option<u32>,
}

impl Command {
    /// The arguments that follow the tool's name, verb first.
    #[must_use]
    pub fn argv(&self) -> Vec<String> {
        let mut argv = Vec::with_capacity(self.args.len() + self.flags.len() + 1);
        if !self.action.is_empty() && self.args.first() != Some(&self.action) {
            argv.push(self.action.clone());
        }
        argv.extend(self.args.iter().cloned());
        argv.extend(self.flags.iter().map(|(name, value)| format!("--{name}={value}")));
        argv
    }
}

/// The gate's answer for one command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// It may run.
    Allow,
    /// It may not.
    Deny,
}

/// Why a command may or may not run. Every check that was made is named, in order, so that a report can show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Verdict {
    /// Allow or deny.
    pub verdict: Decision,
    /// One sentence for a person; for a denial it names the argument and the check.
    pub reason: String,
    /// The checks passed, in the order of the seed: `tool`, `read_only`, `arguments`, `rbac`, `cluster`.
    #[serde(default)]
    pub checks_passed: Vec<String>,
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum StepStatus {
    /// The command ran and exited with 0.
    Success,
    /// It was denied, could not start, or exited with another code.
    Failed,
    /// It was killed at its timeout.
    Timeout,
}

/// What one command gave. `output` is already redacted and capped; `output_hash` is the SHA-256 of exactly these bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StepResult {
    /// The step's id within its plan.
    pub step_id: String,
    /// The command line for a person, quoted so that it can be pasted.
    pub command: String,
    /// The arguments that really ran, tool first.
    pub argv: Vec<String>,
    /// The gate's verdict.
    pub verdict: Verdict,
    /// How it ended.
    pub status: StepStatus,
    /// Redacted standard output.
    pub output: String,
    /// Lower-case hex SHA-256 of `output`.
    pub output_hash: String,
    /// True when the output was longer than `max_output_size` and was cut.
    #[serde(default)]
    pub truncated: bool,
    /// Redacted standard error, or why it did not run; empty on success.
    #[serde(default)]
    pub error: String,
    /// The exit code; -1 when it did not exit by itself.
    #[serde(deserialize_with = "crate::lenient::whole")]
    #[schema(minimum = -2_147_483_648, maximum = 2_147_483_647)]
    pub exit_code: i32,
    /// Milliseconds from start to end.
    #[serde(deserialize_with = "crate::lenient::whole")]
    #[schema(maximum = 9_007_199_254_740_991_u64)]
    pub duration_ms: u64,
    /// When it started.
    pub timestamp: Timestamp,
}

/// One step to execute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StepRequest {
    /// The task it is done for.
    pub task_id: String,
    /// The step's id within its plan.
    pub step_id: String,
    /// What to run.
    pub command: Command,
}

/// What a cluster can be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ClusterSource)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Source {
    /// A living cluster: whatever the gate allows.
    Live,
    /// A recorded case: exactly these argument vectors, tool first.
    Recorded {
        /// What was recorded.
        catalog: Vec<Vec<String>>,
    },
}

/// A cluster that execution can ask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClusterInfo {
    /// As events name it.
    pub id: String,
    /// What it can be asked.
    pub source: Source,
    /// The namespace a recorded case is about; empty for a living cluster.
    #[serde(default)]
    pub namespace: String,
}

/// The way to the execution service.
#[derive(Clone)]
pub struct ExecutionClient {
    channel: aetherius_rpc::Channel,
}

impl ExecutionClient {
    /// Over a channel.
    #[must_use]
    pub fn new(channel: aetherius_rpc::Channel) -> Self {
        Self { channel }
    }

    /// What a cluster can be asked.
    ///
    /// # Errors
    /// See [`aetherius_rpc::CallError`]; 404 for a cluster nobody configured.
    pub async fn cluster(
        &self,
        id: &str,
        context: &aetherius_rpc::CallContext,
    ) -> Result<ClusterInfo, aetherius_rpc::CallError> {
        self.channel.get(&format!("/v1/clusters/{id}"), context).await
    }

    /// The steps of a task that were executed so far, oldest first, without their outputs.
    ///
    /// # Errors
    /// See [`aetherius_rpc::CallError`].
    pub async fn steps_of(
        &self,
        task_id: &str,
        context: &aetherius_rpc::CallContext,
    ) -> Result<Vec<StepResult>, aetherius_rpc::CallError> {
        self.channel.get(&format!("/v1/steps?task_id={task_id}"), context).await
    }

    /// Runs a step once: a repeat with the idempotency key of `context` gives the first result. A denied command is a result too.
    ///
    /// # Errors
    /// See [`aetherius_rpc::CallError`].
    pub async fn execute_step(
        &self,
        request: &StepRequest,
        context: &aetherius_rpc::CallContext,
    ) -> Result<StepResult, aetherius_rpc::CallError> {
        self.channel.post("/v1/steps/execute", request, context).await
    }
}
