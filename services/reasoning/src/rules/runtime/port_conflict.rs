//! Two containers of a pod that want the same port: they share one network, so the second to come ends.
//!
//! The program's own words prove that a port is taken; which container took it follows from what the others declare or
//! are told to listen on. Without a log, a container that keeps ending beside one that declares the same port is enough.

use aetherius_contracts::reasoning::{Evidence, Finding};

use super::crash_loop::is_ending;
use super::{Cause, Certainty, Nature, Rule};
use crate::evidence::{Proof, cite};
use crate::objects::{Container, EnvValue, Log, Pod, Seen, Snapshot};

pub(super) const RULE: Rule = Rule {
    id: "port_conflict",
    doc: "containers that end because their port is already in use, by another container of the pod or otherwise",
    causes: &[SERVICE_SIDECAR_PORT_CONFLICT, PORT_IN_USE],
    check,
};

const SERVICE_SIDECAR_PORT_CONFLICT: Cause = Cause {
    id: "service_sidecar_port_conflict",
    taxonomy: "runtime",
    nature: Nature::Specific,
    remedy: "Give one of the two containers another port: the containers of a pod share one network.",
};

const PORT_IN_USE: Cause = Cause {
    id: "port_in_use",
    taxonomy: "runtime",
    nature: Nature::Broad,
    remedy: "Find what holds the port: a second listener of the program itself, a process of an earlier run, or a pod in the same host network.",
};

/// What programs say when they cannot listen, in lower case.
const TAKEN: [&str; 8] = [
    "address already in use",
    "address in use",
    "already in use",
    "eaddrinuse",
    "portinuseexception",
    "port is already allocated",
    "only one usage of each socket address",
    "could not bind to address",
];

fn check(snapshot: &Snapshot<'_>) -> Vec<Finding> {
    snapshot.pods.iter().filter_map(|pod| look(snapshot, pod)).collect()
}

fn look(snapshot: &Snapshot<'_>, pod: &Seen<Pod>) -> Option<Finding> {
    let ending = || pod.containers.values().find(|container| is_ending(snapshot, pod, container));
    let down = || pod.containers.values().find(|container| container.ready == Some(false));
    match ending() {
        Some(container) => blame(snapshot, pod, container, complaint(snapshot, pod)),
        // It may try again without end; then only its own word counts.
        None => {
            let container = down()?;
            blame(snapshot, pod, container, Some(complaint(snapshot, pod)?))
        }
    }
}

fn blame(
    snapshot: &Snapshot<'_>,
    pod: &Seen<Pod>,
    container: &Container,
    complaint: Option<Complaint>,
) -> Option<Finding> {
    let own: Vec<u16> = container.ports.iter().map(|port| port.number).collect();
    let named = complaint.as_ref().and_then(|complaint| complaint.port);
    let wanted = named.map_or(own, |port| vec![port]);
    let rival = wanted.iter().find_map(|port| {
        let others = pod.all_containers().filter(|other| other.name != container.name);
        others.filter_map(|other| Some((*port, other, claim(other, *port)?))).next()
    });
    let object = snapshot.workload_of(pod);
    let is_alone = pod.containers.len() < 2;
    let (cause, certainty, summary) = match (&complaint, &rival) {
        (Some(_), Some((port, other, _))) => (
            &SERVICE_SIDECAR_PORT_CONFLICT,
            Certainty::Stated,
            format!(
                "Container {} of {object} cannot listen on port {port}, which container {} of the same pod takes.",
                container.name, other.name
            ),
        ),
        (Some(_), None) if !is_alone => (
            &SERVICE_SIDECAR_PORT_CONFLICT,
            Certainty::Inferred,
            format!(
                "Container {} of {object} cannot listen{}: the port is already in use in its pod.",
                container.name,
                named.map_or_else(String::new, |port| format!(" on port {port}"))
            ),
        ),
        (Some(_), None) => (
            &PORT_IN_USE,
            Certainty::Inferred,
            format!("Container {} of {object} ends because its port is already in use.", container.name),
        ),
        (None, Some((port, other, claim))) => (
            &SERVICE_SIDECAR_PORT_CONFLICT,
            match claim {
                Claim::Declared => Certainty::Inferred,
                Claim::Told(_) => Certainty::Suspected,
            },
            format!(
                "Container {} of {object} keeps ending, and container {} of the same pod takes its port {port}.",
                container.name, other.name
            ),
        ),
        (None, None) => return None,
    };
    let proof = Proof::of([
        complaint.and_then(|complaint| complaint.citation),
        rival.and_then(|(port, _, claim)| cite_claim(snapshot, pod, port, &claim)),
        cite(snapshot, pod, &["CrashLoopBackOff"], "the container keeps ending"),
        cite(snapshot, pod, &["Exit Code:", "1"], "how the container ended"),
    ])?;
    Some(cause.finding(object, certainty, summary, proof))
}

/// Why a container is taken to listen on a port.
enum Claim<'c> {
    /// It declares the port.
    Declared,
    /// A variable of this name tells it to.
    Told(&'c str),
}

