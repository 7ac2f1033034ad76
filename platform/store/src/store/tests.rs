use super::{Store, Urgency};
use crate::{Migration, OpenError, StoreError, journal, outbox};
use jiff::Timestamp;

const NOTES: &[Migration] = &[Migration {
    owner: "notes",
    version: 1,
    sql: "CREATE TABLE notes (id TEXT PRIMARY KEY, body TEXT NOT NULL)",
}];

async fn add(store: &Store, id: &str) -> Result<usize, StoreError> {
    let id = id.to_owned();
    store
        .write(Urgency::Work, move |tx| {
            tx.execute("INSERT INTO notes (body, id) VALUES ($2, $1)", &[id.into(), "body".into()])
        })
        .await
}

async fn ids(store: &Store) -> Vec<String> {
    store
        .read(|tx| tx.query("SELECT id FROM notes ORDER BY id", &[], |row| row.get(0)))
        .await
        .map_err(|error: StoreError| error)
        .unwrap()
}

#[tokio::test]
async fn what_was_written_is_read_also_after_reopening() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.db");
    {
        let store = Store::open(&path, NOTES).unwrap();
        add(&store, "one").await.unwrap();
        assert_eq!(ids(&store).await, ["one"]);
    }
    let store = Store::open(&path, NOTES).unwrap();
    assert_eq!(ids(&store).await, ["one"]);
}

#[tokio::test]
async fn writers_of_one_batch_fail_alone() {
    let store = Store::ephemeral(NOTES).unwrap();
    let writes = (0..200).map(|n| {
        let store = store.clone();
        tokio::spawn(async move { add(&store, &format!("{:03}", n / 2)).await.is_ok() })
    });
    let mut kept = 0;
    for write in writes.collect::<Vec<_>>() {
        kept += usize::from(write.await.unwrap());
    }
    assert_eq!(kept, 100, "each id twice: one stored, one refused by the key");
    assert_eq!(ids(&store).await.len(), 100);
}

#[tokio::test]
async fn a_failed_job_leaves_nothing_behind() {
    let store = Store::ephemeral(NOTES).unwrap();
    let outcome: Result<(), StoreError> = store
        .write(Urgency::Work, |tx| {
            tx.execute("INSERT INTO notes VALUES ($1, $2)", &["x".into(), "y".into()])?;
            Err(StoreError::NotFound)
        })
        .await;
    assert!(matches!(outcome, Err(StoreError::NotFound)));
    assert!(ids(&store).await.is_empty());
}

#[tokio::test]
async fn a_newer_database_is_refused_untouched() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.db");
    let newer = [NOTES[0], Migration { owner: "notes", version: 2, sql: "CREATE TABLE more (id TEXT)" }];
    drop(Store::open(&path, &newer).unwrap());
    let before = std::fs::read(&path).unwrap();
    let Err(error) = Store::open(&path, NOTES) else { panic!("opened a newer database") };
    assert!(matches!(error, OpenError::Newer { found: 2, known: 1, .. }), "{error}");
    assert!(error.to_string().contains("restore a backup"), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn a_file_of_another_program_is_refused_untouched() {
    let directory = tempfile::tempdir().unwrap();
    let text = directory.path().join("text.db");
    std::fs::write(&text, "this is no database, but long enough to have a header of one".repeat(20)).unwrap();
    assert!(matches!(Store::open(&text, NOTES), Err(OpenError::Foreign { .. })));
    let other = directory.path().join("other.db");
    rusqlite::Connection::open(&other).unwrap().execute_batch("CREATE TABLE x (y)").unwrap();
    assert!(matches!(Store::open(&other, NOTES), Err(OpenError::Foreign { .. })));
}

#[tokio::test]
async fn a_full_disk_refuses_and_recovers() {
    let store = Store::ephemeral(NOTES).unwrap();
    let limit = |pages: u32| {
        let store = store.clone();
        async move {
            let sql = format!("PRAGMA max_page_count = {pages}");
            let set: Result<Vec<i64>, StoreError> =
                store.write(Urgency::Work, move |tx| tx.query(&sql, &[], |row| row.get(0))).await;
            set.unwrap()
        }
    };
    limit(1).await;
    let large = "x".repeat(1 << 20);
    let write = |id: &str| {
        let (store, id, large) = (store.clone(), id.to_owned(), large.clone());
        async move {
            let insert = move |tx: &crate::Tx<'_>| {
                tx.execute("INSERT INTO notes VALUES ($1, $2)", &[id.into(), large.into()])
            };
            store.write(Urgency::Work, insert).await
        }
    };
    assert!(matches!(write("a").await, Err(StoreError::DiskFull)));
    limit(1_000_000).await;
    write("a").await.unwrap();
    assert_eq!(ids(&store).await, ["a"]);
}

#[tokio::test]
async fn the_first_record_of_a_key_stands() {
    let store = Store::ephemeral(&[]).unwrap();
    let record = |text: &'static str| {
        let store = store.clone();
        async move {
            let stands: Result<String, StoreError> =
                store.write(Urgency::Work, move |tx| journal::record(tx, "task-1", "step-1", text)).await;
            stands.unwrap()
        }
    };
    assert_eq!(record("first").await, "first");
    assert_eq!(record("second").await, "first");
}

#[tokio::test]
async fn the_outbox_keeps_order_and_is_announced_after_the_commit() {
    let store = Store::ephemeral(&[]).unwrap();
    let mut appended = store.appended();
    for n in 0..3 {
        let written: Result<(), StoreError> =
            store.write(Urgency::Acknowledgement, move |tx| outbox::append(tx, &entry(n))).await;
        written.unwrap();
    }
    appended.changed().await.unwrap();
    let read: Result<_, StoreError> = store.read(|tx| outbox::read_after(tx, &["t", "other"], 1, 10)).await;
    let (entries, end) = read.unwrap();
    assert_eq!(end, 3);
    let ids: Vec<String> = entries.into_iter().map(|entry| entry.id).collect();
    assert_eq!(ids, ["id-1", "id-2"]);
}

#[tokio::test]
async fn only_what_all_have_read_is_pruned() {
    let store = Store::ephemeral(&[]).unwrap();
    let left: Result<usize, StoreError> = store
        .write(Urgency::Work, |tx| {
            for n in 0..4 {
                outbox::append(tx, &entry(n))?;
            }
            outbox::set_offset(tx, "slow", 1)?;
            outbox::set_offset(tx, "fast", 4)?;
            outbox::prune(tx, &["slow", "fast"], Timestamp::MAX)?;
            Ok(outbox::read_after(tx, &["t"], 0, 10)?.0.len())
        })
        .await;
    assert_eq!(left.unwrap(), 3);
}

fn entry(n: u32) -> outbox::Entry {
    outbox::Entry {
        seq: 0,
        id: format!("id-{n}"),
        topic: "t".into(),
        project_id: "p".into(),
        lane: String::new(),
        trace: String::new(),
        payload: "{}".into(),
        created_at: Timestamp::now(),
    }
}
