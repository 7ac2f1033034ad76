//! Probes that fail because of how they are written, told apart from probes that fail because the program is not well.
//!
//! What the kubelet heard decides together with the probe itself, the ports that the containers say they listen on, and
//! the other probes of the same container: what passes beside it shows how the program wants to be asked.

mod failing;
mod answer;
mod verdict;

use std::collections::BTreeSet;

use aetherius_contracts::reasoning::{Evidence, Finding};

use super::{Cause, Nature, Rule};
use crate::evidence::{Proof, cite};
use crate::objects::{Action, PortRef, Probe, Snapshot};
use failing::{Failing, Which, failing};
use verdict::{Fault, budget_s, verdict};

pub(super) const RULE: Rule = Rule {
    id: "probe",
    doc: "probes that ask at the wrong port, in the wrong protocol, for the wrong thing or too early",
    causes: &[
        LIVENESS_PORT,
        LIVENESS_PROTOCOL,
        LIVENESS_TIMING,
        READINESS_PORT,
        READINESS_PROTOCOL,
        READINESS_TIMING,
        STARTUP_PORT,
        STARTUP_PROTOCOL,
        STARTUP_TIMING,
        TARGET,
        PROGRAM,
    ],
    check,
};

const PORT_REMEDY: &str = "Let the probe ask at the port that the program listens on.";
const PROTOCOL_REMEDY: &str = "Let the probe speak what the program speaks at that port: httpGet, grpc, or tcpSocket where neither fits.";
const TIMING_REMEDY: &str = "Give the program the time it needs: a startupProbe, or a larger initialDelaySeconds, \
                             periodSeconds, failureThreshold or timeoutSeconds.";

const LIVENESS_PORT: Cause = specific("liveness_probe_incorrect_port", PORT_REMEDY);
const LIVENESS_PROTOCOL: Cause = specific("liveness_probe_incorrect_protocol", PROTOCOL_REMEDY);
const LIVENESS_TIMING: Cause = specific("liveness_probe_incorrect_timing", TIMING_REMEDY);
const READINESS_PORT: Cause = specific("readiness_probe_incorrect_port", PORT_REMEDY);
const READINESS_PROTOCOL: Cause = specific("readiness_probe_incorrect_protocol", PROTOCOL_REMEDY);
const READINESS_TIMING: Cause = specific("readiness_probe_incorrect_timing", TIMING_REMEDY);
const STARTUP_PORT: Cause = specific("startup_probe_incorrect_port", PORT_REMEDY);
const STARTUP_PROTOCOL: Cause = specific("startup_probe_incorrect_protocol", PROTOCOL_REMEDY);
const STARTUP_TIMING: Cause = specific("startup_probe_incorrect_timing", TIMING_REMEDY);

const TARGET: Cause = specific(
    "probe_incorrect_target",
    "Let the probe ask for a path, command or service that exists and needs no login.",
);

const PROGRAM: Cause = Cause {
    id: "unhealthy_container",
    taxonomy: "runtime",
    nature: Nature::Symptom,
    remedy: "The probe asks rightly: read the container's log, and look at what the program depends on.",
};

const fn specific(id: &'static str, remedy: &'static str) -> Cause {
    Cause { id, taxonomy: "runtime", nature: Nature::Specific, remedy }
}

fn check(snapshot: &Snapshot<'_>) -> Vec<Finding> {
    failing(snapshot).iter().filter_map(|failing| blame(snapshot, failing)).collect()
}

fn blame(snapshot: &Snapshot<'_>, failing: &Failing<'_>) -> Option<Finding> {
    let declared: BTreeSet<u16> = failing
        .pod
        .all_containers()
        .flat_map(|container| container.ports.iter().map(|port| port.number))
        .collect();
    let (fault, certainty) = verdict(failing, &declared);
    let (_, event) = failing.said.first()?;
    let probe = format!("{} probe", failing.which.title());
    let citations = [
        cite(snapshot, event, &[&probe], "what the kubelet heard when it asked"),
        cite_probe(snapshot, failing),
        cite_declared(snapshot, failing, fault, &declared),
        cite_passing(snapshot, failing),
        failing.kill.and_then(|kill| cite(snapshot, kill, &["probe"], "the container is ended for it")),
    ];
    let object = snapshot.workload_of(failing.pod);
    let subject =
        format!("The {} probe of container {} of {object}", failing.which.word(), failing.container.name);
    let summary = format!("{subject} {}.", what(failing, fault, &declared));
    Some(cause(failing.which, fault).finding(object, certainty, summary, Proof::of(citations)?))
}

