//! A namespace whose quota leaves no room, told apart by what has run out.
//!
//! Controllers say it of pods and claims that they may not create. Services and claims of their own are refused to whoever
//! applies them, and the cluster remembers nothing of it: [`unsaid`] looks for those.

mod unsaid;

use std::collections::BTreeMap;

use aetherius_contracts::reasoning::{Evidence, Finding, ObjectRef};

use super::refusal::{Refusal, refusals};
use super::{Cause, Certainty, Nature, Rule};
use crate::evidence::{Proof, cite};
use crate::objects::{Key, Snapshot};

pub(super) const RULE: Rule = Rule {
    id: "quota_exceeded",
    doc: "what cannot be created because a quota of its namespace leaves no room",
    causes: &[CPU, MEMORY, PODS, SERVICES, STORAGE, OTHER, UNSPECIFIED],
    check,
};

const CPU: Cause = Cause {
    id: "namespace_cpu_quota_exceeded",
    taxonomy: "admission",
    nature: Nature::Specific,
    remedy: "Raise the CPU of the namespace's resource quota, or lower what its pods request or may use.",
};

const MEMORY: Cause = Cause {
    id: "namespace_memory_quota_exceeded",
    taxonomy: "admission",
    nature: Nature::Specific,
    remedy: "Raise the memory of the namespace's resource quota, or lower what its pods request or may use.",
};

const PODS: Cause = Cause {
    id: "namespace_pod_quota_exceeded",
    taxonomy: "admission",
    nature: Nature::Specific,
    remedy: "Raise the number of pods in the namespace's resource quota, or remove pods that are not needed.",
};

const SERVICES: Cause = Cause {
    id: "namespace_service_quota_exceeded",
    taxonomy: "admission",
    nature: Nature::Specific,
    remedy: "Raise the number of services in the namespace's resource quota, then apply the missing service again.",
};

const STORAGE: Cause = Cause {
    id: "namespace_storage_quota_exceeded",
    taxonomy: "admission",
    nature: Nature::Specific,
    remedy: "Raise the storage of the namespace's resource quota, or remove claims that are not needed, then apply the missing claim again.",
};

const OTHER: Cause = Cause {
    id: "namespace_quota_exceeded",
    taxonomy: "admission",
    nature: Nature::Specific,
    remedy: "Raise the bound in the namespace's resource quota, or remove what is not needed.",
};

const UNSPECIFIED: Cause = Cause {
    id: "resources_not_specified",
    taxonomy: "admission",
    nature: Nature::Specific,
    remedy: "Give every container the requests and limits that the quota of the namespace counts, or set defaults with a LimitRange.",
};

/// Workloads that are named and cited; more make nobody wiser.
const WORKLOADS_SHOWN: usize = 3;

fn check(snapshot: &Snapshot<'_>) -> Vec<Finding> {
    let refusals = refusals(snapshot);
    let mut findings = exceeded(snapshot, &refusals);
    findings.extend(refusals.iter().filter_map(|refusal| unspecified(snapshot, refusal)));
    findings.extend(unsaid::check(snapshot));
    findings
}

/// One finding for each namespace and each thing that has run out there.
fn exceeded(snapshot: &Snapshot<'_>, refusals: &[Refusal<'_>]) -> Vec<Finding> {
    let mut groups: BTreeMap<(&str, &str), Vec<(&Refusal<'_>, Excess<'_>)>> = BTreeMap::new();
    for refusal in refusals {
        for excess in excesses(refusal.message) {
            let key = (refusal.set.key.namespace.as_str(), cause_of(excess.resource).id);
            groups.entry(key).or_default().push((refusal, excess));
        }
    }
    let blame = |((namespace, _), refused): (_, Vec<(&Refusal<'_>, Excess<'_>)>)| {
        let (_, first) = refused.first()?;
        let (quota, resource) = (first.quota, first.resource);
        let said = refused.iter().take(WORKLOADS_SHOWN).map(|(refusal, _)| {
            refusal.cite(snapshot, &["exceeded quota", resource], "what was refused, and why")
        });
        let proof = Proof::of(said.chain([cite_bound(snapshot, &Key::new(namespace, quota), resource)]))?;
        let mut workloads: Vec<String> =
            refused.iter().map(|(refusal, _)| refusal.workload.to_string()).collect();
        workloads.dedup();
        let more = if workloads.len() > WORKLOADS_SHOWN { " and others" } else { "" };
        workloads.truncate(WORKLOADS_SHOWN);
        let summary = format!(
            "Quota {quota} of namespace {namespace} allows {resource}={} and {} is in use, so {}{more} cannot get {} more.",
            first.hard,
            first.used,
            workloads.join(", "),
            first.requested
        );
        Some(cause_of(resource).finding(namespace_ref(namespace), Certainty::Stated, summary, proof))
    };
    groups.into_iter().filter_map(blame).collect()
}

