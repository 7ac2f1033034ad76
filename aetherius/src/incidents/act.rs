use super::{
    INCIDENTS, Screen,
    args::{IncidentsAction, Verdict},
    list,
};
use crate::{
    cli::print,
    client::{Client, encode, print_json},
};
use anyhow::Context;
use serde_json::{Value, json};
use std::io::Read;

/// What people write is short; a file that was piped in by mistake is not.
const TEXT_BYTES_MAX: u64 = 64 << 10;

/// A request that changes an incident.
#[derive(Debug, PartialEq)]
struct Act {
    id: String,
    method: Method,
    below: &'static str,
    body: Value,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    Post,
    Put,
    Delete,
}

pub(super) async fn run(client: &Client, action: &IncidentsAction, json: bool) -> anyhow::Result<()> {
    let Some(act) = act(action)? else {
        return Ok(());
    };
    let path = format!("{INCIDENTS}/{}/{}", encode(&act.id), act.below);
    let summary = match act.method {
        Method::Post => client.post(&path, &act.body).await?,
        Method::Put => client.put(&path, &act.body).await?,
        Method::Delete => client.delete(&path).await?,
    };
    if json {
        return print_json(&summary);
    }
    print(&list::render(&json!({ "items": [summary] }), &Screen::open()))
}

/// What is to be done; nothing for what only reads.
fn act(action: &IncidentsAction) -> anyhow::Result<Option<Act>> {
    let act = |id: &String, method, below, body| Some(Act { id: id.clone(), method, below, body });
    Ok(match action {
        IncidentsAction::Ls(_) | IncidentsAction::Show { .. } => None,
        IncidentsAction::Ack { id } => act(id, Method::Post, "acknowledge", json!({})),
        IncidentsAction::Unack { id } => act(id, Method::Delete, "acknowledge", Value::Null),
        IncidentsAction::Assign { id, assignee, nobody: _ } => {
            act(id, Method::Put, "assignee", json!({ "assignee": assignee }))
        }
        IncidentsAction::Comment { id, text } => {
            act(id, Method::Post, "comments", json!({ "text": written(text)? }))
        }
        IncidentsAction::Silence { id, end: true, .. } => act(id, Method::Delete, "silence", Value::Null),
        IncidentsAction::Silence { id, minutes, reason, .. } => {
            act(id, Method::Post, "silence", json!({ "minutes": minutes, "reason": reason }))
        }
        IncidentsAction::Feedback { id, verdict, cause, note } => {
            let verdict = if *verdict == Verdict::Right { "right" } else { "wrong" };
            let mut body = json!({ "verdict": verdict });
            for (field, value) in [("cause", cause), ("note", note)] {
                if let Some(value) = value {
                    body[field] = json!(value);
                }
            }
            act(id, Method::Put, "feedback", body)
        }
        IncidentsAction::Retry { id } => act(id, Method::Post, "retry", json!({})),
        IncidentsAction::Cancel { id } => act(id, Method::Post, "cancel", json!({})),
    })
}

/// The text itself, or for `-` what comes in.
pub(super) fn written(text: &str) -> anyhow::Result<String> {
    if text != "-" {
        return Ok(text.to_owned());
    }
    let mut read = String::new();
    std::io::stdin().lock().take(TEXT_BYTES_MAX).read_to_string(&mut read).context("cannot read the text")?;
    Ok(read.trim_end().to_owned())
}
