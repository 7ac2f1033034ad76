use super::{example, told};
use crate::support::{DEADLINE, Origin, Setup};
use axum::{
    Json, Router,
    http::{HeaderMap, StatusCode, Uri},
};
use serde_json::Value;
use std::{
    fs,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::time::{Instant, sleep};

/// Records what it gets; the first message is refused.
#[derive(Clone, Default)]
struct Receiver(Arc<Mutex<Vec<(String, HeaderMap, Value)>>>);

impl Receiver {
    async fn start() -> (Self, String) {
        let receiver = Self::default();
        let of_route = receiver.clone();
        let take = async move |uri: Uri, headers: HeaderMap, Json(body): Json<Value>| {
            let mut received = of_route.0.lock().unwrap();
            received.push((uri.path().to_owned(), headers, body));
            if received.len() == 1 { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::OK }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(take)).await });
        (receiver, address)
    }

    fn at(&self, path: &str) -> Vec<(HeaderMap, Value)> {
        let received = self.0.lock().unwrap();
        let here = received.iter().filter(|(other, ..)| other == path);
        here.map(|(_, headers, body)| (headers.clone(), body.clone())).collect()
    }
}

/// Sends requests until something has happened.
async fn request_until(setup: &Setup, path: &str, happened: impl Fn() -> bool) {
    let deadline = Instant::now() + 2 * DEADLINE;
    while !happened() {
        assert!(Instant::now() < deadline, "in time");
        setup.get(path).await;
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn an_alert_is_raised_told_shown_and_resolved() {
    let dir = tempfile::tempdir().unwrap();
    let _origin = Origin::unix("o", &dir);
    fs::write(dir.path().join("token"), "hunter2").unwrap();
    let (receiver, address) = Receiver::start().await;
    let yaml = format!(
        "
alerts:
  rules: [{{name: errors, on: error_ratio, above: 0.2, for_s: 1, requests_min: 5, of: all}}]
  webhooks:
    - http://{address}/json
    - {{url: 'http://{address}/platform', format: alertmanager_webhook, token_file: token}}
    - {{url: 'http://{address}/api/v2/alerts', format: alertmanager_api}}
clusters: [{{name: o, endpoints: ['unix:DIR/o.sock']}}]
routes: [{{name: all, match: {{path_prefix: /}}, cluster: o}}]
"
    );
    let setup = Setup::start(dir, &yaml).await;
    let states = |path: &str| -> Vec<String> {
        let state = |body: Value| match body {
            Value::Array(alerts) => {
                if alerts[0].get("endsAt").is_some() { "resolved" } else { "firing" }.to_owned()
            }
            Value::Object(one) => {
                one.get("state").or(one.get("status")).unwrap().as_str().unwrap().to_owned()
            }
            other => panic!("{other}"),
        };
        let mut states: Vec<String> = receiver.at(path).into_iter().map(|(_, body)| state(body)).collect();
        // One of the three was refused once and sent again.
        states.dedup();
        states
    };
    let paths = ["/json", "/platform", "/api/v2/alerts"];
    request_until(&setup, "/break", || paths.iter().all(|path| !states(path).is_empty())).await;
    let status: Value = serde_json::from_str(setup.admin("GET /status").await.body()).unwrap();
    assert_eq!(
        (&status["alerts"][0]["alert"], &status["alerts"][0]["of"]),
        (&"errors".into(), &"all".into())
    );
    told(&setup, "agw_alerts_firing 1").await;

    request_until(&setup, "/", || paths.iter().all(|path| states(path).len() == 2)).await;
    assert_eq!(states("/json"), ["raised", "resolved"]);
    assert_eq!(states("/platform"), ["firing", "resolved"]);
    assert_eq!(states("/api/v2/alerts"), ["firing", "resolved"]);
    let (headers, body) = &receiver.at("/platform")[0];
    assert_eq!(headers["authorization"], "Bearer hunter2");
    assert_eq!((&body["version"], &body["alerts"][0]["labels"]["route"]), (&"4".into(), &"all".into()));
    assert!(receiver.at("/json")[0].0.get("authorization").is_none());
    let status: Value = serde_json::from_str(setup.admin("GET /status").await.body()).unwrap();
    assert_eq!(status["alerts"], Value::Array(Vec::new()));
    told(&setup, "agw_alert_messages_total{to=\"webhook\",outcome=\"ok\"} 6").await;
    told(&setup, "agw_alerts_firing 0").await;
}

#[test]
fn the_documented_examples_are_configurations() {
    let dir = tempfile::tempdir().unwrap();
    for (file, text) in [("webhook.token", "t"), ("mail.password", "p"), ("mail-ca.pem", "")] {
        fs::write(dir.path().join(file), text).unwrap();
    }
    let alerts = agw_config::read(&example("Alerts"), dir.path()).unwrap().observe.alerts;
    assert_eq!((alerts.rules.len(), alerts.webhooks.len()), (4, 2));
    let alerts = agw_config::read(&example("E-mail"), dir.path()).unwrap().observe.alerts;
    let email = alerts.email.unwrap();
    assert_eq!((email.host.as_str(), email.port), ("mail.example.com", 587));
    assert!(email.credentials.is_some() && email.authorities.is_some());
}
