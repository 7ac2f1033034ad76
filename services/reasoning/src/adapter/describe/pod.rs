//! `kubectl describe pods`.

use std::collections::BTreeMap;

use super::{Line, entries, field, key, label_lines, owned, values};
use crate::adapter::text::{mail_time, present, probe, toleration};
use crate::objects::{
    Condition, Container, ContainerPort, EnvValue, Labels, Owner, Pod, State, Termination, Volume,
};

pub(super) fn pod(body: &[Line<'_>], asked_namespace: &str) -> Pod {
    let mut pod = Pod::default();
    let (mut name, mut namespace) = ("", "");
    for (head, below) in entries(body) {
        match head.key {
            "Name" => name = head.value,
            "Namespace" => namespace = head.value,
            "Service Account" => pod.service_account = owned(head.value),
            // `name/address`; the address is nothing that rules ask for.
            "Node" => pod.node = owned(head.value.split('/').next().unwrap_or("")),
            "Labels" => pod.labels = label_lines(head, below),
            "IP" => pod.ip = owned(head.value),
            "Status" => pod.phase = owned(head.value.split(' ').next().unwrap_or("")),
            "Controlled By" => pod.owner = owner(head.value),
            "Containers" => pod.containers = containers(below),
            "Init Containers" => pod.init_containers = containers(below),
            "Conditions" => pod.conditions = conditions(below),
            "Volumes" => pod.volumes = volumes(below),
            "Node-Selectors" => pod.node_selector = label_lines(head, below),
            "Tolerations" => pod.tolerations = values(head, below).filter_map(toleration).collect(),
            _ => {}
        }
    }
    pod.key = key(namespace, asked_namespace, name);
    pod
}

pub(super) fn owner(value: &str) -> Option<Owner> {
    let (kind, name) = present(value)?.split_once('/')?;
    Some(Owner { kind: kind.to_ascii_lowercase(), name: name.to_owned() })
}

fn containers(block: &[Line<'_>]) -> BTreeMap<String, Container> {
    entries(block)
        .filter(|(head, _)| !head.key.is_empty())
        .map(|(head, below)| (head.key.to_owned(), container(head.key, below)))
        .collect()
}

fn container(name: &str, block: &[Line<'_>]) -> Container {
    let mut container = Container { name: name.to_owned(), ..Container::default() };
    for (head, below) in entries(block) {
        match head.key {
            "Image" => container.image = owned(head.value),
            "Ready" => container.ready = Some(head.value == "True"),
            "Restart Count" => container.restarts = head.value.parse().unwrap_or(0),
            "State" => container.state = state(head.value, below),
            "Last State" if head.value == "Terminated" => container.last_state = Some(termination(below)),
            "Limits" => container.limits = quantities(below),
            "Requests" => container.requests = quantities(below),
            "Port" | "Ports" => container.ports = ports(head.value),
            "Liveness" => container.liveness = probe(head.value),
            "Readiness" => container.readiness = probe(head.value),
            "Startup" => container.startup = probe(head.value),
            "Environment" => container.env = variables(below),
            "Mounts" => container.mounts = below.iter().filter_map(mount).collect(),
            _ => {}
        }
    }
    container
}

fn quantities(block: &[Line<'_>]) -> Labels {
    entries(block).map(|(head, _)| (head.key.to_owned(), head.value.to_owned())).collect()
}

/// `7000/TCP, 8080/TCP`, in newer versions with names: `7000/TCP (web)`.
fn ports(value: &str) -> Vec<ContainerPort> {
    let port = |word: &str| {
        let (number, protocol) = word.trim().split_once('/')?;
        let (protocol, name) = protocol.split_once(' ').unwrap_or((protocol, ""));
        Some(ContainerPort {
            name: name.trim_matches(['(', ')']).to_owned(),
            number: number.parse().ok()?,
            protocol: protocol.to_owned(),
        })
    };
    value.split(',').filter_map(port).collect()
}

fn variables(block: &[Line<'_>]) -> BTreeMap<String, EnvValue> {
    entries(block)
        .filter(|(head, _)| !head.key.is_empty())
        .map(|(head, _)| (head.key.to_owned(), variable(head.value)))
        .collect()
}

/// A value, or `<set to the key 'password' in secret 'db'>  Optional: false`.
fn variable(value: &str) -> EnvValue {
    let Some(rest) = value.strip_prefix("<set to the key ") else {
        return EnvValue::Plain(value.to_owned());
    };
    let mut quoted = rest.split('\'').skip(1).step_by(2).map(str::to_owned);
    match (quoted.next(), quoted.next()) {
        (Some(key), Some(name)) if rest.contains(" in secret ") => EnvValue::Secret { name, key },
        (Some(key), Some(name)) if rest.contains(" of config map ") => EnvValue::ConfigMap { name, key },
        _ => EnvValue::Other,
    }
}

/// `/data from store (rw,path="a")`.
fn mount(line: &Line<'_>) -> Option<(String, String)> {
    let (path, rest) = line.text.trim().split_once(" from ")?;
    Some((path.to_owned(), rest.split(' ').next().unwrap_or(rest).to_owned()))
}

fn state(value: &str, below: &[Line<'_>]) -> Option<State> {
    Some(match value {
        "Waiting" => State::Waiting {
            reason: field(below, "Reason").to_owned(),
            message: field(below, "Message").to_owned(),
        },
        "Running" => State::Running { since: mail_time(field(below, "Started")) },
        "Terminated" => State::Terminated(termination(below)),
        _ => return None,
    })
}

fn termination(block: &[Line<'_>]) -> Termination {
    Termination {
        reason: field(block, "Reason").to_owned(),
        message: field(block, "Message").to_owned(),
        exit_code: field(block, "Exit Code").parse().ok(),
        started: mail_time(field(block, "Started")),
        finished: mail_time(field(block, "Finished")),
    }
}

/// A table of two columns of single words.
fn conditions(block: &[Line<'_>]) -> BTreeMap<String, Condition> {
    block
        .iter()
        .filter_map(|line| line.value.split_once(' '))
        .map(|(kind, status)| (kind, status.trim()))
        .filter(|(_, status)| matches!(*status, "True" | "False" | "Unknown"))
        .map(|(kind, status)| {
            (kind.to_owned(), Condition { status: status.to_owned(), ..Condition::default() })
        })
        .collect()
}

fn volumes(block: &[Line<'_>]) -> BTreeMap<String, Volume> {
    entries(block)
        .filter(|(head, _)| !head.key.is_empty())
        .map(|(head, below)| (head.key.to_owned(), volume(below)))
        .collect()
}

fn volume(block: &[Line<'_>]) -> Volume {
    let name = |key: &str| field(block, key).to_owned();
    match field(block, "Type").split(' ').next() {
        Some("PersistentVolumeClaim") => Volume::Claim(name("ClaimName")),
        Some("Secret") => Volume::Secret(name("SecretName")),
        Some("ConfigMap") => Volume::ConfigMap(name("Name")),
        _ => Volume::Other,
    }
}
