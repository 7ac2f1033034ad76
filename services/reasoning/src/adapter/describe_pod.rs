//! `kubectl describe pods`.

use std::collections::BTreeMap;

use super::describe::{Line, entries, key, label_lines, values};
use super::text::{mail_time, present, toleration};
use crate::objects::{Condition, Container, Owner, Pod, State, Termination, Volume};

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

fn owned(value: &str) -> Option<String> {
    present(value).map(str::to_owned)
}

fn owner(value: &str) -> Option<Owner> {
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
            "Limits" => container.memory_limit = owned(field(below, "memory")),
            _ => {}
        }
    }
    container
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
        finished: mail_time(field(block, "Finished")),
    }
}

fn field<'a>(block: &[Line<'a>], key: &str) -> &'a str {
    entries(block).find(|(head, _)| head.key == key).map_or("", |(head, _)| head.value)
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
