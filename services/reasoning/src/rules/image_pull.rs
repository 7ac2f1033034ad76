//! A container that waits for its image, told apart by what the registry answered.

use aetherius_contracts::reasoning::{Evidence, Finding};

use super::{Cause, Certainty, Nature, Rule};
use crate::evidence::{Proof, cite};
use crate::objects::{Container, Event, Pod, Seen, Snapshot, State};

pub(super) const RULE: Rule = Rule {
    id: "image_pull",
    doc: "containers that wait for an image which cannot be pulled",
    causes: &[INCORRECT_REFERENCE, REGISTRY_DNS, PULL_SECRET, PULL_FAILURE],
    check,
};

const INCORRECT_REFERENCE: Cause = Cause {
    id: "incorrect_image_reference",
    taxonomy: "startup",
    nature: Nature::Specific,
    remedy: "Set the image to a name and tag that exist in the registry, or push the missing one.",
};

const REGISTRY_DNS: Cause = Cause {
    id: "image_registry_dns_failure",
    taxonomy: "startup",
    nature: Nature::Specific,
    remedy: "Correct the registry's host name in the image, or make the node's DNS resolve it.",
};

const PULL_SECRET: Cause = Cause {
    id: "missing_image_pull_secret",
    taxonomy: "startup",
    nature: Nature::Specific,
    remedy: "Create an image pull secret for the registry and name it in imagePullSecrets of the pod template or its service account.",
};

const PULL_FAILURE: Cause = Cause {
    id: "image_pull_failure",
    taxonomy: "startup",
    nature: Nature::Broad,
    remedy: "Pull the image from the node by hand and read the error; check registry, network and disk.",
};

const WAITS_FOR_IMAGE: [&str; 3] = ["ErrImagePull", "ImagePullBackOff", "InvalidImageName"];

/// The event of a pod whose pull secret does not exist.
const SECRET_EVENT: &str = "FailedToRetrieveImagePullSecret";

/// What a registry's answer means, in the words of container runtimes; the first that matches counts. "Not found" comes
/// last because refusals also say it of what they hide.
const ANSWERS: [(&str, &Cause); 17] = [
    ("no such host", &REGISTRY_DNS),
    ("dial tcp: lookup", &REGISTRY_DNS),
    ("name resolution", &REGISTRY_DNS),
    ("manifest unknown", &INCORRECT_REFERENCE),
    ("name unknown", &INCORRECT_REFERENCE),
    ("invalid reference format", &INCORRECT_REFERENCE),
    ("parse image", &INCORRECT_REFERENCE),
    ("unauthorized", &PULL_SECRET),
    ("authentication required", &PULL_SECRET),
    ("no basic auth credentials", &PULL_SECRET),
    ("failed to authorize", &PULL_SECRET),
    ("authorization failed", &PULL_SECRET),
    ("access denied", &PULL_SECRET),
    ("forbidden", &PULL_SECRET),
    ("denied", &PULL_SECRET),
    ("not found", &INCORRECT_REFERENCE),
    ("notfound", &INCORRECT_REFERENCE),
];

/// Words of registries that refuse without saying whether the image is there.
const EITHER: [&str; 2] = ["may not exist", "does not exist or may require"];

fn check(snapshot: &Snapshot<'_>) -> Vec<Finding> {
    snapshot.pods.iter().filter_map(|pod| blame(snapshot, pod)).collect()
}

fn blame(snapshot: &Snapshot<'_>, pod: &Seen<Pod>) -> Option<Finding> {
    let (waiting, reason) = wait(pod)?;
    let image = waiting.and_then(|container| container.image.as_deref());
    let events = snapshot.events_of("pod", &pod.key);
    let secret = events.iter().find(|event| event.reason == SECRET_EVENT);
    let answer = answer(snapshot, pod, waiting, &events);
    let (cause, certainty) = match &answer {
        Some(answer) if answer.is_open && secret.is_none() => {
            match image.filter(|image| is_pulled_beside(snapshot, image)) {
                Some(_) => (&INCORRECT_REFERENCE, Certainty::Inferred),
                None => (answer.cause, Certainty::Suspected),
            }
        }
        Some(answer) => (answer.cause, Certainty::Stated),
        None if reason == "InvalidImageName" => (&INCORRECT_REFERENCE, Certainty::Stated),
        None if secret.is_some() => (&PULL_SECRET, Certainty::Inferred),
        None => (&PULL_FAILURE, Certainty::Stated),
    };
    let secret = secret.filter(|_| cause.id == PULL_SECRET.id);
    let proof = Proof::of([
        answer.and_then(|answer| answer.citation),
        secret.and_then(|event| {
            cite(snapshot, event, &[SECRET_EVENT], "a pull secret that the pod names does not exist")
        }),
        cite(snapshot, pod, &[reason], "the container waits for its image"),
        image.and_then(|image| cite(snapshot, pod, &[image], "the image it should run")),
    ])?;
    let object = snapshot.workload_of(pod);
    let what = image.map_or_else(|| "its image".to_owned(), |image| format!("image {image}"));
    let summary = format!("{object} cannot start: {what} {}.", why(cause));
    Some(cause.finding(object, certainty, summary, proof))
}

