//! Properties over every dangerous flag of the tools: put into an approved command it turns the command down, wherever it stands and
//! however it is spelled; and nothing that is put into a refused command lets it pass. `PROPTEST_CASES` raises the number of tries.

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::{model, only_shop};
use crate::gate::judge;

/// Approved commands in units: what belongs together stays together, and the verb comes first.
const KUBECTL: &[&[&str]] = &[
    &["get", "pods"],
    &["get", "pods", "web-1", "web-2", "-o json"],
    &["get", "deploy/web", "svc/web", "-n shop"],
    &["get", "events", "--sort-by=.lastTimestamp", "--field-selector type=Warning"],
    &["get", "pods,deploy", "-l app=web", "-L app", "--no-headers"],
    &["describe", "pods", "web-1", "--show-events=true"],
    &["logs", "web-1", "-c app", "--tail 20", "--timestamps"],
    &["logs", "-l app=web", "--prefix", "--since=1h"],
    &["top pods", "--containers", "--sort-by cpu"],
    &["rollout status", "deploy/web", "--watch=false"],
    &["rollout history", "deploy/web", "--revision=2"],
    &["events", "--types=Warning", "--for pod/web-1"],
    &["auth can-i", "list", "pods"],
    &["api-resources", "-o name"],
    &["version", "-o json"],
];

const HELM: &[&[&str]] = &[
    &["list"],
    &["ls", "-n shop", "-o json", "--failed"],
    &["list", "-f ^web", "--max 5", "-q"],
    &["history", "web", "--max=3"],
    &["get metadata", "web", "--revision 2"],
];

/// `name` is a switch, `name=` takes a value, `name=value` is only dangerous with that value; a letter in front is the short form.
const DANGEROUS_KUBECTL: &[&str] = &[
    "as=",
    "as-group=",
    "as-uid=",
    "as-user-extra=",
    "cache-dir=",
    "certificate-authority=",
    "client-certificate=",
    "client-key=",
    "cluster=",
    "context=",
    "disable-compression",
    "insecure-skip-tls-verify",
    "kubeconfig=",
    "kuberc=",
    "log-flush-frequency=",
    "match-server-version",
    "password=",
    "profile=",
    "profile-output=",
    "s server=",
    "tls-server-name=",
    "token=",
    "user=",
    "username=",
    "v v=",
    "vmodule=",
    "warnings-as-errors",
    "log-file=",
    "log-dir=",
    "alsologtostderr",
    "logtostderr",
    "request-timeout=0",
    "n namespace=bank",
    "A all-namespaces",
    "f filename=",
    "k kustomize=",
    "R recursive=1",
    "raw=",
    "template=",
    "w watch",
    "watch-only",
    "output-watch-events",
    "subresource=token",
    "chunk-size=0",
    "f follow",
    "insecure-skip-tls-verify-backend",
    "max-log-requests=1000",
    "tail=-1",
    "limit-bytes=0",
    "output-directory=",
    "o output=templatefile=x",
    "o output=go-template={{.}}",
    "o output=go-template-file=/etc/passwd",
    "o output=jsonpath={.data}",
    "o output=jsonpath-file=/etc/passwd",
    "o output=custom-columns=A:.data",
    "o output=custom-columns-file=/etc/passwd",
    "force",
    "dry-run=",
    "overwrite",
    "prune",
    "all",
    "grace-period=",
    "image=",
    "i stdin",
    "t tty",
    "field-manager=",
    "exec=",
];

const DANGEROUS_HELM: &[&str] = &[
    "burst-limit=",
    "debug",
    "kube-apiserver=",
    "kube-as-group=",
    "kube-as-user=",
    "kube-ca-file=",
    "kube-context=",
    "kube-insecure-skip-tls-verify",
    "kube-tls-server-name=",
    "kube-token=",
    "kubeconfig=",
    "qps=",
    "registry-config=",
    "repository-cache=",
    "repository-config=",
    "template=",
    "content-cache=",
    "n namespace=bank",
    "A all-namespaces",
    "o output=go-template={{.}}",
    "ca-file=",
    "cert-file=",
    "key-file=",
    "keyring=",
    "post-renderer=",
    "set=",
    "set-file=",
    "values=",
    "username=",
    "password=",
    "repo=",
    "insecure-skip-tls-verify",
    "plain-http",
    "force",
    "install",
    "show-resources",
];

