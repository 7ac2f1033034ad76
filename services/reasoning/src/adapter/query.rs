//! What a `kubectl` command asks for.

/// A kind of object that some form of output can be read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Pod,
    Event,
    Node,
    Deployment,
    StatefulSet,
    DaemonSet,
    ReplicaSet,
    Service,
    Endpoints,
    EndpointSlice,
    Claim,
    Volume,
    StorageClass,
    Quota,
    ServiceAccount,
}

impl Kind {
    /// Every kind, in the order in which a person would look.
    pub(crate) const ALL: [Self; 15] = [
        Self::Pod,
        Self::Event,
        Self::Node,
        Self::Deployment,
        Self::StatefulSet,
        Self::DaemonSet,
        Self::ReplicaSet,
        Self::Service,
        Self::Endpoints,
        Self::EndpointSlice,
        Self::Claim,
        Self::Volume,
        Self::StorageClass,
        Self::Quota,
        Self::ServiceAccount,
    ];

    /// From any of the words `kubectl` takes, or from a `kind` field.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        let word = word.split('.').next().unwrap_or(word).to_ascii_lowercase();
        Some(match word.as_str() {
            "pods" | "pod" | "po" => Self::Pod,
            "events" | "event" | "ev" => Self::Event,
            "nodes" | "node" | "no" => Self::Node,
            "deployments" | "deployment" | "deploy" => Self::Deployment,
            "statefulsets" | "statefulset" | "sts" => Self::StatefulSet,
            "daemonsets" | "daemonset" | "ds" => Self::DaemonSet,
            "replicasets" | "replicaset" | "rs" => Self::ReplicaSet,
            "services" | "service" | "svc" => Self::Service,
            "endpoints" | "endpoint" | "ep" => Self::Endpoints,
            "endpointslices" | "endpointslice" => Self::EndpointSlice,
            "persistentvolumeclaims" | "persistentvolumeclaim" | "pvc" => Self::Claim,
            "persistentvolumes" | "persistentvolume" | "pv" => Self::Volume,
            "storageclasses" | "storageclass" | "sc" => Self::StorageClass,
            "resourcequotas" | "resourcequota" | "quota" => Self::Quota,
            "serviceaccounts" | "serviceaccount" | "sa" => Self::ServiceAccount,
            _ => return None,
        })
    }

    /// True for kinds without a namespace.
    pub(crate) fn is_cluster_scoped(self) -> bool {
        matches!(self, Self::Node | Self::Volume | Self::StorageClass)
    }
}

/// The form in which the command answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Form {
    Json,
    Yaml,
    Table,
    Description,
    /// A form that no adapter reads.
    Unread,
}

/// A `kubectl get` or `kubectl describe` command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Query<'a> {
    /// The kinds asked for, at least one; only JSON and YAML are read for several.
    pub(crate) kinds: Vec<Kind>,
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
    /// `None` for a command that is neither, asks for unknown kinds only, or needs a shell.
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

    /// The kind, if only one is asked for.
    pub(crate) fn only_kind(&self) -> Option<Kind> {
        match self.kinds.as_slice() {
            [kind] => Some(*kind),
            _ => None,
        }
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
        let (kinds, first) = match target.split_once('/') {
            Some((kind, name)) => (vec![Kind::parse(kind)?], Some(name)),
            None => (target.split(',').filter_map(Kind::parse).collect::<Vec<_>>(), None),
        };
        let form = match (*verb, self.output) {
            ("get", "json") => Form::Json,
            ("get", "yaml") => Form::Yaml,
            ("get", "" | "wide") if kinds.len() == 1 => Form::Table,
            ("get", _) => Form::Unread,
            ("describe", _) => Form::Description,
            _ => return None,
        };
        let namespace = match self.namespace {
            _ if kinds.iter().all(|kind| kind.is_cluster_scoped()) || self.all_namespaces => "",
            Some(namespace) => namespace,
            None => "default",
        };
        let names = first
            .into_iter()
            .chain(rest.iter().map(|word| word.rsplit('/').next().unwrap_or(word)))
            .collect();
        if kinds.is_empty() {
            return None;
        }
        Some(Query {
            kinds,
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
