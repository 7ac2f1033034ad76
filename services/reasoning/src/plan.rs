//! Which commands to run.

use std::collections::BTreeSet;

use aetherius_contracts::execution::{Command, Source};

use crate::adapter::{Form, Kind, LogQuery, Probe, Query};

/// The commands whose outputs today's rules read, each kind of object once. An empty namespace means all of them.
#[must_use]
pub(crate) fn plan(source: &Source, namespace: &str) -> Vec<Command> {
    match source {
        Source::Live => {
            let kinds = IN_NAMESPACE.iter().chain(&IN_CLUSTER);
            kinds.map(|kinds| command(&live(kinds, namespace), namespace)).collect()
        }
        Source::Recorded { catalog } => recorded(catalog, namespace),
    }
}

/// What belongs together is asked for together: starting `kubectl` costs more than the answer.
const IN_NAMESPACE: [&str; 5] = [
    "pods",
    "events",
    "deployments,statefulsets,daemonsets,replicasets",
    "services,endpointslices",
    "persistentvolumeclaims,resourcequotas,serviceaccounts",
];
const IN_CLUSTER: [&str; 1] = ["nodes,persistentvolumes,storageclasses"];

fn live(kinds: &str, namespace: &str) -> Vec<String> {
    let scope: &[&str] = match namespace {
        _ if IN_CLUSTER.contains(&kinds) => &[],
        "" => &["-A"],
        namespace => &["-n", namespace],
    };
    let words = ["get", kinds].into_iter().chain(scope.iter().copied()).chain(["-o", "json"]);
    words.map(str::to_owned).collect()
}

fn command(argv: &[String], namespace: &str) -> Command {
    let (action, args) =
        argv.split_first().map_or((String::new(), Vec::new()), |(verb, rest)| (verb.clone(), rest.to_vec()));
    Command {
        tool: "kubectl".to_owned(),
        action,
        args,
        namespace: namespace.to_owned(),
        ..Command::default()
    }
}

fn probe(line: &[String], namespace: &str) -> Command {
    Command { tool: "probe".to_owned(), ..command(&line[1..], namespace) }
}

fn recorded(catalog: &[Vec<String>], namespace: &str) -> Vec<Command> {
    let lines: Vec<Vec<String>> = catalog.iter().map(|line| with_tool(line)).collect();
    let queries: Vec<(&[String], Query<'_>)> = lines
        .iter()
        .filter_map(|line| Some((line.as_slice(), Query::parse(line)?)))
        .filter(|(_, query)| is_readable(query) && is_in_scope(query, namespace))
        .collect();
    let together: Vec<_> =
        queries.iter().filter(|(_, query)| query.kinds.len() > 1 && query.is_list()).collect();
    let mut commands: Vec<Command> =
        together.iter().map(|(line, _)| command(&line[1..], namespace)).collect();
    for kind in Kind::ALL {
        let of_kind: Vec<_> = queries.iter().filter(|(_, query)| query.only_kind() == Some(kind)).collect();
        let spaces: BTreeSet<&str> = of_kind.iter().map(|(_, query)| query.namespace).collect();
        for space in spaces {
            if together.iter().any(|(_, query)| query.kinds.contains(&kind) && query.namespace == space) {
                continue;
            }
            let here: Vec<_> =
                of_kind.iter().copied().filter(|(_, query)| query.namespace == space).collect();
            commands.extend(choose(&here).into_iter().map(|line| command(&line[1..], namespace)));
        }
    }
    let probes = lines.iter().filter(|line| {
        let in_scope = |probe: Probe<'_>| {
            namespace.is_empty() || matches!(probe.namespace(), "") || probe.namespace() == namespace
        };
        Probe::parse(line).is_some_and(in_scope)
    });
    commands.extend(probes.map(|line| probe(line, namespace)));
    let logs = lines.iter().filter(|line| {
        LogQuery::parse(line).is_some_and(|query| namespace.is_empty() || query.namespace == namespace)
    });
    commands.extend(logs.map(|line| command(&line[1..], namespace)));
    // Rather ask in vain, and say so, than pass over in silence that the recording is of another place.
    if !commands.iter().any(names_pods) {
        commands.extend(IN_NAMESPACE.iter().map(|kinds| command(&live(kinds, namespace), namespace)));
    }
    commands
}

fn names_pods(command: &Command) -> bool {
    command
        .args
        .first()
        .is_some_and(|kinds| kinds.split(',').any(|kind| Kind::parse(kind) == Some(Kind::Pod)))
}

fn with_tool(line: &[String]) -> Vec<String> {
    match line.first() {
        Some(tool) if tool == "kubectl" || tool == "probe" => line.to_vec(),
        _ => std::iter::once("kubectl".to_owned()).chain(line.iter().cloned()).collect(),
    }
}

/// True when an adapter gets something out of it.
fn is_readable(query: &Query<'_>) -> bool {
    match (query.form, query.only_kind()) {
        (Form::Json | Form::Yaml, _) => true,
        (Form::Table, Some(kind)) => kind != Kind::EndpointSlice,
        // To describe a service account `kubectl` lists Secrets, which the gate refuses.
        (Form::Description, Some(kind)) => {
            !matches!(kind, Kind::Event | Kind::EndpointSlice | Kind::ServiceAccount)
        }
        _ => false,
    }
}

fn is_in_scope(query: &Query<'_>, namespace: &str) -> bool {
    namespace.is_empty() || query.namespace.is_empty() || query.namespace == namespace
}

/// Of the commands for one kind and namespace, those that none of the others makes needless.
fn choose<'a>(here: &[&(&'a [String], Query<'_>)]) -> Vec<&'a [String]> {
    let list = |wanted: fn(&Query<'_>) -> bool| {
        here.iter().find(|(_, query)| query.is_list() && wanted(query)).map(|(line, _)| *line)
    };
    if let Some(whole) =
        list(|query| query.form == Form::Json).or_else(|| list(|query| query.form == Form::Yaml))
    {
        return vec![whole];
    }
    let wide = list(|query| query.form == Form::Table && query.wide);
    let labels = list(|query| query.form == Form::Table && query.labels);
    let plain = list(|query| query.form == Form::Table);
    let mut chosen: Vec<&[String]> = match (wide, labels) {
        (None, None) => plain.into_iter().collect(),
        (wide, labels) => wide.into_iter().chain(labels).collect(),
    };
    chosen.dedup();
    let listed = !chosen.is_empty();
    let described = list(|query| query.form == Form::Description);
    chosen.extend(described);
    let mut named = BTreeSet::new();
    for (line, query) in here {
        let is_known = match query.form {
            Form::Table => listed || described.is_some() || query.filtered,
            Form::Description => described.is_some(),
            _ => false,
        };
        if !query.names.is_empty() && !is_known && named.insert((query.form, query.names.clone())) {
            chosen.push(line);
        }
    }
    chosen
}

#[cfg(test)]
mod tests;