/// The container that waits for its image, and the word for it. Outputs are taken one after the other, and a pod between
/// two attempts may say nothing of its image: then the STATUS column of a table counts, unless every container has run.
fn wait(pod: &Pod) -> Option<(Option<&Container>, &str)> {
    for container in pod.all_containers() {
        if let Some(reason) = container.waiting_reason().filter(|reason| WAITS_FOR_IMAGE.contains(reason)) {
            return Some((Some(container), reason));
        }
    }
    let status = pod.status.as_deref()?;
    let status = status.strip_prefix("Init:").unwrap_or(status);
    let mut idle = pod.all_containers().filter(|container| container.waiting_reason().is_some());
    let (first, second) = (idle.next(), idle.next());
    let may_wait = pod.containers.is_empty() || first.is_some();
    (may_wait && WAITS_FOR_IMAGE.contains(&status)).then_some((first.filter(|_| second.is_none()), status))
}

fn why(cause: &Cause) -> &'static str {
    match cause.id {
        "incorrect_image_reference" => "does not exist in its registry",
        "image_registry_dns_failure" => "lies in a registry whose host name does not resolve",
        "missing_image_pull_secret" => {
            "is refused by its registry, because the pod brings no valid pull secret"
        }
        _ => "cannot be pulled",
    }
}

/// What the registry answered.
struct Answer {
    cause: &'static Cause,
    /// True when it leaves open whether the image exists.
    is_open: bool,
    citation: Option<Evidence>,
}

fn answer(
    snapshot: &Snapshot<'_>,
    pod: &Seen<Pod>,
    waiting: Option<&Container>,
    events: &[&Seen<Event>],
) -> Option<Answer> {
    let image = waiting.and_then(|container| container.image.as_deref()).unwrap_or("");
    let shows = "what the registry answered";
    if let Some(State::Waiting { message, .. }) = waiting.and_then(|container| container.state.as_ref())
        && let Some((phrase, cause)) = meaning(message, image)
    {
        return Some(Answer {
            cause,
            is_open: is_open(message),
            citation: cite(snapshot, pod, &[phrase], shows),
        });
    }
    let about_pull = |event: &&&Seen<Event>| {
        matches!(event.reason.as_str(), "Failed" | "BackOff" | "InspectFailed")
            && event.message.contains(image)
    };
    events.iter().filter(about_pull).find_map(|event| {
        let (phrase, cause) = meaning(&event.message, image)?;
        Some(Answer {
            cause,
            is_open: is_open(&event.message),
            citation: cite(snapshot, event, &[phrase], shows),
        })
    })
}

fn is_open(message: &str) -> bool {
    EITHER.iter().any(|words| message.contains(words))
}

/// The image's own name and quoted addresses are left out: an image may be called `denied`.
fn meaning(message: &str, image: &str) -> Option<(&'static str, &'static Cause)> {
    let spoken: String = message.split('"').step_by(2).collect::<Vec<_>>().join(" ");
    let spoken = if image.is_empty() { spoken } else { spoken.replace(image, " ") };
    let words: Vec<&str> = spoken.split(' ').filter(|word| !word.contains("://")).collect();
    let spoken = words.join(" ").to_ascii_lowercase();
    ANSWERS.iter().find(|(phrase, _)| spoken.contains(phrase)).copied()
}

/// True when a running container has its image from the same folder of the same registry: credentials are no obstacle
/// there, so a refusal means that this image is not in it.
fn is_pulled_beside(snapshot: &Snapshot<'_>, image: &str) -> bool {
    let folder =
        |image: &str| image.rsplit_once('/').map_or_else(String::new, |(folder, _)| folder.to_owned());
    let wanted = folder(image);
    let runs = |container: &Container| matches!(container.state, Some(State::Running { .. }));
    let mut containers = snapshot.pods.iter().flat_map(|pod| pod.all_containers());
    containers.any(|container| {
        runs(container) && container.image.as_deref().is_some_and(|image| folder(image) == wanted)
    })
}

#[cfg(test)]
mod tests;
