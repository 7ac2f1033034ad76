//! Logs: one line an event to standard error, for people or as JSON.

use std::io::IsTerminal;
use tracing_subscriber::{EnvFilter, layer::SubscriberExt, util::SubscriberInitExt};

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For a person at a terminal.
    Text,
    /// One JSON object a line.
    Json,
}

/// Starts logging for this process. `AETHERIUS_LOG` filters as `RUST_LOG` does; `quiet_defaults` apply without it, e.g.
/// `info,pingora=error`. A second call does nothing, so that tests may call it each.
pub fn init(format: LogFormat, quiet_defaults: &str) {
    let filter = EnvFilter::try_from_env("AETHERIUS_LOG").unwrap_or_else(|_| EnvFilter::new(quiet_defaults));
    let registry = tracing_subscriber::registry().with(filter);
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    // Err means that a subscriber is already there, which is what the caller wanted.
    let _ = match format {
        LogFormat::Json => registry.with(layer.json().with_current_span(true)).try_init(),
        LogFormat::Text => {
            registry.with(layer.compact().with_ansi(std::io::stderr().is_terminal())).try_init()
        }
    };
}
