//! A container that ends again and again, told apart by how it ends.

use aetherius_contracts::reasoning::{Evidence, Finding};

use super::{Cause, Certainty, Nature, Rule};
use crate::evidence::{Proof, cite};
use crate::objects::{Container, Log, Pod, Seen, Snapshot, State, Termination};

pub(super) const RULE: Rule = Rule {
    id: "crash_loop",
    doc: "containers that end again and again, and those that are killed for want of memory",
    causes: &[OOM_KILLED, CRASH_LOOP],
    check,
};

const OOM_KILLED: Cause = Cause {
    id: "oom_killed",
    taxonomy: "runtime",
    nature: Nature::Specific,
    remedy: "Raise the container's memory limit, or make the program use less; compare the limit with its usage.",
};

const CRASH_LOOP: Cause = Cause {
    id: "crash_loop",
    taxonomy: "runtime",
    nature: Nature::Broad,
    remedy: "Read the log of the container's previous run; check its configuration, its probes and what it depends on.",
};

/// A looping container is started again after five minutes at most, so one that has run for longer has left the loop.
const LOOP_S: u64 = 300;

/// A memory leak may take long to fill the limit; an hour is also how long a cluster remembers its events.
const OOM_S: u64 = 3600;

/// A single restart is an accident.
const LOOP_RESTARTS: u32 = 2;

fn check(snapshot: &Snapshot<'_>) -> Vec<Finding> {
    snapshot
        .pods
        .iter()
        .filter_map(|pod| oom_killed(snapshot, pod).or_else(|| crash_loop(snapshot, pod)))
        .collect()
}

fn oom_killed(snapshot: &Snapshot<'_>, pod: &Seen<Pod>) -> Option<Finding> {
    let killed = pod.all_containers().find_map(|container| {
        let end = container.last_end().filter(|end| is_oom(&end.reason) || is_oom(&end.message))?;
        let is_down = !matches!(container.state, Some(State::Running { .. }));
        let is_recent = since(snapshot, pod, end).is_some_and(|seconds| seconds <= OOM_S);
        (is_down || is_recent)
            .then_some((container, if is_oom(&end.reason) { "OOMKilled" } else { "OOM-killed" }))
    });
    let (container, citation) = match killed {
        Some((container, word)) => (Some(container), cite(snapshot, pod, &[word], "how the container ended")),
        None if pod.status.as_deref() == Some("OOMKilled") => {
            (None, cite(snapshot, pod, &["OOMKilled"], "how the container ended"))
        }
        None => killed_at_start(snapshot, pod)?,
    };
    let limit = container.and_then(|container| container.limits.get("memory"));
    let proof = Proof::of([
        citation,
        limit.and_then(|limit| {
            cite(snapshot, pod, &["memory", limit.as_str()], "the memory limit of the container")
        }),
    ])?;
    let object = snapshot.workload_of(pod);
    let at = limit.map_or_else(String::new, |limit| format!(" of {limit}"));
    let summary = format!(
        "{} of {object} is killed because it needs more memory than its limit{at}.",
        named(container)
    );
    Some(OOM_KILLED.finding(object, Certainty::Stated, summary, proof))
}

/// A limit too low even for the sandbox kills the container before it has a state of its own; only events tell.
fn killed_at_start<'s>(
    snapshot: &Snapshot<'_>,
    pod: &'s Seen<Pod>,
) -> Option<(Option<&'s Container>, Option<Evidence>)> {
    if pod.phase.as_deref() != Some("Pending")
        && pod.containers.values().all(|container| container.ready == Some(true))
    {
        return None;
    }
    let events = snapshot.events_of("pod", &pod.key);
    let event = events.iter().find(|event| event.level == "Warning" && is_oom(&event.message))?;
    let word = if event.message.contains("OOMKilled") { "OOMKilled" } else { "OOM-killed" };
    let down = || pod.containers.values().filter(|container| container.ready != Some(true));
    let only = if down().count() == 1 { down().next() } else { None };
    Some((only, cite(snapshot, event, &[word], "why the container could not be started")))
}

fn is_oom(words: &str) -> bool {
    words.contains("OOMKilled") || words.contains("OOM-killed")
}

fn crash_loop(snapshot: &Snapshot<'_>, pod: &Seen<Pod>) -> Option<Finding> {
    let Some(container) = pod.all_containers().find(|container| is_looping(snapshot, pod, container)) else {
        return crash_loop_of_row(snapshot, pod);
    };
    let end = container.last_end();
    let code = end.and_then(|end| end.exit_code);
    let words = last_words(snapshot, pod, end);
    let proof = Proof::of([
        cite(snapshot, pod, &["CrashLoopBackOff"], "the container is held back because it keeps ending"),
        code.and_then(|code| cite_code(snapshot, pod, code)),
        cite(
            snapshot,
            pod,
            &["Restart Count:", &container.restarts.to_string()],
            "how often it was restarted",
        )
        .or_else(|| {
            cite(
                snapshot,
                pod,
                &["restartCount", &container.restarts.to_string()],
                "how often it was restarted",
            )
        }),
        words.as_ref().and_then(|(_, citation)| citation.clone()),
    ])?;
    let object = snapshot.workload_of(pod);
    let how = match (code, end) {
        (Some(code), Some(end)) => format!(", last with exit code {code} ({}{})", end.reason, meaning(code)),
        _ => String::new(),
    };
    let said =
        words.map_or_else(String::new, |(words, _)| format!("; its last words are \u{201c}{words}\u{201d}"));
    let summary = format!(
        "{} of {object} keeps ending: {} restarts{how}{said}.",
        named(Some(container)),
        container.restarts
    );
    // That it loops is certain; that nothing else makes it loop is not.
    Some(CRASH_LOOP.finding(object, Certainty::Suspected, summary, proof))
}

