//! Inline expressions for `-o jsonpath=…` and `-o custom-columns=…`.
//!
//! An expression can print a bare value without the name in front of it, and then no redaction can recognise a password. So an
//! expression passes only when every path in it ends at a field that holds no free text of a person's making: no `env`, no
//! `args`, no `data`, no annotations, no filters, no recursive descent.

/// True for an output value that is an expression over harmless fields.
pub(super) fn is_safe_output(value: &str) -> bool {
    const BYTES_MAX: usize = 512;
    match value.split_once('=') {
        _ if value.len() > BYTES_MAX => false,
        Some(("jsonpath", template)) => is_safe_template(template),
        Some(("custom-columns", columns)) => columns.split(',').all(is_safe_column),
        _ => false,
    }
}

/// True for the path of a field to sort by: `.lastTimestamp`, `{.metadata.name}`, `status.containerStatuses[0].restartCount`.
pub(super) fn is_sort_path(value: &str) -> bool {
    let inner = value.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(value);
    let dotted = if inner.starts_with('.') { inner.to_owned() } else { format!(".{inner}") };
    !value.starts_with('-') && fields(&dotted).is_some_and(|fields| is_safe(&fields))
}

/// `NAME:.metadata.name`.
fn is_safe_column(column: &str) -> bool {
    let Some((header, path)) = column.split_once(':') else {
        return false;
    };
    let named = !header.is_empty()
        && header.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    named && fields(path).is_some_and(|fields| is_safe(&fields))
}

/// Text with `{…}` groups in it.
fn is_safe_template(template: &str) -> bool {
    let mut rest = template;
    let mut groups = 0;
    while let Some((literal, after)) = rest.split_once('{') {
        let Some((group, following)) = after.split_once('}') else {
            return false;
        };
        if literal.contains('}') || !is_safe_group(group) {
            return false;
        }
        groups += 1;
        rest = following;
    }
    groups > 0 && !rest.contains('}')
}

fn is_safe_group(group: &str) -> bool {
    if let Some(literal) = group.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        return literal.bytes().all(|byte| byte != b'"' && byte != b'\'');
    }
    let path = group.strip_prefix('$').unwrap_or(group);
    match group {
        "end" | "range .items[*]" => true,
        _ => fields(path).is_some_and(|fields| is_safe(&fields)),
    }
}

/// The field names of a path such as `.items[*].spec.nodeName`, without its indices; nothing for what is not such a path.
fn fields(path: &str) -> Option<Vec<&str>> {
    let mut names = Vec::new();
    for segment in split_unescaped(path.strip_prefix('.')?) {
        let name = match segment.split_once('[') {
            Some((name, index)) => {
                let number = index.strip_suffix(']')?;
                if number != "*" && !(1..=4).contains(&number.len()) {
                    return None;
                }
                if number != "*" && !number.bytes().all(|byte| byte.is_ascii_digit()) {
                    return None;
                }
                name
            }
            None => segment,
        };
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_/\\.".contains(&byte);
        if name.is_empty() || !name.bytes().all(plain) {
            return None;
        }
        names.push(name);
    }
    Some(names)
}

/// Splits at dots that have no backslash in front, as in the label key `app\.kubernetes\.io/name`.
fn split_unescaped(path: &str) -> Vec<&str> {
    let bytes = path.as_bytes();
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, byte) in bytes.iter().enumerate() {
        if *byte == b'.' && (at == 0 || bytes[at - 1] != b'\\') {
            parts.push(&path[start..at]);
            start = at + 1;
        }
    }
    parts.push(&path[start..]);
    parts
}

fn is_safe(fields: &[&str]) -> bool {
    let fields = fields.strip_prefix(&["items"]).unwrap_or(fields);
    match fields {
        ["metadata", field, ..] => METADATA.contains(field),
        ["spec", inner @ .., leaf] => {
            inner.iter().all(|field| SPEC_INNER.contains(field) || SPEC_LEAVES.contains(field))
                && SPEC_LEAVES.contains(leaf)
        }
        [first, ..] => TOP.contains(first),
        [] => false,
    }
}

const METADATA: &[&str] = &[
    "name",
    "namespace",
    "creationTimestamp",
    "deletionTimestamp",
    "generation",
    "generateName",
    "labels",
    "ownerReferences",
    "resourceVersion",
    "uid",
];

/// Fields beside `metadata` and `spec`: the status, and what events, endpoints and storage classes have at the top.
const TOP: &[&str] = &[
    "status",
    "kind",
    "apiVersion",
    "count",
    "eventTime",
    "firstTimestamp",
    "lastTimestamp",
    "involvedObject",
    "message",
    "reason",
    "reportingComponent",
    "type",
    "subsets",
    "endpoints",
    "addressType",
    "provisioner",
    "reclaimPolicy",
    "volumeBindingMode",
];

const SPEC_INNER: &[&str] = &["containers", "initContainers", "jobTemplate", "spec", "template"];

const SPEC_LEAVES: &[&str] = &[
    "accessModes",
    "affinity",
    "backoffLimit",
    "capacity",
    "claimRef",
    "clusterIP",
    "completions",
    "containerPort",
    "cpu",
    "effect",
    "hard",
    "image",
    "imagePullPolicy",
    "key",
    "limits",
    "maxReplicas",
    "memory",
    "minReplicas",
    "name",
    "nodeName",
    "nodePort",
    "nodeSelector",
    "parallelism",
    "port",
    "ports",
    "priorityClassName",
    "protocol",
    "replicas",
    "requests",
    "resources",
    "restartPolicy",
    "scaleTargetRef",
    "schedule",
    "schedulerName",
    "selector",
    "serviceAccountName",
    "storage",
    "storageClassName",
    "strategy",
    "suspend",
    "taints",
    "targetPort",
    "tolerations",
    "type",
    "unschedulable",
    "volumeName",
];
