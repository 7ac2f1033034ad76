use super::{MIGRATIONS, delete, get, put, search};
use aetherius_contracts::knowledge::{KnowledgeEntry, SearchQuery};
use aetherius_store::{Store, StoreError, Urgency};

fn entry(id: &str, title: &str, tags: &[&str]) -> KnowledgeEntry {
    let mut entry: KnowledgeEntry =
        serde_json::from_value(serde_json::json!({ "title": title, "content": "", "category": "runbook" }))
            .unwrap();
    entry.id = id.into();
    entry.tags = tags.iter().map(|&tag| tag.into()).collect();
    entry
}

fn query(text: &str, tags: &[&str]) -> SearchQuery {
    serde_json::from_value(serde_json::json!({ "text": text, "tags": tags, "threshold": 0.5 })).unwrap()
}

#[tokio::test]
async fn a_search_sees_its_project_and_its_tags_only_best_first() {
    let store = Store::ephemeral(MIGRATIONS).unwrap();
    let put_all: Result<(), StoreError> = store
        .write(Urgency::Work, |tx| {
            put(tx, "p", &entry("1", "KubePodCrashLooping pod restarts", &["kube"]))?;
            put(tx, "p", &entry("2", "pod restarts often after a crash", &[]))?;
            put(tx, "p", &entry("3", "certificate expires", &["kube"]))?;
            put(tx, "q", &entry("4", "KubePodCrashLooping pod restarts", &["kube"]))
        })
        .await;
    put_all.unwrap();
    let ids = |project: &'static str, query: SearchQuery| {
        let store = store.clone();
        async move {
            let found: Result<_, StoreError> = store.read(move |tx| search(tx, project, &query)).await;
            found.unwrap().into_iter().map(|found| found.entry.id).collect::<Vec<_>>()
        }
    };
    assert_eq!(ids("p", query("KubePodCrashLooping pod restarts", &[])).await[0], "1");
    assert_eq!(ids("p", query("KubePodCrashLooping pod restarts", &["kube"])).await, ["1"]);
    assert_eq!(ids("q", query("KubePodCrashLooping pod restarts", &[])).await, ["4"]);
    assert!(ids("p", query("disk full", &[])).await.is_empty());
}

#[tokio::test]
async fn an_entry_of_another_project_can_be_neither_read_nor_replaced_nor_deleted() {
    let store = Store::ephemeral(MIGRATIONS).unwrap();
    let found: Result<_, StoreError> = store
        .write(Urgency::Work, |tx| {
            put(tx, "p", &entry("1", "ours", &[]))?;
            put(tx, "q", &entry("1", "theirs", &[]))?;
            assert!(!delete(tx, "q", "1")?);
            Ok((get(tx, "p", "1")?, get(tx, "q", "1")?))
        })
        .await;
    let (ours, theirs) = found.unwrap();
    assert_eq!(ours.unwrap().title, "ours");
    assert_eq!(theirs, None);
}
