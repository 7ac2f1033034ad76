use super::{Live, RIGHTS_LAG};
use crate::{
    Service,
    testing::{World, caller, key, ran, task},
};
use aetherius_bus::{Context, publish};
use aetherius_contracts::{
    messages::{
        IdentityNews, KEY_REVOKED, STEP_EXECUTED, StepExecuted, TASK_CHANGED, TASK_CREATED, TaskChanged,
        TaskCreated, USER_CHANGED,
    },
    tasks::TaskStatus,
};
use aetherius_rpc::caller::CALLER_HEADER;
use aetherius_store::{Store, StoreError, Urgency};
use foundation::{shutdown::Shutdown, trace::TraceParent};
use futures::StreamExt;
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    time::Instant,
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Error, Message, client::IntoClientRequest, http::HeaderValue},
};

/// The service on a socket, with a log to write to.
struct Running {
    store: Store,
    address: std::net::SocketAddr,
    shutdown: Shutdown,
    live: Arc<Live>,
}

async fn start(store: &Store) -> Running {
    let tasks = (1..=9).map(|n| task(&format!("t{n}"), TaskStatus::Running)).collect();
    start_in(World::of(tasks), store).await
}

async fn start_in(world: World, store: &Store) -> Running {
    let service = World { log: Some(store.clone()), ..world }.service();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (router, live) = (service.router(), service.live.clone().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let shutdown = Shutdown::new();
    tokio::spawn(Service::run(service, shutdown.clone()));
    Running { store: store.clone(), address, shutdown, live }
}

type Socket = WebSocketStream<TcpStream>;

impl Running {
    async fn try_open(&self, query: &str, headers: &[(&'static str, &str)]) -> Result<Socket, Error> {
        let mut request = format!("ws://{}/v1/live{query}", self.address).into_client_request().unwrap();
        request.headers_mut().insert(CALLER_HEADER, key().mint(&caller("viewer")).unwrap());
        for (name, value) in headers {
            request.headers_mut().insert(*name, HeaderValue::from_str(value).unwrap());
        }
        let stream = TcpStream::connect(self.address).await.unwrap();
        client_async(request, stream).await.map(|(socket, _)| socket)
    }

    /// A client that has been greeted, and the cursor with which it was.
    async fn open(&self, query: &str) -> (Socket, i64) {
        let mut socket = self.try_open(query, &[]).await.unwrap();
        let hello = next(&mut socket).await;
        assert_eq!(hello["type"], "hello");
        (socket, hello["cursor"].as_i64().unwrap())
    }

    async fn change(&self, id: &str, task: &str) {
        let changed = TaskChanged {
            task_id: task.into(),
            action: "acknowledged".into(),
            by: "ada".into(),
            detail: String::new(),
        };
        self.publish("default", id, TASK_CHANGED, json!(changed)).await;
    }

    async fn publish(&self, project: &str, id: &str, topic: &'static str, payload: Value) {
        let context =
            Context { project_id: project.into(), lane: String::new(), trace: TraceParent::new_root() };
        let id = id.to_owned();
        let told: Result<(), StoreError> =
            self.store.write(Urgency::Work, move |tx| publish(tx, id, topic, &context, &payload)).await;
        told.unwrap();
    }

    /// Waits until a change is told to whoever listens.
    async fn until_it_runs(&self) {
        let (mut socket, _) = self.open("").await;
        for n in 0.. {
            self.change(&format!("probe{n}"), "t9").await;
            if tokio::time::timeout(Duration::from_millis(200), next(&mut socket)).await.is_ok() {
                return;
            }
        }
    }
}

async fn next(socket: &mut Socket) -> Value {
    let message = tokio::time::timeout(Duration::from_secs(10), socket.next()).await.expect("no frame came");
    match message.unwrap().unwrap() {
        Message::Text(text) => serde_json::from_str(&text).unwrap(),
        other => json!({ "type": format!("{other:?}") }),
    }
}

#[tokio::test]
async fn changes_are_told_to_their_project_alone() {
    let running = start(&Store::ephemeral(&[]).unwrap()).await;
    let (mut one, cursor) = running.open("").await;
    let (mut two, _) = running.open("").await;
    let step = StepExecuted {
        task_id: "t1".into(),
        cluster_id: "c".into(),
        step: ran("s", "kubectl get pods", "", 1),
    };
    let created = TaskCreated { task_id: "t1".into(), event_id: "e".into(), priority: 1 };
    running.publish("other", "a", STEP_EXECUTED, json!(step)).await;
    running.publish("default", "b", TASK_CREATED, json!(created)).await;
    running.publish("default", "c", STEP_EXECUTED, json!(step)).await;
    running.publish("default", "d", TASK_CHANGED, json!({ "nothing": "we know" })).await;
    for socket in [&mut one, &mut two] {
        let incident = next(socket).await;
        assert_eq!((&incident["type"], &incident["summary"]["task_id"]), (&json!("incident"), &json!("t1")));
        assert_eq!(incident["summary"]["repeats"], 7);
        let step = next(socket).await;
        assert_eq!((&step["type"], &step["step"]["step_id"]), (&json!("step"), &json!("s")));
        assert!(
            step["cursor"].as_i64() > incident["cursor"].as_i64()
                && incident["cursor"].as_i64() > Some(cursor)
        );
    }
}

#[tokio::test]
async fn who_comes_back_is_told_what_was_missed_and_nothing_twice() {
    let store = Store::ephemeral(&[]).unwrap();
    let first = start(&store).await;
    let (mut socket, _) = first.open("").await;
    first.change("a", "t1").await;
    let cursor = next(&mut socket).await["cursor"].as_i64().unwrap();
    drop(socket);
    first.change("b", "t2").await;
    first.change("c", "t3").await;
    first.change("d", "t2").await;
    first.shutdown.request();
    let again = start(&store).await;
    again.until_it_runs().await;
    let (mut socket, hello) = again.open(&format!("?cursor={cursor}")).await;
    assert_eq!(hello, cursor, "it goes on where it was");
    let mut seen = Vec::new();
    while seen.last().is_none_or(|id| id != "t9") {
        let frame = next(&mut socket).await;
        assert_eq!(frame["type"], "incident");
        seen.push(frame["summary"]["task_id"].as_str().unwrap().to_owned());
    }
    assert_eq!(seen, ["t3", "t2", "t9"], "each as it is now");
    again.change("e", "t4").await;
    assert_eq!(next(&mut socket).await["summary"]["task_id"], "t4");
}

#[tokio::test]
async fn a_cursor_that_is_too_old_or_of_another_log_begins_anew() {
    let store = Store::ephemeral(&[]).unwrap();
    let running = start(&store).await;
    running.until_it_runs().await;
    let (mut socket, _) = running.open("?cursor=99999").await;
    assert_eq!(next(&mut socket).await["type"], "reset");
    for n in 0..1000 {
        running.change(&format!("c{n}"), "t1").await;
    }
    let (mut socket, _) = running.open("?cursor=0").await;
    let reset = next(&mut socket).await;
    assert_eq!(reset["type"], "reset");
    running.change("last", "t2").await;
    // What was under way when it came may come first.
    while next(&mut socket).await["summary"]["task_id"] != "t2" {}
    let forget: Result<usize, StoreError> =
        store.write(Urgency::Work, |tx| tx.execute("DELETE FROM outbox WHERE seq < 900", &[])).await;
    forget.unwrap();
    let (mut socket, _) = running.open("?cursor=800").await;
    assert_eq!(next(&mut socket).await["type"], "reset");
}

/// The code with which a connection ends.
async fn closed_with(mut socket: Socket) -> u16 {
    let mut last = 0;
    while let Ok(Some(Ok(message))) = tokio::time::timeout(Duration::from_secs(10), socket.next()).await {
        if let Message::Close(Some(close)) = message {
            last = close.code.into();
        }
    }
    last
}

fn about(subject: &str) -> Value {
    json!(IdentityNews { subject: subject.into(), actor: "root".into(), detail: String::new() })
}

#[tokio::test]
async fn who_may_do_something_else_now_has_to_come_again() {
    let running = start(&Store::ephemeral(&[]).unwrap()).await;
    let name = caller("viewer").name;
    let (mut socket, _) = running.open("").await;
    running.until_it_runs().await;
    running.publish("default", "r1", KEY_REVOKED, about("key:of-another")).await;
    running.change("c1", "t1").await;
    while next(&mut socket).await["summary"]["task_id"] != "t1" {}
    running.publish("elsewhere", "r2", USER_CHANGED, about(&format!("user:{name}"))).await;
    assert_eq!(closed_with(socket).await, 4000);
}

#[tokio::test]
async fn who_may_do_something_else_comes_again_also_where_incidents_cannot_be_told() {
    let store = Store::ephemeral(&[]).unwrap();
    let running = start_in(World { tasks: None, ..World::empty() }, &store).await;
    let (socket, _) = running.open("").await;
    let name = caller("viewer").name;
    let changed = TaskChanged {
        task_id: "t1".into(),
        action: "acknowledged".into(),
        by: "ada".into(),
        detail: String::new(),
    };
    let context =
        Context { project_id: "default".into(), lane: String::new(), trace: TraceParent::new_root() };
    // In one transaction, so that they are read at once.
    let told: Result<(), StoreError> = store
        .write(Urgency::Work, move |tx| {
            publish(tx, "c1".to_owned(), TASK_CHANGED, &context, &changed)?;
            publish(tx, "r1".to_owned(), USER_CHANGED, &context, &about(&format!("user:{name}")))
        })
        .await;
    told.unwrap();
    assert_eq!(closed_with(socket).await, 4000);
}

#[tokio::test]
async fn who_was_let_in_before_a_change_was_known_does_not_stay() {
    let store = Store::ephemeral(&[]).unwrap();
    let running = start(&store).await;
    running.until_it_runs().await;
    running.publish("default", "r1", USER_CHANGED, about("user:ann")).await;
    let live = running.live.clone();
    let soon = || async { live.enter("ann").await.unwrap().unwrap().until - Instant::now() < RIGHTS_LAG };
    while !soon().await {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let other = live.enter("ben").await.unwrap().unwrap();
    assert!(other.until - Instant::now() > RIGHTS_LAG);
}

#[tokio::test]
async fn refusals_are_problems_and_a_stop_is_told() {
    let running = start(&Store::ephemeral(&[]).unwrap()).await;
    let status = |error: Error| match error {
        Error::Http(response) => response.status().as_u16(),
        other => panic!("{other}"),
    };
    let webhook = key().mint(&caller("webhook")).unwrap();
    for (query, headers, expected) in [
        ("?cursor=x", vec![], 400),
        ("?cursor=-1", vec![], 400),
        ("", vec![("origin", "https://elsewhere.example")], 403),
        ("", vec![("origin", "null")], 403),
        ("", vec![("origin", "http://127.0.0.1:5173")], 403),
        ("", vec![(CALLER_HEADER, webhook.to_str().unwrap())], 403),
        ("", vec![(CALLER_HEADER, "forged")], 401),
    ] {
        let refused = running.try_open(query, &headers).await.unwrap_err();
        assert_eq!(status(refused), expected, "{query} {headers:?}");
    }
    let (socket, _) = running.open("").await;
    running.until_it_runs().await;
    running.shutdown.request();
    assert_eq!(closed_with(socket).await, 1001);
}
