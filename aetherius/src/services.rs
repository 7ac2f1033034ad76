//! The services there are, in the order in which an alert meets them.

use anyhow::bail;
use std::{collections::BTreeSet, fmt};

/// A service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Service {
    Events,
    Orchestrator,
    Reasoning,
    Knowledge,
    Execution,
    Reports,
    Notifications,
    Audit,
    Identity,
    Api,
}

use Service::{
    Api, Audit, Events, Execution, Identity, Knowledge, Notifications, Orchestrator, Reasoning, Reports,
};

impl Service {
    pub(crate) const ALL: [Self; 10] =
        [Events, Orchestrator, Reasoning, Knowledge, Execution, Reports, Notifications, Audit, Identity, Api];

    /// The name of its crate, and in settings and paths.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Events => "events",
            Orchestrator => "orchestrator",
            Reasoning => "reasoning",
            Knowledge => "knowledge",
            Execution => "execution",
            Reports => "reports",
            Notifications => "notifications",
            Audit => "audit",
            Identity => "identity",
            Api => "api",
        }
    }

    /// What the design documents call it.
    pub(crate) fn alias(self) -> &'static str {
        match self {
            Events => "event-gateway",
            Orchestrator => "orchestrator-service",
            Reasoning => "reasoning-service",
            Knowledge => "knowledge-service",
            Execution => "execution-service",
            Reports => "report-service",
            Notifications => "notification-service",
            Audit => "audit-service",
            Identity => "identity-service",
            Api => "api-service",
        }
    }

    fn does(self) -> &'static str {
        match self {
            Events => "takes webhooks in",
            Orchestrator => "makes tasks of events and works on them",
            Reasoning => "says what to run and what it means",
            Knowledge => "finds what was learnt before",
            Execution => "judges and runs commands",
            Reports => "writes down what was found",
            Notifications => "tells people",
            Audit => "records everything in a chain",
            Identity => "knows people, roles and keys",
            Api => "shows incidents",
        }
    }

    /// Whom it calls.
    pub(crate) fn calls(self) -> &'static [Self] {
        match self {
            Orchestrator => &[Reasoning, Execution],
            Reasoning => &[Knowledge],
            Api => &[Events, Orchestrator, Execution, Reports, Notifications, Audit],
            Events | Knowledge | Execution | Reports | Notifications | Audit | Identity => &[],
        }
    }

    /// Whose messages it lives on.
    pub(crate) fn hears(self) -> &'static [Self] {
        match self {
            Orchestrator => &[Events],
            Reports => &[Orchestrator],
            Notifications => &[Reports],
            Audit => &[Events, Orchestrator, Execution, Reports, Notifications, Identity],
            Events | Reasoning | Knowledge | Execution | Identity | Api => &[],
        }
    }

    fn find(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|service| service.name() == word || service.alias() == word)
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Reads a selection such as `all` or `events,orchestrator`.
pub(crate) fn select(words: &[String]) -> anyhow::Result<BTreeSet<Service>> {
    let mut selected = BTreeSet::new();
    let mut unknown = Vec::new();
    for word in words.iter().map(|word| word.trim()) {
        match Service::find(word) {
            _ if word == "all" => selected.extend(Service::ALL),
            Some(service) => {
                selected.insert(service);
            }
            None => unknown.push(format!("`{word}`")),
        }
    }
    let names = Service::ALL.map(Service::name).join(", ");
    if !unknown.is_empty() {
        bail!("there is no service {}; choose `all` or some of: {names}", unknown.join(", "));
    }
    if selected.is_empty() {
        bail!("no service was selected; choose `all` or some of: {names}");
    }
    Ok(selected)
}

/// Everything that a selection lacks: called services that are neither selected nor have a URL, and messages that would cross the
/// border of the process, which the embedded log does not.
pub(crate) fn gaps(selected: &BTreeSet<Service>, has_url: impl Fn(Service) -> bool) -> Vec<String> {
    let mut gaps = Vec::new();
    for &service in selected {
        for &called in service.calls() {
            if !selected.contains(&called) && !has_url(called) {
                gaps.push(format!("{service} calls {called}: select it too, or set `urls.{called}`"));
            }
        }
    }
    for service in Service::ALL {
        for &heard in service.hears() {
            if selected.contains(&service) != selected.contains(&heard) {
                gaps.push(format!(
                    "{service} hears {heard}: both must be in one process, because the embedded message log does not leave it"
                ));
            }
        }
    }
    gaps
}

/// The services as a table.
pub(crate) fn table() -> String {
    let list = |services: &[Service]| match services {
        [] => "-".to_owned(),
        some => some.iter().map(|service| service.name()).collect::<Vec<_>>().join(", "),
    };
    let mut rows = vec![["SERVICE", "ALSO KNOWN AS", "CALLS", "HEARS", "DOES"].map(str::to_owned)];
    rows.extend(Service::ALL.map(|service| {
        [
            service.name().to_owned(),
            service.alias().to_owned(),
            list(service.calls()),
            list(service.hears()),
            service.does().to_owned(),
        ]
    }));
    columns(&rows)
}

/// Rows of a table, each column as wide as it must be.
pub(crate) fn columns<const N: usize>(rows: &[[String; N]]) -> String {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.len());
        }
    }
    rows.iter().fold(String::new(), |mut text, row| {
        let cells: Vec<String> =
            row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
        text
    })
}

#[cfg(test)]
mod tests {
    use super::{Service, gaps, select, table};

    fn words(text: &str) -> Vec<String> {
        text.split(',').map(str::to_owned).collect()
    }

    #[test]
    fn names_aliases_and_all_select() {
        assert_eq!(select(&words("all")).unwrap().len(), Service::ALL.len());
        let two = select(&words("event-gateway, audit")).unwrap();
        assert_eq!(two.into_iter().collect::<Vec<_>>(), [Service::Events, Service::Audit]);
        let error = select(&words("event,audit,nope")).unwrap_err().to_string();
        assert!(
            error.starts_with("there is no service `event`, `nope`; choose `all` or some of: events,"),
            "{error}"
        );
        assert!(select(&[]).is_err());
    }

    #[test]
    fn the_whole_has_no_gaps_and_a_part_is_told_all_of_them() {
        let all = select(&words("all")).unwrap();
        assert!(gaps(&all, |_| false).is_empty());
        let part = select(&words("reasoning,orchestrator")).unwrap();
        insta::assert_snapshot!(gaps(&part, |_| false).join("\n"));
        assert!(gaps(&select(&words("reasoning")).unwrap(), |_| true).is_empty());
    }

    #[test]
    fn the_table_tells_what_each_needs() {
        insta::assert_snapshot!(table());
    }
}
