use super::Screen;
use crate::{
    cli::print,
    client::{Client, Table, age, print_json, text},
};

pub(super) async fn run(client: &Client, json: bool) -> anyhow::Result<()> {
    let queue = client.get("/api/orchestrator/v1/queue/status").await?;
    if json {
        return print_json(&queue);
    }
    let screen = Screen::open();
    let oldest = age(text(&queue, "/oldest_pending"), screen.now);
    let mut table = Table::new(["WAITING", "FOR", "TO BE RETRIED", "IN WORK", "WORKERS"]);
    table.row([
        queue["pending"].to_string(),
        if oldest.is_empty() { "-".to_owned() } else { oldest },
        queue["scheduled"].to_string(),
        queue["running"].to_string(),
        queue["workers"].to_string(),
    ]);
    print(&table.render(screen.paint))
}
