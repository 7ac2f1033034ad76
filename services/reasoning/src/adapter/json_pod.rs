//! A pod of `-o json`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::json::{condition, key, labels, list, owner, some_text, text, time};
use crate::objects::{Container, Pod, State, Termination, Toleration, Volume};

pub(super) fn pod(value: &Value) -> Pod {
    Pod {
        key: key(value),
        owner: owner(value),
        labels: labels(value, "/metadata/labels"),
        node: some_text(value, "/spec/nodeName"),
        phase: some_text(value, "/status/phase"),
        status: None,
        restarts: None,
        restarted_ago_s: None,
        conditions: list(value, "/status/conditions").iter().map(condition).collect(),
        containers: containers(list(value, "/spec/containers"), list(value, "/status/containerStatuses")),
        init_containers: containers(
            list(value, "/spec/initContainers"),
            list(value, "/status/initContainerStatuses"),
        ),
        node_selector: labels(value, "/spec/nodeSelector"),
        tolerations: list(value, "/spec/tolerations").iter().map(toleration).collect(),
        service_account: some_text(value, "/spec/serviceAccountName"),
        volumes: list(value, "/spec/volumes").iter().map(volume).collect(),
    }
}

fn containers(specs: &[Value], statuses: &[Value]) -> BTreeMap<String, Container> {
    let mut containers: BTreeMap<String, Container> = BTreeMap::new();
    for spec in specs {
        let container = Container {
            name: text(spec, "/name").to_owned(),
            image: some_text(spec, "/image"),
            memory_limit: some_text(spec, "/resources/limits/memory"),
            ..Container::default()
        };
        containers.insert(container.name.clone(), container);
    }
    for status in statuses {
        // A status without its spec is what a cut or redacted object leaves; half of it is better than none.
        let container = containers.entry(text(status, "/name").to_owned()).or_insert_with(|| Container {
            name: text(status, "/name").to_owned(),
            image: some_text(status, "/image"),
            ..Container::default()
        });
        container.ready = status.pointer("/ready").and_then(Value::as_bool);
        container.state = state(status);
        container.last_state = status.pointer("/lastState/terminated").map(termination);
        let restarts = status.pointer("/restartCount").and_then(Value::as_u64);
        container.restarts = restarts.and_then(|count| u32::try_from(count).ok()).unwrap_or(0);
    }
    containers
}

fn state(status: &Value) -> Option<State> {
    if let Some(waiting) = status.pointer("/state/waiting") {
        let (reason, message) = (text(waiting, "/reason").to_owned(), text(waiting, "/message").to_owned());
        return Some(State::Waiting { reason, message });
    }
    if let Some(running) = status.pointer("/state/running") {
        return Some(State::Running { since: time(running, "/startedAt") });
    }
    status.pointer("/state/terminated").map(|end| State::Terminated(termination(end)))
}

fn termination(value: &Value) -> Termination {
    Termination {
        reason: text(value, "/reason").to_owned(),
        message: text(value, "/message").trim().to_owned(),
        exit_code: value.get("exitCode").and_then(Value::as_i64).and_then(|code| i32::try_from(code).ok()),
        finished: time(value, "/finishedAt"),
    }
}

fn toleration(value: &Value) -> Toleration {
    let exists = text(value, "/operator") == "Exists";
    Toleration {
        key: text(value, "/key").to_owned(),
        value: if exists { None } else { Some(text(value, "/value").to_owned()) },
        effect: text(value, "/effect").to_owned(),
    }
}

fn volume(value: &Value) -> (String, Volume) {
    let source = if let Some(claim) = some_text(value, "/persistentVolumeClaim/claimName") {
        Volume::Claim(claim)
    } else if let Some(secret) = some_text(value, "/secret/secretName") {
        Volume::Secret(secret)
    } else if let Some(map) = some_text(value, "/configMap/name") {
        Volume::ConfigMap(map)
    } else {
        Volume::Other
    };
    (text(value, "/name").to_owned(), source)
}
