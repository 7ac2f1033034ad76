//! Fields of an object by their path; what is missing or of another type is empty.

use jiff::Timestamp;
use serde_json::Value;

use crate::objects::{Condition, Key, Labels, Owner, Requirement, Selector};

pub(in crate::adapter) fn key(value: &Value) -> Key {
    Key::new(text(value, "/metadata/namespace"), text(value, "/metadata/name"))
}

pub(in crate::adapter) fn owner(value: &Value) -> Option<Owner> {
    let owners = list(value, "/metadata/ownerReferences");
    let controls = |owner: &&Value| owner.get("controller").and_then(Value::as_bool) == Some(true);
    let owner = owners.iter().find(controls).or_else(|| owners.first())?;
    Some(Owner { kind: text(owner, "/kind").to_ascii_lowercase(), name: text(owner, "/name").to_owned() })
}

pub(in crate::adapter) fn condition(value: &Value) -> (String, Condition) {
    let condition = Condition {
        status: text(value, "/status").to_owned(),
        reason: text(value, "/reason").to_owned(),
        message: text(value, "/message").to_owned(),
    };
    (text(value, "/type").to_owned(), condition)
}

pub(in crate::adapter) fn text<'v>(value: &'v Value, path: &str) -> &'v str {
    value.pointer(path).and_then(Value::as_str).unwrap_or("")
}

pub(in crate::adapter) fn some_text(value: &Value, path: &str) -> Option<String> {
    Some(text(value, path)).filter(|text| !text.is_empty()).map(str::to_owned)
}

pub(in crate::adapter) fn time(value: &Value, path: &str) -> Option<Timestamp> {
    text(value, path).parse().ok()
}

pub(in crate::adapter) fn list<'v>(value: &'v Value, path: &str) -> &'v [Value] {
    value.pointer(path).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

pub(in crate::adapter) fn labels(value: &Value, path: &str) -> Labels {
    labels_of(value.pointer(path))
}

pub(super) fn labels_of(value: Option<&Value>) -> Labels {
    let Some(map) = value.and_then(Value::as_object) else {
        return Labels::new();
    };
    map.iter().filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
}

pub(super) fn number<T: TryFrom<u64>>(value: &Value, path: &str) -> Option<T> {
    value.pointer(path).and_then(Value::as_u64).and_then(|number| T::try_from(number).ok())
}

pub(super) fn texts(value: &Value, path: &str) -> Vec<String> {
    list(value, path).iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The `name` fields of a list: how Kubernetes writes references.
pub(super) fn names(value: &Value, path: &str) -> Vec<String> {
    list(value, path).iter().filter_map(|item| some_text(item, "/name")).collect()
}

/// Quantities may be written as bare numbers: `cpu: 2`.
pub(super) fn quantities(value: &Value, path: &str) -> Labels {
    let Some(map) = value.pointer(path).and_then(Value::as_object) else {
        return Labels::new();
    };
    map.iter().filter_map(|(name, value)| Some((name.clone(), quantity(value)?))).collect()
}

pub(super) fn quantity(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// `matchLabels` and `matchExpressions`.
pub(super) fn selector(value: &Value, path: &str) -> Option<Selector> {
    let selector = value.pointer(path)?;
    let requirements = list(selector, "/matchExpressions").iter().map(requirement).collect();
    Some(Selector { equal: labels(selector, "/matchLabels"), requirements })
}

pub(super) fn requirement(value: &Value) -> Requirement {
    Requirement {
        key: text(value, "/key").to_owned(),
        operator: text(value, "/operator").to_owned(),
        values: texts(value, "/values"),
    }
}
