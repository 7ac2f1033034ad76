//! A small server with the contract of the real one and faults on demand, for tests.

use crate::client::Target;
use axum::{
    Json, Router,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::net::TcpListener;

/// What goes wrong, by the number of the request, counted from 1.
#[derive(Clone, Copy, Default)]
pub(crate) struct Faults {
    /// Every so manyth webhook is answered 503 and not stored.
    pub(crate) refuse_every: Option<usize>,
    /// Every so manyth webhook is stored, but answered 500.
    pub(crate) forget_answer_every: Option<usize>,
    /// Every so manyth event gets no task.
    pub(crate) lose_every: Option<usize>,
    /// Every so manyth event gets two tasks.
    pub(crate) double_every: Option<usize>,
    /// The server does nothing for that long at its tenth webhook.
    pub(crate) stall: Duration,
    /// Every so manyth list of tasks is answered 429.
    pub(crate) limit_every: Option<usize>,
}

#[derive(Default)]
struct Kept {
    webhooks: usize,
    lists: usize,
    /// Event ids by fingerprint.
    events: HashMap<String, String>,
    tasks: Vec<Value>,
}

struct Stub {
    faults: Faults,
    kept: Mutex<Kept>,
    stalled: tokio::sync::RwLock<()>,
}

/// Starts it, and says how to reach it.
pub(crate) async fn start(faults: Faults) -> Target {
    let stub = Arc::new(Stub { faults, kept: Mutex::default(), stalled: tokio::sync::RwLock::default() });
    let router = Router::new()
        .route("/webhook/alertmanager", post(webhook))
        .route("/api/orchestrator/v1/tasks", get(tasks))
        .with_state(stub);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    Target::new(&url, "token").unwrap()
}

fn is_due(every: Option<usize>, n: usize) -> bool {
    every.is_some_and(|every| n.is_multiple_of(every))
}

async fn webhook(State(stub): State<Arc<Stub>>, Json(payload): Json<Value>) -> Response {
    let n = {
        let mut kept = stub.kept.lock().unwrap();
        kept.webhooks += 1;
        kept.webhooks
    };
    if n == 10 {
        let _alone = stub.stalled.write().await;
        tokio::time::sleep(stub.faults.stall).await;
    }
    let _together = stub.stalled.read().await;
    if is_due(stub.faults.refuse_every, n) {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let fingerprint = payload["alerts"][0]["fingerprint"].as_str().unwrap().to_owned();
    let id = stub.kept.lock().unwrap().take(&fingerprint, stub.faults);
    if is_due(stub.faults.forget_answer_every, n) {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let events = json!([{ "id": id, "fingerprint": fingerprint, "outcome": "stored" }]);
    (StatusCode::ACCEPTED, Json(json!({ "events": events }))).into_response()
}

impl Kept {
    fn take(&mut self, fingerprint: &str, faults: Faults) -> String {
        if let Some(id) = self.events.get(fingerprint) {
            return id.clone();
        }
        let n = self.events.len() + 1;
        let id = format!("event-{n}");
        self.events.insert(fingerprint.to_owned(), id.clone());
        let tasks = usize::from(!is_due(faults.lose_every, n)) + usize::from(is_due(faults.double_every, n));
        for _ in 0..tasks {
            let task_id = format!("task-{:08}", self.tasks.len());
            let context = json!({ "fingerprint": fingerprint });
            self.tasks.push(json!({ "id": task_id, "event_id": id, "context": context }));
        }
        id
    }
}

async fn tasks(State(stub): State<Arc<Stub>>, Query(query): Query<HashMap<String, String>>) -> Response {
    let mut kept = stub.kept.lock().unwrap();
    kept.lists += 1;
    if is_due(stub.faults.limit_every, kept.lists) {
        return (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "0")]).into_response();
    }
    let (limit, after): (usize, &str) = (query["limit"].parse().unwrap(), &query["after"]);
    let older =
        kept.tasks.iter().rev().filter(|task| after.is_empty() || task["id"].as_str().unwrap() < after);
    let items: Vec<Value> = older.take(limit + 1).cloned().collect();
    let next = items.get(limit).map(|_| items[limit - 1]["id"].clone());
    let page: Vec<Value> = items.into_iter().take(limit).collect();
    Json(json!({ "items": page, "next": next })).into_response()
}
