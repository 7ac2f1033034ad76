//! What people see of incidents and do about them, through the gateway.

use crate::instance::{Instance, PATIENCE, alert, recorded, until};
use futures::StreamExt;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Message, client::IntoClientRequest},
};

pub(crate) type Socket = WebSocketStream<TcpStream>;

/// How soon an open page knows of an alert once it was acknowledged.
const TOLD_WITHIN: Duration = Duration::from_millis(500);

/// Looks on as a browser does: with the cookie, from a page of this address.
async fn look_on(instance: &Instance, query: &str) -> Socket {
    look_on_with(instance, &instance.admin_token(), query).await
}

pub(crate) async fn look_on_with(instance: &Instance, token: &str, query: &str) -> Socket {
    let host = format!("127.0.0.1:{}", instance.port);
    let mut request = format!("ws://{host}/api/api/v1/live{query}").into_client_request().unwrap();
    let headers = request.headers_mut();
    headers.insert("cookie", format!("aetherius_token={token}").parse().unwrap());
    headers.insert("origin", format!("http://{host}").parse().unwrap());
    let stream = TcpStream::connect(host).await.unwrap();
    client_async(request, stream).await.unwrap().0
}

async fn next(socket: &mut Socket) -> Value {
    let message = tokio::time::timeout(PATIENCE, socket.next()).await.expect("no frame came");
    match message.expect("the socket was closed").unwrap() {
        Message::Text(text) => serde_json::from_str(&text).unwrap(),
        other => json!({ "type": format!("{other:?}") }),
    }
}

/// The first frame that is wanted, and those before it.
async fn until_frame(socket: &mut Socket, wanted: impl Fn(&Value) -> bool) -> (Value, Vec<Value>) {
    let mut before = Vec::new();
    loop {
        let frame = next(socket).await;
        if wanted(&frame) {
            return (frame, before);
        }
        before.push(frame);
    }
}

fn is_of(frame: &Value, alert: &str) -> bool {
    frame["type"] == "incident" && frame["summary"]["alert_name"] == alert
}

#[tokio::test]
async fn an_open_page_is_told_of_an_alert_as_it_happens_and_comes_back_after_a_restart() {
    let mut instance = Instance::start(&recorded("image-pull")).await;
    let mut socket = look_on(&instance, "").await;
    assert_eq!(next(&mut socket).await["type"], "hello");
    instance.alert("Told").await;
    let answered = Instant::now();
    let (first, _) = until_frame(&mut socket, |frame| is_of(frame, "Told")).await;
    let took = answered.elapsed();
    assert!(took < TOLD_WITHIN, "the page was told after {took:?}");
    let is_done = |frame: &Value| is_of(frame, "Told") && frame["summary"]["status"] == "completed";
    let (done, before) = until_frame(&mut socket, is_done).await;
    assert!(before.iter().any(|frame| frame["type"] == "step"), "{before:?}");
    assert!(done["cursor"].as_i64() > first["cursor"].as_i64());
    assert_eq!(done["summary"]["object"], "deployment/catalog");
    drop(socket);

    let cursor = done["cursor"].as_i64().unwrap();
    let missed = instance.alert("Missed").await;
    instance.ended_task(&missed).await;
    instance.stop();
    instance.serve_again().await;
    let mut socket = look_on(&instance, &format!("?cursor={cursor}")).await;
    assert_eq!(next(&mut socket).await, json!({ "type": "hello", "cursor": cursor }));
    let (frame, before) = until_frame(&mut socket, |frame| is_of(frame, "Missed")).await;
    assert_eq!(frame["summary"]["status"], "completed", "as it is now");
    assert!(before.iter().all(|frame| frame["type"] != "reset"), "{before:?}");
    instance.alert("AfterTheRestart").await;
    until_frame(&mut socket, |frame| is_of(frame, "AfterTheRestart")).await;
}

