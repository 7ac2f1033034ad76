//! A rule fires in Prometheus, Alertmanager posts, and a report with its evidence comes out.

use crate::instance::{Instance, PATIENCE, alert, free_port, recorded, signal, until};
use serde_json::Value;
use std::{
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

#[tokio::test]
async fn a_rule_fires_in_prometheus_and_a_cited_report_comes_out() {
    let instance = Instance::start(&recorded("image-pull")).await;
    let directory = tempfile::tempdir().unwrap();
    let _monitoring = Monitoring::start(directory.path(), &instance);
    let task = until("a task", || async { instance.tasks().await.into_iter().next() }).await;
    let task = instance.ended_task(task["event_id"].as_str().unwrap()).await;
    assert_eq!(task["status"], "completed", "{task}");
    assert_eq!(task["alert_name"], "ShopIsDown");
    let report = instance.report_of(task["id"].as_str().unwrap()).await;
    check_report(&instance, &report).await;
    check_time(&instance, &task, &report).await;
    check_audit(&instance, &task).await;
    assert_eq!(told(&instance, &task).await, "delivered");
}

/// The right cause, every claim with words that really stand in the output it cites, and all three renders.
async fn check_report(instance: &Instance, report: &Value) {
    let cause = &report["result"]["diagnosis"]["root_cause"];
    assert_eq!(cause["rule"], "incorrect_image_reference");
    assert_eq!(cause["object"]["name"], "catalog");
    let evidence = cause["evidence"].as_array().unwrap();
    assert!(!evidence.is_empty());
    for claim in evidence {
        let hash = claim["output_hash"].as_str().unwrap();
        let output = instance.text(&format!("/api/execution/v1/outputs/{hash}")).await;
        assert!(output.contains(claim["excerpt"].as_str().unwrap()), "{claim}");
    }
    let id = report["id"].as_str().unwrap();
    for (format, mark) in [("markdown", "# "), ("html", "<!DOCTYPE html>"), ("json", "\"root_cause\"")] {
        let text = instance.text(&format!("/api/reports/v1/reports/{id}/render?format={format}")).await;
        assert!(text.contains(mark) && text.contains("catalog"), "{format}: {text}");
    }
    let incident =
        instance.get(&format!("/api/api/v1/incidents/{}", report["task_id"].as_str().unwrap())).await;
    assert_eq!(incident["report_id"]["value"], report["id"]);
}

/// From the webhook's arrival to the report within two seconds.
async fn check_time(instance: &Instance, task: &Value, report: &Value) {
    let arrived = arrival(task);
    let written = report["created_at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let took = written.duration_since(arrived);
    assert!(took.as_secs_f64() >= 0.0, "{arrived} comes before {written}");
    assert!(took.as_secs_f64() < 2.0, "the report took {took}");
    let event = instance.get(&format!("/api/events/v1/events/{}", task["event_id"].as_str().unwrap())).await;
    assert_eq!(event["source"], "alertmanager");
}

/// When the webhook of a task's alert was read: the event's id begins with that moment (UUID v7, RFC 9562 section 5.7).
pub(crate) fn arrival(task: &Value) -> jiff::Timestamp {
    let id = task["event_id"].as_str().unwrap().replace('-', "");
    jiff::Timestamp::from_millisecond(i64::from_str_radix(&id[..12], 16).unwrap()).unwrap()
}

/// Each stop is in the chain, under one trace id, and the chain holds.
async fn check_audit(instance: &Instance, task: &Value) {
    let path = format!("/api/audit/v1/audit?subject={}", task["id"].as_str().unwrap());
    let actions = until("the audit trail", || async {
        let links = instance.get(&path).await;
        let links = links.as_array().cloned().or_else(|| links["items"].as_array().cloned())?;
        let traces = links.iter().all(|link| link["trace_id"] == task["trace_id"]);
        assert!(traces, "one trace id through all: {links:?}");
        let actions: Vec<String> =
            links.iter().map(|link| link["action"].as_str().unwrap().to_owned()).collect();
        actions.contains(&"notification.delivered".to_owned()).then_some(actions)
    })
    .await;
    for stop in ["task.created", "step.executed", "task.completed", "notification.send"] {
        assert!(actions.iter().any(|action| action == stop), "{stop} is missing in {actions:?}");
    }
    assert_eq!(instance.get("/api/audit/v1/audit/verify").await["intact"], true);
}

async fn told(instance: &Instance, task: &Value) -> String {
    let path = format!("/api/notifications/v1/notifications?task_id={}", task["id"].as_str().unwrap());
    until("the notification", || async {
        let sent = instance.get(&path).await;
        sent[0]["status"].as_str().filter(|status| *status != "pending").map(str::to_owned)
    })
    .await
}

#[tokio::test]
async fn the_sender_s_trace_id_goes_all_the_way() {
    let instance = Instance::start(&recorded("crash-loop")).await;
    let trace_id = "0af7651916cd43dd8448eb211c80319c";
    let sent = instance
        .request("POST", "/webhook/alertmanager")
        .header("traceparent", format!("00-{trace_id}-b7ad6b7169203331-01"))
        .json(&alert("Traced"))
        .send()
        .await
        .unwrap();
    let accepted: Value = sent.json().await.unwrap();
    let task = instance.ended_task(accepted["events"][0]["id"].as_str().unwrap()).await;
    assert_eq!(task["trace_id"], trace_id);
    assert_eq!(instance.report_of(task["id"].as_str().unwrap()).await["trace_id"], trace_id);
}

#[tokio::test]
async fn a_webhook_receiver_is_told_once_with_a_key() {
    let (heard, mut hears) = tokio::sync::mpsc::unbounded_channel();
    let router = axum::Router::new().route(
        "/hook",
        axum::routing::post(move |headers: axum::http::HeaderMap, body: axum::Json<Value>| async move {
            let key = headers.get("idempotency-key").map(|key| key.to_str().unwrap().to_owned());
            heard.send((key, body.0)).unwrap();
        }),
    );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move { axum::serve(listener, router).await });
    let hook = format!(
        "  notifications: {{channels: [{{name: hook, kind: webhook, url: 'http://127.0.0.1:{port}/hook'}}]}}\n"
    );
    let config =
        recorded("node-cordoned").replace("services: {", "services:\n  ").replace("}\n", "\n") + &hook;
    let instance = Instance::start(&config).await;
    let task = instance.ended_task(&instance.alert("Cordoned").await).await;
    let (key, body) = tokio::time::timeout(PATIENCE, hears.recv()).await.unwrap().unwrap();
    assert_eq!(body["task_id"], task["id"]);
    assert!(body["title"].as_str().unwrap().contains("invoices"), "{body}");
    assert!(key.is_some_and(|key| !key.is_empty()));
    assert_eq!(told(&instance, &task).await, "delivered");
    assert!(hears.try_recv().is_err(), "told once");
}

/// A real Prometheus with a rule that always fires, and a real Alertmanager that posts to us.
struct Monitoring {
    processes: Vec<Child>,
}

impl Monitoring {
    fn start(directory: &Path, instance: &Instance) -> Self {
        let (prometheus, alertmanager) = (free_port(), free_port());
        let write = |name: &str, text: String| std::fs::write(directory.join(name), text).unwrap();
        write(
            "alertmanager.yml",
            format!(
                "route: {{receiver: aetherius, group_wait: 0s, group_interval: 1s}}\nreceivers:\n  - name: aetherius\n    \
                 webhook_configs:\n      - url: {}\n        http_config: {{authorization: {{credentials_file: {}}}}}\n",
                instance.url("/webhook/alertmanager"),
                instance.data.join("webhook-token").display(),
            ),
        );
        write(
            "rules.yml",
            "groups:\n  - name: shop\n    interval: 1s\n    rules:\n      - alert: ShopIsDown\n        expr: vector(1)\n        \
             labels: {severity: critical, namespace: bookshop}\n        annotations: {summary: the shop is down}\n"
                .to_owned(),
        );
        write(
            "prometheus.yml",
            format!(
                "global: {{evaluation_interval: 1s}}\nrule_files: [rules.yml]\nalerting:\n  alertmanagers:\n    - \
                 static_configs: [{{targets: ['127.0.0.1:{alertmanager}']}}]\n"
            ),
        );
        let start = |program: &str, args: Vec<String>| {
            Command::new(program)
                .args(args)
                .current_dir(directory)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap_or_else(|error| {
                    panic!("{program} is needed and cannot be started ({error}); `make test` installs it")
                })
        };
        let alertmanager = start(
            "prometheus-alertmanager",
            vec![
                "--config.file=alertmanager.yml".into(),
                "--storage.path=am".into(),
                format!("--web.listen-address=127.0.0.1:{alertmanager}"),
                "--cluster.listen-address=".into(),
            ],
        );
        let prometheus = start(
            "prometheus",
            vec![
                "--config.file=prometheus.yml".into(),
                "--storage.tsdb.path=tsdb".into(),
                // The first alert may fire before the Alertmanager is discovered, and would be sent again only after a minute.
                "--rules.alert.resend-delay=1s".into(),
                format!("--web.listen-address=127.0.0.1:{prometheus}"),
            ],
        );
        Self { processes: vec![alertmanager, prometheus] }
    }
}

impl Drop for Monitoring {
    fn drop(&mut self) {
        for process in &mut self.processes {
            signal(i32::try_from(process.id()).unwrap(), "-TERM");
            std::thread::sleep(Duration::from_millis(10));
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}
