use super::{INCIDENTS, Screen, args::Filter};
use crate::{
    cli::print,
    client::{Client, Failure, Table, age, cut, list, print_json, text, with_query},
};
use serde_json::{Value, json};

/// As many as a page may have.
const PAGE_MAX: u32 = 200;
/// A list is for an overview; `show` tells the rest.
const TITLE_CHARS_MAX: usize = 90;

pub(super) async fn run(client: &Client, filter: &Filter, json: bool) -> anyhow::Result<()> {
    let found = gather(client, filter).await?;
    if json {
        return print_json(&found);
    }
    print(&render(&found, &Screen::open()))
}

/// Page after page until there are as many as were asked for.
async fn gather(client: &Client, filter: &Filter) -> Result<Value, Failure> {
    let (mut items, mut after) = (Vec::new(), filter.after.clone());
    loop {
        let missing = filter.limit - u32::try_from(items.len()).unwrap_or(filter.limit).min(filter.limit);
        let page = client.get(&path(filter, missing.min(PAGE_MAX), after.as_ref())).await?;
        let new = list(&page, "/items");
        items.extend(new.iter().cloned());
        let next = page["next"].as_str().filter(|_| !new.is_empty()).map(str::to_owned);
        if next.is_none() || items.len() >= filter.limit as usize {
            return Ok(json!({ "items": items, "next": next }));
        }
        after = next;
    }
}

fn path(filter: &Filter, limit: u32, after: Option<&String>) -> String {
    let parameters = [
        ("status", filter.status.clone()),
        ("severity", filter.severity.clone()),
        ("namespace", filter.namespace.clone()),
        ("q", filter.q.clone()),
        ("assignee", filter.assignee.clone()),
        ("acknowledged", filter.acknowledged.map(|wanted| wanted.to_string())),
        ("limit", Some(limit.to_string())),
        ("after", after.cloned()),
    ];
    with_query(INCIDENTS, &parameters)
}

/// Incidents as a table.
pub(super) fn render(found: &Value, screen: &Screen) -> String {
    let items = list(found, "/items");
    if items.is_empty() {
        return "There is no such incident.\n".to_owned();
    }
    let mut table = Table::new(["INCIDENT", "AGE", "SEVERITY", "STATUS", "ALERT", "WHERE", "FOR", "WHAT"]);
    for item in items {
        table.row([
            text(item, "/task_id").to_owned(),
            age(text(item, "/created_at"), screen.now),
            text(item, "/severity").to_owned(),
            text(item, "/status").to_owned(),
            alert(item),
            place(item),
            person(item).to_owned(),
            cut(text(item, "/title"), TITLE_CHARS_MAX),
        ]);
    }
    let mut shown = table.render(screen.paint);
    if let Some(next) = found["next"].as_str() {
        shown.push_str(&format!("There are more: --limit for more of them, or --after {next}\n"));
    }
    shown
}

/// Its name, and how often it came if that is more than once.
fn alert(item: &Value) -> String {
    let name = text(item, "/alert_name");
    match item["repeats"].as_u64().unwrap_or_default() {
        0 => name.to_owned(),
        repeats => format!("{name} ×{}", repeats + 1),
    }
}

/// Who takes care of it.
fn person(item: &Value) -> &str {
    let known = ["/assignee", "/acknowledged_by"].map(|field| text(item, field));
    known.into_iter().find(|name| !name.is_empty()).unwrap_or("-")
}

/// Cluster and namespace.
pub(super) fn place(item: &Value) -> String {
    match (text(item, "/cluster_id"), text(item, "/namespace")) {
        (cluster, "") => cluster.to_owned(),
        (cluster, namespace) => format!("{cluster}/{namespace}"),
    }
}
