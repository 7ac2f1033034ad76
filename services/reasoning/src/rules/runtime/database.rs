//! Databases that turn their clients away, told from what clients and servers say in their logs.
//!
//! A client that is refused or not let in while the database serves others has a wrong setting of its own. A database
//! that takes no writes or no more clients is to blame itself, whoever complains.

mod words;

use std::collections::BTreeSet;

use aetherius_contracts::reasoning::{Evidence, Finding, ObjectRef};

use super::crash_loop::is_ending;
use super::{Cause, Certainty, Nature, Rule};
use crate::evidence::{Proof, cite};
use crate::objects::{EnvValue, Event, Log, Pod, Seen, Snapshot, State, selects};
use words::{Complaint, Engine, Said, said};

pub(super) const RULE: Rule = Rule {
    id: "database",
    doc: "databases that refuse, do not know, do not serve or do not write for their clients",
    causes: &[
        MYSQL_INVALID_PORT,
        MYSQL_INVALID_CREDENTIALS,
        DATABASE_INVALID_CREDENTIALS,
        DATABASE_REFUSES,
        DB_READ_ONLY,
        DB_CONNECTION_EXHAUSTION,
    ],
    check,
};

const MYSQL_INVALID_PORT: Cause = Cause {
    id: "mysql_invalid_port",
    taxonomy: "runtime",
    nature: Nature::Specific,
    remedy: "Set the port in the client's environment, secret or config map to that of the database's service, then restart the client.",
};

const MYSQL_INVALID_CREDENTIALS: Cause =
    Cause { id: "mysql_invalid_credentials", ..DATABASE_INVALID_CREDENTIALS };

const DATABASE_INVALID_CREDENTIALS: Cause = Cause {
    id: "database_invalid_credentials",
    taxonomy: "runtime",
    nature: Nature::Specific,
    remedy: "Set user and password in the client's secret to those that the database knows, then restart the client.",
};

const DATABASE_REFUSES: Cause = Cause {
    id: "database_unreachable",
    taxonomy: "runtime",
    nature: Nature::Broad,
    remedy: "Compare the host and port that the client is given with the database's service, and see that its pods are ready.",
};

const DB_READ_ONLY: Cause = Cause {
    id: "db_read_only",
    taxonomy: "runtime",
    nature: Nature::Specific,
    remedy: "Let the database take writes again (MySQL: SET GLOBAL read_only = OFF on the leader), or send writers to the leader.",
};

const DB_CONNECTION_EXHAUSTION: Cause = Cause {
    id: "db_connection_exhaustion",
    taxonomy: "runtime",
    nature: Nature::Specific,
    remedy: "Raise the database's limit of connections, close idle ones, or give the clients smaller pools.",
};

/// So many clients do not have the same wrong setting by accident.
const CLIENTS_MAX: usize = 3;

/// Where a complaint stands: in a log, or in what the kubelet heard from a probe.
#[derive(Clone, Copy)]
enum Voice<'s> {
    Log(&'s Seen<Log>),
    Probe(&'s Seen<Event>),
}

impl Voice<'_> {
    fn cite(self, snapshot: &Snapshot<'_>, words: &[&str], shows: &str) -> Option<Evidence> {
        match self {
            Self::Log(log) => cite(snapshot, log, words, shows),
            Self::Probe(event) => cite(snapshot, event, words, shows),
        }
    }

    fn lines(&self) -> &[String] {
        match self {
            Self::Log(log) => &log.lines,
            Self::Probe(event) => std::slice::from_ref(&event.message),
        }
    }
}

/// Somebody who complains of a database, and whose voice it is.
struct Client<'s> {
    voice: Voice<'s>,
    said: Said,
    pods: Vec<&'s Seen<Pod>>,
    object: ObjectRef,
}