fn cause(which: Which, fault: Fault) -> &'static Cause {
    match (which, fault) {
        (Which::Liveness, Fault::Port) => &LIVENESS_PORT,
        (Which::Liveness, Fault::Protocol) => &LIVENESS_PROTOCOL,
        (Which::Liveness, Fault::Timing) => &LIVENESS_TIMING,
        (Which::Readiness, Fault::Port) => &READINESS_PORT,
        (Which::Readiness, Fault::Protocol) => &READINESS_PROTOCOL,
        (Which::Readiness, Fault::Timing) => &READINESS_TIMING,
        (Which::Startup, Fault::Port) => &STARTUP_PORT,
        (Which::Startup, Fault::Protocol) => &STARTUP_PROTOCOL,
        (Which::Startup, Fault::Timing) => &STARTUP_TIMING,
        (_, Fault::Target) => &TARGET,
        (_, Fault::Program) => &PROGRAM,
    }
}

fn what(failing: &Failing<'_>, fault: Fault, declared: &BTreeSet<u16>) -> String {
    let probe = failing.probe;
    let asked = asked(probe);
    let beside = failing.passing.first().map_or_else(String::new, |(which, other)| {
        format!("; its {} probe asks {} and passes", which.word(), self::asked(other))
    });
    match fault {
        Fault::Port if declared.is_empty() => format!("asks {asked}, where nothing listens{beside}"),
        Fault::Port => {
            let ports: Vec<String> = declared.iter().map(u16::to_string).collect();
            format!("asks {asked}, but the pod listens on {}{beside}", ports.join(", "))
        }
        Fault::Protocol => format!("asks {asked}, which is not what the program speaks there{beside}"),
        Fault::Timing => format!(
            "gives up after {} s (delay {} s, period {} s, timeout {} s, {} failures), before the program answers",
            budget_s(probe),
            probe.delay_s,
            probe.period_s,
            probe.timeout_s,
            probe.failures
        ),
        Fault::Target => format!("asks {asked}, which does not exist or is not open to it"),
        Fault::Program => format!("asks {asked} and fails, so the program itself is not well"),
    }
}

fn asked(probe: &Probe) -> String {
    match &probe.action {
        Action::Http { scheme, port, path } => format!("{scheme} at port {port} for {path}"),
        Action::Tcp { port } => format!("for a connection at port {port}"),
        Action::Grpc { port } => format!("gRPC at port {port}"),
        Action::Exec { command } => format!("the command `{command}`"),
    }
}

/// A description has a probe on one line; in JSON its port has a line of its own.
fn cite_probe(snapshot: &Snapshot<'_>, failing: &Failing<'_>) -> Option<Evidence> {
    let title = format!("{}:", failing.which.title());
    let port = failing.probe.action.port().map(PortRef::to_string);
    let shows = "what the probe asks";
    match &port {
        Some(port) => cite(snapshot, failing.pod, &[&title, port], shows)
            .or_else(|| cite(snapshot, failing.pod, &["\"port\"", port], shows)),
        None => cite(snapshot, failing.pod, &[&title], shows),
    }
}

fn cite_declared(
    snapshot: &Snapshot<'_>,
    failing: &Failing<'_>,
    fault: Fault,
    declared: &BTreeSet<u16>,
) -> Option<Evidence> {
    let own = failing.container.ports.first().map(|port| port.number);
    let port = own.or(declared.first().copied()).filter(|_| fault == Fault::Port)?.to_string();
    let shows = "where the container says it listens";
    cite(snapshot, failing.pod, &["Port:", &port], shows)
        .or_else(|| cite(snapshot, failing.pod, &["containerPort", &port], shows))
}

fn cite_passing(snapshot: &Snapshot<'_>, failing: &Failing<'_>) -> Option<Evidence> {
    let (which, probe) = failing.passing.first()?;
    let port = probe.action.port()?.to_string();
    let title = format!("{}:", which.title());
    cite(snapshot, failing.pod, &[&title, &port], "how the program is asked by a probe that passes")
}

#[cfg(test)]
mod tests;
