//! Brings alerts to their receivers, each by a task of its own, so that one that hangs does not keep the others waiting.

use super::{email, event::Event};
use crate::{metrics::Metrics, outbound};
use agw_config::{
    config::{Alerts as Settings, Email, Webhook},
    settings::WebhookFormat,
};
use std::{sync::Arc, time::Duration};
use tokio::{sync::mpsc, time::sleep};

/// Messages that wait for one receiver.
const QUEUE_MAX: usize = 256;
const TRIES_MAX: u32 = 6;
const TIMEOUT: Duration = Duration::from_secs(10);

/// Whoever is to be told. Dropping it lets the tasks finish what waits.
#[derive(Debug)]
pub(super) struct Receivers {
    receivers: Vec<Receiver>,
    metrics: Arc<Metrics>,
}

#[derive(Debug)]
struct Receiver {
    /// `None` is e-mail.
    format: Option<WebhookFormat>,
    queue: mpsc::Sender<Arc<Event>>,
}

impl Receivers {
    /// Starts a task for each.
    pub(super) fn new(settings: &Settings, metrics: &Arc<Metrics>) -> Self {
        let mut receivers = Vec::new();
        for webhook in &settings.webhooks {
            let (queue, waiting) = mpsc::channel(QUEUE_MAX);
            tokio::spawn(to_webhook(webhook.clone(), waiting, Arc::clone(metrics)));
            receivers.push(Receiver { format: Some(webhook.format), queue });
        }
        if let Some(email) = &settings.email {
            let (queue, waiting) = mpsc::channel(QUEUE_MAX);
            tokio::spawn(to_email(email.clone(), waiting, Arc::clone(metrics)));
            receivers.push(Receiver { format: None, queue });
        }
        Self { receivers, metrics: Arc::clone(metrics) }
    }

    pub(super) fn tell(&self, event: &Arc<Event>) {
        self.receivers.iter().for_each(|receiver| self.queue(receiver, event));
    }

    /// Tells those again who forget otherwise.
    pub(super) fn remind(&self, event: &Arc<Event>) {
        let forgetful = |receiver: &&Receiver| receiver.format == Some(WebhookFormat::AlertmanagerApi);
        self.receivers.iter().filter(forgetful).for_each(|receiver| self.queue(receiver, event));
    }

    fn queue(&self, receiver: &Receiver, event: &Arc<Event>) {
        if receiver.queue.try_send(Arc::clone(event)).is_err() {
            let counts = &self.metrics.alerts;
            let counts = if receiver.format.is_some() { &counts.webhook } else { &counts.email };
            counts.dropped.add(1);
            tracing::error!(alert = event.alert, of = event.of, "too many messages about alerts wait; one is lost");
        }
    }
}

async fn to_webhook(webhook: Webhook, mut waiting: mpsc::Receiver<Arc<Event>>, metrics: Arc<Metrics>) {
    let url = webhook.url.to_string();
    let mut client = None;
    while let Some(event) = waiting.recv().await {
        let body = event.body(webhook.format);
        let post = async || {
            let http = match &client {
                Some(http) => http,
                None => {
                    let made = outbound::http_client().map_err(|error| outbound::Failure { error, again: true })?;
                    &*client.insert(made)
                }
            };
            let mut request = http.post(&url).timeout(TIMEOUT).json(&body);
            if let Some(token) = &webhook.token {
                request = request.bearer_auth(token.expose());
            }
            outbound::judge(request.send().await)
        };
        let sent = persist(post).await;
        metrics.alerts.webhook.count(sent.as_ref().err(), &event, &url);
    }
}

async fn to_email(email: Email, mut waiting: mpsc::Receiver<Arc<Event>>, metrics: Arc<Metrics>) {
    let server = format!("{}:{}", email.host, email.port);
    while let Some(event) = waiting.recv().await {
        let sent = persist(async || email::send(&email, &event).await).await;
        metrics.alerts.email.count(sent.as_ref().err(), &event, &server);
    }
}

/// Tries until it succeeds or does not help any more.
async fn persist(mut send: impl AsyncFnMut() -> Result<(), outbound::Failure>) -> anyhow::Result<()> {
    let mut tries = 0;
    loop {
        tries += 1;
        match send().await {
            Ok(()) => return Ok(()),
            Err(failure) if failure.again && tries < TRIES_MAX => sleep(outbound::backoff(tries)).await,
            Err(failure) => return Err(failure.error),
        }
    }
}

impl crate::metrics::Delivered {
    fn count(&self, error: Option<&anyhow::Error>, event: &Event, to: &str) {
        match error {
            None => self.done.add(1),
            Some(error) => {
                self.dropped.add(1);
                let error = format!("{error:#}");
                tracing::error!(alert = event.alert, of = event.of, to, error, "a message about an alert is lost");
            }
        }
    }
}
