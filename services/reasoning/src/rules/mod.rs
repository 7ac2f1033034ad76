//! The rules: one small file each, with its own table of cases, in a folder for each class of fault.
//!
//! A rule is a function from a snapshot to findings, and a list of the causes it can name. To add one, write its file,
//! then name it in its folder's `mod.rs`. Rules do not know of each other; who wins is decided in
//! [`rank`](crate::rank) from what each cause says of itself.

mod startup;
mod admission;
mod scheduling;
mod runtime;
mod routing;
mod infrastructure;
mod performance;
mod resolution;

use aetherius_contracts::reasoning::{Finding, ObjectRef};

use crate::evidence::Proof;
use crate::objects::Snapshot;

/// Every rule, by the class of fault; the order decides nothing.
pub(crate) fn all() -> impl Iterator<Item = &'static Rule> {
    let groups = [
        startup::RULES,
        admission::RULES,
        scheduling::RULES,
        runtime::RULES,
        routing::RULES,
        infrastructure::RULES,
        performance::RULES,
    ];
    groups.into_iter().flatten()
}

/// A rule: what it is called, what it can find, and how.
pub(crate) struct Rule {
    /// The name of its file.
    pub id: &'static str,
    /// What it looks at, in a sentence.
    pub doc: &'static str,
    /// Every cause its findings can name.
    pub causes: &'static [Cause],
    /// Looks at a snapshot; pure.
    pub check: fn(&Snapshot<'_>) -> Vec<Finding>,
}

/// A cause that a rule can name.
#[derive(Debug)]
pub(crate) struct Cause {
    /// The `rule` field of its findings.
    pub id: &'static str,
    /// The class of the fault: `startup`, `runtime`, `scheduling` …
    pub taxonomy: &'static str,
    /// What kind of answer it is.
    pub nature: Nature,
    /// What a person should do about it.
    pub remedy: &'static str,
}

/// What kind of answer a cause is, the best first: a better one wins, however sure a worse one is of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Nature {
    /// It says what to mend.
    Specific,
    /// It says what failed, but several things could be the reason.
    Broad,
    /// Something else makes this happen.
    Symptom,
}

/// How a rule knows what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Certainty {
    /// Kubernetes says so itself.
    Stated,
    /// It follows from what Kubernetes says of several objects.
    Inferred,
    /// It fits what was seen, and so do other explanations.
    Suspected,
}

impl Certainty {
    /// The number that stands in a finding.
    #[must_use]
    pub(crate) fn confidence(self) -> f64 {
        match self {
            Self::Stated => 0.95,
            Self::Inferred => 0.85,
            Self::Suspected => 0.6,
        }
    }
}

impl Cause {
    /// A finding of this cause; there is none without a proof.
    #[must_use]
    pub(crate) fn finding(
        &self,
        object: ObjectRef,
        certainty: Certainty,
        summary: String,
        proof: Proof,
    ) -> Finding {
        Finding {
            rule: self.id.to_owned(),
            taxonomy: self.taxonomy.to_owned(),
            object,
            summary,
            remedy: self.remedy.to_owned(),
            confidence: certainty.confidence(),
            evidence: proof.into_evidence(),
        }
    }
}

/// The cause of this id, if a rule has one.
#[must_use]
pub(crate) fn cause(id: &str) -> Option<&'static Cause> {
    all().flat_map(|rule| rule.causes).find(|cause| cause.id == id)
}

#[cfg(test)]
mod tests;
