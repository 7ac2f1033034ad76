//! The process around a gateway.

use crate::{gateway::Gateway, notify, state::Loaded, upgrade::Predecessor};
use anyhow::Context as _;
use foundation::{
    shutdown::Shutdown,
    telemetry::{self, LogFormat},
};
use std::path::{Path, PathBuf};
use tokio::signal::unix::{SignalKind, signal};

/// One may be busy with a new configuration while the other accepts.
const CONTROL_THREADS: usize = 2;

/// How to run a gateway.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// The configuration; it is read again when the admin server is told to.
    pub config: PathBuf,
    /// Log one JSON object a line instead of text.
    pub json_logs: bool,
}

/// Serves until SIGTERM or SIGINT, then drains; SIGUSR1 opens the access log's file again, SIGUSR2 replaces the process by a new
/// one. Starts logging and its threads; must not be called within a tokio runtime.
///
/// # Errors
/// A configuration with problems (all are listed), or an address that cannot be listened on.
pub fn run(options: RunOptions) -> anyhow::Result<()> {
    let format = if options.json_logs { LogFormat::Json } else { LogFormat::Text };
    // Pingora reports every bad client as an error of ours; what matters of it is logged by the proxy's hooks.
    telemetry::init(format, "info,pingora_core=off,pingora_proxy=off");
    // Accepting, the admin server and what happens in the background; requests have threads of their own.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(CONTROL_THREADS)
        .enable_all()
        .thread_name("agw")
        .build()?;
    let done = runtime.block_on(serve(options.config));
    // A name that is being resolved cannot be interrupted, and nobody waits for it any more.
    runtime.shutdown_background();
    done
}

async fn serve(config: PathBuf) -> anyhow::Result<()> {
    let shutdown = Shutdown::on_signals().context("cannot listen for signals")?;
    let mut upgrade = signal(SignalKind::user_defined2()).context("cannot listen for signals")?;
    let mut reopen = signal(SignalKind::user_defined1()).context("cannot listen for signals")?;
    let mut predecessor = Predecessor::find().context("cannot take over from the program to be replaced")?;
    let gateway = match Gateway::start_after(config, predecessor.as_mut()).await {
        Ok(gateway) => gateway,
        Err(error) => {
            if let Some(predecessor) = predecessor {
                predecessor.leave(&error.to_string());
            }
            return Err(error.into());
        }
    };
    if let Some(predecessor) = predecessor {
        predecessor.relieve().context("the program to be replaced is gone")?;
    }
    notify::serving();
    loop {
        tokio::select! {
            () = shutdown.requested() => break,
            () = gateway.replaced() => break,
            Some(()) = reopen.recv() => gateway.reopen_logs(),
            Some(()) = upgrade.recv() => gateway.begin_upgrade(),
        }
    }
    gateway.drain().await;
    Ok(())
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
