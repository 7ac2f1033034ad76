//! What is wrong with a probe that fails: its port, its protocol, its timing, what it asks for, or nothing.

use std::collections::BTreeSet;

use super::answer::Answer;
use super::failing::{Failing, Which};
use crate::objects::{Action, Probe};
use crate::rules::Certainty;

/// What a person should look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Nobody is meant to listen where it asks.
    Port,
    /// It asks in a language that the program does not speak.
    Protocol,
    /// It gives up before the program can answer.
    Timing,
    /// It asks for a path, a command or a service that does not exist.
    Target,
    /// The probe is fine; the program is not.
    Program,
}

/// `declared` are the ports that the containers of the pod say they listen on.
pub(super) fn verdict(failing: &Failing<'_>, declared: &BTreeSet<u16>) -> (Fault, Certainty) {
    let said = |wanted: Answer| failing.said.iter().any(|(answer, _)| *answer == wanted);
    let Some((latest, _)) = failing.said.first() else {
        return (Fault::Program, Certainty::Suspected);
    };
    if said(Answer::NoSuchPort) {
        return (Fault::Port, Certainty::Stated);
    }
    if said(Answer::OtherProtocol) {
        let elsewhere = failing.passing.iter().any(|(_, other)| {
            protocol(other) == protocol(failing.probe) && other.action.port() != failing.probe.action.port()
        });
        return if elsewhere {
            (Fault::Port, Certainty::Inferred)
        } else {
            (Fault::Protocol, Certainty::Stated)
        };
    }
    match *latest {
        Answer::Status(code) => of_status(failing, code),
        Answer::Unreached | Answer::Closed | Answer::Slow => of_silence(failing, *latest, declared),
        Answer::Absent => (Fault::Target, Certainty::Stated),
        _ => (Fault::Program, Certainty::Inferred),
    }
}

fn of_status(failing: &Failing<'_>, code: u16) -> (Fault, Certainty) {
    let is_relayed = is_relayed(failing.probe);
    match code {
        400..=499 if !is_relayed && speaks_otherwise(failing) => (Fault::Protocol, Certainty::Inferred),
        415 | 426 | 464 | 505 => (Fault::Protocol, Certainty::Inferred),
        // What a TLS port and a server of HTTP/2 alone answer to plain HTTP/1.1; bad headers are answered so, too.
        400 => (Fault::Protocol, Certainty::Suspected),
        // Not the path's fault: too many requests, too slow a request.
        408 | 429 => (Fault::Program, Certainty::Inferred),
        401..=499 => (Fault::Target, Certainty::Stated),
        _ => (Fault::Program, Certainty::Stated),
    }
}

fn of_silence(failing: &Failing<'_>, answer: Answer, declared: &BTreeSet<u16>) -> (Fault, Certainty) {
    let action = &failing.probe.action;
    let port = action.port().and_then(|port| port.resolve(failing.container));
    let passes_there = failing.passing.iter().any(|(_, other)| port_of(failing, other) == port);
    let passes_elsewhere = failing
        .passing
        .iter()
        .any(|(_, other)| port_of(failing, other).is_some_and(|other| Some(other) != port));
    if let Some(port) = port.filter(|_| !passes_there && !is_relayed(failing.probe)) {
        let is_undeclared = !declared.is_empty() && !declared.contains(&port);
        if is_undeclared && (answer != Answer::Slow || passes_elsewhere) {
            return (Fault::Port, Certainty::Inferred);
        }
        if passes_elsewhere && answer == Answer::Unreached {
            let certainty = if declared.is_empty() { Certainty::Inferred } else { Certainty::Suspected };
            return (Fault::Port, certainty);
        }
    }
    // A gRPC client that meets another protocol tries again until its time is over, and says only that.
    let may_be_protocol = match action {
        Action::Grpc { .. } => matches!(answer, Answer::Closed | Answer::Unreached),
        _ => answer == Answer::Closed,
    };
    if may_be_protocol && speaks_otherwise(failing) {
        return (Fault::Protocol, Certainty::Inferred);
    }
    timing(failing, answer)
        .map_or((Fault::Program, Certainty::Inferred), |certainty| (Fault::Timing, certainty))
}

/// True when another probe passes at the same port in another protocol, or every service that leads there announces one.
fn speaks_otherwise(failing: &Failing<'_>) -> bool {
    let asks = protocol(failing.probe);
    let is_other = |announced: &String| match announced.as_str() {
        "grpc" | "http2" | "h2c" => asks == "http",
        "http" => asks == "grpc",
        "tcp" | "mysql" | "redis" | "mongo" | "amqp" => asks != "tcp" && asks != "exec",
        _ => false,
    };
    if !failing.announced.is_empty() && failing.announced.iter().all(is_other) {
        return true;
    }
    let port = port_of(failing, failing.probe);
    let differs = |other: &Probe| {
        port.is_some() && port_of(failing, other) == port && protocol(other) != protocol(failing.probe)
    };
    failing.passing.iter().any(|(_, other)| differs(other))
}

/// Seconds within which a program is given up, when it never answers.
pub(super) fn budget_s(probe: &Probe) -> u32 {
    let rounds = probe.failures.saturating_sub(1);
    probe.delay_s.saturating_add(probe.period_s.saturating_mul(rounds)).saturating_add(probe.timeout_s)
}

/// A budget below this leaves hardly any program the time to start.
const TIGHT_S: u32 = 10;

/// A container that is asked to end has this long by default.
const GRACE_S: i64 = 30;

fn timing(failing: &Failing<'_>, answer: Answer) -> Option<Certainty> {
    let probe = failing.probe;
    let same_but_patient = failing.passing.iter().any(|(_, other)| {
        other.action.port() == probe.action.port()
            && protocol(other) == protocol(probe)
            && other.timeout_s > probe.timeout_s
    });
    if answer == Answer::Slow && same_but_patient {
        return Some(Certainty::Inferred);
    }
    if failing.which == Which::Readiness {
        return None;
    }
    if budget_s(probe) < TIGHT_S || probe.failures == 1 {
        return Some(Certainty::Inferred);
    }
    if answer != Answer::Unreached {
        return None;
    }
    // Whoever wrote the readiness probe knew how long the program takes to start.
    let expected_s = failing.container.readiness.as_ref().map_or(0, |readiness| readiness.delay_s);
    if failing.which == Which::Startup || expected_s >= budget_s(probe) {
        return Some(Certainty::Inferred);
    }
    let run = failing.container.last_end().and_then(|end| Some(end.finished?.duration_since(end.started?)));
    let is_cut_short = run.is_some_and(|run| run.as_secs() <= i64::from(budget_s(probe)) + GRACE_S + 10);
    (is_cut_short && failing.container.ready != Some(true)).then_some(Certainty::Suspected)
}

fn port_of(failing: &Failing<'_>, probe: &Probe) -> Option<u16> {
    probe.action.port().and_then(|port| port.resolve(failing.container))
}

/// The language of a probe. A bare connection and a command speak none.
fn protocol(probe: &Probe) -> &str {
    match &probe.action {
        Action::Http { scheme, .. } => scheme,
        Action::Grpc { .. } => "grpc",
        Action::Tcp { .. } => "tcp",
        Action::Exec { .. } => "exec",
    }
}

/// A service mesh asks in the kubelet's place, at a port of its own, and hands on the answer.
fn is_relayed(probe: &Probe) -> bool {
    matches!(&probe.action, Action::Http { path, .. } if path.starts_with("/app-health/"))
}
