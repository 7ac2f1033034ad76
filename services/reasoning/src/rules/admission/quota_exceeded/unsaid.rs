//! Services and claims that a full quota kept from being created. No event tells of them: what is missing is known from
//! what refers to it, and why from the quota.

use std::collections::BTreeSet;

use aetherius_contracts::reasoning::{Evidence, Finding};

use super::{SERVICES, STORAGE, cause_of, cite_bound, namespace_ref};
use crate::evidence::{Proof, cite};
use crate::objects::{EnvValue, Key, Pod, ResourceQuota, Seen, Snapshot, Volume, Workload, thousandths};
use crate::rules::{Cause, Certainty};

/// One object, in thousandths as quantities are counted.
const ONE: u128 = 1000;

/// Missing things that are named and cited.
const MISSING_SHOWN: usize = 3;

pub(super) fn check(snapshot: &Snapshot<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for quota in snapshot.quotas.iter() {
        findings.extend(services(snapshot, quota));
        findings.extend(claims(snapshot, quota));
    }
    findings
}

/// Something that others refer to and that is not there.
struct Missing {
    name: String,
    shown_by: Vec<Option<Evidence>>,
}

fn services(snapshot: &Snapshot<'_>, quota: &Seen<ResourceQuota>) -> Option<Finding> {
    let resource = full(quota, &SERVICES, |_| Some(ONE))?;
    let missing = missing_services(snapshot, &quota.key.namespace);
    finding(snapshot, quota, resource, &SERVICES, "service", missing)
}

fn claims(snapshot: &Snapshot<'_>, quota: &Seen<ResourceQuota>) -> Option<Finding> {
    let missing = missing_claims(snapshot, &quota.key.namespace);
    let size = |name: &str| {
        thousandths(snapshot.claims.get(&Key::new(&quota.key.namespace, name))?.requested.as_deref()?)
    };
    let biggest = missing.iter().filter_map(|claim| size(&claim.name)).max();
    // A size that is not known is more than nothing: then the quota must have nothing left.
    let resource = full(quota, &STORAGE, |resource| {
        if resource.ends_with("persistentvolumeclaims") { Some(ONE) } else { biggest }
    })?;
    finding(snapshot, quota, resource, &STORAGE, "claim", missing)
}

fn finding(
    snapshot: &Snapshot<'_>,
    quota: &Seen<ResourceQuota>,
    resource: &str,
    cause: &Cause,
    kind: &str,
    missing: Vec<Missing>,
) -> Option<Finding> {
    let names: Vec<String> = missing.iter().take(MISSING_SHOWN).map(|it| it.name.clone()).collect();
    let more = if missing.len() > names.len() { " and others" } else { "" };
    let shown = missing.into_iter().take(MISSING_SHOWN).flat_map(|it| it.shown_by);
    let proof = Proof::of(std::iter::once(cite_bound(snapshot, &quota.key, resource)).chain(shown))?;
    let namespace = quota.key.namespace.as_str();
    let summary = format!(
        "Quota {} of namespace {namespace} allows {resource}={} and {} is in use, so there is no {kind} {}{more}.",
        quota.key.name,
        quota.hard[resource],
        quota.used[resource],
        names.join(", ")
    );
    (!names.is_empty()).then(|| cause.finding(namespace_ref(namespace), Certainty::Inferred, summary, proof))
}

/// The first resource of this kind of which the quota has less left than `asked`; without that, one with nothing left.
fn full<'q>(
    quota: &'q ResourceQuota,
    cause: &Cause,
    asked: impl Fn(&str) -> Option<u128>,
) -> Option<&'q str> {
    let is_full = |resource: &str, hard: &str| {
        let (hard, used) = (thousandths(hard)?, thousandths(quota.used.get(resource)?)?);
        Some(asked(resource).map_or(used >= hard, |asked| used + asked > hard))
    };
    let mut resources = quota.hard.iter().filter(|(resource, _)| cause_of(resource).id == cause.id);
    resources
        .find(|(resource, hard)| is_full(resource, hard) == Some(true))
        .map(|(resource, _)| resource.as_str())
}

/// Services of the namespace that a manifest declares, or that a program is told to call by the name of a workload.
fn missing_services(snapshot: &Snapshot<'_>, namespace: &str) -> Vec<Missing> {
    let here = || snapshot.services.iter().filter(|service| service.key.namespace == namespace);
    let real: BTreeSet<&str> =
        here().filter(|it| snapshot.is_observed(it)).map(|it| it.key.name.as_str()).collect();
    if real.is_empty() {
        // Nobody listed them.
        return Vec::new();
    }
    let declared: BTreeSet<&str> =
        here().map(|it| it.key.name.as_str()).filter(|name| !real.contains(name)).collect();
    let called = called_workloads(snapshot, namespace);
    let names: BTreeSet<&str> = declared
        .into_iter()
        .chain(called.iter().map(String::as_str).filter(|name| !real.contains(name)))
        .collect();
    let missing = |name: &str| {
        let declared = snapshot.services.get(&Key::new(namespace, name));
        let shown_by = vec![
            declared.and_then(|it| cite(snapshot, it, &["name:", name], "a manifest asks for this service")),
            caller(snapshot, namespace, name),
            lookup(snapshot, namespace, name),
        ];
        Missing { name: name.to_owned(), shown_by }
    };
    names.into_iter().map(missing).collect()
}

