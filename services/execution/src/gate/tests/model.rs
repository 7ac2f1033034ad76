//! A second, independent reading of a kubectl command, written to be as generous as kubectl itself: it knows the dangerous
//! flags, underscores for dashes and every spelling of a boolean. The properties hold the gate against it.

/// What kubectl would do with an argument vector.
#[derive(Debug, Default)]
pub(super) struct Effect {
    pub(super) words: Vec<String>,
    pub(super) flags: Vec<(String, String)>,
}

/// Flags of kubectl that take no value.
const SWITCHES: &[&str] = &[
    "all",
    "all-containers",
    "all-namespaces",
    "all-pods",
    "alsologtostderr",
    "containers",
    "disable-compression",
    "follow",
    "force",
    "ignore-errors",
    "ignore-not-found",
    "insecure-skip-tls-verify",
    "insecure-skip-tls-verify-backend",
    "logtostderr",
    "match-server-version",
    "no-headers",
    "output-watch-events",
    "overwrite",
    "prefix",
    "previous",
    "prune",
    "recursive",
    "server-print",
    "show-events",
    "show-kind",
    "show-labels",
    "show-managed-fields",
    "stdin",
    "sum",
    "timestamps",
    "tty",
    "warnings-as-errors",
    "watch",
    "watch-only",
];

const LETTERS: &[(char, &str)] = &[
    ('A', "all-namespaces"),
    ('n', "namespace"),
    ('o', "output"),
    ('l', "selector"),
    ('L', "label-columns"),
    ('w', "watch"),
    ('f', "filename"),
    ('k', "kustomize"),
    ('R', "recursive"),
    ('s', "server"),
    ('v', "v"),
    ('p', "previous"),
    ('c', "container"),
];

pub(super) fn read(argv: &[String]) -> Effect {
    let mut effect = Effect::default();
    let mut at = 0;
    while at < argv.len() {
        let arg = &argv[at];
        at += 1;
        if arg == "--" {
            effect.words.extend_from_slice(&argv[at..]);
            break;
        }
        let (name, mut value) = match arg.strip_prefix("--") {
            Some(long) => {
                let (name, value) =
                    long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
                (name.replace('_', "-"), value.map(str::to_owned))
            }
            None if arg.starts_with('-') && arg.len() > 1 => {
                let mut letters = arg[1..].chars();
                let mut last = (String::new(), None);
                while let Some(letter) = letters.next() {
                    let name =
                        LETTERS.iter().find(|(known, _)| *known == letter).map_or("?", |(_, name)| name);
                    let rest = letters.as_str();
                    last = (name.to_owned(), None);
                    if SWITCHES.contains(&name) && !rest.starts_with('=') && !rest.is_empty() {
                        effect.flags.push((name.to_owned(), "true".to_owned()));
                        continue;
                    }
                    last.1 = Some(rest.trim_start_matches('=').to_owned()).filter(|value| !value.is_empty());
                    break;
                }
                last
            }
            None => {
                effect.words.push(arg.clone());
                continue;
            }
        };
        if value.is_none() && SWITCHES.contains(&name.as_str()) {
            value = Some("true".to_owned());
        }
        if value.is_none() {
            value = argv.get(at).cloned();
            at += 1;
        }
        effect.flags.push((name, value.unwrap_or_default()));
    }
    effect
}

impl Effect {
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.flags.iter().rev().find(|(flag, _)| flag == name).map(|(_, value)| value.as_str())
    }

    fn is_on(&self, name: &str) -> bool {
        self.value(name).is_some_and(|value| matches!(value, "1" | "t" | "T" | "true" | "TRUE" | "True"))
    }

    /// Why this would be harmful for a caller bound to `namespace`.
    pub(super) fn harm(&self, namespace: &str) -> Option<String> {
        const FORBIDDEN: &[&str] = &[
            "server",
            "kubeconfig",
            "token",
            "as",
            "as-group",
            "as-uid",
            "context",
            "cluster",
            "user",
            "username",
            "password",
            "insecure-skip-tls-verify",
            "tls-server-name",
            "certificate-authority",
            "client-key",
            "client-certificate",
            "cache-dir",
            "profile",
            "profile-output",
            "v",
            "vmodule",
            "filename",
            "kustomize",
            "raw",
            "template",
            "subresource",
            "as-user-extra",
            "kuberc",
            "log-file",
            "output-directory",
            "insecure-skip-tls-verify-backend",
            "recursive",
            "?",
        ];
        const READING: &[&str] =
            &["get", "describe", "logs", "top", "rollout", "events", "auth", "api-resources", "version"];
        if let Some((flag, _)) = self.flags.iter().find(|(flag, _)| FORBIDDEN.contains(&flag.as_str())) {
            return Some(format!("flag {flag}"));
        }
        if ["watch", "watch-only", "follow", "all-namespaces"].iter().any(|flag| self.is_on(flag)) {
            return Some("watches, or reads all namespaces".to_owned());
        }
        if self.value("namespace").is_some_and(|asked| asked != namespace) {
            return Some("reads another namespace".to_owned());
        }
        let verb = self.words.first().map(String::as_str).unwrap_or_default();
        if !READING.contains(&verb) {
            return Some(format!("verb {verb}"));
        }
        if verb == "rollout" && !matches!(self.words.get(1).map(String::as_str), Some("status" | "history")) {
            return Some("changes a rollout".to_owned());
        }
        if verb == "auth" && self.words.get(1).is_none_or(|sub| sub != "can-i") {
            return Some("changes permissions".to_owned());
        }
        if matches!(verb, "get" | "describe") && self.touches_secrets() {
            return Some("reads secrets".to_owned());
        }
        let output = self.value("output").unwrap_or_default();
        (output.contains("file") || output.contains("template")).then(|| format!("output {output}"))
    }

    fn touches_secrets(&self) -> bool {
        let operands = &self.words[1..];
        let first = operands.first().map(String::as_str).unwrap_or_default();
        let kinds = first
            .split(',')
            .chain(operands.iter().filter_map(|word| word.split_once('/').map(|(kind, _)| kind)));
        kinds
            .map(|kind| kind.split(['.', '/']).next().unwrap_or_default().to_ascii_lowercase())
            .any(|kind| matches!(kind.as_str(), "secret" | "secrets" | "all"))
    }
}
