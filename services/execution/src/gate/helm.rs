//! The verbs of helm that only read releases. Values, manifests, hooks and notes are absent: they are where charts keep
//! passwords. So is `status`, which prints the notes in every format; `list`, `history` and `get metadata` tell the rest of it.

use super::operands::Operands;
use super::values::Shape;
use super::verb::{Flag, Verb, flag, short, verb};

pub(super) static VERBS: &[Verb] = &[
    verb(&[&["list", "ls"]], GLOBAL, LIST, Operands::None),
    verb(&[&["history", "hist"]], GLOBAL, HISTORY, Operands::Release),
    verb(&[&["get"], &["metadata"]], GLOBAL, METADATA, Operands::Release),
    verb(&[&["version"]], &[], VERSION, Operands::None),
];

const FORMAT: Flag = short('o', "output", Shape::OneOf(&["table", "json", "yaml"]));
const REVISION: Flag = flag("revision", Shape::Int(1, 1_000_000));

static GLOBAL: &[Flag] = &[short('n', "namespace", Shape::Namespace)];

static LIST: &[Flag] = &[
    FORMAT,
    short('A', "all-namespaces", Shape::Switch),
    short('a', "all", Shape::Switch),
    short('d', "date", Shape::Switch),
    short('f', "filter", Shape::NamePattern),
    short('l', "selector", Shape::Selector),
    short('m', "max", Shape::Int(1, 1000)),
    short('q', "short", Shape::Switch),
    short('r', "reverse", Shape::Switch),
    flag("deployed", Shape::Switch),
    flag("failed", Shape::Switch),
    flag("no-headers", Shape::Switch),
    flag("offset", Shape::Int(0, 100_000)),
    flag("pending", Shape::Switch),
    flag("superseded", Shape::Switch),
    flag("uninstalled", Shape::Switch),
    flag("uninstalling", Shape::Switch),
];

static HISTORY: &[Flag] = &[FORMAT, flag("max", Shape::Int(1, 1000))];

static METADATA: &[Flag] = &[FORMAT, REVISION];

static VERSION: &[Flag] = &[flag("short", Shape::Switch)];
