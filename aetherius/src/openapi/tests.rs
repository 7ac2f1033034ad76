use super::{document, operations, text};
use crate::{cli::ServeArgs, data_dir::DataDir, services::Service, settings, wiring};
use aetherius_rpc::{Caller, CallerKey, caller::CALLER_HEADER};
use aetherius_store::Store;
use axum::{
    Router,
    body::Body,
    http::{Method, Request, StatusCode},
};
use foundation::{metrics::Metrics, secret::Secret, shutdown::Shutdown};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};
use tower::ServiceExt;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

#[test]
fn the_committed_document_is_that_of_the_code() {
    let committed = fs::read_to_string(repository().join("schema/openapi.json")).unwrap_or_default();
    assert!(committed == text().unwrap(), "write it anew: cargo run -p xtask -- generate");
}

/// The files of the dashboard are for people and not in the document.
const NOT_DESCRIBED: &str = "services/api/src/dashboard";

#[test]
fn every_endpoint_is_made_together_with_its_description() {
    let mut folders = vec![repository().join("services"), repository().join("aetherius/src")];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            let told = path.strip_prefix(repository()).unwrap().display().to_string();
            let of_tests = told.contains("/tests") || told.contains("testing");
            if path.is_dir() {
                folders.push(path);
            } else if told.ends_with(".rs") && !of_tests && !told.starts_with(NOT_DESCRIBED) {
                let source = fs::read_to_string(&path).unwrap();
                found.extend(source.contains(".route(\"").then_some(told));
            }
        }
    }
    assert!(found.is_empty(), "use `routes!` of utoipa-axum instead of `.route(…)` in {found:?}");
}

#[test]
fn names_are_unique_and_everything_is_told() {
    let mut document = document().unwrap();
    let mut names = BTreeSet::new();
    for (path, method, operation) in operations(&mut document) {
        let place = format!("{method} {path}");
        let name = operation["operationId"].as_str().unwrap().to_owned();
        assert!(names.insert(name.clone()), "{place}: there are two operations {name}");
        assert!(
            operation["summary"].as_str().is_some_and(|text| text.ends_with('.')),
            "{place}: say what it does"
        );
        let public = ["/health", "/auth/", "/.well-known/"].iter().any(|begin| path.starts_with(begin));
        assert_eq!(operation["x-roles"].is_array(), !public, "{place}: say who may call it with x-roles");
        let body = &operation["requestBody"]["content"]["application/json"];
        assert!(body.is_null() || !body["example"].is_null(), "{place}: show an example of its body");
        for parameter in path.split(['{', '}']).skip(1).step_by(2) {
            let named = |it: &Value| it["name"] == parameter && it["in"] == "path";
            assert!(operation["parameters"].as_array().unwrap().iter().any(named), "{place}: {parameter}");
        }
    }
    assert!(names.len() > 30);
}

#[test]
fn every_reference_leads_somewhere() {
    fn check(document: &Value, value: &Value) {
        if let Some(reference) = value["$ref"].as_str() {
            assert!(document.pointer(reference.strip_prefix('#').unwrap()).is_some(), "{reference}");
        }
        match value {
            Value::Object(fields) => fields.values().for_each(|child| check(document, child)),
            Value::Array(items) => items.iter().for_each(|child| check(document, child)),
            _ => {}
        }
    }
    let document = document().unwrap();
    check(&document, &document);
}

/// All services in memory, with a database of their own.
struct Whole {
    routers: BTreeMap<Service, Router>,
    key: CallerKey,
    _directory: tempfile::TempDir,
}

impl Whole {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("aetherius.yaml");
        let case = repository().join("examples/cases/image-pull");
        let recorded = format!(
            "services: {{execution: {{clusters: [{{id: default, recorded: {{dir: {}}}}}]}}}}",
            case.display()
        );
        fs::write(&file, recorded).unwrap();
        let config = settings::load(&ServeArgs { config: Some(file), ..ServeArgs::default() }).unwrap();
        let key = CallerKey::from_hex(&Secret::new("ab".repeat(32))).unwrap();
        let data = DataDir::open(&directory.path().join("data")).unwrap();
        let store = Store::open(&data.database(), &wiring::migrations()).unwrap();
        let wired =
            wiring::wire(&config, &data, &store, &key, &Metrics::default(), &Shutdown::new()).unwrap();
        Self { routers: wired.routers, key, _directory: directory }
    }

    async fn call(&self, service: Service, request: axum::http::request::Builder, body: Body) -> StatusCode {
        let request = request.header("content-type", "application/json").body(body).unwrap();
        self.routers[&service].clone().oneshot(request).await.unwrap().status()
    }
}

const ROLES: &[&str] = &["viewer", "operator", "admin", "webhook", "service"];
/// Here a 403 also says that a password is wrong.
const WITH_PASSWORD: &str = "/api/identity/v1/me/password";
/// Here a request without a handshake is refused.
const WITH_HANDSHAKE: &str = "/api/api/v1/live";

/// A table of role × endpoint, made of the document: who is not named in `x-roles` gets a 403, and who is does not. It also holds
/// the examples against the code, because a body that does not fit is refused in another way.
#[tokio::test]
async fn each_endpoint_opens_to_the_roles_that_the_document_names_and_to_no_other() {
    let whole = Whole::new();
    let mut document = document().unwrap();
    for (path, method, operation) in operations(&mut document) {
        let tag = operation["tags"][0].as_str().unwrap();
        let Some(service) = Service::ALL.into_iter().find(|service| service.name() == tag) else {
            continue;
        };
        if !operation["x-roles"].is_array() {
            continue;
        }
        let inner =
            path.strip_prefix(&format!("/api/{tag}")).filter(|rest| rest.starts_with("/v1/")).unwrap_or(path);
        let mut uri = inner
            .split(['{', '}'])
            .enumerate()
            .map(|(n, part)| if n % 2 == 1 { "nobody" } else { part })
            .collect::<String>();
        for parameter in operation["parameters"].as_array().unwrap() {
            if parameter["in"] == "query" && parameter["required"] == true {
                uri = format!("{uri}?{}=nobody", parameter["name"].as_str().unwrap());
            }
        }
        let example = &operation["requestBody"]["content"]["application/json"]["example"];
        for &role in ROLES {
            let caller = Caller { name: role.into(), project: "default".into(), roles: vec![role.into()] };
            let request = Request::builder()
                .method(Method::from_bytes(method.to_uppercase().as_bytes()).unwrap())
                .uri(&uri)
                .header(CALLER_HEADER, whole.key.mint(&caller).unwrap());
            let body = if example.is_null() { Body::empty() } else { Body::from(example.to_string()) };
            let status = whole.call(service, request, body).await;
            let may = operation["x-roles"].as_array().unwrap().contains(&json!(role));
            let is_let_in = status != StatusCode::FORBIDDEN || (may && path == WITH_PASSWORD);
            assert_eq!(is_let_in, may, "{method} {path} by {role}: {status}");
            let refused =
                [StatusCode::BAD_REQUEST, StatusCode::UNPROCESSABLE_ENTITY, StatusCode::METHOD_NOT_ALLOWED];
            let is_refused = refused.contains(&status) && path != WITH_HANDSHAKE;
            assert!(!is_refused, "{method} {path}: the example is refused with {status}");
            assert!(!status.is_server_error(), "{method} {path} by {role}: {status}");
        }
    }
}
