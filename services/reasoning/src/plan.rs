//! Which commands to run.

use std::collections::BTreeSet;

use aetherius_contracts::execution::{Command, Source};

use crate::adapter::{Form, Kind, Query};

/// The commands whose outputs today's rules read, each kind of object once. An empty namespace means all of them.
#[must_use]
pub(crate) fn plan(source: &Source, namespace: &str) -> Vec<Command> {
    match source {
        Source::Live => LIVE.iter().map(|kind| command(&live(kind, namespace), namespace)).collect(),
        Source::Recorded { catalog } => recorded(catalog, namespace),
    }
}

const LIVE: [&str; 5] = ["pods", "events", "nodes", "deployments", "replicasets"];

fn live(kind: &str, namespace: &str) -> Vec<String> {
    let scope: &[&str] = match (kind, namespace) {
        ("nodes", _) => &[],
        (_, "") => &["-A"],
        (_, namespace) => &["-n", namespace],
    };
    let words = ["get", kind].into_iter().chain(scope.iter().copied()).chain(["-o", "json"]);
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

fn recorded(catalog: &[Vec<String>], namespace: &str) -> Vec<Command> {
    let lines: Vec<Vec<String>> = catalog.iter().map(|line| with_tool(line)).collect();
    let queries: Vec<(&[String], Query<'_>)> = lines
        .iter()
        .filter_map(|line| Some((line.as_slice(), Query::parse(line)?)))
        .filter(|(_, query)| is_readable(query) && is_in_scope(query, namespace))
        .collect();
    let mut commands = Vec::new();
    for kind in [Kind::Pod, Kind::Event, Kind::Node, Kind::Deployment, Kind::ReplicaSet] {
        let of_kind: Vec<_> = queries.iter().filter(|(_, query)| query.kind == kind).collect();
        let spaces: BTreeSet<&str> = of_kind.iter().map(|(_, query)| query.namespace).collect();
        for space in spaces {
            let here: Vec<_> =
                of_kind.iter().copied().filter(|(_, query)| query.namespace == space).collect();
            commands.extend(choose(&here).into_iter().map(|line| command(&line[1..], namespace)));
        }
    }
    // Rather ask in vain, and say so, than pass over in silence that the recording is of another place.
    if !commands.iter().any(|command| command.args.first().is_some_and(|kind| names_pods(kind))) {
        commands.extend(
            LIVE.iter()
                .filter(|kind| **kind != "nodes")
                .map(|kind| command(&live(kind, namespace), namespace)),
        );
    }
    commands
}

fn names_pods(kind: &str) -> bool {
    matches!(kind, "po" | "pod" | "pods")
}

fn with_tool(line: &[String]) -> Vec<String> {
    match line.first() {
        Some(tool) if tool == "kubectl" => line.to_vec(),
        _ => std::iter::once("kubectl".to_owned()).chain(line.iter().cloned()).collect(),
    }
}

/// True when an adapter gets something out of it that a rule asks for.
fn is_readable(query: &Query<'_>) -> bool {
    match (query.form, query.kind) {
        (Form::Json, _) | (Form::Table, Kind::Pod | Kind::Node | Kind::Event) => true,
        // Only the wide table shows which pods are whose.
        (Form::Table, Kind::Deployment) => query.wide,
        (Form::Description, Kind::Pod | Kind::Node) => true,
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
    if let Some(json) = list(|query| query.form == Form::Json) {
        return vec![json];
    }
    let is_table = |query: &Query<'_>| query.form == Form::Table;
    let wide = list(|query| query.form == Form::Table && query.wide);
    let labels = list(|query| query.form == Form::Table && query.labels);
    let plain = list(|query| query.form == Form::Table);
    let mut chosen: Vec<&[String]> = match (wide, labels) {
        (None, None) => plain.into_iter().collect(),
        (wide, labels) => wide.into_iter().chain(labels).collect(),
    };
    if let Some(all) = list(|query| query.form == Form::Description) {
        chosen.push(all);
        chosen.dedup();
        return chosen;
    }
    let listed = !chosen.is_empty();
    let mut named = BTreeSet::new();
    for (line, query) in here {
        let is_row = is_table(query) && (listed || query.filtered);
        if query.names.is_empty() || is_row {
            continue;
        }
        if named.insert((query.form == Form::Description, query.names.clone())) {
            chosen.push(line);
        }
    }
    chosen
}

#[cfg(test)]
mod tests;
