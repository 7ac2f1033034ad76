use std::ffi::OsString;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group, setpriority_process};
use tokio::process::{Child, Command};

use super::capture::Capture;
use super::{Limits, RunError, RunOutput};

/// How long a killed command may take to disappear.
const REAP_TIMEOUT: Duration = Duration::from_secs(2);

/// 0 is ours, 19 the least urgent.
const CHILD_NICENESS: i32 = 10;

/// A program to start; nothing of our own environment reaches it.
pub(super) struct Invocation<'a> {
    pub(super) program: &'a Path,
    pub(super) args: &'a [String],
    pub(super) environment: Vec<(&'static str, OsString)>,
}

/// Starts the program in a process group of its own and waits for it, at most as long as the limits allow.
pub(super) async fn run(invocation: Invocation<'_>, limits: Limits) -> Result<RunOutput, RunError> {
    let started = Instant::now();
    let mut child = start(invocation)?;
    yield_to_us(&child);
    let group = Group::of(&child);
    let mut stdout = Capture::new(limits.output_bytes_max);
    let mut stderr = Capture::new(limits.output_bytes_max);
    let (out_pipe, err_pipe) = (child.stdout.take(), child.stderr.take());
    let all = async { tokio::join!(child.wait(), stdout.drain(out_pipe), stderr.drain(err_pipe)) };
    let finished = tokio::time::timeout(limits.timeout, all).await;
    drop(group);
    let (exit_code, timed_out) = match finished {
        Ok((status, ..)) => (status.ok().and_then(|status| status.code()), false),
        Err(_) => {
            // Reaps the killed leader; when even that hangs, `kill_on_drop` leaves it to the runtime.
            let _ = tokio::time::timeout(REAP_TIMEOUT, child.wait()).await;
            (None, true)
        }
    };
    let truncated = stdout.is_truncated();
    Ok(RunOutput {
        argv: Vec::new(),
        stdout: stdout.into_bytes(),
        stderr: stderr.into_bytes(),
        exit_code,
        timed_out,
        truncated,
        duration: started.elapsed(),
    })
}

/// Children step back for us: while a storm is looked into, taking in its alerts comes first.
fn yield_to_us(child: &Child) {
    let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    if let Some(pid) = pid {
        // It may have ended already, and then there is nothing to be nice about.
        let _ = setpriority_process(Some(pid), CHILD_NICENESS);
    }
}

fn start(invocation: Invocation<'_>) -> Result<Child, RunError> {
    Command::new(invocation.program)
        .args(invocation.args)
        .env_clear()
        .envs(invocation.environment)
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(|source| RunError::Start { program: invocation.program.display().to_string(), source })
}

/// Kills the whole group when dropped, also when the caller gave up waiting.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        Self(child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(leader) = self.0 {
            // The group may be gone already, which is what we want.
            let _ = kill_process_group(leader, Signal::KILL);
        }
    }
}
