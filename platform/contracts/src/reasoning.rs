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
