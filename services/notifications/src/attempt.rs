//! One try to deliver.

use crate::{
    settings::{Channel, Target},
    store::Claimed,
};
use aetherius_rpc::{context::IDEMPOTENCY_HEADER, problem::chain};
use foundation::secret::Secret;
use reqwest::{
    Client, Response,
    header::{AUTHORIZATION, HeaderValue, RETRY_AFTER},
};
use serde::Serialize;
use std::time::Duration;

/// What is read of an answer that is not 2xx, to say why.
const ANSWER_BYTES_MAX: usize = 512;
const REASON_CHARS_MAX: usize = 300;

/// Why a try failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// For a person. Holds nothing of the channel's address, which may be a secret.
    pub(crate) reason: String,
    /// How long the receiver asks to be left alone.
    pub(crate) retry_after: Option<Duration>,
}

/// The body of a webhook.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Body<'a> {
    id: &'a str,
    title: &'a str,
    text: &'a str,
    severity: &'a str,
    task_id: &'a str,
    report_id: Option<&'a str>,
    report_url: Option<String>,
    trace_id: &'a str,
}

impl<'a> Body<'a> {
    /// What to tell about a notification; links begin with `public_url`.
    pub(crate) fn of(claimed: &'a Claimed, public_url: &str) -> Self {
        let send = &claimed.send;
        let report_id = send.report_id.as_deref();
        Self {
            id: &claimed.id,
            title: &send.title,
            text: &send.text,
            severity: &send.severity,
            task_id: &send.task_id,
            report_id,
            report_url: report_id
                .map(|id| format!("{public_url}/api/reports/v1/reports/{id}/render?format=html")),
            trace_id: &send.trace_id,
        }
    }
}

/// Delivers, or says why not within `timeout`.
pub(crate) async fn attempt(
    http: &Client,
    channel: &Channel,
    body: &Body<'_>,
    timeout: Duration,
) -> Result<(), Refusal> {
    match &channel.target {
        Target::Log => {
            log(&channel.name, body);
            Ok(())
        }
        Target::Webhook { url, authorization } => {
            let post = post(http, url, authorization.as_ref(), body);
            tokio::time::timeout(timeout, post).await.unwrap_or_else(|_| {
                Err(refusal(&format!("the receiver did not answer within {} ms", timeout.as_millis())))
            })
        }
    }
}

/// Text of others is quoted, so that it cannot pass for a log line of its own.
fn log(channel: &str, body: &Body<'_>) {
    let Body { id, title, text, severity, task_id, report_url, trace_id, .. } = body;
    let report_url = report_url.as_deref().unwrap_or_default();
    tracing::info!(target: "notification", channel, id, severity, task_id, trace_id, report_url, ?title, ?text, "people are told");
}

async fn post(
    http: &Client,
    url: &Secret,
    authorization: Option<&HeaderValue>,
    body: &Body<'_>,
) -> Result<(), Refusal> {
    let mut request = http.post(url.expose()).header(IDEMPOTENCY_HEADER, body.id).json(body);
    if let Some(value) = authorization {
        request = request.header(AUTHORIZATION, value.clone());
    }
    let response = request.send().await.map_err(|error| {
        refusal(&format!("the receiver cannot be asked: {}", chain(&error.without_url())))
    })?;
    let status = response.status();
    if status.is_success() {
        return Ok(());
    }
    if status.is_redirection() {
        return Err(refusal(&format!(
            "the receiver answered {status}; redirects are not followed, set the new `url`"
        )));
    }
    let retry_after =
        response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let words = beginning(response).await;
    let told = if words.is_empty() { String::new() } else { format!(": {words}") };
    Err(Refusal {
        reason: cut(&format!("the receiver answered {status}{told}")),
        retry_after: retry_after.map(Duration::from_secs),
    })
}

fn refusal(reason: &str) -> Refusal {
    Refusal { reason: cut(reason), retry_after: None }
}

/// The first words of an answer, on one line. What cannot be read is left out: the status says enough.
async fn beginning(mut response: Response) -> String {
    let mut bytes = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        bytes.extend_from_slice(&chunk[..chunk.len().min(ANSWER_BYTES_MAX - bytes.len())]);
        if bytes.len() >= ANSWER_BYTES_MAX {
            break;
        }
    }
    let text = String::from_utf8_lossy(&bytes);
    let printable: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    printable.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn cut(text: &str) -> String {
    text.chars().take(REASON_CHARS_MAX).collect()
}
