use super::{PAGE, verify};
use crate::{
    chain::{Entry, Head},
    store::{MIGRATIONS, append},
};
use aetherius_contracts::audit::ChainStatus;
use aetherius_store::{Store, StoreError, Urgency};

fn entry(n: i64) -> Entry {
    Entry {
        message_id: format!("m{n}"),
        action: "task.created".into(),
        project_id: "p".into(),
        subject: format!("t{n}"),
        trace_id: "a".repeat(32),
        payload_hash: "b".repeat(64),
        recorded_at: "2026-01-02T03:04:05.000000Z".into(),
    }
}

async fn chain(links: i64) -> Store {
    let store = Store::ephemeral(MIGRATIONS).unwrap();
    let written: Result<(), StoreError> =
        store.write(Urgency::Work, move |tx| (1..=links).try_for_each(|n| append(tx, entry(n)))).await;
    written.unwrap();
    store
}

async fn run(store: &Store, sql: &'static str) {
    let done: Result<(), StoreError> = store
        .write(Urgency::Work, move |tx| sql.split(';').try_for_each(|part| tx.execute(part, &[]).map(|_| ())))
        .await;
    done.unwrap();
}

async fn broken_at(store: &Store) -> Option<i64> {
    let status = verify(store).await.unwrap();
    assert_eq!(status.intact, status.broken_at.is_none());
    status.broken_at
}

#[tokio::test]
async fn a_chain_that_nobody_touched_holds() {
    let empty = verify(&chain(0).await).await.unwrap();
    assert_eq!(empty, ChainStatus { intact: true, links: 0, broken_at: None, head: Head::genesis().hash });
    for links in [1, 7, i64::from(PAGE), i64::from(PAGE) + 1] {
        let status = verify(&chain(links).await).await.unwrap();
        assert_eq!((status.intact, status.links), (true, links));
    }
}

#[tokio::test]
async fn a_changed_column_is_found_where_it_was_changed() {
    for sql in [
        "UPDATE audit_links SET message_id = 'other' WHERE seq = 3",
        "UPDATE audit_links SET action = 'task.completed' WHERE seq = 3",
        "UPDATE audit_links SET project_id = 'q' WHERE seq = 3",
        "UPDATE audit_links SET subject = 't4' WHERE seq = 3",
        "UPDATE audit_links SET trace_id = '' WHERE seq = 3",
        "UPDATE audit_links SET payload_hash = replace(payload_hash, 'b', 'c') WHERE seq = 3",
        "UPDATE audit_links SET recorded_at = '2026-01-02T03:04:05.0Z' WHERE seq = 3",
        "UPDATE audit_links SET recorded_at = x'00ff' WHERE seq = 3",
        "UPDATE audit_links SET previous_hash = replace(hash, '0', '1') WHERE seq = 3",
        "UPDATE audit_links SET hash = replace(hash, substr(hash, 1, 1), 'x') WHERE seq = 3",
        "DELETE FROM audit_links WHERE seq = 3",
    ] {
        let store = chain(6).await;
        run(&store, sql).await;
        assert_eq!(broken_at(&store).await, Some(3), "{sql}");
    }
}

#[tokio::test]
async fn text_that_moves_from_one_column_to_the_next_is_found() {
    let store = chain(3).await;
    run(&store, "UPDATE audit_links SET action = 'task.createdp', project_id = '' WHERE seq = 2").await;
    assert_eq!(broken_at(&store).await, Some(2));
}

#[tokio::test]
async fn swapped_rows_are_found() {
    let store = chain(6).await;
    let swap = "UPDATE audit_links SET seq = 100 WHERE seq = 2;
                UPDATE audit_links SET seq = 2 WHERE seq = 5;
                UPDATE audit_links SET seq = 5 WHERE seq = 100";
    run(&store, swap).await;
    assert_eq!(broken_at(&store).await, Some(2));
}

#[tokio::test]
async fn links_cut_off_at_either_end_are_found() {
    let store = chain(6).await;
    run(&store, "DELETE FROM audit_links WHERE seq > 4").await;
    assert_eq!(broken_at(&store).await, Some(5));
    let store = chain(6).await;
    run(&store, "DELETE FROM audit_links WHERE seq = 1").await;
    assert_eq!(broken_at(&store).await, Some(1));
    let store = chain(6).await;
    run(&store, "DELETE FROM audit_links").await;
    assert_eq!(broken_at(&store).await, Some(1));
}

#[tokio::test]
async fn rows_smuggled_in_are_found() {
    let store = chain(2).await;
    run(&store, "INSERT INTO audit_links SELECT -1, 'x', action, project_id, subject, trace_id, payload_hash, recorded_at, previous_hash, hash FROM audit_links WHERE seq = 1").await;
    assert_eq!(broken_at(&store).await, Some(1));
    // A link that even hashes right, but was not written with the note of the chain's end.
    let store = chain(2).await;
    run(&store, "UPDATE audit_head SET seq = 1").await;
    assert_eq!(broken_at(&store).await, Some(2));
}

#[tokio::test]
async fn damage_behind_the_first_page_is_found() {
    let store = chain(i64::from(PAGE) + 20).await;
    run(&store, "UPDATE audit_links SET subject = '' WHERE seq = 510").await;
    assert_eq!(broken_at(&store).await, Some(510));
    assert_eq!(verify(&store).await.unwrap().links, 509);
}