fn check(snapshot: &Snapshot<'_>) -> Vec<Finding> {
    let mut clients = Vec::new();
    for log in snapshot.logs.iter() {
        let said = said(&log.lines);
        if said.is_empty() {
            continue;
        }
        let pods = snapshot.pods_of_log(&log.key);
        let Some(object) = pods.first().map(|pod| snapshot.workload_of(pod)) else {
            continue;
        };
        clients.extend(said.into_iter().map(|said| Client {
            voice: Voice::Log(log),
            said,
            pods: pods.clone(),
            object: object.clone(),
        }));
    }
    clients.extend(snapshot.pods.iter().filter(|pod| !pod.is_ready()).flat_map(|pod| probed(snapshot, pod)));
    let mut found = Vec::new();
    for client in &clients {
        let alike = clients.iter().filter(|other| {
            (other.said.complaint, other.said.engine) == (client.said.complaint, client.said.engine)
        });
        let count = alike.count();
        found.extend(match client.said.complaint {
            Complaint::Refused => refused(snapshot, client, count),
            Complaint::Credentials => not_let_in(snapshot, client),
            Complaint::ReadOnly => {
                of_server(snapshot, client, &DB_READ_ONLY, "takes no writes", Certainty::Stated)
            }
            Complaint::Connections => of_server(
                snapshot,
                client,
                &DB_CONNECTION_EXHAUSTION,
                "takes no more connections",
                Certainty::Stated,
            ),
            Complaint::Lost => lost(snapshot, client, &clients),
            // A pool may be too small by itself.
            Complaint::Pool if count > 1 || ill(snapshot, client).is_some() => {
                let what = "gives the pools of its clients no connection in time";
                of_server(snapshot, client, &DB_CONNECTION_EXHAUSTION, what, Certainty::Suspected)
            }
            Complaint::Pool => None,
        });
    }
    found
}

/// What the probes of a database heard from it.
fn probed<'s>(snapshot: &'s Snapshot<'_>, pod: &'s Seen<Pod>) -> Vec<Client<'s>> {
    let events = snapshot.events_of("pod", &pod.key).into_iter();
    let unhealthy = events.filter(|event| event.reason == "Unhealthy");
    let complaints = unhealthy.flat_map(|event| {
        said(std::slice::from_ref(&event.message)).into_iter().map(move |said| (event, said))
    });
    complaints
        .filter(|(_, said)| serves(pod, said.engine))
        .map(|(event, said)| Client {
            voice: Voice::Probe(event),
            said,
            pods: vec![pod],
            object: snapshot.workload_of(pod),
        })
        .collect()
}

