//! One service's document becomes a part of the whole.

use super::METHODS;
use anyhow::{Context, bail};
use serde_json::{Value, json};
use utoipa::openapi::OpenApi;

/// What a service calls `/v1/…` is reached under its name; every other path is public as it is.
pub(super) fn public_path(service: &str, path: &str) -> String {
    if path.starts_with("/v1/") { format!("/api/{service}{path}") } else { path.to_owned() }
}

/// What an id in a path is made of, where the service says no more; the gateway refuses much of what else a path could hold.
const ID: &str = "^[0-9A-Za-z][0-9A-Za-z._-]{0,127}$";

/// Adds a service's paths and types to the document.
pub(super) fn join(document: &mut Value, service: &str, about: &str, part: OpenApi) -> anyhow::Result<()> {
    let mut part = serde_json::to_value(part).context("a part of the document cannot be written")?;
    if let Some(tags) = document["tags"].as_array_mut() {
        tags.push(json!({ "name": service, "description": about }));
    }
    for (path, item) in part["paths"].as_object_mut().into_iter().flatten() {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            if METHODS.contains(&method.as_str()) {
                name(operation, service);
                plain_parameters(operation);
            }
        }
        let path = public_path(service, path);
        let taken = document["paths"].as_object().is_some_and(|paths| paths.contains_key(&path));
        if taken {
            bail!("{path} is there twice");
        }
        document["paths"][path] = item.take();
    }
    for (name, schema) in part["components"]["schemas"].as_object_mut().into_iter().flatten() {
        let schema = schema.take();
        let known = &mut document["components"]["schemas"][name.as_str()];
        if !known.is_null() && *known != schema {
            bail!("two types are called {name}; give one another name with #[schema(as = …)]");
        }
        *known = schema;
    }
    Ok(())
}

/// Names are unique because a service's functions are.
fn name(operation: &mut Value, service: &str) {
    operation["tags"] = json!([service]);
    let function = operation["operationId"].as_str().unwrap_or_default().to_owned();
    operation["operationId"] = json!(format!("{service}_{function}"));
}

/// A parameter is there or it is not: unlike a field of JSON it cannot be null. One of a path is an id.
fn plain_parameters(operation: &mut Value) {
    for parameter in operation["parameters"].as_array_mut().into_iter().flatten() {
        let schema = &mut parameter["schema"];
        let is_null = |kind: &Value| kind == "null" || kind["type"] == "null";
        for word in ["type", "oneOf"] {
            let Some(kinds) = schema[word].as_array_mut() else {
                continue;
            };
            kinds.retain(|kind| !is_null(kind));
            let [one] = kinds.as_mut_slice() else {
                continue;
            };
            let one = one.take();
            if word == "type" {
                schema["type"] = one;
            } else {
                *schema = one;
            }
        }
        if let Some(schema) = schema.as_object_mut() {
            // Reading a word that is not there has put it there.
            schema.retain(|_, value| !value.is_null());
        }
        if parameter["in"] == "path" && parameter["schema"]["pattern"].is_null() {
            parameter["schema"]["pattern"] = json!(ID);
        }
    }
}