/// A quota that counts a resource refuses pods that do not say how much of it they need.
fn unspecified(snapshot: &Snapshot<'_>, refusal: &Refusal<'_>) -> Option<Finding> {
    let (_, rest) = refusal.message.split_once("failed quota: ")?;
    let (quota, missing) = rest.split_once(": must specify ")?;
    let proof = Proof::of([refusal.cite(snapshot, &["must specify"], "what was refused, and why")])?;
    let object = refusal.workload.clone();
    let summary =
        format!("{object} gets no pods: quota {quota} counts {missing}, which its pods do not set.");
    Some(UNSPECIFIED.finding(object, Certainty::Stated, summary, proof))
}

/// A resource of which there is too little.
struct Excess<'m> {
    quota: &'m str,
    resource: &'m str,
    requested: &'m str,
    used: &'m str,
    hard: &'m str,
}

/// Reads `exceeded quota: Q, requested: a=1,b=2, used: a=9,b=8, limited: a=9,b=9`; only what is exceeded is listed.
fn excesses(message: &str) -> Vec<Excess<'_>> {
    let parts = || {
        let (_, rest) = message.split_once("exceeded quota: ")?;
        let (quota, rest) = rest.split_once(", requested: ")?;
        let (requested, rest) = rest.split_once(", used: ")?;
        let (used, hard) = rest.split_once(", limited: ")?;
        Some((quota, requested, used, hard))
    };
    let Some((quota, requested, used, hard)) = parts() else {
        return Vec::new();
    };
    requested
        .split(',')
        .filter_map(|part| part.trim().split_once('='))
        .map(|(resource, requested)| Excess {
            quota,
            resource,
            requested,
            used: amount(used, resource),
            hard: amount(hard, resource),
        })
        .collect()
}

/// The value of `resource` in `a=1,b=2`.
fn amount<'m>(list: &'m str, resource: &str) -> &'m str {
    let mut parts = list.split(',').filter_map(|part| part.trim().split_once('='));
    parts.find(|(name, _)| *name == resource).map_or("?", |(_, amount)| amount)
}

/// What has run out, by the resource that a quota bounds.
fn cause_of(resource: &str) -> &'static Cause {
    let bare =
        resource.strip_prefix("requests.").or_else(|| resource.strip_prefix("limits.")).unwrap_or(resource);
    match bare.strip_prefix("count/").unwrap_or(bare) {
        "cpu" => &CPU,
        "memory" => &MEMORY,
        "pods" => &PODS,
        kind if kind == "services" || kind.starts_with("services.") => &SERVICES,
        "storage" | "persistentvolumeclaims" | "ephemeral-storage" => &STORAGE,
        // Bounds by storage class: `fast.storageclass.storage.k8s.io/requests.storage`.
        class if class.contains(".storageclass.storage.k8s.io/") => &STORAGE,
        _ => &OTHER,
    }
}

fn cite_bound(snapshot: &Snapshot<'_>, quota: &Key, resource: &str) -> Option<Evidence> {
    let known = snapshot.quotas.get(quota)?;
    let used = known.used.get(resource).map_or("", String::as_str);
    let shows = "what the quota allows, and what is in use";
    cite(snapshot, known, &[resource, used], shows).or_else(|| cite(snapshot, known, &[resource], shows))
}

fn namespace_ref(name: &str) -> ObjectRef {
    ObjectRef { kind: "namespace".to_owned(), namespace: String::new(), name: name.to_owned() }
}

#[cfg(test)]
mod tests;
