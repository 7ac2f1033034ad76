//! Inline expressions for `-o jsonpath=…` and `-o custom-columns=…`.
//!
//! An expression can print a bare value without the name in front of it, and then no redaction can recognise a password. So an
//! expression passes only when every path in it ends at a field that holds no free text of a person's making: no `env`, no
//! `args`, no `data`, no annotations, no recursive descent, and no filter that looks at one of them.

/// True for an output value that is an expression over harmless fields.
pub(super) fn is_safe_output(value: &str) -> bool {
    const BYTES_MAX: usize = 512;
    match value.split_once('=') {
        _ if value.len() > BYTES_MAX => false,
        Some(("jsonpath" | "jsonpath-as-json", template)) => is_safe_template(template),
        Some(("custom-columns", columns)) => columns.split(',').all(is_safe_column),
        _ => false,
    }
}

/// True for the path of a field to sort by: `.lastTimestamp`, `{.metadata.name}`, `status.containerStatuses[0].restartCount`.
pub(super) fn is_sort_path(value: &str) -> bool {
    let inner = value.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(value);
    !value.starts_with('-') && is_safe_path(inner)
}

/// `NAME:.metadata.name`; the tool adds the first dot when it is missing.
fn is_safe_column(column: &str) -> bool {
    let Some((header, path)) = column.split_once(':') else {
        return false;
    };
    let named = !header.is_empty()
        && header.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    named && is_safe_path(path)
}

fn is_safe_path(path: &str) -> bool {
    let dotted = if path.starts_with('.') { path.to_owned() } else { format!(".{path}") };
    fields(&dotted, &[]).is_some_and(|fields| is_safe(&fields))
}

/// Text with `{…}` groups in it.
fn is_safe_template(template: &str) -> bool {
    let mut rest = template;
    let mut ranges = Vec::new();
    let mut groups = 0;
    while let Some((literal, after)) = rest.split_once('{') {
        let Some((group, following)) = after.split_once('}') else {
            return false;
        };
        if literal.contains('}') || !is_safe_group(group, &mut ranges) {
            return false;
        }
        groups += 1;
        rest = following;
    }
    groups > 0 && ranges.is_empty() && !rest.contains('}')
}

/// Inside of a range a path goes on from what is ranged over; `ranges` holds where each open one stands.
fn is_safe_group<'t>(group: &'t str, ranges: &mut Vec<Vec<&'t str>>) -> bool {
    if let Some(literal) = unquoted(group) {
        return literal.bytes().all(|byte| byte != b'"' && byte != b'\'');
    }
    if group == "end" {
        return ranges.pop().is_some();
    }
    let base = ranges.last().map_or(&[][..], Vec::as_slice);
    if let Some(path) = group.strip_prefix("range ") {
        // It prints nothing by itself.
        return fields(path, base).map(|inside| ranges.push(inside)).is_some();
    }
    let path = match group.as_bytes().first() {
        // Inside of a range the tool's `$` is not the root it stands for elsewhere.
        Some(b'$') if base.is_empty() => &group[1..],
        Some(b'@') => &group[1..],
        _ => group,
    };
    fields(path, base).is_some_and(|fields| is_safe(&fields))
}

/// The field names of a path such as `.items[*].spec.nodeName` that begins at `base`, without its indices; nothing for what is not
/// such a path. A filter may only look at harmless fields, because what it lets through tells their values.
fn fields<'t>(path: &'t str, base: &[&'t str]) -> Option<Vec<&'t str>> {
    let mut names = base.to_vec();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(filter) = rest.strip_prefix("[?(@") {
            let (condition, following) = filter.split_once(")]")?;
            is_safe_condition(condition, &names).then_some(())?;
            rest = following;
        } else if let Some(index) = rest.strip_prefix('[') {
            let (index, following) = index.split_once(']')?;
            let number = (1..=4).contains(&index.len()) && index.bytes().all(|byte| byte.is_ascii_digit());
            (index == "*" || number).then_some(())?;
            rest = following;
        } else {
            let named = rest.strip_prefix('.')?;
            let (name, following) = named.split_at(name_length(named));
            (!name.is_empty()).then(|| names.push(name))?;
            rest = following;
        }
    }
    (names.len() > base.len()).then_some(names)
}

/// `.type=="Ready"`, `.restartCount>3`: a field of the thing at `base` and a plain word or number.
fn is_safe_condition<'t>(condition: &'t str, base: &[&'t str]) -> bool {
    let Some(at) = condition.find(['=', '!', '<', '>']) else {
        return false;
    };
    let (path, comparison) = condition.split_at(at);
    let comparisons = ["==", "!=", "<=", ">=", "<", ">"];
    let Some(value) = comparisons.iter().find_map(|sign| comparison.strip_prefix(sign)) else {
        return false;
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
    let is_literal = unquoted(value).map_or_else(
        || !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()),
        |word| word.bytes().all(plain),
    );
    is_literal && !path.contains('[') && fields(path.trim_end(), base).is_some_and(|fields| is_safe(&fields))
}

fn unquoted(text: &str) -> Option<&str> {
    ['"', '\''].into_iter().find_map(|mark| text.strip_prefix(mark)?.strip_suffix(mark))
}

/// The length of the field name at the start; a dot belongs to it when it has a backslash in front, as in the label key
/// `app\.kubernetes\.io/name`.
fn name_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        at += match (bytes[at], bytes.get(at + 1)) {
            (b'\\', Some(b'.')) => 2,
            (byte, _) if byte.is_ascii_alphanumeric() || b"-_/".contains(&byte) => 1,
            _ => break,
        };
    }
    at
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
    "allowVolumeExpansion",
    "globalDefault",
    "note",
    "ports",
    "regarding",
    "roleRef",
    "subjects",
    "containers",
    "usage",
];

const SPEC_INNER: &[&str] = &[
    "containers",
    "initContainers",
    "jobTemplate",
    "persistentVolumeClaim",
    "rules",
    "spec",
    "template",
    "volumes",
];

const SPEC_LEAVES: &[&str] = &[
    "accessModes",
    "activeDeadlineSeconds",
    "affinity",
    "backoffLimit",
    "capacity",
    "claimName",
    "claimRef",
    "clusterIP",
    "clusterIPs",
    "completions",
    "containerPort",
    "cpu",
    "dnsPolicy",
    "effect",
    "externalIPs",
    "externalName",
    "externalTrafficPolicy",
    "finalizers",
    "hard",
    "host",
    "hostNetwork",
    "image",
    "imagePullPolicy",
    "ingressClassName",
    "key",
    "limits",
    "maxReplicas",
    "maxUnavailable",
    "memory",
    "minAvailable",
    "minReplicas",
    "name",
    "nodeName",
    "nodePort",
    "nodeSelector",
    "parallelism",
    "paused",
    "podCIDR",
    "port",
    "ports",
    "priorityClassName",
    "progressDeadlineSeconds",
    "protocol",
    "replicas",
    "requests",
    "resources",
    "restartPolicy",
    "revisionHistoryLimit",
    "scaleTargetRef",
    "schedule",
    "schedulerName",
    "selector",
    "serviceAccountName",
    "serviceName",
    "sessionAffinity",
    "storage",
    "storageClassName",
    "strategy",
    "suspend",
    "taints",
    "targetPort",
    "terminationGracePeriodSeconds",
    "tolerations",
    "type",
    "unschedulable",
    "updateStrategy",
    "volumeMode",
    "volumeName",
];