fn workloads<'s>(snapshot: &'s Snapshot<'_>, namespace: &'s str) -> impl Iterator<Item = &'s Seen<Workload>> {
    let sets = snapshot.stateful_sets.iter().chain(snapshot.daemon_sets.iter());
    snapshot.deployments.iter().chain(sets).filter(move |workload| workload.key.namespace == namespace)
}

/// Names of workloads that stand as hosts in environment variables of others.
fn called_workloads(snapshot: &Snapshot<'_>, namespace: &str) -> BTreeSet<String> {
    let names: BTreeSet<&str> = workloads(snapshot, namespace).map(|it| it.key.name.as_str()).collect();
    let values = workloads(snapshot, namespace).flat_map(|workload| plain_values(&workload.template));
    values
        .filter_map(|value| host(value, namespace))
        .filter(|host| names.contains(host))
        .map(str::to_owned)
        .collect()
}

fn plain_values(pod: &Pod) -> impl Iterator<Item = &str> {
    pod.all_containers().flat_map(|container| container.env.values()).filter_map(|value| match value {
        EnvValue::Plain(value) => Some(value.as_str()),
        _ => None,
    })
}

/// The service of this namespace that an address names: `http://hen.barn.svc:80/x`, `hen:80`. A bare word is no address.
fn host<'v>(value: &'v str, namespace: &str) -> Option<&'v str> {
    let rest = value.split_once("://").map_or(value, |(_, rest)| rest);
    let end = rest.find([':', '/'])?;
    let host = rest.get(..end)?;
    let (name, domain) = host.split_once('.').unwrap_or((host, ""));
    let place = domain.split('.').next().unwrap_or("");
    (place.is_empty() || place == namespace).then_some(name)
}

fn caller(snapshot: &Snapshot<'_>, namespace: &str, name: &str) -> Option<Evidence> {
    workloads(snapshot, namespace).find_map(|workload| {
        let value = plain_values(&workload.template).find(|value| host(value, namespace) == Some(name))?;
        cite(snapshot, workload, &[value], "who calls this service")
    })
}

/// What resolvers say of a name that no service has.
const UNRESOLVED: [&str; 4] =
    ["no such host", "UnknownHostException", "Name or service not known", "could not be resolved"];

fn lookup(snapshot: &Snapshot<'_>, namespace: &str, name: &str) -> Option<Evidence> {
    let logs = || snapshot.logs.iter().filter(|log| log.key.namespace == namespace);
    let cite_words = |words: &&str| {
        logs().find_map(|log| cite(snapshot, log, &[name, words], "its name cannot be resolved"))
    };
    UNRESOLVED.iter().find_map(cite_words)
}

/// Claims of the namespace that a manifest declares or a pod mounts. A pod names one in vain if claims were listed or if
/// the scheduler says so.
fn missing_claims(snapshot: &Snapshot<'_>, namespace: &str) -> Vec<Missing> {
    let here = || snapshot.claims.iter().filter(|claim| claim.key.namespace == namespace);
    let real: BTreeSet<&str> =
        here().filter(|it| snapshot.is_observed(it)).map(|it| it.key.name.as_str()).collect();
    let declared = here().map(|claim| claim.key.name.as_str());
    let pods = || snapshot.pods.iter().filter(|pod| pod.key.namespace == namespace && pod.is_unscheduled());
    let mounted = pods().flat_map(|pod| pod.volumes.values()).filter_map(|volume| match volume {
        Volume::Claim(name) => Some(name.as_str()),
        _ => None,
    });
    let names: BTreeSet<&str> = declared.chain(mounted).filter(|name| !real.contains(name)).collect();
    let missing = |name: &str| {
        let said = pods().find_map(|pod| {
            let event =
                snapshot.events_of("pod", &pod.key).into_iter().find(|it| is_about(&it.message, name))?;
            cite(snapshot, event, &[name, "not found"], "a pod waits for this claim")
        });
        let declared = snapshot.claims.get(&Key::new(namespace, name));
        if said.is_none() && declared.is_none() && real.is_empty() {
            return None;
        }
        let mounts =
            pods().find_map(|pod| cite(snapshot, pod, &["ClaimName", name], "a pod mounts this claim"));
        let asks = declared
            .and_then(|it| cite(snapshot, it, &["storage:", it.requested.as_deref()?], "what it asks for"));
        Some(Missing { name: name.to_owned(), shown_by: vec![said, mounts, asks] })
    };
    names.into_iter().filter_map(missing).collect()
}

fn is_about(message: &str, claim: &str) -> bool {
    message.contains(&format!("persistentvolumeclaim \"{claim}\" not found"))
}
