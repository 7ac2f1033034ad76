//! Reading back: which tasks the acknowledged alerts have.

use crate::{
    alert::Alerts,
    client::{Answer, Connection},
    load::Acknowledged,
};
use anyhow::{Context, bail};
use http::StatusCode;
use serde::Deserialize;
use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, Instant},
};

#[cfg(test)]
mod tests;

const PAGE: u32 = 200;
/// Pages of one walk through all tasks.
const PAGES_MAX: u32 = 50_000;
const AGAIN_AFTER: Duration = Duration::from_millis(500);

/// A task, as far as it matters here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Task {
    pub(crate) event_id: String,
    pub(crate) fingerprint: String,
}

/// What came of the acknowledged alerts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Fingerprints of acknowledged alerts whose event has no task.
    pub(crate) missing: Vec<String>,
    /// Fingerprints and events that have more than one.
    pub(crate) doubled: Vec<String>,
}

/// Reads tasks until every acknowledged alert has one, or `deadline` has come; then all of them once more, and judges.
pub(crate) async fn verify(
    connection: &mut Connection,
    alerts: &Alerts,
    acknowledged: &[Acknowledged],
    deadline: Instant,
) -> anyhow::Result<Verdict> {
    let mut known = BTreeMap::new();
    loop {
        read_newer(connection, &mut known, deadline).await?;
        let missing = judge(alerts, acknowledged, known.values()).missing.len();
        let found = acknowledged.len().saturating_sub(missing);
        eprintln!("  {found} of {} acknowledged alerts have a task", acknowledged.len());
        if missing == 0 || Instant::now() >= deadline {
            break;
        }
        tokio::time::sleep(AGAIN_AFTER).await;
    }
    // From the beginning, so that nothing depends on the order in which tasks were made.
    let mut all = BTreeMap::new();
    read_newer(connection, &mut all, Instant::now() + Duration::from_secs(600)).await?;
    Ok(judge(alerts, acknowledged, all.values()))
}

/// Holds the acknowledged alerts against the tasks. Tasks of other senders do not matter.
fn judge<'a>(
    alerts: &Alerts,
    acknowledged: &[Acknowledged],
    tasks: impl Iterator<Item = &'a Task>,
) -> Verdict {
    let (mut of_event, mut of_fingerprint) = (HashMap::<&str, u32>::new(), HashMap::<&str, u32>::new());
    for task in tasks.filter(|task| alerts.is_ours(&task.fingerprint)) {
        *of_event.entry(&task.event_id).or_default() += 1;
        *of_fingerprint.entry(&task.fingerprint).or_default() += 1;
    }
    let has_none = |it: &&Acknowledged| {
        !of_event.contains_key(it.event_id.as_str()) || !of_fingerprint.contains_key(it.fingerprint.as_str())
    };
    let missing = acknowledged.iter().filter(has_none).map(|it| it.fingerprint.clone()).collect();
    let twice = |counts: &HashMap<&str, u32>| -> Vec<String> {
        counts.iter().filter(|&(_, &count)| count > 1).map(|(&name, _)| name.to_owned()).collect()
    };
    let mut doubled = [twice(&of_event), twice(&of_fingerprint)].concat();
    doubled.sort_unstable();
    Verdict { missing, doubled }
}

#[derive(Deserialize)]
struct Page {
    items: Vec<Item>,
    next: Option<String>,
}

#[derive(Deserialize)]
struct Item {
    id: String,
    event_id: String,
    context: Event,
}

#[derive(Deserialize)]
struct Event {
    fingerprint: String,
}

/// Adds the tasks that are newer than all known ones. The list has the newest first.
async fn read_newer(
    connection: &mut Connection,
    known: &mut BTreeMap<String, Task>,
    deadline: Instant,
) -> anyhow::Result<()> {
    let newest = known.last_key_value().map(|(id, _)| id.clone());
    let mut after = String::new();
    for _ in 0..PAGES_MAX {
        let path = format!("/api/orchestrator/v1/tasks?limit={PAGE}&after={after}");
        let page: Page = serde_json::from_slice(&get(connection, &path, deadline).await?)
            .context("the list of tasks is not as the contract says")?;
        let is_old = |item: &Item| newest.as_ref().is_some_and(|newest| item.id <= *newest);
        let reached_known = page.items.iter().any(is_old);
        for item in page.items {
            known.insert(item.id, Task { event_id: item.event_id, fingerprint: item.context.fingerprint });
        }
        match page.next.filter(|_| !reached_known) {
            Some(next) => after = next,
            None => return Ok(()),
        }
    }
    bail!("there are more than {} tasks", u64::from(PAGE) * u64::from(PAGES_MAX))
}

/// Asks as often as the server wants, for it limits how often one may and may just have been killed.
async fn get(connection: &mut Connection, path: &str, deadline: Instant) -> anyhow::Result<bytes::Bytes> {
    loop {
        let (again_after, why) = match connection.get(path).await {
            Ok(Answer { status: StatusCode::OK, body, .. }) => return Ok(body),
            Ok(Answer { status, retry_after, body }) => {
                let passing = status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error();
                let why = format!("GET {path} was answered {status}: {}", String::from_utf8_lossy(&body));
                if !passing {
                    bail!(why);
                }
                (retry_after.unwrap_or(AGAIN_AFTER), why)
            }
            Err(error) => (AGAIN_AFTER, format!("GET {path}: {error:#}")),
        };
        if Instant::now() >= deadline {
            bail!("{why}; the tasks could not be read in time");
        }
        tokio::time::sleep(again_after).await;
    }
}
