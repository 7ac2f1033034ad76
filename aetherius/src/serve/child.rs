//! One process that is kept alive: started, taken over from a supervisor before us, watched, restarted, stopped.

use anyhow::Context;
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use std::{
    ffi::OsString,
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::{Duration, Instant},
};

/// How long a process may take to drain before it is killed.
const STOP_TIMEOUT: Duration = Duration::from_secs(15);
const BACKOFF_FIRST: Duration = Duration::from_millis(50);
const BACKOFF_MAX: Duration = Duration::from_secs(5);
/// A process that lived this long had no trouble starting.
const HEALTHY_AFTER: Duration = Duration::from_secs(1);
const WATCH_EVERY: Duration = Duration::from_millis(50);

/// What to keep alive.
pub(super) struct Spec {
    pub(super) name: &'static str,
    pub(super) program: PathBuf,
    pub(super) args: Vec<OsString>,
    pub(super) pid_file: PathBuf,
    /// Whether a process that a supervisor before us started may be kept, if it runs the same program.
    pub(super) adopt: bool,
}

/// A process that is kept alive.
pub(super) struct Child {
    spec: Spec,
    running: Running,
    started: Instant,
}

enum Running {
    Ours(Box<tokio::process::Child>),
    /// Started by a supervisor that is gone; it is nobody's child that we could wait for.
    Adopted(Pid),
}

impl Child {
    /// Starts the process, or takes over the one that a supervisor before us left behind.
    pub(super) async fn start(spec: Spec) -> anyhow::Result<Self> {
        let running = match left_behind(&spec) {
            Some(pid) if spec.adopt && runs(pid, &spec.program) => {
                tracing::info!(name = spec.name, pid = pid.as_raw_nonzero(), "taken over");
                Running::Adopted(pid)
            }
            Some(pid) => {
                tracing::info!(name = spec.name, pid = pid.as_raw_nonzero(), "a former process is stopped");
                stop_foreign(pid).await;
                spawn(&spec)?
            }
            None => spawn(&spec)?,
        };
        Ok(Self { spec, running, started: Instant::now() })
    }

    /// Resolves when the process gives up by itself, having said why; says how. One that was killed is started again.
    pub(super) async fn fails_to_start(&mut self) -> ExitStatus {
        loop {
            match self.ended().await {
                Some(status) if status.code().is_some() => return status,
                killed => self.start_again(killed, BACKOFF_FIRST).await,
            }
        }
    }

    /// Starts the process again whenever it ends. Never resolves.
    pub(super) async fn keep_alive(&mut self) {
        let mut backoff = BACKOFF_FIRST;
        loop {
            let how = self.ended().await;
            if self.started.elapsed() > HEALTHY_AFTER {
                backoff = BACKOFF_FIRST;
            }
            self.start_again(how, backoff).await;
            backoff = (backoff * 2).min(BACKOFF_MAX);
        }
    }

    /// Resolves when the process has ended; says how, if it was ours.
    async fn ended(&mut self) -> Option<ExitStatus> {
        match &mut self.running {
            Running::Ours(child) => child.wait().await.ok(),
            Running::Adopted(pid) => {
                while is_alive(*pid) {
                    tokio::time::sleep(WATCH_EVERY).await;
                }
                None
            }
        }
    }

    async fn start_again(&mut self, ended: Option<ExitStatus>, pause: Duration) {
        let how = ended.map_or_else(|| "unknown".to_owned(), |status| status.to_string());
        tracing::warn!(
            name = self.spec.name,
            how,
            again_in_ms = pause.as_millis(),
            "a process ended; it is started again"
        );
        tokio::time::sleep(pause).await;
        match spawn(&self.spec) {
            Ok(running) => {
                self.running = running;
                self.started = Instant::now();
            }
            Err(error) => {
                tracing::error!(name = self.spec.name, error = format!("{error:#}"), "cannot be started");
            }
        }
    }

    /// Asks the process to drain and waits for it; kills it when it takes too long.
    pub(super) async fn stop(mut self) {
        match &mut self.running {
            Running::Ours(child) => {
                if let Some(pid) = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw) {
                    // It may have ended by itself, which is what we want.
                    let _ = kill_process(pid, Signal::TERM);
                }
                if tokio::time::timeout(STOP_TIMEOUT, child.wait()).await.is_err() {
                    tracing::warn!(name = self.spec.name, "did not stop in time and is killed");
                    let _ = child.kill().await;
                }
            }
            Running::Adopted(pid) => stop_foreign(*pid).await,
        }
        let _ = fs::remove_file(&self.spec.pid_file);
    }
}

fn spawn(spec: &Spec) -> anyhow::Result<Running> {
    let child = tokio::process::Command::new(&spec.program)
        .args(&spec.args)
        .stdin(Stdio::null())
        // A group of its own: Ctrl-C is for the supervisor, which stops the others in their order.
        .process_group(0)
        .spawn()
        .with_context(|| format!("cannot start {}", spec.program.display()))?;
    if let Some(pid) = child.id() {
        crate::data_dir::write_whole(&spec.pid_file, &format!("{pid}\n"))?;
    }
    Ok(Running::Ours(Box::new(child)))
}

/// The process in the pid file, if it is still there and one of ours.
fn left_behind(spec: &Spec) -> Option<Pid> {
    let text = fs::read_to_string(&spec.pid_file).ok()?;
    let pid = Pid::from_raw(text.trim().parse().ok()?)?;
    let command_line = fs::read(format!("/proc/{}/cmdline", pid.as_raw_nonzero())).ok()?;
    // A pid may have been given to another program since.
    let role = command_line.split(|&byte| byte == 0).nth(1)?;
    (role == spec.name.as_bytes() && is_alive(pid)).then_some(pid)
}

/// Whether a process runs this very program file, and not one that was replaced since.
fn runs(pid: Pid, program: &Path) -> bool {
    let id = |path: PathBuf| fs::metadata(path).map(|meta| (meta.dev(), meta.ino())).ok();
    let running = id(PathBuf::from(format!("/proc/{}/exe", pid.as_raw_nonzero())));
    running.is_some() && running == id(program.to_owned())
}

async fn stop_foreign(pid: Pid) {
    let _ = kill_process(pid, Signal::TERM);
    let asked = Instant::now();
    while is_alive(pid) {
        if asked.elapsed() > STOP_TIMEOUT {
            let _ = kill_process(pid, Signal::KILL);
        }
        tokio::time::sleep(WATCH_EVERY).await;
    }
}

fn is_alive(pid: Pid) -> bool {
    // A zombie has ended; only its parent has not noticed.
    let state = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
    let ended = state
        .is_ok_and(|stat| stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z')));
    test_kill_process(pid).is_ok() && !ended
}
