//! A type that is sent may lack what has a default; the same type in an answer is always whole.
//!
//! Programs that are generated from the document should not have to ask for every field of an answer whether it is there. So each
//! type of an answer requires all its fields, and a type that is sent and answered is told in two forms: `X` and `XInput`.

use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Marks a field that an answer leaves out when there is nothing to say.
const MAY_BE_ABSENT: &str = "x-may-be-absent";
const SCHEMAS: &str = "#/components/schemas/";

/// Tells both forms apart, wherever they differ.
pub(super) fn tell_apart(document: &mut Value) {
    let sent = reached(document, |operation| [&operation["requestBody"], &operation["parameters"]]);
    let answered = reached(document, |operation| [&operation["responses"], &Value::Null]);
    let schemas = document["components"]["schemas"].clone();
    let in_two_forms = differing(&schemas, &sent, &answered);
    for name in &answered {
        make_whole(&mut document["components"]["schemas"][name]);
    }
    for name in &in_two_forms {
        let mut input = schemas[name].clone();
        point_to_inputs(&mut input, &in_two_forms);
        document["components"]["schemas"][input_of(name)] = input;
    }
    for name in sent.difference(&answered) {
        point_to_inputs(&mut document["components"]["schemas"][name], &in_two_forms);
    }
    for (_, _, operation) in super::operations(document) {
        if operation["requestBody"].is_object() {
            point_to_inputs(&mut operation["requestBody"], &in_two_forms);
        }
    }
    forget_marks(document);
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        schemas.sort_keys();
    }
}

fn input_of(name: &str) -> String {
    format!("{name}Input")
}

/// The types to which those parts of any operation lead.
fn reached<'a>(document: &'a Value, parts: impl Fn(&'a Value) -> [&'a Value; 2]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for item in document["paths"].as_object().into_iter().flat_map(|paths| paths.values()) {
        for operation in item.as_object().into_iter().flat_map(|item| item.values()) {
            parts(operation).into_iter().for_each(|part| follow(document, part, &mut found));
        }
    }
    found
}

fn follow(document: &Value, value: &Value, found: &mut BTreeSet<String>) {
    if let Some(reference) = value["$ref"].as_str() {
        let is_new = reference.strip_prefix(SCHEMAS).is_none_or(|name| found.insert(name.to_owned()));
        if is_new && let Some(target) = reference.strip_prefix('#').and_then(|at| document.pointer(at)) {
            follow(document, target, found);
        }
    }
    children(value).for_each(|child| follow(document, child, found));
}

/// Types in both sets whose whole form is another, or which hold such a type.
fn differing(schemas: &Value, sent: &BTreeSet<String>, answered: &BTreeSet<String>) -> BTreeSet<String> {
    let both: Vec<&String> = sent.intersection(answered).collect();
    let changes = |name: &&&String| {
        let mut whole = schemas[name.as_str()].clone();
        make_whole(&mut whole);
        whole != schemas[name.as_str()]
    };
    let mut differing: BTreeSet<String> = both.iter().filter(changes).map(|&name| name.clone()).collect();
    loop {
        let before = differing.len();
        for &name in &both {
            if mentions(&schemas[name], &differing) {
                differing.insert(name.clone());
            }
        }
        if differing.len() == before {
            return differing;
        }
    }
}

fn mentions(value: &Value, names: &BTreeSet<String>) -> bool {
    let here = value["$ref"].as_str().and_then(|reference| reference.strip_prefix(SCHEMAS));
    here.is_some_and(|name| names.contains(name)) || children(value).any(|child| mentions(child, names))
}

fn make_whole(schema: &mut Value) {
    if let Some(fields) = schema["properties"].as_object() {
        let always = fields.iter().filter(|(_, field)| field[MAY_BE_ABSENT] != true);
        let names: Vec<String> = always.map(|(name, _)| name.clone()).collect();
        if !names.is_empty() {
            schema["required"] = json!(names);
        }
    }
    children_mut(schema).for_each(make_whole);
}

fn point_to_inputs(value: &mut Value, names: &BTreeSet<String>) {
    let name = value["$ref"].as_str().and_then(|reference| reference.strip_prefix(SCHEMAS));
    if let Some(name) = name.filter(|&name| names.contains(name)) {
        value["$ref"] = json!(format!("{SCHEMAS}{}", input_of(name)));
    }
    children_mut(value).for_each(|child| point_to_inputs(child, names));
}

fn forget_marks(value: &mut Value) {
    if let Some(value) = value.as_object_mut() {
        value.shift_remove(MAY_BE_ABSENT);
    }
    children_mut(value).for_each(forget_marks);
}

/// What is inside; examples are not, they may hold any word.
fn children(value: &Value) -> Box<dyn Iterator<Item = &Value> + '_> {
    match value {
        Value::Object(fields) => {
            Box::new(fields.iter().filter(|(name, _)| !name.starts_with("example")).map(|(_, child)| child))
        }
        Value::Array(items) => Box::new(items.iter()),
        _ => Box::new(std::iter::empty()),
    }
}

fn children_mut(value: &mut Value) -> Box<dyn Iterator<Item = &mut Value> + '_> {
    match value {
        Value::Object(fields) => Box::new(
            fields.iter_mut().filter(|(name, _)| !name.starts_with("example")).map(|(_, child)| child),
        ),
        Value::Array(items) => Box::new(items.iter_mut()),
        _ => Box::new(std::iter::empty()),
    }
}
