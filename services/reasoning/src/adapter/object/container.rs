//! Containers: their specs joined with their statuses.

use std::collections::BTreeMap;

use serde_json::Value;

use super::value::{list, number, quantities, some_text, text, texts, time};
use crate::objects::{Action, Container, ContainerPort, EnvValue, PortRef, Probe, State, Termination};

pub(super) fn containers(specs: &[Value], statuses: &[Value]) -> BTreeMap<String, Container> {
    let mut containers: BTreeMap<String, Container> = BTreeMap::new();
    for spec in specs {
        let container = container(spec);
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
        container.restarts = number(status, "/restartCount").unwrap_or(0);
    }
    containers
}

fn container(spec: &Value) -> Container {
    Container {
        name: text(spec, "/name").to_owned(),
        image: some_text(spec, "/image"),
        requests: quantities(spec, "/resources/requests"),
        limits: quantities(spec, "/resources/limits"),
        ports: list(spec, "/ports").iter().filter_map(port).collect(),
        liveness: probe(spec, "/livenessProbe"),
        readiness: probe(spec, "/readinessProbe"),
        startup: probe(spec, "/startupProbe"),
        env: list(spec, "/env").iter().map(variable).collect(),
        mounts: list(spec, "/volumeMounts").iter().map(mount).collect(),
        ..Container::default()
    }
}

fn port(value: &Value) -> Option<ContainerPort> {
    Some(ContainerPort {
        name: text(value, "/name").to_owned(),
        number: number(value, "/containerPort")?,
        protocol: some_text(value, "/protocol").unwrap_or_else(|| "TCP".to_owned()),
    })
}

pub(super) fn port_ref(value: &Value, path: &str) -> Option<PortRef> {
    match value.pointer(path)? {
        Value::String(text) => PortRef::parse(text),
        Value::Number(number) => Some(PortRef::Number(u16::try_from(number.as_u64()?).ok()?)),
        _ => None,
    }
}

/// Numbers that are left out have the defaults of the API.
fn probe(spec: &Value, path: &str) -> Option<Probe> {
    let value = spec.pointer(path)?;
    let action = if let Some(get) = value.get("httpGet") {
        Action::Http {
            scheme: some_text(get, "/scheme").map_or_else(|| "http".to_owned(), |it| it.to_ascii_lowercase()),
            port: port_ref(get, "/port")?,
            path: some_text(get, "/path").unwrap_or_else(|| "/".to_owned()),
        }
    } else if let Some(socket) = value.get("tcpSocket") {
        Action::Tcp { port: port_ref(socket, "/port")? }
    } else if let Some(grpc) = value.get("grpc") {
        Action::Grpc { port: port_ref(grpc, "/port")? }
    } else {
        Action::Exec { command: texts(value.get("exec")?, "/command").join(" ") }
    };
    Some(Probe {
        action,
        delay_s: number(value, "/initialDelaySeconds").unwrap_or(0),
        timeout_s: number(value, "/timeoutSeconds").unwrap_or(1),
        period_s: number(value, "/periodSeconds").unwrap_or(10),
        failures: number(value, "/failureThreshold").unwrap_or(3),
    })
}

fn variable(value: &Value) -> (String, EnvValue) {
    let reference = |path: &str| {
        let reference = value.pointer(path)?;
        Some((text(reference, "/name").to_owned(), text(reference, "/key").to_owned()))
    };
    let source = if let Some((name, key)) = reference("/valueFrom/secretKeyRef") {
        EnvValue::Secret { name, key }
    } else if let Some((name, key)) = reference("/valueFrom/configMapKeyRef") {
        EnvValue::ConfigMap { name, key }
    } else if value.get("valueFrom").is_some() {
        EnvValue::Other
    } else {
        EnvValue::Plain(text(value, "/value").to_owned())
    };
    (text(value, "/name").to_owned(), source)
}

fn mount(value: &Value) -> (String, String) {
    (text(value, "/mountPath").to_owned(), text(value, "/name").to_owned())
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
        started: time(value, "/startedAt"),
        finished: time(value, "/finishedAt"),
    }
}
