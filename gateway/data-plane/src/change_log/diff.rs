//! What differs between two configurations, setting by setting, without knowing any setting by name.

use super::{FieldChange, What};
use agw_config::{Settings, redacted, settings::MetaSettings};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

/// A person does not read more of one change.
const FIELDS_MAX: usize = 20;
/// A longer value, such as the body of a direct answer, is cut.
const VALUE_BYTES_MAX: usize = 200;

/// Lists of the configuration whose items have a name: (list, what an item is, the setting with its name).
const LISTS: [(&str, &str, &str); 3] =
    [("routes", "route", "name"), ("proxy_routes", "proxy_route", "path"), ("clusters", "cluster", "name")];

/// An item that came, went or changed.
#[derive(Debug, PartialEq)]
pub(crate) struct Item {
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    pub(crate) what: What,
    pub(crate) fields: Vec<FieldChange>,
    pub(crate) meta: MetaSettings,
}

/// The settings of one configuration: as they are, and as they may be shown.
struct Sides {
    real: Value,
    shown: Value,
}

impl Sides {
    fn of(settings: &Settings) -> Self {
        Self { real: serde_json::to_value(settings).unwrap_or_default(), shown: redacted(settings) }
    }

    /// The items of a list: name, real, shown.
    fn items(&self, list: &str, name: &str) -> Vec<(&str, &Value, &Value)> {
        let real = self.real[list].as_array().into_iter().flatten();
        let shown = self.shown[list].as_array().into_iter().flatten();
        real.zip(shown).map(|(real, shown)| (real[name].as_str().unwrap_or_default(), real, shown)).collect()
    }
}

pub(crate) fn items(before: &Settings, after: &Settings) -> Vec<Item> {
    let (before, after) = (Sides::of(before), Sides::of(after));
    LISTS
        .iter()
        .flat_map(|&(list, kind, name)| list_items(kind, &before.items(list, name), &after.items(list, name)))
        .collect()
}

type NamedItem<'a> = (&'a str, &'a Value, &'a Value);

fn list_items(kind: &'static str, before: &[NamedItem<'_>], after: &[NamedItem<'_>]) -> Vec<Item> {
    let old: HashMap<&str, (&Value, &Value)> =
        before.iter().map(|&(name, real, shown)| (name, (real, shown))).collect();
    let new: HashMap<&str, ()> = after.iter().map(|&(name, _, _)| (name, ())).collect();
    let item = |name: &str, what, fields, item: &Value| Item {
        kind,
        name: name.to_owned(),
        what,
        fields,
        meta: serde_json::from_value(item["meta"].clone()).unwrap_or_default(),
    };
    let mut items = Vec::new();
    for &(name, real, shown) in after {
        match old.get(name) {
            None => items.push(item(name, What::Added, Vec::new(), real)),
            Some(&(old_real, _)) if old_real == real => {}
            Some(&(old_real, old_shown)) => {
                items.push(item(name, What::Changed, fields((old_real, old_shown), (real, shown)), real));
            }
        }
    }
    let gone = before.iter().filter(|(name, _, _)| !new.contains_key(name));
    items.extend(gone.map(|(name, real, _)| item(name, What::Removed, Vec::new(), real)));
    items
}

/// The settings that differ; each side is given as it is and as it may be shown.
fn fields(before: (&Value, &Value), after: (&Value, &Value)) -> Vec<FieldChange> {
    let (mut old, mut new) = (BTreeMap::new(), BTreeMap::new());
    leaves("", before.0, before.1, &mut old);
    leaves("", after.0, after.1, &mut new);
    let mut names: Vec<&String> = old.keys().chain(new.keys()).collect();
    names.sort();
    names.dedup();
    let mut changed = Vec::new();
    for name in names {
        let (before, after) = (old.get(name), new.get(name));
        if before.map(|(real, _)| real) != after.map(|(real, _)| real) && changed.len() < FIELDS_MAX {
            let shown = |side: Option<&(&Value, &Value)>| side.map_or(Value::Null, |(_, shown)| short(shown));
            changed.push(FieldChange { field: name.clone(), before: shown(before), after: shown(after) });
        }
    }
    changed
}

/// Every value that holds no others, by its path. Null is as good as absent.
fn leaves<'a>(
    path: &str,
    real: &'a Value,
    shown: &'a Value,
    found: &mut BTreeMap<String, (&'a Value, &'a Value)>,
) {
    match real {
        Value::Null => {}
        Value::Object(fields) if !fields.is_empty() => {
            for (name, value) in fields {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                leaves(&path, value, &shown[name], found);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (index, value) in items.iter().enumerate() {
                leaves(&format!("{path}[{index}]"), value, &shown[index], found);
            }
        }
        // An empty list is what one is compared with that has items.
        Value::Object(_) | Value::Array(_) => {}
        _ => {
            found.insert(path.to_owned(), (real, shown));
        }
    }
}

fn short(value: &Value) -> Value {
    match value {
        Value::String(text) if text.len() > VALUE_BYTES_MAX => {
            format!("{}…", &text[..text.floor_char_boundary(VALUE_BYTES_MAX)]).into()
        }
        _ => value.clone(),
    }
}
