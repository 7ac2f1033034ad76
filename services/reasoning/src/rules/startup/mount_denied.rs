//! A volume that a container may not use: it cannot be mounted, or the program may not write where it is mounted.
//!
//! The node or the container runtime says so in its own words; a program says it in its log or with its last words, and
//! then the path tells whether a volume is meant.

use aetherius_contracts::reasoning::{Evidence, Finding};

use super::{Cause, Certainty, Nature, Rule};
use crate::evidence::{Proof, cite};
use crate::objects::{Container, Log, Pod, Seen, Snapshot, State, Volume, selects};

pub(super) const RULE: Rule = Rule {
    id: "mount_denied",
    doc: "containers that may not use a volume which is mounted into them",
    causes: &[VOLUME_MOUNT_PERMISSION_DENIED],
    check,
};

const VOLUME_MOUNT_PERMISSION_DENIED: Cause = Cause {
    id: "volume_mount_permission_denied",
    taxonomy: "startup",
    nature: Nature::Specific,
    remedy: "Let the user of the container own the volume: set fsGroup and runAsUser of the pod's security context to match, correct the owner of the directory, or mount it writable.",
};

/// How a lack of permission is worded, by kernels, runtimes and languages.
const DENIED: [&str; 7] = [
    "permission denied",
    "operation not permitted",
    "read-only file system",
    "access denied by server while mounting",
    "accessdeniedexception",
    "eacces",
    "erofs",
];

/// Other permissions than those of files.
const ELSEWHERE: [&str; 6] =
    ["permission denied for", "permission denied (", "permissiondenied", "bind:", "dial ", "connect:"];

/// Mounted into nearly every container by Kubernetes itself.
const TOKEN: &str = "/var/run/secrets/kubernetes.io";

fn check(snapshot: &Snapshot<'_>) -> Vec<Finding> {
    let is_over = |pod: &Pod| matches!(pod.phase.as_deref(), Some("Succeeded"));
    snapshot.pods.iter().filter(|pod| !is_over(pod)).filter_map(|pod| blame(snapshot, pod)).collect()
}

fn blame(snapshot: &Snapshot<'_>, pod: &Seen<Pod>) -> Option<Finding> {
    let told =
        if is_down(pod) { of_node(snapshot, pod).or_else(|| of_last_words(snapshot, pod)) } else { None };
    let denial = told.or_else(|| of_log(snapshot, pod))?;
    let path = denial.path.as_deref();
    let mount = path.and_then(|path| {
        cite(snapshot, pod, &[path, "from"], "the volume is mounted there")
            .or_else(|| cite(snapshot, pod, &["mountPath", path], "the volume is mounted there"))
    });
    let state = pod.all_containers().find_map(|container| container.waiting_reason());
    let proof = Proof::of([
        denial.citation,
        mount,
        state.and_then(|reason| cite(snapshot, pod, &[reason], "the container does not start")),
    ])?;
    let object = snapshot.workload_of(pod);
    let what =
        path.map_or_else(|| "a mounted volume".to_owned(), |path| format!("the volume mounted at {path}"));
    let summary = format!("{object} may not use {what}: {}.", denial.words);
    Some(VOLUME_MOUNT_PERMISSION_DENIED.finding(object, denial.certainty, summary, proof))
}

/// Where somebody said that permission is lacking.
struct Denial {
    words: &'static str,
    path: Option<String>,
    certainty: Certainty,
    citation: Option<Evidence>,
}

fn is_down(pod: &Pod) -> bool {
    let is_running = |container: &Container| matches!(container.state, Some(State::Running { .. }));
    let status = pod.status.as_deref().unwrap_or("");
    let knows = !pod.conditions.is_empty() || !pod.containers.is_empty();
    if knows { !pod.is_ready() || !pod.containers.values().all(is_running) } else { status != "Running" }
}

/// What the kubelet or the container runtime says: always about the volume when a mount failed, otherwise when it speaks of
/// mounting or of a path below a mount.
fn of_node(snapshot: &Snapshot<'_>, pod: &Seen<Pod>) -> Option<Denial> {
    let judge = |message: &str, is_mount: bool| {
        let words = denied(message)?;
        let path = mount_in(pod, message);
        let lower = message.to_ascii_lowercase();
        let speaks = !lower.contains("exec: \"") && MOUNTING.iter().any(|phrase| lower.contains(phrase));
        (is_mount || path.is_some() || speaks).then_some((words, path))
    };
    let shows = "what may not be done";
    let events = snapshot.events_of("pod", &pod.key);
    let of_event = events.iter().find_map(|event| {
        let is_mount =
            matches!(event.reason.as_str(), "FailedMount" | "FailedAttachVolume" | "FailedMapVolume");
        let is_ours = is_mount || matches!(event.reason.as_str(), "Failed" | "FailedCreatePodContainer");
        let (words, path) = judge(&event.message, is_mount).filter(|_| is_ours)?;
        let citation = cite(snapshot, event, &[words], shows);
        Some(Denial { words, path, certainty: Certainty::Stated, citation })
    });
    of_event.or_else(|| {
        pod.all_containers().find_map(|container| {
            let Some(State::Waiting { message, .. }) = &container.state else {
                return None;
            };
            let (words, path) = judge(message, false)?;
            let citation = cite(snapshot, pod, &[words], shows);
            Some(Denial { words, path, certainty: Certainty::Stated, citation })
        })
    })
}

