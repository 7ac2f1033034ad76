//! Who may do what: every endpoint, asked by each role through the real gateway. What comes out is `docs/roles.md`.

use crate::{
    instance::{Instance, recorded, repository},
    signing_in::Somebody,
};
use serde_json::json;
use std::fmt::Write;

/// Every endpoint, with something in the place of its parameters that is not there. A new endpoint gets a line here.
/// Those that end the session of who asks come last.
const ENDPOINTS: &[(&str, &str)] = &[
    ("GET", "/"),
    ("GET", "/ui/incidents"),
    ("GET", "/ui/incidents/{id}"),
    ("GET", "/ui/sign-in"),
    ("GET", "/health/live"),
    ("GET", "/health/ready"),
    ("GET", "/metrics"),
    ("GET", "/api/openapi.json"),
    ("GET", "/api/reference"),
    ("GET", "/.well-known/jwks.json"),
    ("POST", "/webhook/alertmanager"),
    ("POST", "/webhook/custom/{source}"),
    ("GET", "/api/events/v1/events/{id}"),
    ("GET", "/api/events/v1/watches"),
    ("GET", "/api/orchestrator/v1/tasks"),
    ("POST", "/api/orchestrator/v1/tasks"),
    ("GET", "/api/orchestrator/v1/tasks/{id}"),
    ("PUT", "/api/orchestrator/v1/tasks/{id}/cancel"),
    ("POST", "/api/orchestrator/v1/tasks/{id}/retry"),
    ("GET", "/api/orchestrator/v1/queue/status"),
    ("GET", "/api/reasoning/v1/rules"),
    ("POST", "/api/reasoning/v1/strategies"),
    ("POST", "/api/reasoning/v1/decisions"),
    ("GET", "/api/knowledge/v1/knowledge"),
    ("POST", "/api/knowledge/v1/knowledge"),
    ("GET", "/api/knowledge/v1/knowledge/{id}"),
    ("PUT", "/api/knowledge/v1/knowledge/{id}"),
    ("DELETE", "/api/knowledge/v1/knowledge/{id}"),
    ("POST", "/api/knowledge/v1/search"),
    ("POST", "/api/execution/v1/commands/validate"),
    ("POST", "/api/execution/v1/commands/execute"),
    ("POST", "/api/execution/v1/steps/execute"),
    ("GET", "/api/execution/v1/tools"),
    ("GET", "/api/execution/v1/clusters"),
    ("GET", "/api/execution/v1/clusters/{id}"),
    ("GET", "/api/execution/v1/outputs/{hash}"),
    ("GET", "/api/reports/v1/reports"),
    ("GET", "/api/reports/v1/reports/{id}"),
    ("GET", "/api/reports/v1/tasks/{id}/report"),
    ("GET", "/api/reports/v1/reports/{id}/render"),
    ("POST", "/api/reports/v1/reports/{id}/archive"),
    ("GET", "/api/notifications/v1/notifications?task_id={id}"),
    ("GET", "/api/notifications/v1/notifications/{id}"),
    ("GET", "/api/notifications/v1/channels"),
    ("POST", "/api/notifications/v1/channels/{name}/test"),
    ("GET", "/api/audit/v1/audit"),
    ("GET", "/api/audit/v1/audit/verify"),
    ("GET", "/api/api/v1/incidents"),
    ("GET", "/api/api/v1/incidents/{id}"),
    ("GET", "/api/api/v1/incidents/stats"),
    ("POST", "/api/api/v1/incidents/{id}/acknowledge"),
    ("DELETE", "/api/api/v1/incidents/{id}/acknowledge"),
    ("PUT", "/api/api/v1/incidents/{id}/assignee"),
    ("POST", "/api/api/v1/incidents/{id}/comments"),
    ("POST", "/api/api/v1/incidents/{id}/silence"),
    ("DELETE", "/api/api/v1/incidents/{id}/silence"),
    ("PUT", "/api/api/v1/incidents/{id}/feedback"),
    ("POST", "/api/api/v1/incidents/{id}/retry"),
    ("POST", "/api/api/v1/incidents/{id}/cancel"),
    ("GET", "/api/api/v1/live"),
    ("GET", "/api/api/v1/gateway"),
    ("POST", "/api/api/v1/demo"),
    ("GET", "/api/api/v1/demo"),
    ("DELETE", "/api/api/v1/demo"),
    ("GET", "/api/identity/v1/me"),
    ("POST", "/api/identity/v1/me/password"),
    ("GET", "/api/identity/v1/users"),
    ("POST", "/api/identity/v1/users"),
    ("PATCH", "/api/identity/v1/users/{name}"),
    ("DELETE", "/api/identity/v1/users/{name}"),
    ("GET", "/api/identity/v1/keys"),
    ("POST", "/api/identity/v1/keys"),
    ("DELETE", "/api/identity/v1/keys/{id}"),
    ("GET", "/api/identity/v1/projects"),
    ("POST", "/api/identity/v1/projects"),
    ("POST", "/api/identity/v1/signing-keys"),
];

/// Anybody may try these; that the answer is 401 says nothing about the role.
const PUBLIC: &[(&str, &str)] =
    &[("POST", "/auth/login"), ("POST", "/auth/refresh"), ("POST", "/auth/logout")];

const ROLES: [&str; 5] = ["nobody", "webhook", "viewer", "operator", "admin"];

const HEAD: &str = "# Who may do what

Written by the test `aetherius/tests/it/roles.rs`, which asks for each endpoint as each role through the real gateway; \
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
    for (method, path) in ENDPOINTS {
        let mut row = format!("| `{method} {path}` |");
        for (caller, role) in callers.iter().zip(ROLES) {
            let status = ask(caller, method, path).await;
            assert!(status < 500, "{role}: {method} {path}: {status}");
            let refusal = if caller.token.is_empty() { 401 } else { 403 };
            assert!(![401, 403].contains(&status) || status == refusal, "{role}: {method} {path}: {status}");
            let _ = write!(row, " {} |", if status == refusal { "–" } else { "yes" });
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
    let path = path.replace("{id}", "nothing");
    let request = caller.request(method, &path);
    let request = if method == "GET" { request } else { request.json(&json!({})) };
    request.send().await.unwrap().status().as_u16()
}
