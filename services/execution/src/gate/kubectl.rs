//! The verbs of kubectl that only read, with the flags each may be given.

use super::operands::Operands;
use super::values::Shape;
use super::verb::{Flag, Verb, flag, short, verb};

pub(super) static VERBS: &[Verb] = &[
    verb(&[&["get"]], GLOBAL, GET, Operands::Resources),
    verb(&[&["describe"]], GLOBAL, DESCRIBE, Operands::Described),
    verb(&[&["logs"]], GLOBAL, LOGS, Operands::LogSource),
    verb(&[&["events"]], GLOBAL, EVENTS, Operands::Reads("events")),
    verb(&[&["top"], &["pods", "pod", "po"]], GLOBAL, TOP_PODS, Operands::NameOf("pods")),
    verb(&[&["top"], &["nodes", "node", "no"]], GLOBAL, TOP_NODES, Operands::NameOf("nodes")),
    verb(&[&["rollout"], &["status"]], GLOBAL, ROLLOUT_STATUS, Operands::Workloads).blocking(),
    verb(&[&["rollout"], &["history"]], GLOBAL, ROLLOUT_HISTORY, Operands::Workloads),
    verb(&[&["explain"]], GLOBAL, EXPLAIN, Operands::FieldPath),
    verb(&[&["api-resources"]], GLOBAL, API_RESOURCES, Operands::None),
    verb(&[&["api-versions"]], GLOBAL, &[], Operands::None),
    verb(&[&["version"]], GLOBAL, VERSION, Operands::None),
    verb(&[&["cluster-info"]], GLOBAL, &[], Operands::None).reading_the_cluster(),
    verb(&[&["auth"], &["whoami"]], GLOBAL, WHOAMI, Operands::None),
    verb(&[&["auth"], &["can-i"]], GLOBAL, CAN_I, Operands::Permission),
    verb(&[&["config"], &["current-context"]], &[], &[], Operands::None),
];

const JSON_OR_YAML: Shape = Shape::OneOf(&["json", "yaml"]);
const CHUNK: Flag = flag("chunk-size", Shape::Int(1, 500));
const SELECTOR: Flag = short('l', "selector", Shape::Selector);
const FIELD_SELECTOR: Flag = flag("field-selector", Shape::FieldSelector);
const ALL_NAMESPACES: Flag = short('A', "all-namespaces", Shape::Switch);
const NO_HEADERS: Flag = flag("no-headers", Shape::Switch);
const NO_WATCH: Flag = short('w', "watch", Shape::OnlyFalse);
const PROTOBUF: Flag = flag("use-protocol-buffers", Shape::Switch);
const MANAGED_FIELDS: Flag = flag("show-managed-fields", Shape::Switch);

static GLOBAL: &[Flag] =
    &[short('n', "namespace", Shape::Namespace), flag("request-timeout", Shape::Duration(300))];

static GET: &[Flag] = &[
    short('o', "output", Shape::Output(&["json", "yaml", "wide", "name"])),
    SELECTOR,
    FIELD_SELECTOR,
    ALL_NAMESPACES,
    NO_HEADERS,
    NO_WATCH,
    CHUNK,
    MANAGED_FIELDS,
    flag("sort-by", Shape::SortPath),
    flag("show-labels", Shape::Switch),
    flag("show-kind", Shape::Switch),
    flag("ignore-not-found", Shape::Switch),
    flag("server-print", Shape::Switch),
    flag("allow-missing-template-keys", Shape::Switch),
    short('L', "label-columns", Shape::LabelKeys),
];

static DESCRIBE: &[Flag] = &[SELECTOR, ALL_NAMESPACES, CHUNK, flag("show-events", Shape::Switch)];

static LOGS: &[Flag] = &[
    SELECTOR,
    short('c', "container", Shape::Label),
    short('p', "previous", Shape::Switch),
    flag("tail", Shape::Int(1, 10_000)),
    flag("since", Shape::Duration(7 * 24 * 3600)),
    flag("since-time", Shape::Time),
    flag("timestamps", Shape::Switch),
    flag("prefix", Shape::Switch),
    flag("all-containers", Shape::Switch),
    flag("all-pods", Shape::Switch),
    flag("ignore-errors", Shape::Switch),
    flag("limit-bytes", Shape::Int(1, 1024 * 1024)),
    flag("max-log-requests", Shape::Int(1, 20)),
    short('f', "follow", Shape::OnlyFalse),
    flag("pod-running-timeout", Shape::Duration(60)),
];

static EVENTS: &[Flag] = &[
    short('o', "output", Shape::OneOf(&["json", "yaml", "name"])),
    ALL_NAMESPACES,
    NO_HEADERS,
    NO_WATCH,
    CHUNK,
    MANAGED_FIELDS,
    flag("for", Shape::Object),
    flag("types", Shape::ListOf(&["Normal", "Warning"])),
];

static TOP_PODS: &[Flag] = &[
    SELECTOR,
    FIELD_SELECTOR,
    ALL_NAMESPACES,
    NO_HEADERS,
    flag("containers", Shape::Switch),
    flag("sort-by", Shape::OneOf(&["cpu", "memory"])),
    flag("sum", Shape::Switch),
    PROTOBUF,
];

static TOP_NODES: &[Flag] = &[
    SELECTOR,
    NO_HEADERS,
    flag("show-capacity", Shape::Switch),
    PROTOBUF,
    flag("sort-by", Shape::OneOf(&["cpu", "memory"])),
];

static ROLLOUT_STATUS: &[Flag] =
    &[SELECTOR, NO_WATCH, flag("revision", Shape::Int(1, 1_000_000)), flag("timeout", Shape::Duration(300))];

static ROLLOUT_HISTORY: &[Flag] = &[
    SELECTOR,
    MANAGED_FIELDS,
    short('o', "output", JSON_OR_YAML),
    flag("revision", Shape::Int(1, 1_000_000)),
];

static EXPLAIN: &[Flag] = &[
    flag("recursive", Shape::Switch),
    flag("api-version", Shape::ApiGroup),
    flag("output", Shape::OneOf(&["plaintext", "plaintext-openapiv2"])),
];

static API_RESOURCES: &[Flag] = &[
    short('o', "output", Shape::OneOf(&["wide", "name"])),
    NO_HEADERS,
    flag("namespaced", Shape::Switch),
    flag("api-group", Shape::ApiGroup),
    flag("cached", Shape::Switch),
    flag("categories", Shape::LabelKeys),
    flag("sort-by", Shape::OneOf(&["name", "kind"])),
    flag(
        "verbs",
        Shape::ListOf(&["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"]),
    ),
];

static VERSION: &[Flag] = &[short('o', "output", JSON_OR_YAML), flag("client", Shape::Switch)];

static WHOAMI: &[Flag] = &[short('o', "output", JSON_OR_YAML)];

static CAN_I: &[Flag] = &[
    ALL_NAMESPACES,
    NO_HEADERS,
    flag("list", Shape::Switch),
    short('q', "quiet", Shape::Switch),
    flag("subresource", Shape::OneOf(&["log", "status", "scale"])),
];
