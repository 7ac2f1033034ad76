use super::denial::{Denial, quote};
use super::kinds::{self, Kind};
use super::parse::Parsed;
use super::values;
use super::verb::Command;

/// What may follow a verb that is not a flag.
#[derive(Clone, Copy)]
pub(super) enum Operands {
    /// Nothing.
    None,
    /// Kinds and names, of every kind that may be read.
    Resources,
    /// Kinds and names, of every kind whose description reads no Secrets.
    Described,
    /// Kinds and names of workloads that roll out.
    Workloads,
    /// At most one name, of this kind.
    NameOf(&'static str),
    /// The kind an argument-less command reads.
    Reads(&'static str),
    /// A pod or a workload with logs, then maybe a container.
    LogSource,
    /// `KIND.field.field`.
    FieldPath,
    /// `VERB KIND[/NAME]`, or nothing with `--list`.
    Permission,
    /// One helm release.
    Release,
    /// `key=value` pairs of a probe.
    Pairs,
}

/// To describe one, kubectl lists the Secrets of its namespace and looks for tokens.
const LISTS_SECRETS: &str = "serviceaccounts";
const ROLL_OUT: &[&str] = &["deployments", "daemonsets", "statefulsets"];
const HAVE_LOGS: &[&str] = &[
    "pods",
    "deployments",
    "daemonsets",
    "statefulsets",
    "replicasets",
    "jobs",
    "services",
    "replicationcontrollers",
];
const PERMISSION_VERBS: &[&str] =
    &["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "*"];
const RELEASE_BYTES_MAX: usize = 53;

type Kinds = Vec<&'static Kind>;

/// Checks the operands of a command and tells which kinds they read.
pub(super) fn check(command: &Command, parsed: &Parsed<'_>) -> Result<Kinds, Denial> {
    let operands = parsed.operands.as_slice();
    match command.verb.operands {
        Operands::None => none(operands).map(|()| Vec::new()),
        Operands::Reads(kind) => none(operands).map(|()| kinds::find(kind).into_iter().collect()),
        Operands::NameOf(kind) => name_of(kind, operands),
        Operands::Resources => resources(operands, |_| true),
        Operands::Described => resources(operands, |kind| kind.plural != LISTS_SECRETS),
        Operands::Workloads => resources(operands, |kind| ROLL_OUT.contains(&kind.plural)),
        Operands::LogSource => log_source(parsed, operands),
        Operands::FieldPath => field_path(operands),
        Operands::Permission => permission(parsed, operands),
        Operands::Release => release(operands),
        Operands::Pairs => pairs(operands),
    }
}

fn none(operands: &[&str]) -> Result<(), Denial> {
    operands.first().map_or(Ok(()), |extra| Err(unexpected(extra)))
}

fn unexpected(operand: &str) -> Denial {
    Denial::arguments(format!("argument {} is not expected here", quote(operand)))
}

fn known(text: &str, may: impl Fn(&Kind) -> bool) -> Result<&'static Kind, Denial> {
    let found = kinds::find(text).filter(|kind| may(kind));
    found.ok_or_else(|| Denial::arguments(format!("kind {} is not one that may be read here", quote(text))))
}

fn named<'k>(kind: &'k Kind, name: &str) -> Result<&'k Kind, Denial> {
    if values::is_name_of(kind, name) {
        return Ok(kind);
    }
    Err(Denial::arguments(format!("{} is not a valid name", quote(name))))
}

/// `TYPE[,TYPE] [NAME …]` or `TYPE/NAME …`, never mixed.
fn resources(operands: &[&str], may: impl Fn(&Kind) -> bool) -> Result<Kinds, Denial> {
    let Some((first, names)) = operands.split_first() else {
        return Err(Denial::arguments("no kind is named"));
    };
    if first.contains('/') {
        return operands.iter().map(|operand| slashed(operand, &may)).collect();
    }
    let kinds: Kinds = first.split(',').map(|text| known(text, &may)).collect::<Result<_, _>>()?;
    for name in names {
        if !kinds.iter().all(|kind| values::is_name_of(kind, name)) {
            return Err(Denial::arguments(format!("{} is not a valid name", quote(name))));
        }
    }
    Ok(kinds)
}

