//! The command line as a client of a running installation: of one that is played, and of a real one.

use crate::instance::{Instance, alert, recorded, run, run_with};
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri},
    response::IntoResponse,
};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    process::Output,
    sync::{Arc, Mutex},
};

/// What was asked: method, path with query, body.
type Asked = Arc<Mutex<Vec<(String, Value)>>>;

/// A server that answers what was agreed, and remembers what it was asked.
#[derive(Clone)]
struct Script {
    answers: Arc<HashMap<&'static str, (u16, Value)>>,
    asked: Asked,
}

struct Played {
    url: String,
    asked: Asked,
    _runtime: tokio::runtime::Runtime,
}

fn play(answers: impl IntoIterator<Item = (&'static str, (u16, Value))>) -> Played {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let script = Script { answers: Arc::new(answers.into_iter().collect()), asked: Asked::default() };
    let asked = Arc::clone(&script.asked);
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(answer).with_state(script);
    runtime.spawn(async move { axum::serve(listener, router).await });
    Played { url, asked, _runtime: runtime }
}

async fn answer(
    State(script): State<Script>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> impl IntoResponse {
    assert_eq!(headers["authorization"], "Bearer aeth_test");
    assert_eq!(headers.contains_key("idempotency-key"), method != Method::GET);
    let request = format!("{method} {uri}");
    let (status, value) = script.answers.get(request.as_str()).cloned().unwrap_or_else(|| {
        (404, json!({ "title": "Not found", "status": 404, "code": "not_found", "detail": "there is no such thing" }))
    });
    let body = serde_json::from_slice(&body).unwrap_or_default();
    script.asked.lock().unwrap().push((request, body));
    (StatusCode::from_u16(status).unwrap(), axum::Json(value))
}

impl Played {
    fn run(&self, args: &[&str]) -> Output {
        let args: Vec<&str> = args.iter().copied().chain(["--url", self.url.as_str()]).collect();
        run_with(&args, &[("AETHERIUS_TOKEN", "aeth_test")])
    }

    fn stdout(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

fn summary(id: &str, severity: &str, title: &str) -> Value {
    json!({
        "task_id": id, "status": "completed", "severity": severity, "alert_name": "CatalogDown", "cluster_id": "eu-1",
        "namespace": "shop", "title": title, "priority": 100, "created_at": "2026-01-02T03:04:05Z",
        "completed_at": "2026-01-02T03:04:07Z", "trace_id": "0af7", "assignee": "mei", "acknowledged_by": null, "repeats": 2,
    })
}

#[test]
fn incidents_are_listed_with_all_filters_page_after_page_as_a_table_or_json() {
    let played = play([
        (
            "GET /api/api/v1/incidents?status=completed&severity=high&namespace=shop&q=out%20of%20memory&assignee=mei&acknowledged=false&limit=2",
            (200, json!({ "items": [summary("t-2", "high", "the cart needs more memory")], "next": "t-2" })),
        ),
        (
            "GET /api/api/v1/incidents?status=completed&severity=high&namespace=shop&q=out%20of%20memory&assignee=mei&acknowledged=false&limit=1&after=t-2",
            (
                200,
                json!({ "items": [summary("t-1", "critical", "a \u{1b}[31mred\u{1b}[0m herring")], "next": "t-1" }),
            ),
        ),
    ]);
    let filters = [
        "--status",
        "completed",
        "--severity",
        "high",
        "-n",
        "shop",
        "-q",
        "out of memory",
        "--assignee",
        "mei",
        "--acknowledged",
        "false",
        "--limit",
        "2",
    ];
    let args: Vec<&str> = ["incidents", "ls"].into_iter().chain(filters).collect();
    let shown = played.stdout(&args);
    let lines: Vec<&str> = shown.lines().collect();
    assert!(lines[0].starts_with("INCIDENT  AGE"), "{shown}");
    assert!(lines[1].starts_with("t-2") && lines[1].ends_with("mei  the cart needs more memory"), "{shown}");
    assert!(lines[1].contains("  high      completed  CatalogDown ×3  eu-1/shop  "), "{shown}");
    assert!(lines[3].ends_with("--after t-1") && !shown.contains('\u{1b}'), "{shown}");
    let args: Vec<&str> = args.into_iter().chain(["--json"]).collect();
    let printed: Value = serde_json::from_str(&played.stdout(&args)).unwrap();
    assert_eq!((printed["items"].as_array().unwrap().len(), &printed["next"]), (2, &json!("t-1")));
}

#[test]
fn every_action_asks_what_the_api_takes_and_shows_what_became_of_the_incident() {
    let done = (200, summary("t-1", "high", "the cart needs more memory"));
    let at = [
        "POST /api/api/v1/incidents/t-1/acknowledge",
        "DELETE /api/api/v1/incidents/t-1/acknowledge",
        "PUT /api/api/v1/incidents/t-1/assignee",
        "POST /api/api/v1/incidents/t-1/comments",
        "POST /api/api/v1/incidents/t-1/silence",
        "DELETE /api/api/v1/incidents/t-1/silence",
        "PUT /api/api/v1/incidents/t-1/feedback",
        "POST /api/api/v1/incidents/t-1/retry",
        "POST /api/api/v1/incidents/t-1/cancel",
    ];
    let played = play(at.map(|request| (request, done.clone())));
    for (args, request, body) in [
        (&["ack", "t-1"][..], at[0], json!({})),
        (&["unack", "t-1"], at[1], Value::Null),
        (&["assign", "t-1", "mei"], at[2], json!({ "assignee": "mei" })),
        (&["assign", "t-1", "--nobody"], at[2], json!({ "assignee": null })),
        (&["comment", "t-1", "on it"], at[3], json!({ "text": "on it" })),
        (
            &["silence", "t-1", "--for", "2h", "--reason", "known"],
            at[4],
            json!({ "minutes": 120, "reason": "known" }),
        ),
        (&["silence", "t-1", "--end"], at[5], Value::Null),
        (&["feedback", "t-1", "right"], at[6], json!({ "verdict": "right" })),
        (
            &["feedback", "t-1", "wrong", "--cause", "oom_killed", "--note", "see the graph"],
            at[6],
            json!({ "verdict": "wrong", "cause": "oom_killed", "note": "see the graph" }),
        ),
        (&["retry", "t-1"], at[7], json!({})),
        (&["cancel", "t-1"], at[8], json!({})),
    ] {
        let args: Vec<&str> = ["incidents"].into_iter().chain(args.iter().copied()).collect();
        assert!(played.stdout(&args).contains("the cart needs more memory"), "{args:?}");
        assert_eq!(played.asked.lock().unwrap().pop().unwrap(), (request.to_owned(), body), "{args:?}");
    }
}

#[test]
fn what_goes_wrong_is_told_with_what_to_do_and_ends_with_a_code_of_its_own() {
    let problem = |status: u16, detail: &str| {
        (status, json!({ "title": "x", "status": status, "code": "x", "detail": detail }))
    };
    let played = play([
        ("GET /api/api/v1/incidents/unknown", problem(401, "no such key")),
        (
            "POST /api/api/v1/incidents/t-1/acknowledge",
            problem(403, "`mei` may not do this; it takes one of the roles operator, admin"),
        ),
        ("POST /api/api/v1/incidents/t-1/retry", problem(409, "the task has not ended")),
        ("GET /api/orchestrator/v1/queue/status", (503, json!({ "detail": "away", "retry_after": 3 }))),
        ("GET /api/knowledge/v1/knowledge?limit=50", (200, json!("no page"))),
        (
            "GET /api/audit/v1/audit/verify",
            (200, json!({ "intact": false, "links": 9, "broken_at": 4, "head": "ab" })),
        ),
    ]);
    for (args, code, told) in [
        (
            &["incidents", "show", "unknown"][..],
            4,
            "does not know the token: no such key; name another with --token-file",
        ),
        (&["incidents", "ack", "t-1"], 4, "it takes one of the roles operator, admin"),
        (&["incidents", "show", "t-2"], 5, "there is no such thing"),
        (&["incidents", "retry", "t-1"], 6, "the task has not ended"),
        (&["queue"], 1, "answered 503: away; try again in 3 s"),
        (&["audit", "verify"], 1, "the audit chain is broken at link 4"),
        (&["incidents", "assign", "t-1"], 2, "USER"),
        (&["incidents", "silence", "t-1", "--for", "soon"], 2, "write `30m` or `2h`"),
    ] {
        let output = played.run(args);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {stderr}");
        assert!(stderr.contains(told), "{args:?}: {stderr}");
    }
    let output = run(&["incidents", "ls", "--url", "http://127.0.0.1:1", "--token-file", "Cargo.toml"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(
        String::from_utf8_lossy(&output.stderr)
            .contains("nobody answers at http://127.0.0.1:1: start Aetherius")
    );
    let output = run(&["queue", "--token-file", "/nowhere/token"]);
    assert_eq!(output.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot read the token in /nowhere/token"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_incident_is_shown_with_its_cause_evidence_and_commands() {
    let instance = Instance::start(&recorded("image-pull")).await;
    let posted: Value = instance.post_alert(&alert("CatalogDown")).await.json().await.unwrap();
    let task = instance.ended_task(posted["events"][0]["id"].as_str().unwrap()).await;
    instance.report_of(task["id"].as_str().unwrap()).await;
    let (url, token) = (instance.url(""), instance.data.join("admin-token").display().to_string());
    let stdout = |args: &[&str]| {
        let args: Vec<&str> = args.iter().copied().chain(["--url", &url, "--token-file", &token]).collect();
        let output = run(&args);
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let id = task["id"].as_str().unwrap();
    let listed = stdout(&["incidents", "ls"]);
    assert!(listed.contains(id) && listed.contains("CatalogDown"), "{listed}");
    let shown = stdout(&["incidents", "show", id]);
    for part in [
        "CatalogDown  critical  completed\n",
        "\nRoot cause\n",
        "incorrect_image_reference of deployment/catalog, 95 % sure",
        "  To do: Set the image",
        "  [3] the container waits for its image\n        \"reason\": \"ImagePullBackOff\"\n",
        "\nCommands\n  success ",
        "kubectl get pods -n bookshop -o json",
        "\nTimeline\n",
        "  event.received\n",
        "  step.executed (",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let queue: Value = serde_json::from_str(&stdout(&["queue", "--json"])).unwrap();
    assert_eq!(queue["pending"], 0);
    assert!(stdout(&["audit", "verify"]).starts_with("intact: "));
    let added: Value = serde_json::from_str(&stdout(&[
        "knowledge",
        "add",
        "Carts run full",
        "Empty the carts at night.",
        "--tag",
        "cart",
        "--json",
    ]))
    .unwrap();
    let entry = added["id"].as_str().unwrap();
    assert!(stdout(&["knowledge", "ls"]).contains("Carts run full"));
    assert!(stdout(&["knowledge", "search", "the carts run full"]).contains(entry));
    assert_eq!(stdout(&["knowledge", "rm", entry]), "Removed.\n");
    assert!(stdout(&["knowledge", "ls"]).contains("Nothing is known yet"));
}
