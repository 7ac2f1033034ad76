//! A container that waits for its image, told apart by what the registry answered.

use aetherius_contracts::reasoning::{Evidence, Finding};

use super::{Cause, Certainty, Nature, Rule};
use crate::evidence::{Proof, cite};
use crate::objects::{Container, Event, Pod, Seen, Snapshot, State};

pub(super) const RULE: Rule = Rule {
    id: "image_pull",
    doc: "containers that wait for an image which cannot be pulled",
    causes: &[
        INCORRECT_REFERENCE,
        REGISTRY_DNS,
        PULL_SECRET,
        RATE_LIMIT,
        PLATFORM,
        NEVER_PULLED,
        PULL_FAILURE,
    ],
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

const RATE_LIMIT: Cause = Cause {
    id: "image_pull_rate_limit",
    taxonomy: "startup",
    nature: Nature::Specific,
    remedy: "Pull with an account that has a higher limit, or through a mirror of the registry; the limit also lifts with time.",
};

const PLATFORM: Cause = Cause {
    id: "image_platform_mismatch",
    taxonomy: "startup",
    nature: Nature::Specific,
    remedy: "Publish the image for the node's architecture, or place the pod on nodes of an architecture that the image has.",
};

const NEVER_PULLED: Cause = Cause {
    id: "image_never_pulled",
    taxonomy: "startup",
    nature: Nature::Specific,
    remedy: "Set imagePullPolicy to IfNotPresent, or load the image onto the node.",
};

const PULL_FAILURE: Cause = Cause {
    id: "image_pull_failure",
    taxonomy: "startup",
    nature: Nature::Broad,
    remedy: "Pull the image from the node by hand and read the error; check registry, network and disk.",
};

const WAITS_FOR_IMAGE: [&str; 7] = [
    "ErrImagePull",
    "ImagePullBackOff",
    "InvalidImageName",
    "ErrImageNeverPull",
    "ImageInspectError",
    "RegistryUnavailable",
    "SignatureValidationFailed",
];

/// The event of a pod whose pull secret does not exist.
const SECRET_EVENT: &str = "FailedToRetrieveImagePullSecret";

/// What a registry's answer means, in the words of container runtimes; the first that matches counts. "Not found" comes
/// last because refusals also say it of what they hide.
const ANSWERS: [(&str, &Cause); 26] = [
    ("no such host", &REGISTRY_DNS),
    ("dial tcp: lookup", &REGISTRY_DNS),
    ("name resolution", &REGISTRY_DNS),
    ("could not resolve host", &REGISTRY_DNS),
    ("toomanyrequests", &RATE_LIMIT),
    ("too many requests", &RATE_LIMIT),
    ("no match for platform", &PLATFORM),
    ("no matching manifest for", &PLATFORM),
    ("manifest unknown", &INCORRECT_REFERENCE),
    ("name unknown", &INCORRECT_REFERENCE),
    ("repository name not known", &INCORRECT_REFERENCE),
    ("invalid reference format", &INCORRECT_REFERENCE),
    ("parse image", &INCORRECT_REFERENCE),
    ("did not resolve to an alias", &INCORRECT_REFERENCE),
    ("returns ambiguous list", &INCORRECT_REFERENCE),
    ("unauthorized", &PULL_SECRET),
    ("unauthenticated", &PULL_SECRET),
    ("authentication required", &PULL_SECRET),
    ("no basic auth credentials", &PULL_SECRET),
    ("failed to authorize", &PULL_SECRET),
    ("authorization failed", &PULL_SECRET),
    ("token has expired", &PULL_SECRET),
    ("forbidden", &PULL_SECRET),
    ("denied", &PULL_SECRET),
    ("not found", &INCORRECT_REFERENCE),
    ("notfound", &INCORRECT_REFERENCE),
];

/// Words of registries that refuse without saying whether the image is there.
const EITHER: [&str; 4] =
    ["may not exist", "does not exist or may require", "does not exist or no pull access", "if it exists"];

/// Refusals that some registries also give to everybody who asks for what is not there.
const HIDDEN: [&str; 2] = ["anonymous token", "access to the requested resource is not authorized"];

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
        Some(answer)
            if (answer.is_open || answer.is_hidden)
                && secret.is_none()
                && image.is_some_and(|image| is_pulled_beside(snapshot, image)) =>
        {
            (&INCORRECT_REFERENCE, Certainty::Inferred)
        }
        Some(answer) if answer.is_open && secret.is_none() => (answer.cause, Certainty::Suspected),
        Some(answer) => (answer.cause, Certainty::Stated),
        None if reason == "InvalidImageName" => (&INCORRECT_REFERENCE, Certainty::Stated),
        None if reason == "ErrImageNeverPull" => (&NEVER_PULLED, Certainty::Stated),
        None if secret.is_some() => (&PULL_SECRET, Certainty::Inferred),
        None => (&PULL_FAILURE, Certainty::Stated),
    };
    let secret = secret.filter(|_| cause.id == PULL_SECRET.id);
    let proof = Proof::of([
        answer.and_then(|answer| answer.citation),
        events
            .iter()
            .find(|event| event.message.contains("Failed to pull image"))
            .and_then(|event| cite(snapshot, event, &["Failed to pull image"], "how the pull failed")),
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
        "image_pull_rate_limit" => "was pulled too often, and its registry asks to wait",
        "image_platform_mismatch" => "does not exist for the architecture of the node",
        "image_never_pulled" => "is not on the node, and imagePullPolicy forbids to pull it",
        _ => "cannot be pulled",
    }
}

