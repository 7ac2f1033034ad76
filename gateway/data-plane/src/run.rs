//! The process around a gateway.

use crate::{gateway::Gateway, state::Loaded};
use anyhow::Context as _;
use foundation::{
    shutdown::Shutdown,
    telemetry::{self, LogFormat},
};
use std::path::{Path, PathBuf};
use tokio::signal::unix::{SignalKind, signal};

/// How to run a gateway.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// The configuration; it is read again when the admin server is told to.
    pub config: PathBuf,
    /// Log one JSON object a line instead of text.
    pub json_logs: bool,
}

/// Serves until SIGTERM or SIGINT, then drains. SIGUSR1 opens the access log's file again. Starts logging and a tokio runtime with a thread for each core; must not be
/// called within a runtime.
///
/// # Errors
/// A configuration with problems (all are listed), or an address that cannot be listened on.
pub fn run(options: RunOptions) -> anyhow::Result<()> {
    let format = if options.json_logs { LogFormat::Json } else { LogFormat::Text };
    // Pingora reports every bad client as an error of ours; what matters of it is logged by the proxy's hooks.
    telemetry::init(format, "info,pingora_core=off,pingora_proxy=off");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_name("agw").build()?;
    let done = runtime.block_on(async {
        let shutdown = Shutdown::on_signals().context("cannot listen for signals")?;
        let gateway = Gateway::start(options.config).await?;
        let mut reopen = signal(SignalKind::user_defined1()).context("cannot listen for signals")?;
        while let Some(()) = tokio::select! {
            reopen = reopen.recv() => reopen,
            () = shutdown.requested() => None,
        } {
            gateway.reopen_logs();
        }
        gateway.drain().await;
        Ok(())
    });
    // A name that is being resolved cannot be interrupted, and nobody waits for it any more.
    runtime.shutdown_background();
    done
}

/// Reads a configuration as [`run`] would, and says in a line what is in it.
///
/// # Errors
/// Everything that is wrong with it.
pub fn check(config: &Path) -> anyhow::Result<String> {
    let loaded = Loaded::read(config)?;
    let resources = &loaded.config.resources;
    let (routes, clusters) = (resources.routes.len(), resources.clusters.len());
    let consumers = resources.consumers.len();
    Ok(format!("{}: ok, {routes} routes, {clusters} clusters, {consumers} consumers", config.display()))
}