fn slashed(operand: &str, may: impl Fn(&Kind) -> bool) -> Result<&'static Kind, Denial> {
    let Some((kind, name)) = operand.split_once('/') else {
        return Err(Denial::arguments(format!("{} is not TYPE/NAME like the others", quote(operand))));
    };
    named(known(kind, may)?, name)
        .map_err(|_| Denial::arguments(format!("{} is not TYPE/NAME", quote(operand))))?;
    known(kind, |_| true)
}

fn name_of(kind: &str, operands: &[&str]) -> Result<Kinds, Denial> {
    let kind = known(kind, |_| true)?;
    match operands {
        [] => Ok(vec![kind]),
        [name] => {
            named(kind, name)?;
            Ok(vec![kind])
        }
        [_, extra, ..] => Err(unexpected(extra)),
    }
}

fn log_source(parsed: &Parsed<'_>, operands: &[&str]) -> Result<Kinds, Denial> {
    let pods = known("pods", |_| true)?;
    let (source, rest) = match operands.split_first() {
        None if parsed.value("selector").is_some() => return Ok(vec![pods]),
        None => return Err(Denial::arguments("no pod and no selector is named")),
        Some(split) => split,
    };
    if let Some(extra) = rest.get(1) {
        return Err(unexpected(extra));
    }
    if let Some(container) = rest.first().filter(|container| !values::is_label(container)) {
        return Err(Denial::arguments(format!("{} is not a container's name", quote(container))));
    }
    if source.contains('/') {
        let kind = slashed(source, |kind| HAVE_LOGS.contains(&kind.plural))?;
        return Ok(if kind == pods { vec![pods] } else { vec![kind, pods] });
    }
    named(pods, source)?;
    Ok(vec![pods])
}

fn field_path(operands: &[&str]) -> Result<Kinds, Denial> {
    let [path] = operands else {
        return Err(Denial::arguments("one kind with an optional field path is needed"));
    };
    let (kind, fields) = path.split_once('.').map_or((*path, ""), |(kind, fields)| (kind, fields));
    let kind = known(kind, |_| true)?;
    let word = |field: &str| !field.is_empty() && field.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if fields.is_empty() || fields.split('.').all(word) {
        return Ok(vec![kind]);
    }
    Err(Denial::arguments(format!("{} is not a field path", quote(path))))
}

fn permission(parsed: &Parsed<'_>, operands: &[&str]) -> Result<Kinds, Denial> {
    match operands {
        [] if parsed.is_on("list") => Ok(Vec::new()),
        [verb, object] if !parsed.is_on("list") => {
            if !PERMISSION_VERBS.contains(verb) {
                return Err(Denial::arguments(format!("{} is not a verb of the API", quote(verb))));
            }
            let (kind, name) =
                object.split_once('/').map_or((*object, None), |(kind, name)| (kind, Some(name)));
            let kind = known(kind, |_| true)?;
            name.map_or(Ok(kind), |name| named(kind, name)).map(|_| Vec::new())
        }
        _ => Err(Denial::arguments("VERB KIND is needed, or --list alone")),
    }
}

fn release(operands: &[&str]) -> Result<Kinds, Denial> {
    match operands {
        [name] if name.len() <= RELEASE_BYTES_MAX && values::is_name(name) => Ok(Vec::new()),
        [name] => Err(Denial::arguments(format!("{} is not the name of a release", quote(name)))),
        _ => Err(Denial::arguments("the name of one release is needed")),
    }
}

fn pairs(operands: &[&str]) -> Result<Kinds, Denial> {
    for pair in operands {
        let fits = pair.split_once('=').is_some_and(|(key, value)| {
            !key.is_empty()
                && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
                && values::is_name(value)
        });
        if !fits {
            return Err(Denial::arguments(format!("{} is not a key=value pair of names", quote(pair))));
        }
    }
    Ok(Vec::new())
}
