//! What is wrong with a request comes back in words, and nothing of it is stored.

use crate::instance::{Instance, alert, recorded};
use serde_json::{Value, json};

#[tokio::test]
async fn each_bad_request_gets_its_own_clear_answer_and_nothing_is_stored() {
    let instance = Instance::start(&recorded("image-pull")).await;
    let json_type = "application/json";
    let large = format!("{{\"alerts\":[],\"x\":\"{}\"}}", "x".repeat(20 << 20));
    let cases: [(&str, &str, String, u16, &str); 9] = [
        ("/webhook/alertmanager", json_type, "{\"alerts\": [".into(), 400, "not valid JSON"),
        ("/webhook/alertmanager", json_type, String::new(), 400, "not valid JSON"),
        ("/webhook/alertmanager", json_type, "{\"alerts\": 7}".into(), 422, "`alerts`"),
        (
            "/webhook/alertmanager",
            json_type,
            "{\"alerts\":[{\"status\":\"firing\",\"labels\":{\"a\":1}}]}".into(),
            422,
            "`alerts[0].labels.a`",
        ),
        ("/webhook/alertmanager", "text/plain", alert("x").to_string(), 415, "application/json"),
        ("/webhook/alertmanager", json_type, large, 413, "bytes"),
        ("/webhook/custom/Bad%20Source", json_type, "{\"name\":\"x\"}".into(), 400, "source"),
        ("/webhook/custom/ci", json_type, "{\"name\":\"\"}".into(), 422, "`name`"),
        ("/api/nobody/v1/things", json_type, "{}".into(), 404, ""),
    ];
    for (path, content_type, body, status, words) in cases {
        let shown = body.chars().take(40).collect::<String>();
        let answer = instance
            .request("POST", path)
            .header("content-type", content_type)
            .body(body)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status().as_u16(), status, "{path} {shown}");
        assert_eq!(answer.headers()["content-type"], "application/problem+json", "{path} {shown}");
        let problem: Value = answer.json().await.unwrap();
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(words), "{path} {shown}: {detail}");
        assert_eq!(problem["status"], status);
        assert!(problem["code"].is_string());
    }
    assert!(instance.tasks().await.is_empty());
    let event = instance.alert("Good").await;
    assert_eq!(instance.ended_task(&event).await["status"], "completed", "and a good one still goes through");
}

#[tokio::test]
async fn without_the_right_token_nothing_opens() {
    let instance = Instance::start(&recorded("image-pull")).await;
    let http = aetherius_rpc::channel::http_client().unwrap();
    let webhook_token = std::fs::read_to_string(instance.data.join("webhook-token")).unwrap();
    let post = |token: Option<String>, path: &'static str| {
        let request = http.post(instance.url(path)).json(&alert("x"));
        async move {
            let request = if let Some(token) = token { request.bearer_auth(token.trim()) } else { request };
            request.send().await.unwrap().status().as_u16()
        }
    };
    assert_eq!(post(None, "/webhook/alertmanager").await, 401);
    assert_eq!(post(Some("aeth_wrong".into()), "/webhook/alertmanager").await, 401);
    assert_eq!(post(Some(webhook_token.clone()), "/webhook/alertmanager").await, 202);
    let asked = http
        .get(instance.url("/api/orchestrator/v1/tasks"))
        .bearer_auth(webhook_token.trim())
        .send()
        .await
        .unwrap();
    assert_eq!(asked.status(), 403, "the webhook token only sends");
    // A caller token that a client made up is stripped at the gateway, and the key is still needed.
    let spoofed = http
        .get(instance.url("/api/orchestrator/v1/tasks"))
        .header(aetherius_rpc::caller::CALLER_HEADER, "eyJhbGciOiJub25lIn0.e30.")
        .send()
        .await
        .unwrap();
    assert_eq!(spoofed.status(), 401);
    let browser = http.get(instance.url("/ui/incidents")).header("accept", "text/html").send().await.unwrap();
    assert_eq!(browser.status(), 200, "the dashboard itself tells nothing");
    assert_eq!(http.get(instance.url("/api/api/v1/incidents")).send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn a_custom_webhook_becomes_a_task_too() {
    let instance = Instance::start(&recorded("image-pull")).await;
    let body = json!({ "name": "DeployFailed", "severity": "high", "namespace": "bookshop", "labels": { "team": "web" } });
    let answer = instance.request("POST", "/webhook/custom/ci").json(&body).send().await.unwrap();
    assert_eq!(answer.status(), 202);
    let accepted: Value = answer.json().await.unwrap();
    let task = instance.ended_task(accepted["events"][0]["id"].as_str().unwrap()).await;
    assert_eq!(
        (task["alert_name"].as_str(), task["severity"].as_str()),
        (Some("DeployFailed"), Some("high"))
    );
}