/// A client that ends because it gets no answer from a database which serves the others. Its log does not say that it was
/// refused, so its network may also be why.
fn lost(snapshot: &Snapshot<'_>, client: &Client<'_>, clients: &[Client<'_>]) -> Option<Finding> {
    let engine = client.said.engine;
    let ill = ill(snapshot, client)?;
    let server = server_of(snapshot, client).filter(|server| server.is_ready() && server.key != ill.key)?;
    let alike: BTreeSet<&ObjectRef> = clients
        .iter()
        .filter(|it| matches!(it.said.complaint, Complaint::Lost | Complaint::Refused))
        .map(|it| &it.object)
        .collect();
    let setting = setting(client, engine);
    if alike.len() >= CLIENTS_MAX || setting.is_some_and(|(_, port)| port == engine.port()) {
        return None;
    }
    let proof = Proof::of([
        client.voice.cite(snapshot, &[client.said.phrase], "what the client says of its database"),
        cite(snapshot, server, &[&server.key.name, "Running"], "the database runs and is ready"),
        cite_end(snapshot, ill),
    ])?;
    let object = client.object.clone();
    let summary = format!(
        "{object} gets no answer from its {} database, which serves its other clients: it may ask at a wrong port.",
        engine.title()
    );
    Some(MYSQL_INVALID_PORT.finding(object, Certainty::Suspected, summary, proof))
}

fn refused(snapshot: &Snapshot<'_>, client: &Client<'_>, count: usize) -> Option<Finding> {
    let ill = ill(snapshot, client)?;
    let engine = client.said.engine;
    let servers = servers(snapshot, engine);
    let serves = server_of(snapshot, client).filter(|server| server.is_ready());
    if serves.is_none() && !servers.is_empty() {
        // It is the database that is down, and other rules say why.
        return None;
    }
    let object = client.object.clone();
    let setting = setting(client, engine);
    if setting.as_ref().is_some_and(|(_, port)| *port == engine.port()) {
        return None;
    }
    let is_setting = engine == Engine::MySql && serves.is_some() && count < CLIENTS_MAX;
    let at = setting.as_ref().map_or_else(String::new, |(name, port)| format!(" ({name} says port {port})"));
    let title = engine.title();
    let proof = Proof::of([
        client.voice.cite(snapshot, &[client.said.phrase], "what the client says of its database"),
        setting.as_ref().and_then(|(name, port)| {
            cite(snapshot, ill, &[name, &port.to_string()], "the port that the client is given")
        }),
        serves.and_then(|server| {
            cite(snapshot, server, &[&server.key.name, "Running"], "the database runs and is ready")
        }),
        cite_end(snapshot, ill),
    ])?;
    if is_setting {
        let summary = format!(
            "{object} is refused by its {title} database{at}, which serves its other clients: it asks at a port where nothing listens."
        );
        let certainty = if setting.is_some() { Certainty::Stated } else { Certainty::Inferred };
        return Some(MYSQL_INVALID_PORT.finding(object, certainty, summary, proof));
    }
    let summary = format!("{object} cannot connect to its {title} database{at}: the connection is refused.");
    Some(DATABASE_REFUSES.finding(object, Certainty::Inferred, summary, proof))
}

fn not_let_in(snapshot: &Snapshot<'_>, client: &Client<'_>) -> Option<Finding> {
    let engine = client.said.engine;
    let is_server = client.pods.iter().any(|pod| serves(pod, engine));
    // A server logs whom it turned away by address, maybe long ago.
    let ill = if is_server { turned_away(snapshot, client)? } else { ill(snapshot, client)? };
    let object = snapshot.workload_of(ill);
    let cause =
        if engine == Engine::MySql { &MYSQL_INVALID_CREDENTIALS } else { &DATABASE_INVALID_CREDENTIALS };
    let address = ill.ip.as_deref().filter(|_| is_server);
    let words: Vec<&str> = std::iter::once(client.said.phrase).chain(address).collect();
    let proof = Proof::of([
        client.voice.cite(snapshot, &words, "the database does not accept user and password"),
        cite_end(snapshot, ill),
    ])?;
    let summary =
        format!("{object} is not let in by its {} database: user or password are wrong.", engine.title());
    Some(cause.finding(object, Certainty::Stated, summary, proof))
}

/// The pod that a server turned away and that is not well for it.
fn turned_away<'s>(snapshot: &'s Snapshot<'_>, server: &Client<'_>) -> Option<&'s Seen<Pod>> {
    let lines: Vec<&String> = server
        .voice
        .lines()
        .iter()
        .filter(|line| line.to_ascii_lowercase().contains(server.said.phrase))
        .collect();
    let named = |pod: &&Seen<Pod>| {
        pod.ip.as_ref().is_some_and(|ip| lines.iter().any(|line| line.contains(&format!("'{ip}'"))))
    };
    snapshot.pods.iter().filter(|pod| is_ill(snapshot, pod)).find(named)
}

fn of_server(
    snapshot: &Snapshot<'_>,
    client: &Client<'_>,
    cause: &Cause,
    what: &str,
    certainty: Certainty,
) -> Option<Finding> {
    let engine = client.said.engine;
    let server = server_of(snapshot, client);
    let object = server.map_or_else(|| client.object.clone(), |server| snapshot.workload_of(server));
    let certainty = if server.is_some() { certainty } else { Certainty::Suspected };
    let proof = Proof::of([
        client.voice.cite(snapshot, &[client.said.phrase], "what a client hears from the database"),
        server.and_then(|server| {
            cite(snapshot, server, &[&server.key.name, "Running"], "the database that it asks")
        }),
    ])?;
    let of = if client.object == object { String::new() } else { format!(", says {}", client.object) };
    let summary = match server {
        Some(_) => format!("The {} database {object} {what}{of}.", engine.title()),
        None => format!("The {} database of {object} {what}.", engine.title()),
    };
    Some(cause.finding(object, certainty, summary, proof))
}

