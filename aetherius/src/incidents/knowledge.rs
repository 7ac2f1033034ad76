use super::{
    Screen,
    act::written,
    args::{NewEntry, Search},
};
use crate::{
    cli::print,
    client::{Client, Table, age, cut, encode, list as items, print_json, text, with_query},
};
use serde_json::{Value, json};

const KNOWLEDGE: &str = "/api/knowledge/v1/knowledge";
const PAGE_MAX: u32 = 200;
const TITLE_CHARS_MAX: usize = 90;

pub(super) async fn list(client: &Client, limit: u32, json: bool) -> anyhow::Result<()> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let missing = limit - u32::try_from(found.len()).unwrap_or(limit).min(limit);
        let page = [("limit", Some(missing.min(PAGE_MAX).to_string())), ("after", after)];
        let page = client.get(&with_query(KNOWLEDGE, &page)).await?;
        let new = items(&page, "/items");
        found.extend(new.iter().cloned());
        after = page["next"].as_str().filter(|_| !new.is_empty()).map(str::to_owned);
        if after.is_none() || found.len() >= limit as usize {
            break;
        }
    }
    if json {
        return print_json(&json!({ "items": found, "next": after }));
    }
    if found.is_empty() {
        return print("Nothing is known yet; `aetherius knowledge add` changes that.\n");
    }
    print(&render(&found))
}

fn render(entries: &[Value]) -> String {
    let screen = Screen::open();
    let mut table = Table::new(["ENTRY", "AGE", "CATEGORY", "TAGS", "TITLE"]);
    for entry in entries {
        let tags: Vec<&str> = items(entry, "/tags").iter().filter_map(Value::as_str).collect();
        table.row([
            text(entry, "/id").to_owned(),
            age(text(entry, "/created_at"), screen.now),
            text(entry, "/category").to_owned(),
            if tags.is_empty() { "-".to_owned() } else { tags.join(",") },
            cut(text(entry, "/title"), TITLE_CHARS_MAX),
        ]);
    }
    table.render(screen.paint)
}

pub(super) async fn add(client: &Client, entry: &NewEntry, json: bool) -> anyhow::Result<()> {
    let body = json!({
        "title": entry.title,
        "content": written(&entry.content)?,
        "category": entry.category,
        "tags": entry.tags,
    });
    let added = client.post(KNOWLEDGE, &body).await?;
    if json { print_json(&added) } else { print(&render(&[added])) }
}

pub(super) async fn remove(client: &Client, id: &str, json: bool) -> anyhow::Result<()> {
    client.delete(&format!("{KNOWLEDGE}/{}", encode(id))).await?;
    if json { print_json(&json!({ "removed": id })) } else { print("Removed.\n") }
}

pub(super) async fn search(client: &Client, query: &Search, json: bool) -> anyhow::Result<()> {
    let body = json!({ "text": query.text, "top_k": query.top, "threshold": query.threshold });
    let found = client.post("/api/knowledge/v1/search", &body).await?;
    if json {
        return print_json(&found);
    }
    let matches = items(&found, "");
    if matches.is_empty() {
        return print("Nothing is like it.\n");
    }
    let mut table = Table::new(["SCORE", "ENTRY", "CATEGORY", "TITLE"]);
    for found in matches {
        table.row([
            format!("{:.2}", found["score"].as_f64().unwrap_or_default()),
            text(found, "/entry/id").to_owned(),
            text(found, "/entry/category").to_owned(),
            cut(text(found, "/entry/title"), TITLE_CHARS_MAX),
        ]);
    }
    print(&table.render(Screen::open().paint))
}
