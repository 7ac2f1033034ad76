//! Names in JSON and YAML.

use super::Names;
use serde_json::{Map, Value};

/// Fields whose value is a name.
const NAME_FIELDS: [&str; 9] = [
    "namespace",
    "serviceAccountName",
    "serviceAccount",
    "nodeName",
    "secretName",
    "claimName",
    "volumeName",
    "storageClassName",
    "serviceName",
];

/// Fields in which, or in whose items, `name` is the name of an object. Elsewhere it names ports and variables.
const NAMED: [&str; 24] = [
    "metadata",
    "involvedObject",
    "regarding",
    "targetRef",
    "claimRef",
    "configMap",
    "secretKeyRef",
    "configMapKeyRef",
    "secretRef",
    "configMapRef",
    "roleRef",
    "scaleTargetRef",
    "service",
    "subjects",
    "ownerReferences",
    "containers",
    "initContainers",
    "ephemeralContainers",
    "containerStatuses",
    "initContainerStatuses",
    "volumes",
    "imagePullSecrets",
    "secrets",
    "volumeMounts",
];

/// Fields whose keys are chosen by people.
const MAPS: [&str; 7] =
    ["labels", "annotations", "matchLabels", "selector", "nodeSelector", "data", "parameters"];

pub(super) fn json(text: &str, names: &mut Names) {
    if let Ok(value) = serde_json::from_str::<Value>(text) {
        walk("", &value, names);
    }
}

/// One document or several. What cannot be read has no names that could be told.
pub(super) fn yaml(text: &str, names: &mut Names) {
    for document in text.split("\n---") {
        if let Ok(value) = serde_saphyr::from_str::<Value>(document) {
            walk("", &value, names);
        }
    }
}

fn walk(field: &str, value: &Value, names: &mut Names) {
    match value {
        // The items of a list are what the list is.
        Value::Array(items) => items.iter().for_each(|item| walk(field, item, names)),
        Value::Object(object) if of_system(object) => {}
        Value::Object(object) => {
            for (key, value) in object {
                entry(field, key, value, names);
                walk(key, value, names);
            }
        }
        Value::String(image) if field == "names" => names.image(image),
        _ => {}
    }
}

fn entry(field: &str, key: &str, value: &Value, names: &mut Names) {
    let is_map = MAPS.contains(&field);
    if !is_map {
        names.fields.insert(key.to_owned());
    }
    let Some(text) = value.as_str() else { return };
    if is_map {
        names.label(key, text);
    } else if NAME_FIELDS.contains(&key) || (key == "name" && NAMED.contains(&field)) {
        names.object(text);
    } else if matches!(key, "image" | "imageID") {
        names.image(text);
    }
}

/// An object of the system, or an event about one.
fn of_system(object: &Map<String, Value>) -> bool {
    let namespace = object.get("metadata").and_then(|metadata| metadata.get("namespace"));
    namespace.and_then(Value::as_str).is_some_and(super::is_of_system)
}
