//! Containers: what is asked of them, and what they do.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Labels, fill, fill_list, fill_map, fill_text};

/// A container or init container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Container {
    /// Its name within the pod.
    pub name: String,
    /// The image it should run.
    pub image: Option<String>,
    /// Whether it is ready.
    pub ready: Option<bool>,
    /// What it does now.
    pub state: Option<State>,
    /// How it ended before its last restart.
    pub last_state: Option<Termination>,
    /// How often it was restarted.
    pub restarts: u32,
    /// What it is guaranteed, by resource, as written.
    pub requests: Labels,
    /// What it may use at most, by resource, as written.
    pub limits: Labels,
    /// The ports it says it listens on.
    pub ports: Vec<ContainerPort>,
    /// Decides when it is started anew.
    pub liveness: Option<Probe>,
    /// Decides when it gets traffic.
    pub readiness: Option<Probe>,
    /// Holds back the other two until it has started.
    pub startup: Option<Probe>,
    /// Its environment variables.
    pub env: BTreeMap<String, EnvValue>,
    /// The names of the volumes it mounts, by the path at which they stand.
    pub mounts: Labels,
}

impl Container {
    /// Why it waits: `ErrImagePull`, `CrashLoopBackOff` …
    #[must_use]
    pub(crate) fn waiting_reason(&self) -> Option<&str> {
        match &self.state {
            Some(State::Waiting { reason, .. }) => Some(reason),
            _ => None,
        }
    }

    /// How it ended: now, or before its last restart.
    #[must_use]
    pub(crate) fn last_end(&self) -> Option<&Termination> {
        match &self.state {
            Some(State::Terminated(end)) => Some(end),
            _ => self.last_state.as_ref(),
        }
    }
}

/// What a container does now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// It has not started, or not again.
    Waiting {
        /// One word for why.
        reason: String,
        /// A sentence for why; often empty.
        message: String,
    },
    /// It runs.
    Running {
        /// Since when.
        since: Option<Timestamp>,
    },
    /// It ended.
    Terminated(Termination),
}

/// How a container ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Termination {
    /// `OOMKilled`, `Error`, `Completed` …
    pub reason: String,
    /// Its last words; mostly empty.
    pub message: String,
    /// Its exit code.
    pub exit_code: Option<i32>,
    /// When that run began.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub finished: Option<Timestamp>,
}

/// A port that a container says it listens on. Nothing enforces it; names are what services and probes may refer to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ContainerPort {
    /// Empty when it has none, or when the output does not show names.
    pub name: String,
    /// 1–65535.
    pub number: u16,
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: String,
}

/// A port by number, or by the name that a container gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PortRef {
    /// 1–65535.
    Number(u16),
    /// The name of a container port.
    Name(String),
}

impl PortRef {
    /// From `8080` or `http`; `None` for nothing.
    #[must_use]
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text.parse() {
            Ok(number) => Some(Self::Number(number)),
            Err(_) if text.is_empty() => None,
            Err(_) => Some(Self::Name(text.to_owned())),
        }
    }

    /// The number it means in a container; `None` for a name that the container does not have.
    #[must_use]
    pub(crate) fn resolve(&self, container: &Container) -> Option<u16> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Name(name) => {
                container.ports.iter().find(|port| port.name == *name).map(|port| port.number)
            }
        }
    }
}

impl std::fmt::Display for PortRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Name(name) => name.fmt(f),
        }
    }
}

/// A question that the kubelet asks a container again and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Probe {
    /// What is asked.
    pub action: Action,
    /// Seconds from the start of the container to the first question.
    pub delay_s: u32,
    /// Seconds to wait for an answer.
    pub timeout_s: u32,
    /// Seconds from question to question.
    pub period_s: u32,
    /// How many failures in a row count.
    pub failures: u32,
}

/// What a probe asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// A GET that must be answered with 200–399.
    Http {
        /// `http` or `https`.
        scheme: String,
        /// Where.
        port: PortRef,
        /// The path, with its slash.
        path: String,
    },
    /// A connection that must be accepted.
    Tcp {
        /// Where.
        port: PortRef,
    },
    /// The gRPC health service.
    Grpc {
        /// Where.
        port: PortRef,
    },
    /// A command that must end with 0.
    Exec {
        /// The command, as one line.
        command: String,
    },
}

impl Action {
    /// The port that is asked; a command has none.
    #[must_use]
    pub(crate) fn port(&self) -> Option<&PortRef> {
        match self {
            Self::Http { port, .. } | Self::Tcp { port } | Self::Grpc { port } => Some(port),
            Self::Exec { .. } => None,
        }
    }
}

/// Where an environment variable has its value from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum EnvValue {
    /// Written down.
    Plain(String),
    /// A key of a secret of this name.
    Secret {
        /// The secret.
        name: String,
        /// The key in it.
        key: String,
    },
    /// A key of a config map of this name.
    ConfigMap {
        /// The config map.
        name: String,
        /// The key in it.
        key: String,
    },
    /// The pod's own fields, or anything else.
    Other,
}

pub(super) fn merge_containers(slot: &mut BTreeMap<String, Container>, other: BTreeMap<String, Container>) {
    for (name, view) in other {
        match slot.get_mut(&name) {
            None => {
                slot.insert(name, view);
            }
            Some(known) => merge_container(known, view),
        }
    }
}

fn merge_container(known: &mut Container, view: Container) {
    fill(&mut known.image, view.image);
    fill(&mut known.ready, view.ready);
    if let (Some(State::Waiting { reason, message }), Some(State::Waiting { reason: why, message: words })) =
        (&mut known.state, &view.state)
        && reason == why
    {
        fill_text(message, words.clone());
    }
    fill(&mut known.state, view.state);
    fill(&mut known.last_state, view.last_state);
    known.restarts = known.restarts.max(view.restarts);
    fill_map(&mut known.requests, view.requests);
    fill_map(&mut known.limits, view.limits);
    merge_ports(&mut known.ports, view.ports);
    fill(&mut known.liveness, view.liveness);
    fill(&mut known.readiness, view.readiness);
    fill(&mut known.startup, view.startup);
    fill_map(&mut known.env, view.env);
    fill_map(&mut known.mounts, view.mounts);
}

/// A description does not show the names of ports; another form adds them.
fn merge_ports(known: &mut Vec<ContainerPort>, view: Vec<ContainerPort>) {
    for port in known.iter_mut() {
        if let Some(same) = view.iter().find(|other| other.number == port.number) {
            fill_text(&mut port.name, same.name.clone());
        }
    }
    fill_list(known, view);
}
