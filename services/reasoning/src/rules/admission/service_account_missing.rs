//! A workload whose pods are refused because the service account that they should run as does not exist.

use aetherius_contracts::reasoning::Finding;

use super::refusal::{Refusal, refusals};
use super::{Cause, Certainty, Nature, Rule};
use crate::evidence::{Proof, cite};
use crate::objects::{Key, Snapshot};

pub(super) const RULE: Rule = Rule {
    id: "service_account_missing",
    doc: "workloads that get no pods because their service account does not exist",
    causes: &[MISSING_SERVICE_ACCOUNT],
    check,
};

const MISSING_SERVICE_ACCOUNT: Cause = Cause {
    id: "missing_service_account",
    taxonomy: "admission",
    nature: Nature::Specific,
    remedy: "Create the service account in the namespace, or name an existing one in serviceAccountName of the pod template.",
};

const WORDS: &str = "error looking up service account ";

fn check(snapshot: &Snapshot<'_>) -> Vec<Finding> {
    refusals(snapshot).iter().filter_map(|refusal| blame(snapshot, refusal)).collect()
}

fn blame(snapshot: &Snapshot<'_>, refusal: &Refusal<'_>) -> Option<Finding> {
    let account = account(refusal.message)?;
    let exists = snapshot.service_accounts.get(&account).is_some_and(|known| snapshot.is_observed(known));
    if exists {
        return None;
    }
    let name = account.name.as_str();
    let asks = "the service account that the pods should run as";
    let deployment = snapshot.deployments.get(&Key::new(&account.namespace, &refusal.workload.name));
    let cite_template = |words: &[&str]| {
        let of_set = refusal.set.known(snapshot).and_then(|set| cite(snapshot, set, words, asks));
        of_set.or_else(|| deployment.and_then(|deployment| cite(snapshot, deployment, words, asks)))
    };
    let proof = Proof::of([
        refusal.cite(snapshot, &[WORDS.trim(), name], "why no pod is created"),
        cite_template(&["Service Account:", name]).or_else(|| cite_template(&["serviceAccountName", name])),
    ])?;
    let object = refusal.workload.clone();
    let summary = format!(
        "{object} gets no pods: service account {name} does not exist in namespace {}.",
        account.namespace
    );
    Some(MISSING_SERVICE_ACCOUNT.finding(object, Certainty::Stated, summary, proof))
}

/// The account of `… error looking up service account barn/keeper: serviceaccount "keeper" not found`.
fn account(message: &str) -> Option<Key> {
    let (_, rest) = message.split_once(WORDS)?;
    let (account, reason) = rest.split_once(": ")?;
    let (namespace, name) = account.split_once('/')?;
    // Any other reason is trouble with the API server, not with the account.
    reason.contains("not found").then(|| Key::new(namespace, name))
}

#[cfg(test)]
mod tests;
