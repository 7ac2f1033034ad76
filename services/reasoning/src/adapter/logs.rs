//! `kubectl logs`: the lines of one pod, or of a pod of a workload.

use crate::objects::{Key, Log, Snapshot, Source};

/// Lines that are kept: the last ones, because a program says last why it ends.
const LINES_MAX: usize = 2000;

/// A command that prints the log of one pod or workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LogQuery<'a> {
    /// The pod or workload.
    name: &'a str,
    /// The namespace asked for.
    pub(crate) namespace: &'a str,
}

/// Flags whose value may stand in the next argument.
const VALUE_FLAGS: [&str; 14] = [
    "-n",
    "--namespace",
    "-c",
    "--container",
    "--tail",
    "--since",
    "--since-time",
    "--limit-bytes",
    "--context",
    "--kubeconfig",
    "--request-timeout",
    "--pod-running-timeout",
    "--cluster",
    "--user",
];

impl<'a> LogQuery<'a> {
    /// `None` for any other command, and for a selector: nobody could tell whose lines they are.
    pub(crate) fn parse(argv: &'a [String]) -> Option<Self> {
        let [tool, verb, arguments @ ..] = argv else {
            return None;
        };
        if verb != "logs" || !(tool == "kubectl" || tool.ends_with("/kubectl")) {
            return None;
        }
        let (mut name, mut namespace) = (None, "default");
        let mut rest = arguments.iter().map(String::as_str);
        while let Some(argument) = rest.next() {
            if !argument.starts_with('-') {
                // A second word is a container.
                name = name.or(Some(argument));
                continue;
            }
            let (flag, value) = match argument.split_once('=') {
                Some((flag, value)) => (flag, Some(value)),
                None => (argument, None),
            };
            if matches!(flag, "-l" | "--selector") {
                return None;
            }
            let value = value.or_else(|| if VALUE_FLAGS.contains(&flag) { rest.next() } else { None });
            if matches!(flag, "-n" | "--namespace") {
                namespace = value?;
            }
        }
        let name = name?;
        Some(Self { name: name.rsplit('/').next().unwrap_or(name), namespace })
    }

    pub(super) fn read(&self, snapshot: &mut Snapshot<'_>, index: usize) {
        let Some(output) = snapshot.outputs().get(index) else {
            return;
        };
        let source = Source { output: index, lines: 0..output.line_count() };
        let lines = (0..output.line_count()).map(|number| output.line(number));
        let mut lines: Vec<String> =
            lines.filter(|line| !line.trim().is_empty()).map(str::to_owned).collect();
        lines.drain(..lines.len().saturating_sub(LINES_MAX));
        if !lines.is_empty() {
            snapshot.logs.add(Log { key: Key::new(self.namespace, self.name), lines }, source);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::adapter::observe;
    use crate::objects::Key;
    use crate::testing::step;

    #[test]
    fn a_log_belongs_to_the_pod_or_workload_that_was_asked_for() {
        let outputs = [
            step("kubectl logs -n barn goat-0 main --tail=50 --previous", "one\n\ntwo\n"),
            step("kubectl logs deployment/hen --namespace=barn --tail 9", "three\n"),
            step("kubectl logs -l app=hen -n barn", "four\n"),
            step("kubectl logs silent -n barn", "\n"),
        ];
        let snapshot = observe(&outputs);
        let lines = |name: &str| snapshot.logs.get(&Key::new("barn", name)).map(|log| log.lines.clone());
        assert_eq!(lines("goat-0").unwrap(), ["one", "two"]);
        assert_eq!(lines("hen").unwrap(), ["three"]);
        assert_eq!((lines("silent"), snapshot.logs.len()), (None, 2));
    }
}
