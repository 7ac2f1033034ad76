//! Who may do what: every endpoint, asked by each role through the real gateway. What comes out is `docs/roles.md`.

use crate::{
    instance::{Instance, recorded, repository},
    signing_in::Somebody,
};
use serde_json::{Value, json};
use std::fmt::Write;

/// What is not in the document of the API.
const PAGES: &[(&str, &str)] =
    &[("GET", "/"), ("GET", "/ui/incidents"), ("GET", "/ui/incidents/{id}"), ("GET", "/ui/sign-in")];

/// An endpoint, and who may call it by the word of its document, if that says so.
struct Endpoint {
    method: String,
    path: String,
    roles: Option<Vec<String>>,
}

fn endpoints() -> Vec<Endpoint> {
    let text = std::fs::read_to_string(repository().join("schema/openapi.json")).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    let page =
        |&(method, path): &(&str, &str)| Endpoint { method: method.into(), path: path.into(), roles: None };
    let mut endpoints: Vec<_> = PAGES.iter().map(page).collect();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in
            operations.as_object().unwrap().iter().filter(|(name, _)| *name != "parameters")
        {
            let method = method.to_uppercase();
            if PUBLIC.contains(&(method.as_str(), path.as_str())) {
                continue;
            }
            let roles = operation["x-roles"].as_array();
            let roles = roles.map(|roles| roles.iter().map(|role| role.as_str().unwrap().into()).collect());
            endpoints.push(Endpoint { method, path: path.clone(), roles });
        }
    }
    endpoints
}

/// Anybody may try these; that the answer is 401 says nothing about the role.
const PUBLIC: &[(&str, &str)] =
    &[("POST", "/auth/login"), ("POST", "/auth/refresh"), ("POST", "/auth/logout")];

const ROLES: [&str; 5] = ["nobody", "webhook", "viewer", "operator", "admin"];

const HEAD: &str = "# Who may do what

Written by the test `aetherius/tests/it/roles.rs`, which asks for each endpoint of the API's document as each role through the real gateway; \
`INSTA_UPDATE=always` writes it anew. A `yes` means that the answer was neither 401 nor 403. Roles are explained in \
[signing in](signing-in.md).

";

#[tokio::test]
async fn each_role_may_do_what_the_table_says_and_nothing_else() {
    let instance = Instance::start(&recorded("image-pull")).await;
    let webhook = std::fs::read_to_string(instance.data.join("webhook-token")).unwrap();
    let mut callers = vec![Somebody::with(&instance, ""), Somebody::with(&instance, webhook.trim())];
    for role in &ROLES[2..] {
        callers.push(Somebody::signed_in(&instance, &format!("a-{role}"), role).await);
    }
    let mut table = format!("{HEAD}| | {} |\n| --- {}|\n", ROLES.join(" | "), "| --- ".repeat(ROLES.len()));
    for Endpoint { method, path, roles } in &endpoints() {
        let mut row = format!("| `{method} {path}` |");
        for (caller, role) in callers.iter().zip(ROLES) {
            let status = ask(caller, method, path).await;
            assert!(status < 500, "{role}: {method} {path}: {status}");
            let refusal = if caller.token.is_empty() { 401 } else { 403 };
            assert!(![401, 403].contains(&status) || status == refusal, "{role}: {method} {path}: {status}");
            let may = status != refusal;
            if let Some(roles) = roles {
                assert_eq!(
                    may,
                    roles.iter().any(|one| one == role),
                    "{role}: {method} {path}, as its document says"
                );
            }
            let _ = write!(row, " {} |", if may { "yes" } else { "–" });
        }
        table.push_str(&row);
        table.push('\n');
    }
    for (method, path) in PUBLIC {
        for caller in &callers {
            assert_ne!(ask(caller, method, path).await, 403, "{method} {path}");
        }
        let _ = writeln!(table, "| `{method} {path}` |{}", " yes |".repeat(ROLES.len()));
    }
    let file = repository().join("docs/roles.md");
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        std::fs::write(&file, &table).unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(committed, table, "run this test with INSTA_UPDATE=always if this is as it should be");
}

async fn ask(caller: &Somebody<'_>, method: &str, path: &str) -> u16 {
    let path: String = path
        .split('/')
        .map(|part| if part.starts_with('{') { "nothing" } else { part })
        .collect::<Vec<_>>()
        .join("/");
    let request = caller.request(method, &path);
    let request = if method == "GET" { request } else { request.json(&json!({})) };
    request.send().await.unwrap().status().as_u16()
}