/// The database that a client asks: its own pod if the server itself complains, else the one its settings name, else the
/// only one, else the one that was started last: what changed last is the first suspect.
fn server_of<'s>(snapshot: &'s Snapshot<'_>, client: &Client<'s>) -> Option<&'s Seen<Pod>> {
    let engine = client.said.engine;
    if let Some(own) = client.pods.iter().find(|pod| serves(pod, engine)) {
        return Some(own);
    }
    let mut servers = servers(snapshot, engine);
    let near = |pod: &&Seen<Pod>| pod.key.namespace == client.object.namespace;
    if servers.iter().any(near) {
        servers.retain(near);
    }
    let named =
        servers.iter().find(|server| client.pods.iter().any(|pod| is_named_by(snapshot, pod, server)));
    named.copied().or_else(|| servers.into_iter().max_by_key(|server| started(server, engine)))
}

/// True when a variable of the client holds the name of a service that sends to the server.
fn is_named_by(snapshot: &Snapshot<'_>, client: &Pod, server: &Pod) -> bool {
    let mut services = snapshot.services.iter().filter(|service| {
        let selector = service.selector.as_ref().filter(|selector| !selector.is_empty());
        service.key.namespace == server.key.namespace
            && selector.is_some_and(|selector| selects(selector, &server.labels))
    });
    let holds = |value: &str, name: &str| {
        value
            .split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '-'))
            .any(|word| word == name)
    };
    services.any(|service| plain_values(client).any(|(_, value)| holds(value, &service.key.name)))
}

fn plain_values(pod: &Pod) -> impl Iterator<Item = (&str, &str)> {
    pod.containers.values().flat_map(|container| &container.env).filter_map(|(name, value)| match value {
        EnvValue::Plain(value) => Some((name.as_str(), value.as_str())),
        _ => None,
    })
}

fn started(server: &Pod, engine: Engine) -> Option<jiff::Timestamp> {
    let listens = |container: &&crate::objects::Container| {
        container.ports.iter().any(|port| port.number == engine.port())
    };
    server.containers.values().filter(listens).find_map(|container| match &container.state {
        Some(State::Running { since }) => *since,
        _ => None,
    })
}

fn servers<'s>(snapshot: &'s Snapshot<'_>, engine: Engine) -> Vec<&'s Seen<Pod>> {
    snapshot.pods.iter().filter(|pod| serves(pod, engine)).collect()
}

fn serves(pod: &Pod, engine: Engine) -> bool {
    let mut ports = pod.containers.values().flat_map(|container| &container.ports);
    ports.any(|port| port.number == engine.port())
}

/// The pod of a client that is not well; a complaint of one that is well belongs to its past.
fn ill<'s>(snapshot: &Snapshot<'_>, client: &Client<'s>) -> Option<&'s Seen<Pod>> {
    client.pods.iter().copied().find(|pod| is_ill(snapshot, pod))
}

fn is_ill(snapshot: &Snapshot<'_>, pod: &Pod) -> bool {
    let mut containers = pod.containers.values();
    containers.any(|container| container.ready == Some(false) || is_ending(snapshot, pod, container))
}

/// The port of the database in the client's variables: `DB_PORT: 3307`, `jdbc:mysql://db:3307/shop`, `tcp(db:3307)`.
fn setting(client: &Client<'_>, engine: Engine) -> Option<(String, u16)> {
    let port = |name: &str, value: &str| -> Option<u16> {
        let name = name.to_ascii_lowercase();
        let is_database = ["mysql", "db", "database", "sql"].iter().any(|word| name.contains(word));
        if name.ends_with("port") && is_database && engine == Engine::MySql {
            return value.trim().parse().ok();
        }
        let scheme = ["mysql://", "mariadb://", "@tcp("].into_iter().find(|scheme| value.contains(scheme))?;
        let (_, rest) = value.split_once(scheme)?;
        let host = rest.split(['/', ')', '?', ',']).next()?;
        host.rsplit_once(':')?.1.parse().ok()
    };
    let mut values = client.pods.iter().flat_map(|pod| plain_values(pod));
    values.find_map(|(name, value)| Some((name.to_owned(), port(name, value)?)))
}

fn cite_end(snapshot: &Snapshot<'_>, pod: &Seen<Pod>) -> Option<Evidence> {
    cite(snapshot, pod, &["CrashLoopBackOff"], "the client keeps ending")
        .or_else(|| cite(snapshot, pod, &["Exit Code:", "1"], "how the client ended"))
        .or_else(|| cite(snapshot, pod, &["Ready", "False"], "the client is not ready"))
}

#[cfg(test)]
mod tests;
