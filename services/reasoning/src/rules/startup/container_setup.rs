//! A container that is not even created, because something that its pod refers to is missing.

use aetherius_contracts::reasoning::{Evidence, Finding};

use super::{Cause, Certainty, Nature, Rule};
use crate::evidence::{Proof, cite};
use crate::objects::{Event, Pod, Seen, Snapshot, State, Volume};

pub(super) const RULE: Rule = Rule {
    id: "container_setup",
    doc: "containers that cannot be created, and the secret or config map that they lack",
    causes: &[MISSING_SECRET, MISSING_CONFIG_MAP, SETUP_FAILURE],
    check,
};

const MISSING_SECRET: Cause = Cause {
    id: "missing_secret_binding",
    taxonomy: "startup",
    nature: Nature::Specific,
    remedy: "Create the secret, with the key that is asked for, in the namespace of the pod, or correct its name in the pod template.",
};

const MISSING_CONFIG_MAP: Cause = Cause {
    id: "missing_config_map",
    taxonomy: "startup",
    nature: Nature::Specific,
    remedy: "Create the config map, with the key that is asked for, in the namespace of the pod, or correct its name in the pod template.",
};

const SETUP_FAILURE: Cause = Cause {
    id: "container_setup_failure",
    taxonomy: "startup",
    nature: Nature::Broad,
    remedy: "Read what the kubelet says of the container; check its security context, its command and what it refers to.",
};

/// What a container waits with when it cannot be created.
const FAILED: [&str; 3] = ["CreateContainerConfigError", "CreateContainerError", "RunContainerError"];

/// What it waits with while its volumes are prepared.
const PREPARED: [&str; 2] = ["ContainerCreating", "PodInitializing"];

/// Longer ago than this, a volume that is still missing would have been complained of again.
const MOUNT_S: u64 = 900;

fn check(snapshot: &Snapshot<'_>) -> Vec<Finding> {
    snapshot.pods.iter().filter_map(|pod| missing(snapshot, pod).or_else(|| failed(snapshot, pod))).collect()
}

fn missing(snapshot: &Snapshot<'_>, pod: &Seen<Pod>) -> Option<Finding> {
    let (missing, citation) = of_state(snapshot, pod).or_else(|| of_events(snapshot, pod))?;
    let (cause, what) = match missing.kind {
        Kind::Secret => (&MISSING_SECRET, "secret"),
        Kind::ConfigMap => (&MISSING_CONFIG_MAP, "config map"),
    };
    let object = snapshot.workload_of(pod);
    let namespace = &pod.key.namespace;
    let summary = match (&missing.name, &missing.key) {
        (name, Some(key)) => format!("{object} cannot start: {what} {name} has no key {key}."),
        (name, None) => {
            format!("{object} cannot start: {what} {name} does not exist in namespace {namespace}.")
        }
    };
    let reason = waits_with(pod, &FAILED).or_else(|| waits_with(pod, &PREPARED));
    let proof = Proof::of([
        citation,
        reason.and_then(|reason| cite(snapshot, pod, &[reason], "the container is not created")),
        cite(snapshot, pod, &[&missing.name], "where the pod refers to it"),
    ])?;
    Some(cause.finding(object, Certainty::Stated, summary, proof))
}

/// What the container itself says it waits for; only JSON and YAML carry the words.
fn of_state(snapshot: &Snapshot<'_>, pod: &Seen<Pod>) -> Option<(Missing, Option<Evidence>)> {
    pod.all_containers().find_map(|container| {
        let Some(State::Waiting { reason, message }) = &container.state else {
            return None;
        };
        let missing = parse(message, pod).filter(|_| FAILED.contains(&reason.as_str()))?;
        let citation = cite(snapshot, pod, &[missing.word()], "what is missing");
        Some((missing, citation))
    })
}

/// What the kubelet said last of a pod that still waits.
fn of_events(snapshot: &Snapshot<'_>, pod: &Seen<Pod>) -> Option<(Missing, Option<Evidence>)> {
    let events = snapshot.events_of("pod", &pod.key);
    let is_failed = waits_with(pod, &FAILED).is_some();
    let is_prepared = waits_with(pod, &PREPARED).is_some();
    let holds = |event: &Seen<Event>| match event.reason.as_str() {
        "Failed" => is_failed,
        "FailedMount" => is_prepared && is_current(snapshot, event, &events),
        _ => false,
    };
    events.iter().filter(|event| holds(event)).find_map(|event| {
        let missing = parse(&event.message, pod)?;
        Some((missing.clone(), cite(snapshot, event, &[missing.word()], "what is missing")))
    })
}

