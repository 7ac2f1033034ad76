use super::Screen;
use crate::{
    cli::print,
    client::{Client, print_json, text},
};
use anyhow::bail;

/// Says whether the chain holds; an error if not, so that a script notices.
pub(super) async fn verify(client: &Client, json: bool) -> anyhow::Result<()> {
    let chain = client.get("/api/audit/v1/audit/verify").await?;
    let is_intact = chain["intact"].as_bool().unwrap_or(false);
    if json {
        print_json(&chain)?;
    } else if is_intact {
        let intact = Screen::open().paint.word("intact");
        print(&format!("{intact}: {} links, the last is {}\n", chain["links"], text(&chain, "/head")))?;
    }
    if !is_intact {
        bail!(
            "the audit chain is broken at link {}: somebody changed or removed what was recorded",
            chain["broken_at"]
        );
    }
    Ok(())
}
