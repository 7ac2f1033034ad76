//! What a `kubectl` command asks for.

/// A kind of object that some form of output can be read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Pod,
    Event,
    Node,
    Deployment,
    ReplicaSet,
}

impl Kind {
    /// From any of the words `kubectl` takes, or from a `kind` field.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        let word = word.split('.').next().unwrap_or(word).to_ascii_lowercase();
        Some(match word.as_str() {
            "pods" | "pod" | "po" => Self::Pod,
            "events" | "event" | "ev" => Self::Event,
            "nodes" | "node" | "no" => Self::Node,
            "deployments" | "deployment" | "deploy" => Self::Deployment,
            "replicasets" | "replicaset" | "rs" => Self::ReplicaSet,
            _ => return None,
        })
    }

    /// True for kinds without a namespace.
    pub(crate) fn is_cluster_scoped(self) -> bool {
        self == Self::Node
    }
}

/// The form in which the command answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Json,
    Table,
    Description,
    /// A form that no adapter reads.
    Unread,
}

/// A `kubectl get` or `kubectl describe` command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Query<'a> {
    pub(crate) kind: Kind,
    pub(crate) form: Form,
    /// Extra columns: node, selector …
    pub(crate) wide: bool,
    /// A column of labels.
    pub(crate) labels: bool,
    /// The objects asked for by name; none for a list.
    pub(crate) names: Vec<&'a str>,
    /// The namespace asked for; empty for cluster-scoped kinds and for all namespaces.
    pub(crate) namespace: &'a str,
    /// True when a selector leaves objects out.
    pub(crate) filtered: bool,
}

/// Flags whose value may stand in the next argument.
const VALUE_FLAGS: [&str; 18] = [
    "-n",
    "--namespace",
    "-o",
    "--output",
    "-l",
    "--selector",
    "--field-selector",
    "--sort-by",
    "--context",
    "--cluster",
    "--kubeconfig",
    "--user",
    "--request-timeout",
    "--chunk-size",
    "-L",
    "--label-columns",
    "-s",
    "--server",
];

impl<'a> Query<'a> {
    /// `None` for a command that is neither, asks for several or unknown kinds, or needs a shell.
    pub(crate) fn parse(argv: &'a [String]) -> Option<Self> {
        let (tool, arguments) = argv.split_first()?;
        if tool != "kubectl" && !tool.ends_with("/kubectl") {
            return None;
        }
        let mut words = Vec::new();
        let mut asked = Asked::default();
        let mut rest = arguments.iter().map(String::as_str);
        while let Some(argument) = rest.next() {
            if matches!(argument, "|" | ">" | ">>" | ";" | "&&" | "||") {
                return None;
            }
            if !argument.starts_with('-') {
                words.push(argument);
                continue;
            }
            let (flag, value) = split_flag(argument);
            let value = value.or_else(|| if VALUE_FLAGS.contains(&flag) { rest.next() } else { None });
            asked.take(flag, value.unwrap_or(""));
        }
        asked.query(&words)
    }

    /// True when every object of the kind and namespace is asked for.
    pub(crate) fn is_list(&self) -> bool {
        self.names.is_empty() && !self.filtered
    }
}

#[derive(Default)]
struct Asked<'a> {
    output: &'a str,
    labels: bool,
    namespace: Option<&'a str>,
    all_namespaces: bool,
    filtered: bool,
}

impl<'a> Asked<'a> {
    fn take(&mut self, flag: &str, value: &'a str) {
        match flag {
            "-n" | "--namespace" => self.namespace = Some(value),
            "-A" | "--all-namespaces" => self.all_namespaces = value != "false",
            "-o" | "--output" => self.output = value,
            "--show-labels" => self.labels = value != "false",
            "-l" | "--selector" | "--field-selector" => self.filtered = true,
            // Without a header the columns cannot be told apart.
            "--no-headers" if value != "false" => self.output = "no-headers",
            _ => {}
        }
    }

    fn query(self, words: &[&'a str]) -> Option<Query<'a>> {
        let (verb, targets) = words.split_first()?;
        let (target, rest) = targets.split_first()?;
        let (kind, first) = match target.split_once('/') {
            Some((kind, name)) => (Kind::parse(kind)?, Some(name)),
            None => (Kind::parse(target)?, None),
        };
        let form = match (*verb, self.output) {
            ("get", "json") => Form::Json,
            ("get", "" | "wide") => Form::Table,
            ("get", _) => Form::Unread,
            ("describe", _) => Form::Description,
            _ => return None,
        };
        let namespace = match self.namespace {
            _ if kind.is_cluster_scoped() || self.all_namespaces => "",
            Some(namespace) => namespace,
            None => "default",
        };
        let names = first
            .into_iter()
            .chain(rest.iter().map(|word| word.rsplit('/').next().unwrap_or(word)))
            .collect();
        Some(Query {
            kind,
            form,
            wide: self.output == "wide",
            labels: self.labels,
            names,
            namespace,
            filtered: self.filtered,
        })
    }
}

/// `--name=value`, `-n=value`, `-nvalue` and bare flags.
fn split_flag(argument: &str) -> (&str, Option<&str>) {
    if let Some((flag, value)) = argument.split_once('=') {
        return (flag, Some(value));
    }
    match argument.get(..2) {
        Some(short @ ("-n" | "-o" | "-l" | "-L" | "-s")) if argument.len() > 2 => (short, argument.get(2..)),
        _ => (argument, None),
    }
}