/// Arguments that nothing excuses.
const POISON: &[&str] = &[
    "secret/db",
    "pods,secrets",
    "Secrets",
    "secrets.v1.",
    "../secrets",
    "$(id)",
    "pods/web-1;id",
    "-A",
    "-w",
    "-nbank",
    "-Aw",
    "--server=https://evil.example",
    "--kubeconfig=/tmp/k",
    "--as=admin",
    "--as_group=x",
    "--raw=/api",
    "-v=9",
    "-f=/etc/passwd",
    "--all-namespaces=T",
    "--watch",
    "--chunk-size=0",
    "--namespace=bank",
    "-ojsonpath-file=/etc/passwd",
    "--template={{.}}",
];

/// What may be put beside it.
const BYSTANDERS: &[&str] = &[
    "--show-labels",
    "--watch=false",
    "--watch-only=false",
    "--all-namespaces=false",
    "--namespace=shop",
    "-nshop",
    "-oname",
    "--output=json",
    "--",
    "--list",
    "--selector=app=web",
    "--tail=5",
    "--follow=false",
    "--no-headers",
    "--ignore-not-found",
    "--request-timeout=5s",
    "--server=",
    "--kubeconfig=",
    "-h",
    "--help",
    "--v=0",
    "web-1",
    "pods",
];

const BOOLEANS: &[&str] = &["", "=1", "=t", "=T", "=true", "=TRUE", "=True"];

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(4000), ..ProptestConfig::default() })]

    #[test]
    fn a_dangerous_flag_of_kubectl_turns_a_command_down(
        units in select(KUBECTL), flag in select(DANGEROUS_KUBECTL), spelling in 0_usize..11, boolean in select(BOOLEANS), at: Index,
    ) {
        let vector = with_flag(units, flag, spelling, boolean, at);
        prop_assert!(judge(&only_shop(), "kubectl", &tokens(units)).is_ok(), "{units:?}");
        prop_assert!(judge(&only_shop(), "kubectl", &vector).is_err(), "{vector:?}");
    }

    #[test]
    fn a_dangerous_flag_of_helm_turns_a_command_down(
        units in select(HELM), flag in select(DANGEROUS_HELM), spelling in 0_usize..11, boolean in select(BOOLEANS), at: Index,
    ) {
        let vector = with_flag(units, flag, spelling, boolean, at);
        prop_assert!(judge(&only_shop(), "helm", &tokens(units)).is_ok(), "{units:?}");
        prop_assert!(judge(&only_shop(), "helm", &vector).is_err(), "{vector:?}");
    }

    #[test]
    fn a_refused_command_stays_refused_whatever_is_put_into_it(
        units in select(KUBECTL),
        poison in select(POISON),
        bystanders in prop::collection::vec(select(BYSTANDERS), 0..4),
        keys in prop::collection::vec(any::<u32>(), 12),
    ) {
        let (verb, rest) = units.split_first().unwrap();
        let mut rest: Vec<&str> = rest.iter().copied().chain(bystanders).chain([poison]).collect();
        let mut order = keys.iter().cycle();
        rest.sort_by_cached_key(|_| order.next());
        let vector = tokens(&[&[*verb], rest.as_slice()].concat());
        prop_assert!(judge(&only_shop(), "kubectl", &vector).is_err(), "{vector:?}");
    }

    #[test]
    fn whatever_an_edited_command_passes_as_is_harmless(
        units in select(KUBECTL),
        flag in select(DANGEROUS_KUBECTL),
        poison in select(POISON),
        edits in prop::collection::vec((0_usize..9, any::<Index>(), any::<Index>()), 1..6),
    ) {
        let mut vector = tokens(units);
        vector.push(poison.to_owned());
        vector.push(spell(flag, 0, "").concat());
        for (kind, first, second) in edits {
            edit(&mut vector, kind, first, second);
        }
        if judge(&only_shop(), "kubectl", &vector).is_ok() {
            let harm = model::read(&vector).harm("shop");
            prop_assert!(harm.is_none(), "{vector:?}: {harm:?}");
        }
    }
}

