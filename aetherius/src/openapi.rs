//! The OpenAPI document of the whole: the services' own joined, as the gateway serves them.
//!
//! A service knows its paths, types and roles. What every operation has besides, because the gateway and the kit around each
//! service answer before its handlers do, is added here.

mod join;
mod answers;
mod shapes;
mod words;

use crate::{cli, platform, services::Service};
use anyhow::Context;
use serde_json::{Value, json};
use utoipa::openapi::OpenApi;

#[cfg(test)]
mod tests;

/// `aetherius openapi`.
pub(crate) fn run() -> anyhow::Result<()> {
    cli::print(&text()?)
}

/// As it is committed.
pub(crate) fn text() -> anyhow::Result<String> {
    let text = serde_json::to_string_pretty(&document()?).context("the document cannot be written")?;
    Ok(text + "\n")
}

/// The whole document.
pub(crate) fn document() -> anyhow::Result<Value> {
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Aetherius",
            "version": env!("CARGO_PKG_VERSION"),
            "description": words::ABOUT,
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/", "description": "the gateway that serves this document" }],
        "security": [{ "bearer": [] }, { "cookie": [] }],
        "tags": [],
        "paths": {},
        "components": { "schemas": {}, "parameters": {}, "responses": {}, "securitySchemes": words::security_schemes() },
    });
    for service in Service::ALL {
        join::join(&mut document, service.name(), words::about(service), of(service))?;
    }
    join::join(&mut document, "platform", words::ABOUT_PLATFORM, platform::openapi())?;
    answers::add(&mut document)?;
    shapes::tell_apart(&mut document);
    Ok(document)
}

fn of(service: Service) -> OpenApi {
    match service {
        Service::Events => aetherius_events::openapi(),
        Service::Orchestrator => aetherius_orchestrator::openapi(),
        Service::Reasoning => aetherius_reasoning::openapi(),
        Service::Knowledge => aetherius_knowledge::openapi(),
        Service::Execution => aetherius_execution::openapi(),
        Service::Reports => aetherius_reports::openapi(),
        Service::Notifications => aetherius_notifications::openapi(),
        Service::Audit => aetherius_audit::openapi(),
        Service::Identity => aetherius_identity::openapi(),
        Service::Api => aetherius_api::openapi(),
    }
}

/// The methods that a path may have.
const METHODS: &[&str] = &["get", "put", "post", "delete", "patch", "head", "options", "trace"];

/// Every operation of a document.
fn operations(document: &mut Value) -> impl Iterator<Item = (&str, &str, &mut Value)> {
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    paths.flat_map(|(path, item)| {
        let methods = item.as_object_mut().into_iter().flatten();
        methods
            .filter(|(method, _)| METHODS.contains(&method.as_str()))
            .map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    })
}
