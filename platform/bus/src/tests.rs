use super::{Context, HandleError, Message, consume, publish};
use aetherius_store::{Migration, Store, StoreError, Tx, Urgency};
use foundation::{shutdown::Shutdown, trace::TraceParent};
use serde::Deserialize;
use std::time::Duration;

const SEEN: &[Migration] = &[Migration {
    owner: "seen",
    version: 1,
    sql: "CREATE TABLE seen (id TEXT NOT NULL, n INTEGER NOT NULL)",
}];

#[derive(Deserialize)]
struct Number {
    n: i64,
}

fn note(tx: &Tx<'_>, message: &Message) -> Result<(), HandleError> {
    let number: Number = message.payload()?;
    tx.execute("INSERT INTO seen VALUES ($1, $2)", &[(&message.id).into(), number.n.into()])?;
    Ok(())
}

async fn send(store: &Store, id: &str, topic: &'static str, payload: serde_json::Value) {
    let id = id.to_owned();
    let context = Context { project_id: "p".into(), lane: String::new(), trace: TraceParent::new_root() };
    let sent: Result<(), StoreError> =
        store.write(Urgency::Work, move |tx| publish(tx, id, topic, &context, &payload)).await;
    sent.unwrap();
}

async fn numbers(store: &Store) -> Vec<i64> {
    let seen: Result<_, StoreError> =
        store.read(|tx| tx.query("SELECT n FROM seen ORDER BY rowid", &[], |row| row.get(0))).await;
    seen.unwrap()
}

async fn until(store: &Store, expected: &[i64]) {
    let arrived = async {
        while numbers(store).await != expected {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), arrived).await.expect("the messages did not arrive");
}

#[tokio::test]
async fn a_consumer_goes_on_where_it_stopped_and_takes_each_message_once() {
    let store = Store::ephemeral(SEEN).unwrap();
    for run in 0..2 {
        let shutdown = Shutdown::new();
        let running = tokio::spawn(consume(store.clone(), "c", &["wanted"], note, shutdown.clone()));
        send(&store, &format!("a{run}"), "wanted", serde_json::json!({ "n": run })).await;
        send(&store, &format!("b{run}"), "other", serde_json::json!({ "n": 99 })).await;
        until(&store, &(0..=run).collect::<Vec<i64>>()).await;
        shutdown.request();
        running.await.unwrap();
    }
}

#[tokio::test]
async fn an_unreadable_message_is_buried_and_the_next_is_taken() {
    let store = Store::ephemeral(SEEN).unwrap();
    let shutdown = Shutdown::new();
    tokio::spawn(consume(store.clone(), "c", &["wanted"], note, shutdown.clone()));
    send(&store, "bad", "wanted", serde_json::json!({ "n": "seven" })).await;
    send(&store, "good", "wanted", serde_json::json!({ "n": 8 })).await;
    until(&store, &[8]).await;
    let buried: Result<Vec<String>, StoreError> =
        store.read(|tx| tx.query("SELECT id FROM outbox_dead_letters", &[], |row| row.get(0))).await;
    assert_eq!(buried.unwrap(), ["bad"]);
    shutdown.request();
}

#[tokio::test]
async fn a_passing_failure_is_tried_again() {
    let store = Store::ephemeral(SEEN).unwrap();
    let shutdown = Shutdown::new();
    let failures = std::sync::atomic::AtomicU32::new(2);
    let flaky = move |tx: &Tx<'_>, message: &Message| {
        note(tx, message)?;
        let left = failures.load(std::sync::atomic::Ordering::Relaxed);
        if left > 0 {
            failures.store(left - 1, std::sync::atomic::Ordering::Relaxed);
            return Err(HandleError::Store(StoreError::DiskFull));
        }
        Ok(())
    };
    tokio::spawn(consume(store.clone(), "c", &["wanted"], flaky, shutdown.clone()));
    send(&store, "a", "wanted", serde_json::json!({ "n": 1 })).await;
    send(&store, "b", "wanted", serde_json::json!({ "n": 2 })).await;
    until(&store, &[1, 2]).await;
    shutdown.request();
}
