//! A schema as a person reads it: its kind in a few words, its fields as a table.

use super::page::prose;
use maud::{Markup, html};
use serde_json::Value;

/// Beneath this depth a kind is told no further; a document of ours is never as deep.
const DEPTH_MAX: usize = 8;

/// What a value is, in a few words: `string or null`, `list of Finding`.
pub(super) fn kind(schema: &Value) -> Markup {
    kind_at(schema, 0)
}

fn kind_at(schema: &Value, depth: usize) -> Markup {
    let below = |schema: &Value| kind_at(schema, depth + 1);
    if depth > DEPTH_MAX {
        return html! { "any value" };
    }
    if let Some(name) = schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()) {
        return html! { a href={ "#schema-" (name) } { (name) } };
    }
    for (word, joint) in [("oneOf", " or "), ("anyOf", " or "), ("allOf", " with ")] {
        if let Some(some) = schema[word].as_array() {
            return html! { @for (n, one) in some.iter().enumerate() { @if n > 0 { (joint) } (below(one)) } };
        }
    }
    if let Some(words) = schema["enum"].as_array() {
        return html! { @for (n, word) in words.iter().enumerate() { @if n > 0 { " or " } code { (word) } } };
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::Array(some) => some.iter().filter_map(Value::as_str).collect(),
        Value::String(one) => vec![one.as_str()],
        _ => return html! { "any value" },
    };
    html! {
        @for (n, &one) in types.iter().enumerate() {
            @if n > 0 { " or " }
            @match one {
                "array" => { "list of " (below(&schema["items"])) }
                "object" if schema["additionalProperties"].is_object() => {
                    "map to " (below(&schema["additionalProperties"]))
                }
                "object" if schema["properties"].is_object() => {
                    "{ "
                    @for (n, (name, field)) in schema["properties"].as_object().into_iter().flatten().enumerate() {
                        @if n > 0 { ", " }
                        code { (name) } ": " (below(field))
                    }
                    " }"
                }
                other => { (other) }
            }
        }
        (limits(schema))
    }
}

/// Between which bounds, and in which form.
fn limits(schema: &Value) -> Markup {
    let told = |name: &str| schema[name].as_f64();
    let range = match (told("minimum"), told("maximum")) {
        (Some(least), Some(most)) => Some(format!("{least} to {most}")),
        (Some(least), None) if least > 0.0 => Some(format!("at least {least}")),
        (None, Some(most)) => Some(format!("at most {most}")),
        _ => None,
    };
    let form = schema["format"].as_str().filter(|form| !form.starts_with("int") && !form.starts_with("uint"));
    html! {
        @if let Some(form) = form.filter(|&form| form != "double") { " (" (form) ")" }
        @if let Some(range) = range { ", " (range) }
        @if let Some(pattern) = schema["pattern"].as_str() { ", like " code { (pattern) } }
        @if schema["default"] != Value::Null { ", default " code { (schema["default"]) } }
    }
}

/// The fields of an object, also of one that is joined of several.
pub(super) fn fields(schema: &Value) -> Markup {
    let parts = schema["allOf"].as_array().map_or_else(|| vec![schema], |parts| parts.iter().collect());
    html! {
        @for part in parts.into_iter().filter(|part| part["properties"].is_object()) {
            table {
                thead { tr { th { "Field" } th { "Kind" } th { "What" } } }
                tbody {
                    @for (name, field) in part["properties"].as_object().into_iter().flatten() {
                        tr {
                            td { code { (name) } @if is_required(part, name) { span.must title="always there" { "*" } } }
                            td { (kind(field)) }
                            td { (prose(field["description"].as_str().unwrap_or_default())) }
                        }
                    }
                }
            }
        }
    }
}

fn is_required(schema: &Value, name: &str) -> bool {
    schema["required"].as_array().is_some_and(|names| names.iter().any(|it| it == name))
}
