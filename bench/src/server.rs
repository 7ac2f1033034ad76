//! A server of our own: a fresh data directory on a real disk, a recorded case for a cluster, a free port on the loopback.

use crate::{
    client::{Connection, Target},
    process,
    subject::read_token,
};
use anyhow::{Context, bail};
use http::StatusCode;
use rustix::process::{Pid, Signal, kill_process};
use std::{
    fs::{self, File},
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::process::{Child, Command};

const READY_PATIENCE: Duration = Duration::from_secs(60);
const READY_LOOK_EVERY: Duration = Duration::from_millis(5);
const STOP_PATIENCE: Duration = Duration::from_secs(60);
/// Lines of its log that are shown when it does not start.
const LOG_LINES_SHOWN: usize = 20;
/// File systems that live in memory, where a sync costs nothing.
const MEMORY_FILE_SYSTEMS: [(u64, &str); 2] = [(0x0102_1994, "tmpfs"), (0x8584_58f6, "ramfs")];

/// A server that we have started.
pub(crate) struct Server {
    child: Child,
    folder: TempDir,
    target: Target,
    start_to_ready: Duration,
}

impl Server {
    /// Starts `binary` and waits until it is ready.
    pub(crate) async fn start(binary: &Path, case: &Path) -> anyhow::Result<Self> {
        let binary = fs::canonicalize(binary).with_context(|| {
            format!("there is no program {}; build it, or name it with --binary", binary.display())
        })?;
        let case = fs::canonicalize(case).with_context(|| format!("there is no case {}", case.display()))?;
        let folder = tempfile::Builder::new()
            .prefix("aetherius-bench-")
            .tempdir()
            .context("cannot create a folder")?;
        refuse_memory(folder.path())?;
        let config = folder.path().join("config.yaml");
        fs::write(&config, configuration(&case))
            .with_context(|| format!("cannot write {}", config.display()))?;
        let log = File::create(log_of(&folder)).context("cannot create the server's log")?;
        let port = free_port()?;
        println!("starting {} on port {port}, data in {}", binary.display(), folder.path().display());
        let started = Instant::now();
        let child = Command::new(&binary)
            .args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--config"])
            .arg(&config)
            .arg("--data")
            .arg(data_of(&folder))
            .stdin(std::process::Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            // Ctrl-C is for us; the server is stopped by us.
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {}", binary.display()))?;
        let url = format!("http://127.0.0.1:{port}");
        let mut server =
            Self { child, folder, target: Target::new(&url, "")?, start_to_ready: Duration::ZERO };
        if let Err(error) = server.wait_until_ready().await {
            let log = server.end_of_log();
            server.stop(false).await?;
            return Err(error.context(format!("the server did not start; the end of its log:\n{log}")));
        }
        server.start_to_ready = started.elapsed();
        server.target = Target::new(&url, &read_token(&server.data())?)?;
        println!("ready after {:.3} s", server.start_to_ready.as_secs_f64());
        Ok(server)
    }

    async fn wait_until_ready(&mut self) -> anyhow::Result<()> {
        let deadline = Instant::now() + READY_PATIENCE;
        let mut connection = Connection::new(self.target.clone());
        loop {
            if connection.get("/health/ready").await.is_ok_and(|answer| answer.status == StatusCode::OK) {
                return Ok(());
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("it ended: {status}");
            }
            if Instant::now() >= deadline {
                bail!("it was not ready within {} s", READY_PATIENCE.as_secs());
            }
            tokio::time::sleep(READY_LOOK_EVERY).await;
        }
    }

    pub(crate) fn target(&self) -> &Target {
        &self.target
    }

    pub(crate) fn data(&self) -> PathBuf {
        data_of(&self.folder)
    }

    /// From the start of the program to the first 200 of `/health/ready`.
    pub(crate) fn start_to_ready(&self) -> Duration {
        self.start_to_ready
    }

    /// Stops it with SIGTERM, or with SIGKILL when it does not listen, and removes its data unless they are to be kept.
    pub(crate) async fn stop(mut self, keep: bool) -> anyhow::Result<()> {
        let pid = self.child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        if let Some(pid) = pid {
            // It may have ended by itself, which `wait` tells.
            let _ = kill_process(pid, Signal::TERM);
        }
        if tokio::time::timeout(STOP_PATIENCE, self.child.wait()).await.is_err() {
            println!("the server did not stop within {} s and is killed", STOP_PATIENCE.as_secs());
            self.child.kill().await.context("cannot kill the server")?;
        }
        for name in process::CHILDREN {
            if let Some(pid) = process::living(&self.data(), name) {
                println!("`{name}` has outlived its supervisor and is killed");
                process::kill(pid)?;
            }
        }
        if keep {
            println!("the server's data and log are in {}", self.folder.keep().display());
        }
        Ok(())
    }

    fn end_of_log(&self) -> String {
        let text = fs::read_to_string(log_of(&self.folder)).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines.get(lines.len().saturating_sub(LOG_LINES_SHOWN)..).unwrap_or_default().join("\n")
    }
}

fn data_of(folder: &TempDir) -> PathBuf {
    folder.path().join("data")
}

fn log_of(folder: &TempDir) -> PathBuf {
    folder.path().join("serve.log")
}

/// JSON is YAML too, and needs no care with quotes.
fn configuration(case: &Path) -> String {
    let clusters = serde_json::json!([{ "id": "default", "recorded": { "dir": case } }]);
    serde_json::json!({ "services": { "execution": { "clusters": clusters } } }).to_string()
}

fn refuse_memory(folder: &Path) -> anyhow::Result<()> {
    let kind = rustix::fs::statfs(folder)
        .map_err(std::io::Error::from)
        .context("cannot look at the file system")?
        .f_type;
    for (magic, name) in MEMORY_FILE_SYSTEMS {
        if kind as u64 & 0xffff_ffff == magic {
            bail!("{} is on {name}, in memory; set TMPDIR to a folder on a disk", folder.display());
        }
    }
    Ok(())
}

fn free_port() -> anyhow::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("cannot find a free port")?;
    Ok(listener.local_addr()?.port())
}