fn claim(container: &Container, port: u16) -> Option<Claim<'_>> {
    if container.ports.iter().any(|known| known.number == port) {
        return Some(Claim::Declared);
    }
    container.env.iter().find_map(|(name, value)| {
        let EnvValue::Plain(value) = value else {
            return None;
        };
        tells(name, value, port).then_some(Claim::Told(name))
    })
}

/// True for `HTTP_PORT: 8080` and for `{"statusPort":8080}`. A plain `port` or `containerPort` within a text describes the
/// other containers to a proxy, and settings of the kind `APP_PORT` name a neighbour as often as oneself.
fn tells(name: &str, value: &str, port: u16) -> bool {
    let number = port.to_string();
    if value.trim() == number {
        let name = name.to_ascii_lowercase();
        return name.ends_with("port")
            && !name.starts_with("app")
            && !name.contains("target")
            && !name.contains("upstream");
    }
    value.match_indices(&number).any(|(at, _)| {
        let ends = !value[at + number.len()..].starts_with(|letter: char| letter.is_ascii_alphanumeric());
        let before = value[..at].trim_end_matches([' ', ':', '=', '"', '\'']);
        let word = before
            .rsplit(|letter: char| !letter.is_ascii_alphanumeric())
            .next()
            .unwrap_or("")
            .to_ascii_lowercase();
        let separated = before.len() < at;
        ends && separated
            && word.ends_with("port")
            && word != "port"
            && word != "containerport"
            && word != "targetport"
    })
}

fn cite_claim(snapshot: &Snapshot<'_>, pod: &Seen<Pod>, port: u16, claim: &Claim<'_>) -> Option<Evidence> {
    let port = port.to_string();
    match claim {
        Claim::Declared => {
            let shows = "a port that two containers of the pod declare";
            cite(snapshot, pod, &["Port:", &port], shows)
                .or_else(|| cite(snapshot, pod, &["containerPort", &port], shows))
        }
        Claim::Told(name) => {
            let shows = "what tells the other container to listen there";
            cite(snapshot, pod, &[name, &port], shows)
                .or_else(|| cite(snapshot, pod, &["value", &port], shows))
        }
    }
}

/// What the log of a pod says about a port that is taken.
struct Complaint {
    port: Option<u16>,
    citation: Option<Evidence>,
}

fn complaint(snapshot: &Snapshot<'_>, pod: &Seen<Pod>) -> Option<Complaint> {
    let ours = |log: &&Seen<Log>| snapshot.pods_of_log(&log.key).iter().any(|other| other.key == pod.key);
    let logs = snapshot.logs.iter().filter(|log| log.key.namespace == pod.key.namespace);
    let complains = |log: &&Seen<Log>| log.lines.iter().any(|line| taken(line).is_some());
    if let Some(log) = logs.filter(complains).find(ours) {
        let said: Vec<(&str, Option<u16>)> =
            log.lines.iter().filter_map(|line| Some((taken(line)?, port_in(line)))).collect();
        let (phrase, port) = said.iter().find(|(_, port)| port.is_some()).or(said.first())?;
        let shows = "the program's own word that its port is taken";
        let number = port.map(|port| port.to_string());
        let citation = match &number {
            Some(number) => cite(snapshot, log, &[phrase, number], shows),
            None => cite(snapshot, log, &[phrase], shows),
        };
        return Some(Complaint { port: *port, citation });
    }
    let end = pod.containers.values().find_map(|container| {
        let message = container.last_end().map(|end| end.message.as_str())?;
        Some((taken(message)?, port_in(message)))
    });
    end.map(|(phrase, port)| Complaint {
        port,
        citation: cite(snapshot, pod, &[phrase], "the program's last words"),
    })
}

fn taken(line: &str) -> Option<&'static str> {
    let lower = line.to_ascii_lowercase();
    TAKEN.into_iter().find(|phrase| lower.contains(phrase))
}

/// The port that a complaint names: `Port 8080 was already in use`, `listen tcp :8080: bind: …`, `0.0.0.0:80 failed`.
fn port_in(line: &str) -> Option<u16> {
    let lower = line.to_ascii_lowercase();
    let after = |(at, word): (usize, &str)| {
        let rest = lower[at + word.len()..].trim_start_matches([' ', ':', '=']);
        rest.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
    };
    let spoken = lower.match_indices("port ").find_map(after);
    spoken.or_else(|| lower.split([' ', '\t', '\'', '"', '(', ')', ',']).find_map(port_of_address))
}

/// `:8080:`, `[::]:8080` or `0.0.0.0:8080`, and no time of day.
fn port_of_address(word: &str) -> Option<u16> {
    let (host, port) = word.trim_end_matches([':', '.', ';']).rsplit_once(':')?;
    let is_time = host.bytes().any(|byte| byte.is_ascii_digit())
        && host.bytes().all(|byte| byte.is_ascii_digit() || byte == b':');
    port.parse().ok().filter(|_| !is_time)
}

#[cfg(test)]
mod tests;