/// All that a bare table says.
fn crash_loop_of_row(snapshot: &Snapshot<'_>, pod: &Seen<Pod>) -> Option<Finding> {
    let status = pod.status.as_deref().filter(|_| pod.containers.is_empty())?;
    if status.strip_prefix("Init:").unwrap_or(status) != "CrashLoopBackOff" {
        return None;
    }
    let proof = Proof::of([cite(
        snapshot,
        pod,
        &["CrashLoopBackOff"],
        "a container is held back because it keeps ending",
    )])?;
    let object = snapshot.workload_of(pod);
    let summary = format!("A container of {object} keeps ending: {} restarts.", pod.restarts.unwrap_or(0));
    Some(CRASH_LOOP.finding(object, Certainty::Suspected, summary, proof))
}

/// Characters of last words that are quoted; the whole line is cited.
const WORDS_MAX: usize = 200;

/// What the program said last that sounds like trouble, and where it stands.
fn last_words(
    snapshot: &Snapshot<'_>,
    pod: &Seen<Pod>,
    end: Option<&Termination>,
) -> Option<(String, Option<Evidence>)> {
    let shows = "the program's last words";
    let quote = |line: &str| {
        let line = line.trim_matches([' ', '\t', ',', '"']);
        line.chars().take(WORDS_MAX).collect::<String>()
    };
    if let Some(line) = end.and_then(|end| end.message.lines().rfind(|line| !line.trim().is_empty())) {
        return Some((quote(line), cite(snapshot, pod, &[line], shows)));
    }
    let ours = |log: &&Seen<Log>| snapshot.pods_of_log(&log.key).iter().any(|other| other.key == pod.key);
    let mut logs = snapshot.logs.iter().filter(|log| log.key.namespace == pod.key.namespace);
    let log = logs.find(ours)?;
    let line = log.lines.iter().rev().find(|line| is_trouble(line))?;
    Some((quote(line), cite(snapshot, log, &[line], shows)))
}

fn is_trouble(line: &str) -> bool {
    let line = line.to_ascii_lowercase();
    ["error", "fatal", "panic", "exception", "failed", "cannot", "unable"]
        .iter()
        .any(|word| line.contains(word))
}

fn is_looping(snapshot: &Snapshot<'_>, pod: &Pod, container: &Container) -> bool {
    let is_recent = |end: &Termination| since(snapshot, pod, end).is_some_and(|seconds| seconds <= LOOP_S);
    is_held_back(container)
        || (container.restarts >= LOOP_RESTARTS && container.last_end().is_some_and(is_recent))
}

/// True when the container lately ended by itself, and not for the first time or for good.
pub(super) fn is_ending(snapshot: &Snapshot<'_>, pod: &Pod, container: &Container) -> bool {
    let is_recent = |end: &Termination| since(snapshot, pod, end).is_some_and(|seconds| seconds <= LOOP_S);
    let failed = |end: &Termination| end.exit_code != Some(0);
    is_held_back(container)
        || matches!(&container.state, Some(State::Terminated(end)) if failed(end))
        || (container.restarts > 0 && container.last_end().is_some_and(|end| failed(end) && is_recent(end)))
}

fn is_held_back(container: &Container) -> bool {
    container.waiting_reason() == Some("CrashLoopBackOff")
}

/// Seconds since the container ended.
pub(super) fn since(snapshot: &Snapshot<'_>, pod: &Pod, end: &Termination) -> Option<u64> {
    end.finished.and_then(|finished| snapshot.seconds_since(finished)).or(pod.restarted_ago_s)
}

fn cite_code(snapshot: &Snapshot<'_>, pod: &Seen<Pod>, code: i32) -> Option<Evidence> {
    let code = code.to_string();
    let shows = "the exit code of its last run";
    cite(snapshot, pod, &["Exit Code:", &code], shows)
        .or_else(|| cite(snapshot, pod, &["exitCode", &code], shows))
}

fn named(container: Option<&Container>) -> String {
    container.map_or_else(|| "A container".to_owned(), |container| format!("Container {}", container.name))
}

/// What a shell's convention adds to the number.
fn meaning(code: i32) -> &'static str {
    match code {
        0 => ", it ends by itself",
        126 => ", the command cannot be executed",
        127 => ", the command does not exist",
        134 => ", aborted",
        137 => ", killed",
        139 => ", memory fault",
        143 => ", asked to stop",
        _ => "",
    }
}

#[cfg(test)]
mod tests;
