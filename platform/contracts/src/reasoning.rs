//! Reasoning: from a task to a strategy, from outputs to findings, from findings to one root cause.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A Kubernetes object that a finding blames, e.g. `deployment/cart` in namespace `shop`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
pub struct ObjectRef {
    /// Lower-case singular kind: `pod`, `node`, `deployment` …
    pub kind: String,
    /// Empty for cluster-scoped kinds.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schema(extensions(("x-may-be-absent" = json!(true))))]
    pub namespace: String,
    /// The object's name.
    pub name: String,
}

impl std::fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.kind, self.name)
    }
}

/// Words that really stand in an output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Evidence {
    /// The SHA-256 of the output that holds the excerpt.
    pub output_hash: String,
    /// The command that gave the output.
    pub command: String,
    /// One or a few whole lines of that output, byte for byte.
    pub excerpt: String,
    /// 1-based line of the output at which the excerpt starts.
    pub line: usize,
    /// What the excerpt shows, in a sentence.
    pub shows: String,
}

/// What one rule found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Finding {
    /// The id of the rule, which names the cause: `image_not_found`, `crash_loop`, `node_cordoned` …
    pub rule: String,
    /// The class of the fault: `startup`, `runtime`, `scheduling` …
    pub taxonomy: String,
    /// The object to mend.
    pub object: ObjectRef,
    /// One sentence: what is wrong.
    pub summary: String,
    /// What a person should do about it.
    pub remedy: String,
    /// 0–1: how sure the rule is that this is a cause and not a symptom.
    pub confidence: f64,
    /// At least one.
    pub evidence: Vec<Evidence>,
}

/// The answer for a task: one root cause, or none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Diagnosis {
    /// `None`: nothing was found to be wrong, which is an answer too.
    pub root_cause: Option<Finding>,
    /// Further findings, most likely first; symptoms of the cause among them.
    #[serde(default)]
    pub other_findings: Vec<Finding>,
    /// `rule_based`, `knowledge_based` or `ai_generated`.
    pub strategy: String,
    /// What could not be looked at, and why: a command that failed or was denied.
    #[serde(default)]
    pub gaps: Vec<String>,
}

/// What reasoning is asked to look at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AnalyzeRequest {
    /// The task's event.
    pub event: crate::events::StandardEvent,
    /// What the cluster can be asked.
    pub source: crate::execution::Source,
}

/// How a task is to be answered (002 section 2.3).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DiagnosticStrategy {
    /// The same for the same question.
    pub id: String,
    /// `knowledge_based`, `ai_generated` or `rule_based`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What to run, in order.
    pub steps: Vec<DiagnosticStep>,
    /// 0–1.
    pub confidence: f64,
}

/// One step of a strategy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DiagnosticStep {
    /// Unique within the strategy.
    pub id: String,
    /// What to run; judged by the gate when it is called.
    pub command: crate::execution::Command,
    /// Why, in a sentence.
    pub purpose: String,
}

/// The outputs to conclude from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ConcludeRequest {
    /// What was run.
    pub steps: Vec<crate::execution::StepResult>,
}

/// The way to the reasoning service.
#[derive(Clone)]
pub struct ReasoningClient {
    channel: aetherius_rpc::Channel,
}

impl ReasoningClient {
    /// Over a channel.
    #[must_use]
    pub fn new(channel: aetherius_rpc::Channel) -> Self {
        Self { channel }
    }

    /// A strategy for an event.
    ///
    /// # Errors
    /// See [`aetherius_rpc::CallError`].
    pub async fn strategy(
        &self,
        request: &AnalyzeRequest,
        context: &aetherius_rpc::CallContext,
    ) -> Result<DiagnosticStrategy, aetherius_rpc::CallError> {
        self.channel.post("/v1/strategies", request, context).await
    }

    /// The root cause that the outputs show, or none.
    ///
    /// # Errors
    /// See [`aetherius_rpc::CallError`].
    pub async fn conclude(
        &self,
        request: &ConcludeRequest,
        context: &aetherius_rpc::CallContext,
    ) -> Result<Diagnosis, aetherius_rpc::CallError> {
        self.channel.post("/v1/decisions", request, context).await
    }
}