/// What runtimes do with a volume before the program begins.
const MOUNTING: [&str; 8] = [
    "error mounting",
    "mount source path",
    "failed to mount",
    "mount through procfd",
    "rootfs_linux",
    "mkdir ",
    "chown ",
    "failed to stat ",
];

/// What the program itself wrote before it ended.
fn of_last_words(snapshot: &Snapshot<'_>, pod: &Seen<Pod>) -> Option<Denial> {
    pod.all_containers().find_map(|container| {
        let end = container.last_end()?;
        let (words, path) = end.message.lines().find_map(|line| said(pod, line))?;
        let certainty = if path.is_some() { Certainty::Inferred } else { Certainty::Suspected };
        let citation = cite(snapshot, pod, &[words], "the last words of the program");
        Some(Denial { words, path, certainty, citation })
    })
}

/// What it logged. A program that runs all the same may only be grumbling.
fn of_log(snapshot: &Snapshot<'_>, pod: &Seen<Pod>) -> Option<Denial> {
    let is_down = is_down(pod);
    snapshot.logs.iter().filter(|log| is_log_of(snapshot, log, pod)).find_map(|log| {
        let lines = || log.lines.iter().filter_map(|line| said(pod, line));
        let (words, path) = lines().find(|(_, path)| path.is_some()).or_else(|| lines().find(|_| is_down))?;
        let certainty = match path {
            Some(_) if is_down => Certainty::Inferred,
            _ => Certainty::Suspected,
        };
        let shows = "what the program may not do";
        let citation = match &path {
            Some(path) => cite(snapshot, log, &[words, path], shows),
            None => cite(snapshot, log, &[words], shows),
        };
        Some(Denial { words, path, certainty, citation })
    })
}

/// The words of a line that say it, and the mount that they are about; without one, the container must have a volume for
/// its data at all.
fn said(pod: &Pod, line: &str) -> Option<(&'static str, Option<String>)> {
    let words = denied(line)?;
    let path = mount_in(pod, line);
    let lower = line.to_ascii_lowercase();
    let is_elsewhere = || ELSEWHERE.iter().any(|phrase| lower.contains(phrase));
    (path.is_some() || (has_data(pod) && !is_elsewhere())).then_some((words, path))
}

fn denied(text: &str) -> Option<&'static str> {
    let lower = text.to_ascii_lowercase();
    DENIED.into_iter().find(|words| lower.contains(words))
}

/// The longest mount of the pod at or below which a path of the text lies.
fn mount_in(pod: &Pod, text: &str) -> Option<String> {
    let mounts = pod.all_containers().flat_map(|container| container.mounts.keys());
    mounts
        .filter(|path| {
            path.len() > 1 && !path.starts_with(TOKEN) && is_path_in(text, path.trim_end_matches('/'))
        })
        .max_by_key(|path| path.len())
        .cloned()
}

fn is_path_in(text: &str, path: &str) -> bool {
    let is_part = |character: char| character.is_alphanumeric() || matches!(character, '-' | '_' | '.');
    text.match_indices(path).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let mut after = text[at + path.len()..].chars();
        let next = after.next();
        // A full stop may end a sentence.
        let ends = next.is_none_or(|next| {
            !is_part(next) || (next == '.' && after.next().is_none_or(char::is_whitespace))
        });
        !before.is_some_and(|before| is_part(before) || before == '/') && ends
    })
}

/// True when something that may be written to is mounted.
fn has_data(pod: &Pod) -> bool {
    let mounts = pod.all_containers().flat_map(|container| &container.mounts);
    mounts
        .filter(|(path, _)| !path.starts_with(TOKEN))
        .any(|(_, volume)| matches!(pod.volumes.get(volume), Some(Volume::Claim(_) | Volume::Other)))
}

/// Logs are kept by pod, or by the service or workload that the pod belongs to.
fn is_log_of(snapshot: &Snapshot<'_>, log: &Log, pod: &Pod) -> bool {
    if log.key.namespace != pod.key.namespace {
        return false;
    }
    let is_named = log.key.name == pod.key.name || log.key.name == snapshot.workload_of(pod).name;
    let selector = || snapshot.services.get(&log.key).and_then(|service| service.selector.clone());
    is_named || selector().is_some_and(|selector| !selector.is_empty() && selects(&selector, &pod.labels))
}

#[cfg(test)]
mod tests;