fn tokens(units: &[&str]) -> Vec<String> {
    units.iter().flat_map(|unit| unit.split(' ')).map(str::to_owned).collect()
}

fn with_flag(units: &[&str], flag: &str, spelling: usize, boolean: &str, at: Index) -> Vec<String> {
    let mut vector = tokens(units);
    let at = at.index(vector.len() + 1);
    vector.splice(at..at, spell(flag, spelling, boolean));
    vector
}

/// The flag as one or two arguments.
fn spell(flag: &str, spelling: usize, boolean: &str) -> Vec<String> {
    let (short, long) = match flag.split_once(' ') {
        Some((short, long)) => (Some(short), long),
        None => (None, flag),
    };
    let (name, value) = match long.split_once('=') {
        Some((name, "")) => (name, Some("x")),
        Some((name, value)) => (name, Some(value)),
        None => (long, None),
    };
    let tail = value.map_or(boolean.to_owned(), |value| format!("={value}"));
    match (spelling, short, value) {
        (1, _, Some(value)) => vec![format!("--{name}"), value.to_owned()],
        (2, ..) => vec![format!("--{}{tail}", name.replace('-', "_"))],
        (3, ..) => vec![format!("--{}{tail}", name.to_uppercase())],
        // `-limit-bytes=0` is the selector `imit-bytes=0`, `-force` the filter `orce`: they do no harm.
        (4, ..) if !name.starts_with(['l', 'f']) => vec![format!("-{name}{tail}")],
        (5, ..) => vec![format!("---{name}{tail}")],
        (6, ..) => vec![format!("--{name} {}", value.unwrap_or("true"))],
        (7, Some(short), Some(value)) => vec![format!("-{short}"), value.to_owned()],
        (8, Some(short), Some(value)) => vec![format!("-{short}{value}")],
        (9, Some(short), Some(value)) => vec![format!("-q{short}{value}")],
        (7..=9, Some(short), None) => vec![format!("-{short}{tail}")],
        (10, ..) => vec![format!("--{}{tail}", &name[..name.len().max(2) - 1])],
        _ => vec![format!("--{name}{tail}")],
    }
}

fn edit(vector: &mut Vec<String>, kind: usize, first: Index, second: Index) {
    if vector.len() < 2 {
        return;
    }
    let (at, other) = (first.index(vector.len()), second.index(vector.len()));
    match kind {
        0 => vector.swap(at, other),
        1 => drop(vector.remove(at)),
        2 => vector.insert(other, vector[at].clone()),
        3 => {
            let moved = vector.remove(at);
            vector.insert(second.index(vector.len() + 1), moved);
        }
        // Joined to the next, with nothing or a sign between.
        4 | 5 if at + 1 < vector.len() => {
            let next = vector.remove(at + 1);
            vector[at] += if kind == 4 { "" } else { "=" };
            vector[at] += &next;
        }
        // Cut in two.
        6 if vector[at].len() > 1 => {
            let cut = 1 + second.index(vector[at].len() - 1);
            let tail = vector[at].split_off(cut);
            vector.insert(at + 1, tail);
        }
        7 => vector[at] = vector[at].replacen('=', " ", 1).split(' ').next().unwrap_or_default().to_owned(),
        8 => vector[at] = vector[at].replace('-', "_").replacen("__", "--", 1),
        _ => {}
    }
}
