//! Load at full speed, by `wrk`.

use anyhow::{Context, bail, ensure};
use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};
use tokio::process::Command;

const CONNECTIONS: u32 = 64;
pub(super) const BODY_BYTES: usize = 16 << 10;

/// What is sent.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    path: String,
    script: Option<PathBuf>,
    pinned: bool,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Report {
    pub(crate) requests: u64,
    pub(crate) requests_per_s: f64,
}

impl Load {
    /// The same small request again and again.
    pub(crate) fn get(path: &str) -> Self {
        Self { path: path.to_owned(), script: None, pinned: true }
    }

    /// Requests of many callers, each with its token, which `tokens` has in a line each.
    pub(crate) fn callers(path: &str, script: &Path) -> anyhow::Result<Self> {
        ensure!(script.exists(), "there is no {}", script.display());
        Ok(Self { script: Some(script.to_owned()), ..Self::get(path) })
    }

    /// 16 KB up, and 16 KB down.
    pub(crate) fn bodies(folder: &Path) -> anyhow::Result<Self> {
        let script = folder.join("bodies.lua");
        let mut text = String::new();
        writeln!(text, "wrk.method = \"POST\"")?;
        writeln!(text, "wrk.body = string.rep(\"x\", {BODY_BYTES})")?;
        fs::write(&script, text)?;
        Ok(Self { script: Some(script), ..Self::get("/bodies") })
    }

    /// On whatever core is free.
    pub(crate) fn everywhere(self) -> Self {
        Self { pinned: false, ..self }
    }

    /// Sends for so long.
    pub(crate) async fn run(&self, port: u16, seconds: u32) -> anyhow::Result<Report> {
        let mut command = if self.pinned {
            let mut command = Command::new("taskset");
            command.args(["-c", "1", "wrk"]);
            command
        } else {
            Command::new("wrk")
        };
        command.args(["-t1", &format!("-c{CONNECTIONS}"), &format!("-d{seconds}s")]);
        if let Some(script) = &self.script {
            command.arg("-s").arg(script);
        }
        command.arg(format!("http://127.0.0.1:{port}{}", self.path));
        let output = command.output().await.context("cannot start wrk; install it (apt install wrk)")?;
        let text = String::from_utf8_lossy(&output.stdout);
        parse(&text).with_context(|| format!("wrk said:\n{text}{}", String::from_utf8_lossy(&output.stderr)))
    }
}

fn parse(text: &str) -> anyhow::Result<Report> {
    if let Some(line) = text.lines().find(|line| line.contains("Non-2xx") || line.contains("Socket errors")) {
        bail!("not every request was answered well: {}", line.trim());
    }
    let total = text.lines().find_map(|line| line.trim().split_once(" requests in ")).context("no total")?;
    let rate = text.lines().find_map(|line| line.strip_prefix("Requests/sec:")).context("no rate")?;
    Ok(Report { requests: total.0.trim().parse()?, requests_per_s: rate.trim().parse()? })
}
