//! What is measured: a server of our own, which is stopped in any case, or one that runs already.

use crate::{
    cli::SubjectArgs,
    client::{Connection, Target},
    process,
    rows::{Bar, Row},
    server::Server,
};
use anyhow::{Context, bail};
use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::signal::unix::{SignalKind, signal};

/// How long a server may settle before it counts as idle.
const SETTLE: Duration = Duration::from_secs(3);
const LOOK_EVERY: Duration = Duration::from_millis(200);
const MEMORY_MB_MAX: f64 = 120.0;
const START_SECONDS_MAX: f64 = 2.0;

/// The server under test.
pub(crate) struct Subject {
    target: Target,
    data: Option<PathBuf>,
    server: Option<Server>,
}

/// Measures, and stops what was started for it, also when the measurement fails or is interrupted.
pub(crate) async fn with(
    args: &SubjectArgs,
    measure: impl AsyncFnOnce(&Subject) -> anyhow::Result<Vec<Row>>,
) -> anyhow::Result<Vec<Row>> {
    let subject = Subject::open(args).await?;
    let measured = tokio::select! {
        measured = measure(&subject) => measured,
        interrupted = interrupted() => Err(interrupted),
        ended = subject.ended() => Err(ended),
    };
    if let Some(server) = subject.server {
        let is_clean = measured.as_ref().is_ok_and(|rows| rows.iter().all(Row::holds));
        server.stop(args.keep || !is_clean).await?;
    }
    measured
}

async fn interrupted() -> anyhow::Error {
    let wait = async {
        let (mut interrupt, mut terminate) =
            (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        std::io::Result::Ok(())
    };
    match wait.await {
        Ok(()) => anyhow::anyhow!("interrupted"),
        Err(error) => anyhow::Error::new(error).context("cannot listen for signals"),
    }
}

impl Subject {
    async fn open(args: &SubjectArgs) -> anyhow::Result<Self> {
        let Some(url) = &args.url else {
            let server = Server::start(&args.binary, &args.case).await?;
            let (target, data) = (server.target().clone(), server.data().to_owned());
            return Ok(Self { target, data: Some(data), server: Some(server) });
        };
        let token = match (&args.token, &args.data) {
            (Some(token), _) => token.clone(),
            (None, Some(data)) => read_token(data)?,
            (None, None) => bail!("--url needs --token, or --data to find one"),
        };
        Ok(Self { target: Target::new(url, &token)?, data: args.data.clone(), server: None })
    }

    /// Resolves when the server that we have started is gone: without it there is nothing to measure.
    async fn ended(&self) -> anyhow::Error {
        let Some(server) = &self.server else {
            return std::future::pending().await;
        };
        while process::living(&server.data(), "serve").is_some() {
            tokio::time::sleep(LOOK_EVERY).await;
        }
        anyhow::anyhow!("the server has ended, though nobody here has stopped it; its log says why")
    }

    pub(crate) fn target(&self) -> &Target {
        &self.target
    }

    pub(crate) fn connection(&self) -> Connection {
        Connection::new(self.target.clone())
    }

    /// The data directory, where the processes' numbers are.
    pub(crate) fn data(&self) -> Option<&Path> {
        self.data.as_deref()
    }

    /// What is seen before any load: the time to start, and the memory in use.
    pub(crate) async fn idle(&self, prefix: &str) -> anyhow::Result<Vec<Row>> {
        let mut rows = Vec::new();
        if let Some(server) = &self.server {
            let (name, seconds) = (format!("{prefix}start to ready"), server.start_to_ready().as_secs_f64());
            rows.push(Row::new(name, seconds, "s", Bar::AtMost(START_SECONDS_MAX)));
        }
        let Some(data) = &self.data else {
            eprintln!("  memory is not measured: give --data, so that the processes can be found");
            return Ok(rows);
        };
        tokio::time::sleep(SETTLE).await;
        let mut sum_mb = 0.0;
        for name in process::ALL {
            let pid = process::living(data, name).with_context(|| {
                format!("`{name}` does not run, as {}/run/{name}.pid has it", data.display())
            })?;
            let mb = process::resident_bytes(pid)? as f64 / 1e6;
            rows.push(Row::new(format!("{prefix}idle resident memory of {name}"), mb, "MB", Bar::Told));
            sum_mb += mb;
        }
        let name = format!("{prefix}idle resident memory of {} together", process::ALL.join(", "));
        rows.push(Row::new(name, sum_mb, "MB", Bar::AtMost(MEMORY_MB_MAX)));
        Ok(rows)
    }
}

/// The administrator's token.
pub(crate) fn read_token(data: &Path) -> anyhow::Result<String> {
    let path = data.join("admin-token");
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(text.trim().to_owned())
}
