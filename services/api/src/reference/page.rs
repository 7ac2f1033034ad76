//! The page: operations by service, then the types that they take and answer.

use super::schema::{fields, kind};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::{Map, Value};

const STYLE: &str = include_str!("style.css");

/// One method of a path.
struct Operation<'a> {
    method: &'a str,
    path: &'a str,
    is: &'a Value,
}

impl Operation<'_> {
    fn id(&self) -> &str {
        text(self.is, "operationId")
    }
}

/// A text in which what stands between backticks is code.
pub(super) fn prose(text: &str) -> Markup {
    html! {
        @for (at, part) in text.split('`').enumerate() {
            @if at % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

pub(super) fn render(document: &Value) -> Markup {
    let operations = operations(document);
    let tags = document["tags"].as_array().map(Vec::as_slice).unwrap_or_default();
    let of = |tag: &Value| {
        let name = tag["name"].clone();
        operations.iter().filter(move |operation| operation.is["tags"][0] == name)
    };
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "API reference · Aetherius" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#main" { "Skip to content" }
                nav aria-label="Endpoints" {
                    p { strong { "Aetherius " (text(&document["info"], "version")) } }
                    p { a href="/api/openapi.json" { "openapi.json" } " · " a href="#types" { "Types" } }
                    @for tag in tags {
                        p.tag { a href={ "#" (text(tag, "name")) } { (text(tag, "name")) } }
                        ul {
                            @for operation in of(tag) {
                                li { a href={ "#" (operation.id()) } { (operation.method) " " span { (operation.path) } } }
                            }
                        }
                    }
                }
                main #main tabindex="-1" {
                    h1 { "API reference" }
                    p { (prose(text(&document["info"], "description"))) }
                    @for tag in tags {
                        section {
                            h2 id=(text(tag, "name")) { (text(tag, "name")) }
                            p { (prose(text(tag, "description"))) }
                            @for operation in of(tag) { (self::operation(document, operation)) }
                        }
                    }
                    h2 #types { "Types" }
                    @for (name, schema) in map(&document["components"]["schemas"]) {
                        section.type {
                            h3 id={ "schema-" (name) } { (name) }
                            p { (prose(text(schema, "description"))) }
                            @if !has_fields(schema) { p { (kind(schema)) } }
                            (fields(schema))
                        }
                    }
                }
            }
        }
    }
}

fn operations(document: &Value) -> Vec<Operation<'_>> {
    map(&document["paths"])
        .flat_map(|(path, item)| {
            map(item).map(move |(method, is)| Operation { method: method.as_str(), path: path.as_str(), is })
        })
        .collect()
}

fn operation(document: &Value, operation: &Operation<'_>) -> Markup {
    let Operation { method, path, is } = *operation;
    let parameters: Vec<&Value> =
        is["parameters"].as_array().into_iter().flatten().map(|it| resolved(document, it)).collect();
    let body = &is["requestBody"]["content"]["application/json"];
    html! {
        article {
            h3 id=(operation.id()) { span.method { (method.to_uppercase()) } " " code { (path) } }
            p { (prose(text(is, "summary"))) }
            @if !text(is, "description").is_empty() { p { (prose(text(is, "description"))) } }
            p.soft { (callers(is)) }
            @if !parameters.is_empty() {
                table {
                    thead { tr { th { "Parameter" } th { "Kind" } th { "What" } } }
                    tbody {
                        @for parameter in parameters {
                            tr {
                                td {
                                    code { (text(parameter, "name")) }
                                    @if parameter["required"] == true { span.must title="required" { "*" } }
                                    " " span.soft { "in " (text(parameter, "in")) }
                                }
                                td { (kind(&parameter["schema"])) }
                                td { (prose(text(parameter, "description"))) }
                            }
                        }
                    }
                }
            }
            @if body.is_object() {
                p { "Takes " (kind(&body["schema"])) ". For example:" }
                @if body["example"] != Value::Null { pre { (pretty(&body["example"])) } }
            }
            table {
                thead { tr { th { "Answer" } th { "Kind" } th { "When" } } }
                tbody {
                    @for (status, answer) in map(&is["responses"]) {
                        (self::answer(status, resolved(document, answer)))
                    }
                }
            }
        }
    }
}

fn answer(status: &str, answer: &Value) -> Markup {
    html! {
        tr {
            td { (status) }
            td {
                @for (n, (media_type, content)) in map(&answer["content"]).enumerate() {
                    @if n > 0 { br; }
                    (kind(&content["schema"]))
                    @if media_type != "application/json" { " " span.soft { (media_type) } }
                }
            }
            td { (prose(text(answer, "description"))) }
        }
    }
}

/// Who may call it.
fn callers(operation: &Value) -> String {
    let roles: Vec<&str> =
        operation["x-roles"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if roles.is_empty() {
        "For everybody, without a token.".to_owned()
    } else {
        format!("For {}.", roles.join(", "))
    }
}

/// What a `$ref` leads to.
fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let pointer = value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
    pointer.and_then(|pointer| document.pointer(pointer)).unwrap_or(value)
}

fn has_fields(schema: &Value) -> bool {
    schema["properties"].is_object()
}

fn map(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}
