use crate::{Deps, MIGRATIONS, Service, Settings};
use aetherius_bus::{Context, Message, publish};
use aetherius_contracts::audit::{AuditClient, AuditEvent, ChainStatus};
use aetherius_rpc::{CallContext, CallerKey, Channel, Code};
use aetherius_store::{Store, StoreError, Urgency};
use foundation::{metrics::Metrics, secret::Secret, shutdown::Shutdown, trace::TraceParent};
use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

fn key() -> CallerKey {
    CallerKey::from_hex(&Secret::new("ab".repeat(32))).unwrap()
}

async fn send(store: &Store, project: &str, messages: Vec<(&'static str, &'static str, Value)>) {
    let context = Context { project_id: project.into(), lane: String::new(), trace: TraceParent::new_root() };
    let sent: Result<(), StoreError> = store
        .write(Urgency::Work, move |tx| {
            messages
                .iter()
                .try_for_each(|(id, topic, payload)| publish(tx, (*id).to_owned(), topic, &context, payload))
        })
        .await;
    sent.unwrap();
}

/// Messages as a consumer gets them.
pub(crate) async fn receive(messages: Vec<(&'static str, &'static str, Value)>) -> Vec<Message> {
    let store = Store::ephemeral(&[]).unwrap();
    let count = messages.len();
    send(&store, "p", messages).await;
    let taken = Arc::new(Mutex::new(Vec::new()));
    let shutdown = Shutdown::new();
    let (sink, stop) = (Arc::clone(&taken), shutdown.clone());
    let handle = move |_: &aetherius_store::Tx<'_>, message: &Message| {
        let mut sink = sink.lock().unwrap();
        sink.push(message.clone());
        if sink.len() == count {
            stop.request();
        }
        Ok(())
    };
    let topics = aetherius_contracts::messages::ALL;
    let consumed = aetherius_bus::consume(store, "test", topics, handle, shutdown);
    tokio::time::timeout(Duration::from_secs(10), consumed).await.expect("the messages did not arrive");
    std::mem::take(&mut *taken.lock().unwrap())
}

struct Running {
    store: Store,
    channel: Channel,
    shutdown: Shutdown,
}

fn start(store: &Store) -> Running {
    let deps = Deps { store: store.clone(), key: key(), metrics: Metrics::default() };
    let service = Service::create(Settings::default().validate().unwrap(), deps);
    let channel = Channel::local("audit", service.router(), key());
    let shutdown = Shutdown::new();
    tokio::spawn(service.run(shutdown.clone()));
    Running { store: store.clone(), channel, shutdown }
}

fn caller(project: &str) -> CallContext {
    CallContext::new("tester", project, TraceParent::new_root())
}

impl Running {
    async fn until(&self, project: &str, count: usize) -> Vec<AuditEvent> {
        let arrived = async {
            loop {
                let links: Vec<AuditEvent> = self.channel.get("/v1/audit", &caller(project)).await.unwrap();
                if links.len() >= count {
                    return links;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), arrived).await.expect("the links did not arrive")
    }
}

#[tokio::test]
async fn every_message_gets_one_link_whoever_restarts_or_repeats() {
    let store = Store::ephemeral(MIGRATIONS).unwrap();
    let first = start(&store);
    send(&store, "p", vec![("c1", "task.created", json!({"task_id": "t1"}))]).await;
    first.until("p", 1).await;
    first.shutdown.request();
    // A consumer whose offset was lost gets everything again.
    let forget: Result<usize, StoreError> =
        store.write(Urgency::Work, |tx| tx.execute("DELETE FROM outbox_offsets", &[])).await;
    forget.unwrap();
    let second = start(&store);
    send(
        &store,
        "p",
        vec![
            ("d1", "task.completed", json!({"task_id": "t1"})),
            ("c2", "task.created", json!({"task_id": "t2"})),
        ],
    )
    .await;
    let links = second.until("p", 3).await;
    assert_eq!(links.iter().map(|link| link.seq).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(links[0].previous_hash, "0".repeat(64));
    assert_eq!(links[2].previous_hash, links[1].hash);
    let about = AuditClient::new(second.channel.clone()).of_subject("t1", &caller("p")).await.unwrap();
    assert_eq!(about.iter().map(|link| link.message_id.as_str()).collect::<Vec<_>>(), ["c1", "d1"]);
    let status: ChainStatus = second.channel.get("/v1/audit/verify", &caller("p")).await.unwrap();
    assert_eq!(status, ChainStatus { intact: true, links: 3, broken_at: None, head: links[2].hash.clone() });
}

#[tokio::test]
async fn a_project_sees_its_own_links_page_by_page() {
    let store = Store::ephemeral(MIGRATIONS).unwrap();
    let audit = start(&store);
    send(
        &audit.store,
        "p",
        vec![
            ("a", "task.created", json!({"task_id": "t"})),
            ("b", "task.completed", json!({"task_id": "t"})),
        ],
    )
    .await;
    send(&audit.store, "q", vec![("c", "task.created", json!({"task_id": "t"}))]).await;
    audit.until("q", 1).await;
    let page = |path: &'static str| {
        let channel = audit.channel.clone();
        async move { channel.get::<Vec<AuditEvent>>(path, &caller("p")).await }
    };
    assert_eq!(page("/v1/audit?limit=1").await.unwrap()[0].seq, 1);
    assert_eq!(page("/v1/audit?limit=1&after=1").await.unwrap()[0].seq, 2);
    assert!(page("/v1/audit?after=2").await.unwrap().is_empty(), "the third link is of another project");
    assert!(page("/v1/audit?subject=%27%20OR%201=1").await.unwrap().is_empty());
    for wrong in ["/v1/audit?limit=0", "/v1/audit?limit=1001", "/v1/audit?limit=x", "/v1/audit?after=x"] {
        assert_eq!(page(wrong).await.unwrap_err().code(), Some(Code::InvalidParameter), "{wrong}");
    }
}

#[tokio::test]
async fn a_role_that_may_not_read_is_refused() {
    let audit = start(&Store::ephemeral(MIGRATIONS).unwrap());
    let mut context = caller("p");
    context.caller.roles = vec!["webhook".into()];
    for path in ["/v1/audit", "/v1/audit/verify"] {
        let refused = audit.channel.get::<Value>(path, &context).await.unwrap_err();
        assert_eq!(refused.code(), Some(Code::Forbidden), "{path}");
    }
}
