//! Probes: questions that `kubectl` cannot answer. Only recordings have them yet, as `probe NAME key=value…`.

use super::{monitoring, yaml};
use crate::objects::{Connection, Key, Log, Node, Snapshot, Source};

/// A probe that can be read, with its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Probe<'a> {
    kind: Kind,
    arguments: &'a [String],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// The manifests of an application.
    Manifest,
    /// What a service's containers logged that looks like an error.
    ErrorLog,
    /// Whether a daemon of a node runs.
    NodeService,
    /// Whether a port of a service can be connected to.
    Connection,
    /// Which measurements are out of the ordinary.
    Alerts,
    /// Which services a service calls.
    Calls,
}

impl<'a> Probe<'a> {
    /// `None` for any other command.
    pub(crate) fn parse(argv: &'a [String]) -> Option<Self> {
        let [tool, name, arguments @ ..] = argv else {
            return None;
        };
        let kind = match name.as_str() {
            "GetAppYAML" => Kind::Manifest,
            "GetErrorLogs" => Kind::ErrorLog,
            "CheckNodeServiceStatus" => Kind::NodeService,
            "CheckServiceConnectivity" => Kind::Connection,
            "GetAlerts" => Kind::Alerts,
            "GetServiceDependencies" => Kind::Calls,
            _ => return None,
        };
        (tool == "probe").then_some(Self { kind, arguments })
    }

    /// The namespace asked about; empty when the probe names none.
    pub(crate) fn namespace(&self) -> &'a str {
        self.argument("namespace")
    }

    fn argument(&self, name: &str) -> &'a str {
        let value = |argument: &'a String| argument.strip_prefix(name)?.strip_prefix('=');
        self.arguments.iter().find_map(value).unwrap_or("")
    }

    pub(super) fn read(&self, snapshot: &mut Snapshot<'_>, index: usize) {
        let Some(output) = snapshot.outputs().get(index) else {
            return;
        };
        let source = Source { output: index, lines: 0..output.line_count() };
        let lines = || (0..output.line_count()).map(|number| output.line(number));
        match self.kind {
            Kind::Manifest => yaml::read(snapshot, index, None),
            Kind::Alerts => monitoring::read_alerts(snapshot, index),
            Kind::Calls => monitoring::read_calls(snapshot, index, self.argument("service_name")),
            Kind::ErrorLog => {
                let key = Key::new(self.namespace(), self.argument("service_name"));
                let lines = lines().filter(|line| !line.trim().is_empty()).take(LINES_MAX);
                let log = Log { key, lines: lines.map(str::to_owned).collect() };
                snapshot.logs.add(log, source);
            }
            Kind::NodeService => {
                let active = lines().find_map(|line| line.trim_start().strip_prefix("Active: "));
                let Some(state) = active.and_then(|rest| rest.split(' ').next()) else {
                    return;
                };
                let mut node = Node { key: Key::new("", self.argument("node_name")), ..Node::default() };
                node.services.insert(self.argument("service_name").to_owned(), state.to_owned());
                snapshot.nodes.add(node, source);
            }
            Kind::Connection => {
                let Ok(port) = self.argument("port").parse() else {
                    return;
                };
                let is_open = lines().any(|line| line.trim() == "Connection Succeeded");
                let key = Key::new(self.namespace(), self.argument("service_name"));
                let connection = Connection { key, ports: [(port, is_open)].into() };
                snapshot.connections.add(connection, source);
            }
        }
    }
}

/// Lines of a log that are kept.
const LINES_MAX: usize = 2000;

#[cfg(test)]
mod tests {
    use crate::adapter::observe;
    use crate::objects::Key;
    use crate::testing::step;

    #[test]
    fn what_probes_answer_becomes_part_of_the_objects() {
        let outputs = [
            step(
                "probe GetAppYAML app_name=hen",
                "kind: Service\nmetadata: {name: hen, namespace: barn}\n---\nkind: Deployment\nmetadata: {name: hen, namespace: barn}\n",
            ),
            step(
                "probe GetErrorLogs namespace=barn service_name=hen",
                "{\n  \"app\": [\n    \"no egg\"\n  ]\n}",
            ),
            step(
                "probe CheckNodeServiceStatus node_name=pen service_name=kubelet",
                "Service: kubelet\n     Active: inactive (dead) since\n",
            ),
            step(
                "probe CheckServiceConnectivity namespace=barn service_name=hen port=80",
                "Connection Failed",
            ),
            step(
                "probe CheckServiceConnectivity namespace=barn service_name=hen port=81",
                "a\nConnection Succeeded",
            ),
            step("probe GetAlerts", "{}"),
        ];
        let snapshot = observe(&outputs);
        let hen = Key::new("barn", "hen");
        assert!(snapshot.services.get(&hen).is_some() && snapshot.deployments.get(&hen).is_some());
        assert!(snapshot.logs.get(&hen).unwrap().lines.iter().any(|line| line.contains("no egg")));
        assert_eq!(snapshot.nodes.get(&Key::new("", "pen")).unwrap().services["kubelet"], "inactive");
        assert_eq!(snapshot.connections.get(&hen).unwrap().ports, [(80, false), (81, true)].into());
    }
}
