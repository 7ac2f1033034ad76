//! Addresses of services that workloads were told by environment variables.

use aetherius_contracts::reasoning::{Evidence, ObjectRef};

use crate::evidence::cite;
use crate::objects::{ConfigMap, EnvValue, Key, Pod, Seen, Service, Snapshot, Workload};

/// A variable that holds an address.
pub(crate) struct Address<'s> {
    /// The workload that calls.
    pub caller: ObjectRef,
    /// The variable.
    pub variable: &'s str,
    /// Its whole value, as written.
    pub value: &'s str,
    /// `http`, `https`, `jdbc:mysql` …; empty when it has none.
    pub scheme: &'s str,
    /// The host in it.
    pub host: &'s str,
    /// The port in it.
    pub port: Option<u16>,
    told: Told<'s>,
}

/// Where the value is written.
#[derive(Clone, Copy)]
enum Told<'s> {
    Workload(&'s Seen<Workload>),
    Pod(&'s Seen<Pod>),
    Map(&'s Seen<ConfigMap>),
}

impl Address<'_> {
    /// Where the value is written: a config map that several callers may share, or the caller itself.
    #[must_use]
    pub(crate) fn holder(&self) -> ObjectRef {
        match self.told {
            Told::Map(map) => ObjectRef {
                kind: "configmap".to_owned(),
                namespace: map.key.namespace.clone(),
                name: map.key.name.clone(),
            },
            Told::Workload(_) | Told::Pod(_) => self.caller.clone(),
        }
    }

    /// The line with the value.
    #[must_use]
    pub(crate) fn cite(&self, snapshot: &Snapshot<'_>, shows: &str) -> Option<Evidence> {
        match self.told {
            Told::Workload(seen) => cite_value(snapshot, seen, self, shows),
            Told::Pod(seen) => cite_value(snapshot, seen, self, shows),
            Told::Map(seen) => cite_value(snapshot, seen, self, shows),
        }
    }
}

/// Name and value share a line in descriptions and config maps only.
fn cite_value<T>(
    snapshot: &Snapshot<'_>,
    seen: &Seen<T>,
    address: &Address<'_>,
    shows: &str,
) -> Option<Evidence> {
    cite(snapshot, seen, &[address.variable, address.value], shows)
        .or_else(|| cite(snapshot, seen, &[address.value], shows))
}

/// All addresses that workloads were told.
#[must_use]
pub(crate) fn addresses<'s>(snapshot: &'s Snapshot<'_>) -> Vec<Address<'s>> {
    let kinds = [
        ("deployment", &snapshot.deployments),
        ("statefulset", &snapshot.stateful_sets),
        ("daemonset", &snapshot.daemon_sets),
    ];
    let mut found = Vec::new();
    for (kind, index) in kinds {
        for workload in index.iter() {
            let Key { namespace, name } = &workload.key;
            let caller =
                ObjectRef { kind: kind.to_owned(), namespace: namespace.clone(), name: name.clone() };
            of_pod(snapshot, &workload.template, &caller, Told::Workload(workload), &mut found);
        }
    }
    for pod in snapshot.pods.iter() {
        let caller = snapshot.workload_of(pod);
        // Pods are told what their workload says; only where that is not known they speak for themselves.
        if !found.iter().any(|it| it.caller == caller) {
            of_pod(snapshot, pod, &caller, Told::Pod(pod), &mut found);
        }
    }
    found
}

fn of_pod<'s>(
    snapshot: &'s Snapshot<'_>,
    pod: &'s Pod,
    caller: &ObjectRef,
    told: Told<'s>,
    found: &mut Vec<Address<'s>>,
) {
    let map = |name: &str| snapshot.config_maps.get(&Key::new(&caller.namespace, name));
    for container in pod.all_containers() {
        let plain = container.env.iter().filter_map(|(variable, value)| match value {
            EnvValue::Plain(value) => Some((variable.as_str(), value.as_str(), told)),
            EnvValue::ConfigMap { name, key } => {
                let map = map(name)?;
                Some((variable.as_str(), map.data.get(key)?.as_str(), Told::Map(map)))
            }
            EnvValue::Secret { .. } | EnvValue::Other => None,
        });
        let whole = container.env_maps.iter().filter_map(|name| map(name)).flat_map(|map| {
            map.data.iter().map(move |(variable, value)| (variable.as_str(), value.as_str(), Told::Map(map)))
        });
        for (variable, value, told) in plain.chain(whole) {
            for (scheme, host, port) in parse(variable, value) {
                found.push(Address { caller: caller.clone(), variable, value, scheme, host, port, told });
            }
        }
    }
}

/// Endings of variables that hold a bare host.
const HOST_VARIABLES: [&str; 5] = ["HOST", "HOSTNAME", "ADDR", "ADDRESS", "ENDPOINT"];