#[tokio::test]
async fn what_people_do_is_seen_told_and_recorded() {
    let instance = Instance::start(&recorded("image-pull")).await;
    let task = instance.ended_task(&instance.alert("ShopIsDown").await).await;
    let id = task["id"].as_str().unwrap();
    let path = format!("/api/api/v1/incidents/{id}");
    let mut socket = look_on(&instance, "").await;
    let acknowledged = act(&instance, "POST", &format!("{path}/acknowledge"), &json!({})).await;
    assert_eq!(acknowledged["acknowledged_by"], "admin");
    let is_acknowledged = |frame: &Value| frame["summary"]["acknowledged_by"] == "admin";
    until_frame(&mut socket, is_acknowledged).await;
    act(&instance, "PUT", &format!("{path}/assignee"), &json!({ "assignee": "ada" })).await;
    for _ in 0..2 {
        act(&instance, "POST", &format!("{path}/comments"), &json!({ "text": "<b>looking</b>" })).await;
    }
    let judged = json!({ "verdict": "wrong", "cause": "dns", "note": "it was the resolver" });
    assert_eq!(act(&instance, "PUT", &format!("{path}/feedback"), &judged).await["feedback"], "wrong");
    let silenced =
        act(&instance, "POST", &format!("{path}/silence"), &json!({ "minutes": 60, "reason": "known" }))
            .await;
    assert!(silenced["silenced_until"].is_string());

    let view = instance.get(&path).await;
    let texts: Vec<_> = view["comments"].as_array().unwrap().iter().map(|it| &it["text"]).collect();
    assert_eq!(texts, ["<b>looking</b>"], "repeats under one key are one");
    let actions: Vec<_> =
        view["activity"].as_array().unwrap().iter().map(|it| it["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["acknowledged", "assigned", "commented", "feedback", "silenced"]);
    let mine =
        instance.get("/api/api/v1/incidents?assignee=ada&acknowledged=true&q=shop&status=completed").await;
    assert_eq!(mine["items"][0]["task_id"], id);
    let stats = instance.get("/api/api/v1/incidents/stats").await;
    assert_eq!((&stats["total"], stats["volume"].as_array().unwrap().len()), (&json!(1), 48));
    until("the audit", || async {
        let links = instance.get(&path).await["audit"]["value"].as_array().cloned()?;
        let has = |action: &str| links.iter().any(|link| link["action"] == action);
        (has("task.changed") && has("silence.changed")).then_some(())
    })
    .await;

    check_retry(&instance, &path, &task).await;
}

/// Done again, it is diagnosed again, and what a person said of the first answer is of the past.
async fn check_retry(instance: &Instance, path: &str, task: &Value) {
    act(instance, "POST", &format!("{path}/retry"), &json!({})).await;
    let again = instance.ended_task(task["event_id"].as_str().unwrap()).await;
    assert_eq!(again["status"], "completed");
    let summary = instance.get(path).await["summary"].clone();
    assert_eq!((&summary["feedback"], &summary["assignee"]), (&Value::Null, &json!("ada")));
    let refused = instance.request("POST", &format!("{path}/cancel")).send().await.unwrap();
    assert_eq!(refused.status(), 409);
    let nobody = instance.request("POST", "/api/api/v1/incidents/nope/acknowledge").send().await.unwrap();
    assert_eq!(nobody.status(), 404);
}

async fn act(instance: &Instance, method: &str, path: &str, body: &Value) -> Value {
    let request = instance.request(method, path).header("idempotency-key", "one").json(body);
    let answer = request.send().await.unwrap();
    assert!(answer.status() == 200, "{path}: {}", answer.text().await.unwrap());
    answer.json().await.unwrap()
}

#[tokio::test]
async fn a_silenced_alert_is_stored_and_makes_no_incident() {
    let instance = Instance::start(&recorded("image-pull")).await;
    let task = instance.ended_task(&instance.alert("Noisy").await).await;
    let silence = format!("/api/api/v1/incidents/{}/silence", task["id"].as_str().unwrap());
    act(&instance, "POST", &silence, &json!({ "minutes": 5, "reason": "" })).await;
    assert_eq!(outcome(&instance, "firing").await, "duplicate");
    assert_eq!(outcome(&instance, "resolved").await, "resolved");
    assert_eq!(outcome(&instance, "firing").await, "silenced");
    assert_eq!(instance.get("/api/events/v1/silences").await["items"][0]["event_id"], task["event_id"]);
    let list = instance.get("/api/api/v1/incidents").await;
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    assert_eq!(list["items"][0]["repeats"], 2, "{list}");
    act(&instance, "DELETE", &silence, &json!({})).await;
    assert_eq!(outcome(&instance, "firing").await, "stored");
    until("an incident again", || async {
        let list = instance.get("/api/api/v1/incidents").await;
        (list["items"].as_array()?.len() == 2).then_some(())
    })
    .await;
}

async fn outcome(instance: &Instance, status: &str) -> String {
    let mut alert = alert("Noisy");
    alert["alerts"][0]["status"] = status.into();
    let accepted: Value = instance.post_alert(&alert).await.json().await.unwrap();
    accepted["events"][0]["outcome"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_gateway_and_the_channels_are_shown() {
    let instance = Instance::start(&recorded("image-pull")).await;
    let gateway = instance.get("/api/api/v1/gateway").await;
    assert_eq!(gateway["state"], "available", "{gateway}");
    let routes = gateway["routes"].as_array().unwrap();
    assert!(routes.iter().any(|route| route["name"] == "webhook"), "{gateway}");
    let clusters = gateway["clusters"].as_array().unwrap();
    let endpoints = clusters.iter().flat_map(|cluster| cluster["endpoints"].as_array().unwrap());
    assert!(endpoints.clone().count() > 5 && endpoints.clone().all(|endpoint| endpoint["healthy"] == true));
    assert!(gateway["traffic"]["connections"].as_u64() >= Some(1), "{gateway}");
    let channels = instance.get("/api/notifications/v1/channels").await;
    assert_eq!(channels["items"][0]["kind"], "log");
    let tested = instance.request("POST", "/api/notifications/v1/channels/log/test").send().await.unwrap();
    assert_eq!(tested.json::<Value>().await.unwrap()["delivered"], true);
}

/// The bar is 50 ms for a page; a busy machine gets some more, and the way there counts too.
#[tokio::test]
async fn a_page_out_of_five_thousand_incidents_is_fast() {
    let config =
        recorded("image-pull").replace("services: {", "services: {orchestrator: {worker_pool_size: 1}, ");
    let instance = Instance::start(&config).await;
    for n in 0..10 {
        let mut many = alert("x");
        let one = many["alerts"][0].clone();
        let alerts = (0..500).map(|m| {
            let mut alert = one.clone();
            alert["labels"]["alertname"] = format!("Alert{n}-{m}").into();
            alert
        });
        many["alerts"] = alerts.collect();
        assert_eq!(instance.post_alert(&many).await.status(), 202);
    }
    until("all tasks", || async {
        (instance.get("/api/api/v1/incidents/stats").await["total"] == 5000).then_some(())
    })
    .await;
    let mut fastest = Duration::MAX;
    for _ in 0..10 {
        let started = Instant::now();
        let page = instance.get("/api/api/v1/incidents?limit=100").await;
        fastest = fastest.min(started.elapsed());
        assert_eq!(page["items"].as_array().unwrap().len(), 100);
    }
    assert!(fastest < Duration::from_millis(150), "{fastest:?}");
}
