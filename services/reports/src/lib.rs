//! Reports: what a task came to, as a person reads it, every claim with the output that holds it.
//!
//! In: `task.completed`. Out: a report for each task (JSON, Markdown, HTML) and `notification.send`.
//!
//! Invariants: a report shows no claim whose evidence does not stand in the output it cites; a task that failed and one that
//! found nothing get a report too; one message gives one report and one notification, however often it comes; what others wrote
//! (labels, log lines) is shown as text and never as markup.

mod settings;
mod api;
mod document;
mod compose;
mod ground;
mod notice;
mod outline;
mod text;
mod markdown;
mod html;
mod store;
mod metrics;

pub use document::{Document, Outcome, ReportPage, ReportSummary};
pub use ground::check_grounded;
pub use html::render as render_html;
pub use markdown::render as render_markdown;
pub use settings::{Config, Settings};
pub use store::MIGRATIONS;

use aetherius_bus::{HandleError, Message};
use aetherius_contracts::messages::{NOTIFICATION_SEND, TASK_COMPLETED, TaskCompleted};
use aetherius_rpc::CallerKey;
use aetherius_store::{Store, Tx};
use axum::Router;
use foundation::{metrics::Metrics, shutdown::Shutdown};
use jiff::Timestamp;
use std::sync::Arc;

/// The name under which the service reads the log, and under which its offset is kept.
pub const CONSUMER: &str = "reports";

/// What the service needs.
pub struct Deps {
    /// Where reports are kept.
    pub store: Store,
    /// Verifies callers.
    pub key: CallerKey,
    /// Where its metrics go.
    pub metrics: Metrics,
}

/// The report service.
#[derive(Clone)]
pub struct Service {
    state: Arc<api::State>,
    key: CallerKey,
}

impl Service {
    /// Builds and wires; starts nothing.
    #[must_use]
    pub fn create(_config: Config, deps: Deps) -> Self {
        let Deps { store, key, metrics } = deps;
        let metrics = metrics::ReportMetrics::register(&metrics);
        Self { state: Arc::new(api::State { store, metrics }), key }
    }

    /// `/v1/reports…` and `/v1/tasks/{id}/report`.
    pub fn router(&self) -> Router {
        let router = api::router(Arc::clone(&self.state));
        aetherius_rpc::kit::wrap(router, "reports", &self.key, aetherius_rpc::kit::BODY_BYTES_MAX)
    }

    /// Writes a report on every task that ends until a stop is asked for.
    pub async fn run(self, shutdown: Shutdown) {
        let store = self.state.store.clone();
        let state = self.state;
        let handle = move |tx: &Tx<'_>, message: &Message| report(&state, tx, message);
        aetherius_bus::consume(store, CONSUMER, &[TASK_COMPLETED], handle, shutdown).await;
    }
}

/// The report and the word about it, in the transaction that takes the message.
fn report(state: &api::State, tx: &Tx<'_>, message: &Message) -> Result<(), HandleError> {
    let completed: TaskCompleted = message.payload()?;
    let document = compose::compose(completed, &message.context, Timestamp::now());
    if !store::put(tx, &document, &message.id)? {
        return Ok(());
    }
    for reason in &document.left_out {
        let (task_id, trace_id) = (&document.report.task_id, &document.report.trace_id);
        tracing::error!(task_id, trace_id, reason, "a claim without evidence was left out of a report");
        state.metrics.left_out.inc();
    }
    let notice = notice::notice(&document);
    // A person may have a task done again; its second end is news, the second sight of one end is not.
    let id = format!("{}/notification", message.id);
    aetherius_bus::publish(tx, id, NOTIFICATION_SEND, &message.context, &notice)?;
    state.metrics.count(document.outcome());
    Ok(())
}

/// What the endpoints take and answer, with paths of the service.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    api::endpoints().into_openapi()
}

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
