//! What an operation may answer besides what its handler says, and who may call it.

use super::operations;
use aetherius_rpc::{Code, Problem};
use agw_core::refusal;
use anyhow::Context;
use serde_json::{Value, json};

/// Problems that any operation may come to, whatever it does.
const ALWAYS: &[Code] = &[Code::RateLimited, Code::Internal, Code::Unavailable, Code::DeadlineExceeded];
/// What happens to a body before a handler sees it.
const WITH_BODY: &[Code] =
    &[Code::MalformedJson, Code::BodyTooLarge, Code::UnsupportedMediaType, Code::InvalidBody];
/// What is refused before it is known who asks.
const WITH_CALLER: &[Code] = &[Code::Unauthenticated, Code::Forbidden];
/// What else handlers answer.
const OTHERS: &[Code] = &[Code::InvalidParameter, Code::NotFound, Code::Conflict, Code::DiskFull];

/// Adds them to every operation.
pub(super) fn add(document: &mut Value) -> anyhow::Result<()> {
    add_components(document)?;
    for (path, _, operation) in operations(document) {
        let known = operation["x-roles"].is_array();
        let mut may_come = ALWAYS.to_vec();
        if operation["requestBody"].is_object() {
            may_come.extend(WITH_BODY);
        }
        if known {
            may_come.extend(WITH_CALLER);
        } else {
            operation["security"] = json!([]);
        }
        if path.starts_with("/webhook/") {
            operation["security"] = json!([{ "bearer": [] }]);
        }
        if path.contains('{') {
            may_come.push(Code::NotFound);
        }
        // The gateway refuses a head that can be read in two ways, wherever it leads.
        may_come.push(Code::InvalidParameter);
        for code in may_come {
            let status = code.status().as_str().to_owned();
            if operation["responses"][status.as_str()].is_null() {
                operation["responses"][status] = reference(code);
            }
        }
        finish(operation);
    }
    Ok(())
}

/// Handlers name the status alone where that says it all; the order is that of the statuses.
fn finish(operation: &mut Value) {
    let parameters = &mut operation["parameters"];
    if parameters.is_null() {
        *parameters = json!([]);
    }
    if let Some(parameters) = parameters.as_array_mut() {
        parameters.push(json!({ "$ref": "#/components/parameters/traceparent" }));
    }
    let Some(responses) = operation["responses"].as_object_mut() else {
        return;
    };
    for (status, answer) in &mut *responses {
        let is_problem = status.starts_with(['4', '5']);
        if is_problem && answer["$ref"].is_null() {
            let description = answer["description"].as_str().filter(|text| !text.is_empty());
            *answer = match (code_of(status), description) {
                (Some(code), None) => reference(code),
                (_, description) => problem(description.unwrap_or("a problem"), None),
            };
        } else if let Some(answer) = answer.as_object_mut() {
            let description = answer.get("description").and_then(Value::as_str).unwrap_or_default();
            if description.is_empty() && !is_problem {
                answer.insert("description".to_owned(), json!(done(status)));
            }
        }
    }
    responses.sort_keys();
}

fn done(status: &str) -> &'static str {
    match status {
        "201" => "made",
        "202" => "taken, and on the disk",
        "204" => "done; there is no more to say",
        _ => "the answer",
    }
}

fn code_of(status: &str) -> Option<Code> {
    all().find(|code| code.status().as_str() == status)
}

/// One code a status, the one that stands for it.
fn all() -> impl Iterator<Item = Code> {
    [OTHERS, WITH_CALLER, WITH_BODY, ALWAYS].into_iter().flatten().copied()
}

fn reference(code: Code) -> Value {
    json!({ "$ref": format!("#/components/responses/{}", name(code)) })
}

fn name(code: Code) -> &'static str {
    match code {
        // Both are 400, and one answer tells of both.
        Code::MalformedJson | Code::InvalidParameter => "BadRequest",
        Code::InvalidBody => "InvalidBody",
        Code::Unauthenticated => "Unauthenticated",
        Code::Forbidden => "Forbidden",
        Code::NotFound => "NotFound",
        Code::MethodNotAllowed => "MethodNotAllowed",
        Code::Conflict => "Conflict",
        Code::BodyTooLarge => "BodyTooLarge",
        Code::UnsupportedMediaType => "UnsupportedMediaType",
        Code::RateLimited => "RateLimited",
        Code::Unavailable => "Unavailable",
        Code::DiskFull => "DiskFull",
        Code::DeadlineExceeded => "DeadlineExceeded",
        Code::Internal => "Internal",
    }
}

fn add_components(document: &mut Value) -> anyhow::Result<()> {
    for code in all() {
        let example = serde_json::to_value(Problem::new(code, super::words::detail(code)))
            .context("an example cannot be written")?;
        let mut answer = problem(super::words::when(code), Some(example));
        if matches!(code, Code::RateLimited | Code::Unavailable | Code::DiskFull) {
            answer["headers"] = json!({ "Retry-After": {
                "description": "seconds after which to try again, where they are known",
                "schema": { "type": "integer", "minimum": 0 },
            } });
        }
        document["components"]["responses"][name(code)] = answer;
    }
    document["components"]["parameters"]["traceparent"] = json!({
        "name": "traceparent",
        "in": "header",
        "required": false,
        "description": "The W3C trace that this request is a part of. One that does not fit is taken for none.",
        "schema": { "type": "string" },
    });
    let schemas = &mut document["components"]["schemas"];
    schemas["Problem"] = schema::<Problem>()?;
    schemas["ProblemCode"] = schema::<Code>()?;
    // The gateway answers with problems too, and has words of its own.
    if let Some(words) = schemas["ProblemCode"]["enum"].as_array_mut() {
        let others = refusal::Code::ALL.iter().map(|code| json!(code.as_str()));
        for word in others.collect::<Vec<_>>() {
            if !words.contains(&word) {
                words.push(word);
            }
        }
    }
    Ok(())
}

fn schema<T: utoipa::PartialSchema>() -> anyhow::Result<Value> {
    serde_json::to_value(T::schema()).context("a type cannot be written")
}

fn problem(description: &str, example: Option<Value>) -> Value {
    let mut content = json!({ "schema": { "$ref": "#/components/schemas/Problem" } });
    if let Some(example) = example {
        content["example"] = example;
    }
    json!({ "description": description, "content": { "application/problem+json": content } })
}