/// The hosts in `host:8080`, `a:1,b:2`, `http://host/path`, `jdbc:mysql://host:3306/db`, or a bare name where the
/// variable asks for one.
fn parse<'v>(variable: &str, value: &'v str) -> Vec<Parsed<'v>> {
    if value.len() > VALUE_BYTES_MAX || value.contains('\n') {
        return Vec::new();
    }
    let ending = variable.rsplit(['_', '.', '-']).next().unwrap_or("").to_ascii_uppercase();
    if matches!(ending.as_str(), "IMAGE" | "TAG" | "VERSION") {
        return Vec::new();
    }
    let may_be_bare = HOST_VARIABLES.contains(&ending.as_str());
    value.trim_matches(['"', '\'']).split(',').filter_map(|part| address(part.trim(), may_be_bare)).collect()
}

/// Scheme, host and port.
type Parsed<'v> = (&'v str, &'v str, Option<u16>);

/// Longer values are files or documents.
const VALUE_BYTES_MAX: usize = 1024;

fn address(part: &str, may_be_bare: bool) -> Option<Parsed<'_>> {
    let (scheme, authority) = match part.split_once("://") {
        Some((scheme, rest)) => {
            (scheme, rest.split(['/', '?', '#', ';']).next()?.rsplit('@').next().unwrap_or(""))
        }
        None => ("", part),
    };
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, Some(port.parse::<u16>().ok().filter(|port| *port > 0)?)),
        None => (authority, None),
    };
    let is_name = |label: &str| {
        !label.is_empty()
            && label
                .bytes()
                .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || matches!(it, b'-' | b'_'))
    };
    let host = host.strip_suffix('.').unwrap_or(host);
    let is_literal = host.parse::<std::net::Ipv4Addr>().is_ok() && port.is_some();
    let is_host = host.split('.').all(is_name) && host.bytes().any(|it| it.is_ascii_lowercase());
    let is_address = !scheme.is_empty() || port.is_some() || may_be_bare;
    let is_known = is_literal || (is_host && (host != "localhost" || port.is_some()));
    (is_known && is_address).then_some((scheme, host, port))
}

/// What a host means to a pod.
pub(crate) enum Meaning<'s> {
    /// A service that exists.
    Service(&'s Seen<Service>),
    /// A service that would have to exist in a namespace whose services are known, and does not.
    Missing(Key),
    /// A service in a namespace of which nothing is known.
    Elsewhere(Key),
    /// The caller itself, or an address in numbers.
    Literal,
    /// A host outside the cluster, or nothing that can be told.
    Outside,
}

/// Reads a host as the search domains of a pod in `namespace` do.
#[must_use]
pub(crate) fn meaning<'s>(snapshot: &'s Snapshot<'_>, host: &str, namespace: &str) -> Meaning<'s> {
    if host == "localhost" || host.parse::<std::net::Ipv4Addr>().is_ok() {
        return Meaning::Literal;
    }
    let labels: Vec<&str> = host.split('.').collect();
    let service = |name: &str, namespace: &str| snapshot.services.get(&Key::new(namespace, name));
    let key = match labels.as_slice() {
        [name] => Key::new(namespace, name),
        // `service.namespace.svc…`, and `pod.service.namespace.svc…` behind a headless service.
        [name, space, "svc", ..] | [_, name, space, "svc", ..] => Key::new(space, name),
        [name, space] if *space == namespace => Key::new(space, name),
        [name, space] => match service(name, space).or_else(|| service(space, namespace)) {
            Some(known) => return Meaning::Service(known),
            None => return Meaning::Outside,
        },
        _ => return Meaning::Outside,
    };
    match snapshot.services.get(&key) {
        Some(known) => Meaning::Service(known),
        None if snapshot.services.iter().any(|it| it.key.namespace == key.namespace) => Meaning::Missing(key),
        None if key.namespace != namespace => Meaning::Elsewhere(key),
        None => Meaning::Outside,
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn hosts_are_found_in_the_forms_that_variables_take() {
        for (variable, value, expected) in [
            ("GOAT_ADDR", "goat:7000", "goat 7000"),
            ("GOAT_ADDR", "goat", "goat"),
            ("GOAT", "goat", ""),
            ("GOAT_URL", "http://user:pw@goat.barn.svc:80/a:b?c=d", "goat.barn.svc 80"),
            ("GOAT_URL", "http://user@goat.barn.svc:80/a:b?c=d", "goat.barn.svc 80"),
            ("GOAT_URL", "jdbc:mysql://goat:3306/hay?x=y", "goat 3306"),
            ("PEERS", "goat-0.goat:1,goat-1.goat:1", "goat-0.goat 1|goat-1.goat 1"),
            ("IMAGE", "hub.example/goat:9", ""),
            ("TIME", "12:30", ""),
            ("GOAT_HOST", "10.0.0.1", ""),
            ("GOAT_HOST", "localhost", ""),
            ("GOAT_HOST", "$(HEN):7", ""),
            ("GOAT_HOST", "localhost:7000", "localhost 7000"),
            ("GOAT_URL", "http://10.0.0.1:80/x", "10.0.0.1 80"),
            ("LISTEN_ADDR", ":8080", ""),
            ("FLAG", "goat:0", ""),
        ] {
            let found: Vec<String> = parse(variable, value)
                .into_iter()
                .map(|(_, host, port)| port.map_or_else(|| host.to_owned(), |port| format!("{host} {port}")))
                .collect();
            assert_eq!(found.join("|"), expected, "{variable}={value}");
        }
    }
}
