//! Brings alerts to their receivers, each by a task of its own, so that one that hangs does not keep the others waiting.

use super::{email, event::Event};
use crate::{
    metrics::Metrics,
    outbound::{self, Failure},
};
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
        let webhooks = settings.webhooks.iter().cloned();
        let webhooks = webhooks.map(|webhook| (Some(webhook.format), Way::Webhook { webhook, http: None }));
        let emails = settings.email.iter().map(|email| (None, Way::Email(email.clone())));
        let receivers = webhooks.chain(emails).map(|(format, way)| {
            let (queue, waiting) = mpsc::channel(QUEUE_MAX);
            tokio::spawn(deliver(way, waiting, Arc::clone(metrics)));
            Receiver { format, queue }
        });
        Self { receivers: receivers.collect(), metrics: Arc::clone(metrics) }
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
            tracing::error!(
                alert = event.alert,
                of = event.of,
                "too many messages about alerts wait; one is lost"
            );
        }
    }
}

/// The way to one receiver.
#[derive(Debug)]
enum Way {
    Webhook { webhook: Webhook, http: Option<reqwest::Client> },
    Email(Email),
}

impl Way {
    async fn send(&mut self, event: &Event) -> Result<(), Failure> {
        let (webhook, http) = match self {
            Self::Email(email) => return email::send(email, event).await,
            Self::Webhook { webhook, http } => (webhook, http),
        };
        let http = match http {
            Some(http) => http,
            None => http.insert(outbound::http_client().map_err(|error| Failure { error, again: true })?),
        };
        let body = event.body(webhook.format);
        let mut request = http.post(webhook.url.to_string()).timeout(TIMEOUT).json(&body);
        if let Some(token) = &webhook.token {
            request = request.bearer_auth(token.expose());
        }
        outbound::judge(request.send().await)
    }

    /// Tries until it succeeds or does not help any more.
    async fn persist(&mut self, event: &Event) -> anyhow::Result<()> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.send(event).await {
                Ok(()) => return Ok(()),
                Err(failure) if failure.again && tries < TRIES_MAX => sleep(outbound::backoff(tries)).await,
                Err(failure) => return Err(failure.error),
            }
        }
    }

    fn destination(&self) -> String {
        match self {
            // The path of a webhook is often its password.
            Self::Webhook { webhook, .. } => {
                webhook.url.authority().map(ToString::to_string).unwrap_or_default()
            }
            Self::Email(email) => format!("{}:{}", email.host, email.port),
        }
    }
}

async fn deliver(mut way: Way, mut waiting: mpsc::Receiver<Arc<Event>>, metrics: Arc<Metrics>) {
    let to = way.destination();
    let counts = match way {
        Way::Webhook { .. } => &metrics.alerts.webhook,
        Way::Email(_) => &metrics.alerts.email,
    };
    while let Some(event) = waiting.recv().await {
        match way.persist(&event).await {
            Ok(()) => counts.done.add(1),
            Err(error) => {
                counts.dropped.add(1);
                let error = format!("{error:#}");
                tracing::error!(
                    alert = event.alert,
                    of = event.of,
                    to,
                    error,
                    "a message about an alert is lost"
                );
            }
        }
    }
}