/// What the registry answered.
struct Answer {
    cause: &'static Cause,
    /// True when it leaves open whether the image exists.
    is_open: bool,
    /// True when the registry may refuse what it does not have.
    is_hidden: bool,
    citation: Option<Evidence>,
}

fn answer(
    snapshot: &Snapshot<'_>,
    pod: &Seen<Pod>,
    waiting: Option<&Container>,
    events: &[&Seen<Event>],
) -> Option<Answer> {
    let image = waiting.and_then(|container| container.image.as_deref()).unwrap_or("");
    let read = |message: &str| {
        let (phrase, cause) = meaning(message, image)?;
        let is_hidden = cause.id == PULL_SECRET.id
            && HIDDEN.iter().any(|words| message.contains(words))
            && !message.contains("401 Unauthorized");
        Some((phrase, Answer { cause, is_open: is_open(message), is_hidden, citation: None }))
    };
    let shows = "what the registry answered";
    if let Some(State::Waiting { message, .. }) = waiting.and_then(|container| container.state.as_ref())
        && let Some((phrase, answer)) = read(message)
    {
        return Some(Answer { citation: cite(snapshot, pod, &[phrase], shows), ..answer });
    }
    let name = bare(image);
    let about_pull = |event: &&&Seen<Event>| {
        matches!(event.reason.as_str(), "Failed" | "BackOff" | "InspectFailed")
            && event.message.contains(name)
    };
    events.iter().filter(about_pull).find_map(|event| {
        let (phrase, answer) = read(&event.message)?;
        Some(Answer { citation: cite(snapshot, event, &[phrase], shows), ..answer })
    })
}

/// An image without its tag and digest, which runtimes do not always repeat.
fn bare(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or(image);
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        _ => image,
    }
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
    let wanted = folder(image);
    let runs = |container: &Container| matches!(container.state, Some(State::Running { .. }));
    let mut containers = snapshot.pods.iter().flat_map(|pod| pod.all_containers());
    containers.any(|container| {
        runs(container) && container.image.as_deref().is_some_and(|image| folder(image) == wanted)
    })
}

/// Registry and folder, with what runtimes add to a short name.
fn folder(image: &str) -> String {
    let (folder, _) = bare(image).rsplit_once('/').unwrap_or(("", ""));
    let host = folder.split('/').next().unwrap_or("");
    match folder {
        "" => "docker.io/library".to_owned(),
        folder if host.contains(['.', ':']) || host == "localhost" => folder.to_owned(),
        folder => format!("docker.io/{folder}"),
    }
}

#[cfg(test)]
mod tests;
