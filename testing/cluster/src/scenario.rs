//! Scenarios: a shop that works, what is done to it, and what a diagnosis should say then.
//!
//! A file holds YAML documents. The first is a [`Header`]; each of the others is a step, played in this order:
//!
//! | document | does |
//! | --- | --- |
//! | an object with `apiVersion` and `kind` | applies it |
//! | `patch: KIND/NAME` and `with: {…}` | changes an object by a strategic merge |
//! | `kubectl: [WORD, …]` | runs kubectl; waiting is done so too, as with `[rollout, status, …]` |
//! | `refused: {…}` | applies an object that the API server must refuse |
//! | `wait: {get: KINDS, contains: TEXT}`, or `lacks: TEXT` | looks until the objects, as compact JSON, do or do not have it |
//!
//! `$NAMESPACE` stands for the namespace. `base.yaml` beside the file is the shop.

mod load;
mod play;

use crate::Error;
use serde::Deserialize;
use serde_json::Value;
use std::{fmt, io, path::PathBuf};

#[cfg(test)]
mod tests;

/// The file with what every scenario of a folder starts from.
const BASE: &str = "base.yaml";

/// How many nodes a cluster needs in which a scenario is played: `node-1` to `node-3`.
const NODES: u16 = 3;

/// Something that happens to the shop.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// The name of its file.
    pub name: String,
    /// What happens, in a sentence.
    pub description: String,
    /// What a diagnosis should say.
    pub expect: Expect,
    base: Vec<Value>,
    steps: Vec<Step>,
}

impl Scenario {
    /// How many nodes its cluster must have.
    pub const NODES: u16 = NODES;
}

/// The right answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// The id of the cause; `none` where nothing is wrong.
    pub root_cause: String,
    /// The object, as `kind/name`; empty where nothing is wrong.
    #[serde(default)]
    pub object: String,
    /// The class of the cause; empty where nothing is wrong.
    #[serde(default)]
    pub taxonomy: String,
}

impl Expect {
    /// As it is when the scenario was played in that namespace.
    #[must_use]
    pub fn in_namespace(&self, namespace: &str) -> Self {
        Self { object: self.object.replace(NAMESPACE, namespace), ..self.clone() }
    }
}

/// As `aetherius record --expect` takes it.
impl fmt::Display for Expect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.object.as_str() {
            "" => f.write_str(&self.root_cause),
            object => write!(f, "{},{object},{}", self.root_cause, self.taxonomy),
        }
    }
}

/// What stands for the namespace.
const NAMESPACE: &str = "$NAMESPACE";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    description: String,
    expect: Expect,
}

#[derive(Clone, Debug, PartialEq)]
enum Step {
    Apply(Value),
    Patch { object: String, with: Value },
    Kubectl(Vec<String>),
    Refused(Value),
    Wait(Condition),
}

/// A look at the API.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Condition {
    /// Kinds, in the plural, such as `pods`.
    get: String,
    contains: Option<String>,
    lacks: Option<String>,
}

/// A scenario that cannot be read or played.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// A file could not be read.
    #[error("cannot read {}", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A document is not what it should be.
    #[error("{}: {problem}", file.display())]
    Invalid {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A step went another way.
    #[error("{scenario}: {step}")]
    Step {
        /// The scenario.
        scenario: String,
        /// What was being done.
        step: String,
        /// What the cluster said.
        source: Box<Error>,
    },
    /// An object was accepted that should have been refused.
    #[error("{scenario}: the API server did not refuse {object}")]
    Accepted {
        /// The scenario.
        scenario: String,
        /// The object, as `Kind/name`.
        object: String,
    },
}
