//! Sends spans by OTLP over HTTP, in batches, from a task of its own.

use super::{otlp, span::Span};
use crate::{error_log::Gate, metrics::Metrics, outbound, random};
use agw_config::config::Tracing;
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep_until, timeout},
};

/// Requests whose spans wait.
const QUEUE_MAX: usize = 4096;
/// Requests whose spans are sent together.
const BATCH_MAX: usize = 512;
const BATCH_AGE_MAX: Duration = Duration::from_secs(1);
const TRIES_MAX: u32 = 3;
const TIMEOUT: Duration = Duration::from_secs(10);

/// A destination of traces. Dropping it sends what waits.
#[derive(Debug)]
pub(crate) struct Tracer {
    settings: Tracing,
    queue: mpsc::Sender<Message>,
    metrics: Arc<Metrics>,
}

#[derive(Debug)]
enum Message {
    Spans(Vec<Span>),
    /// Tells once everything so far was sent or given up.
    Flush(oneshot::Sender<()>),
}

impl Tracer {
    /// Starts the task. Must be called in a tokio runtime.
    pub(crate) fn start(settings: Tracing, metrics: Arc<Metrics>) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE_MAX);
        let exporter = Exporter {
            url: settings.otlp_url.to_string(),
            service_name: settings.service_name.clone(),
            instance: format!("{:016x}", random::bits()),
            http: None,
            metrics: Arc::clone(&metrics),
            gate: Gate::default(),
        };
        tokio::spawn(exporter.run(waiting));
        Self { settings, queue, metrics }
    }

    pub(crate) fn settings(&self) -> &Tracing {
        &self.settings
    }

    /// Never waits.
    pub(crate) fn send(&self, spans: Vec<Span>) {
        let count = spans.len() as u64;
        if self.queue.try_send(Message::Spans(spans)).is_err() {
            self.metrics.spans.dropped.add(count);
        }
    }

    /// Resolves once everything so far was sent, or when that takes longer than `patience`.
    pub(crate) async fn flush(&self, patience: Duration) {
        let (tell, told) = oneshot::channel();
        let flushed = async {
            if self.queue.send(Message::Flush(tell)).await.is_ok() {
                // The task may have been ended with its runtime.
                let _ = told.await;
            }
        };
        // A collector that does not answer cannot keep us from stopping.
        let _ = timeout(patience, flushed).await;
    }
}

struct Exporter {
    url: String,
    service_name: String,
    instance: String,
    /// Made when there is something to send.
    http: Option<reqwest::Client>,
    metrics: Arc<Metrics>,
    gate: Gate,
}

impl Exporter {
    async fn run(mut self, mut waiting: mpsc::Receiver<Message>) {
        while let Some(first) = waiting.recv().await {
            let mut batch = Vec::new();
            let mut flushed = Vec::new();
            let mut requests = 0;
            let until = Instant::now() + BATCH_AGE_MAX;
            let mut next = Some(first);
            while let Some(message) = next {
                match message {
                    Message::Spans(spans) => batch.extend(spans),
                    Message::Flush(tell) => flushed.push(tell),
                }
                requests += 1;
                if requests >= BATCH_MAX || !flushed.is_empty() {
                    break;
                }
                next = tokio::select! {
                    next = waiting.recv() => next,
                    () = sleep_until(until) => None,
                };
            }
            if !batch.is_empty() {
                self.export(&batch).await;
            }
            for tell in flushed {
                // Who asked may have given up.
                let _ = tell.send(());
            }
        }
    }

    async fn export(&mut self, spans: &[Span]) {
        let service = [
            ("service.name", self.service_name.as_str()),
            ("service.version", env!("CARGO_PKG_VERSION")),
            ("service.instance.id", self.instance.as_str()),
        ];
        let body = otlp::encode(&service, spans.iter());
        let count = spans.len() as u64;
        match self.post(body).await {
            Ok(()) => self.metrics.spans.done.add(count),
            Err(error) => {
                self.metrics.spans.dropped.add(count);
                if let Some(suppressed) = self.gate.admit() {
                    let error = format!("{error:#}");
                    tracing::warn!(error, spans = count, suppressed, url = self.url, "traces are lost");
                }
            }
        }
    }

    async fn post(&mut self, body: Vec<u8>) -> anyhow::Result<()> {
        let http = match &self.http {
            Some(http) => http.clone(),
            None => self.http.insert(outbound::http_client()?).clone(),
        };
        let mut tries = 0;
        loop {
            tries += 1;
            let request = http.post(&self.url).timeout(TIMEOUT).body(body.clone());
            let sent = request.header("content-type", "application/x-protobuf").send().await;
            match outbound::judge(sent) {
                Ok(()) => return Ok(()),
                Err(outbound::Failure { again: true, .. }) if tries < TRIES_MAX => {
                    tokio::time::sleep(outbound::backoff(tries)).await;
                }
                Err(outbound::Failure { error, .. }) => return Err(error),
            }
        }
    }
}
