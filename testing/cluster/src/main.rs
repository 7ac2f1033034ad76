//! Starts a test cluster and stays until Ctrl-C, or plays scenarios in clusters and has them recorded.

#![allow(clippy::print_stdout, reason = "a tool for the terminal speaks there")]

mod record;

use aetherius_test_cluster::Cluster;
use anyhow::Context;
use clap::{Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};

/// A Kubernetes cluster without containers, for people and scripts.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Starts a cluster and stays until Ctrl-C.
    Up {
        /// How many nodes it has.
        #[arg(long, default_value_t = 2)]
        nodes: u16,
    },
    /// Plays each scenario in a cluster of its own and has `aetherius record` keep it as a case.
    Record(record::Args),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::Up { nodes } => up(nodes).await,
        Command::Record(args) => record::run(&args),
    }
}

async fn up(nodes: u16) -> anyhow::Result<()> {
    // Until it is there, a signal simply ends us, and the cluster with us.
    let cluster = Cluster::start_with(nodes).context("there is no cluster")?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    println!("export KUBECONFIG={}", cluster.kubeconfig().display());
    println!("# only reads: {}", cluster.viewer_kubeconfig().display());
    println!("# kubectl:    {}", cluster.kubectl_path().display());
    println!("# logs:       {}", cluster.dir().display());
    println!("# Ctrl-C ends the cluster");
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}