/// Images are pulled once all volumes are there, so a later word of an image says that the mount came about.
fn is_current(snapshot: &Snapshot<'_>, event: &Seen<Event>, events: &[&Seen<Event>]) -> bool {
    let Some(age) = snapshot.age_s(event) else {
        return true;
    };
    let is_later = |other: &&&Seen<Event>| {
        matches!(other.reason.as_str(), "Pulling" | "Pulled" | "Created" | "Started")
            && snapshot.age_s(other).is_some_and(|other| other < age)
    };
    age <= MOUNT_S && !events.iter().any(|other| is_later(&other))
}

/// The reason of `reasons` with which a container waits, or else the STATUS column says that one does.
fn waits_with<'p>(pod: &'p Pod, reasons: &[&str]) -> Option<&'p str> {
    let mut waiting = pod.all_containers().filter_map(|container| container.waiting_reason());
    waiting.find(|reason| reasons.contains(reason)).or_else(|| {
        let status = pod.status.as_deref().filter(|_| pod.containers.is_empty())?;
        let reason = status.strip_prefix("Init:").unwrap_or(status);
        let is_init =
            reasons.contains(&"PodInitializing") && status.starts_with("Init:") && status.contains('/');
        (reasons.contains(&reason) || is_init).then_some(status)
    })
}

/// A container that cannot be created for another reason.
fn failed(snapshot: &Snapshot<'_>, pod: &Seen<Pod>) -> Option<Finding> {
    let reason = waits_with(pod, &FAILED)?;
    let of_state = pod.all_containers().find_map(|container| match &container.state {
        Some(State::Waiting { reason: why, message }) if why == reason && !message.is_empty() => {
            Some(message.as_str())
        }
        _ => None,
    });
    let events = snapshot.events_of("pod", &pod.key);
    let event = events.iter().find(|event| event.reason == "Failed" && event.message.starts_with("Error: "));
    let said = of_state.or_else(|| event.and_then(|event| event.message.strip_prefix("Error: ")));
    let proof = Proof::of([
        event.and_then(|event| cite(snapshot, event, &["Failed"], "what the kubelet says")),
        cite(snapshot, pod, &[reason], "the container is not created"),
    ])?;
    let object = snapshot.workload_of(pod);
    let words = said.and_then(|said| said.lines().next()).unwrap_or(reason);
    let summary = format!("{object} cannot start: its container cannot be created ({words}).");
    Some(SETUP_FAILURE.finding(object, Certainty::Stated, summary, proof))
}

/// What a pod refers to in vain.
#[derive(Clone)]
struct Missing {
    kind: Kind,
    name: String,
    /// The key in it, when only that is missing.
    key: Option<String>,
}

#[derive(Clone, Copy)]
enum Kind {
    Secret,
    ConfigMap,
}

impl Missing {
    /// The word that names it in the message.
    fn word(&self) -> &str {
        self.key.as_deref().unwrap_or(&self.name)
    }
}

/// Reads the kubelet's words: `secret "db" not found`, `couldn't find key pin in Secret shop/db`, and for a key of a mounted
/// one `references non-existent secret key: pin`, where the volume says which.
fn parse(message: &str, pod: &Pod) -> Option<Missing> {
    for (word, kind) in [("secret", Kind::Secret), ("configmap", Kind::ConfigMap)] {
        for opening in [format!("{word} \""), format!("{word}s \"")] {
            if let Some((_, rest)) = message.split_once(&opening)
                && let Some((name, rest)) = rest.split_once('"')
                && rest.starts_with(" not found")
            {
                return Some(Missing { kind, name: name.to_owned(), key: None });
            }
        }
    }
    if let Some((_, rest)) = message.split_once("couldn't find key ") {
        let (key, rest) = rest.split_once(" in ")?;
        let (word, rest) = rest.split_once(' ')?;
        let kind = if word == "Secret" { Kind::Secret } else { Kind::ConfigMap };
        let name = rest.split([' ', ',']).next().and_then(|name| name.rsplit('/').next())?;
        return Some(Missing { kind, name: name.to_owned(), key: Some(key.to_owned()) });
    }
    let (before, key) = message.split_once("references non-existent ")?;
    let key = key.split_once("key: ")?.1.trim();
    let (_, volume) = before.split_once("volume \"")?;
    let (kind, name) = match pod.volumes.get(volume.split('"').next()?)? {
        Volume::Secret(name) => (Kind::Secret, name),
        Volume::ConfigMap(name) => (Kind::ConfigMap, name),
        _ => return None,
    };
    Some(Missing { kind, name: name.clone(), key: Some(key.to_owned()) })
}

#[cfg(test)]
mod tests;
