//! Stopping: one signal that everybody waits for.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Tells every part of a process that it is to finish what it has begun and stop. Cloning shares it.
#[derive(Clone, Debug, Default)]
pub struct Shutdown {
    token: CancellationToken,
}

impl Shutdown {
    /// A shutdown that nothing requests by itself.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A shutdown requested by SIGTERM, SIGINT or SIGHUP (the terminal was closed). Must be called in a tokio runtime.
    ///
    /// # Errors
    /// When the handlers cannot be installed.
    pub fn on_signals() -> std::io::Result<Self> {
        let shutdown = Self::new();
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut hangup = signal(SignalKind::hangup())?;
        let requested = shutdown.clone();
        tokio::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => tracing::info!("stopping on SIGTERM"),
                _ = interrupt.recv() => tracing::info!("stopping on SIGINT"),
                _ = hangup.recv() => tracing::info!("stopping on SIGHUP"),
            }
            requested.request();
        });
        Ok(shutdown)
    }

    /// Asks everybody to stop.
    pub fn request(&self) {
        self.token.cancel();
    }

    /// Resolves once a stop was asked for.
    pub async fn requested(&self) {
        self.token.cancelled().await;
    }

    /// Whether a stop was asked for.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.token.is_cancelled()
    }
}
