//! The processes of the server, known by the files in which they write their numbers.

use anyhow::Context;
use rustix::process::{Pid, Signal, kill_process};
use std::{
    fs, io,
    path::Path,
    time::{Duration, Instant},
};

#[cfg(test)]
mod tests;

/// The supervisor, the gateway and the services.
pub(crate) const ALL: [&str; 3] = ["serve", "agw", "platform"];
/// Those that must survive being killed.
pub(crate) const CHILDREN: [&str; 2] = ["agw", "platform"];

const LOOK_EVERY: Duration = Duration::from_millis(5);

/// The process of that name, if it lives. One that was given the number of a dead one is not taken for it.
pub(crate) fn living(data: &Path, name: &str) -> Option<Pid> {
    let text = fs::read_to_string(data.join("run").join(format!("{name}.pid"))).ok()?;
    let pid = Pid::from_raw(text.trim().parse().ok()?)?;
    let file = |what: &str| fs::read(format!("/proc/{}/{what}", pid.as_raw_nonzero())).ok();
    let names_itself =
        file("cmdline")?.split(|&byte| byte == 0).skip(1).any(|argument| argument == name.as_bytes());
    (names_itself && !is_ended(&file("stat")?)).then_some(pid)
}

/// A process that has ended but was not buried yet.
fn is_ended(stat: &[u8]) -> bool {
    // The name before it stands in brackets and may contain any.
    let state = stat.iter().rposition(|&byte| byte == b')').and_then(|at| stat.get(at + 2));
    matches!(state, Some(b'Z' | b'X'))
}

/// Waits for a process of that name that is not `former`.
pub(crate) async fn wait_for(
    data: &Path,
    name: &str,
    former: Option<Pid>,
    patience: Duration,
) -> anyhow::Result<Pid> {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(pid) = living(data, name).filter(|&pid| Some(pid) != former) {
            return Ok(pid);
        }
        if Instant::now() >= deadline {
            anyhow::bail!("`{name}` did not come up within {} s", patience.as_secs());
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// `kill -9`.
pub(crate) fn kill(pid: Pid) -> anyhow::Result<()> {
    kill_process(pid, Signal::KILL).map_err(io::Error::from).with_context(|| format!("cannot kill {pid:?}"))
}

/// Bytes of memory that a process has in use.
pub(crate) fn resident_bytes(pid: Pid) -> anyhow::Result<u64> {
    let path = format!("/proc/{}/status", pid.as_raw_nonzero());
    let status = fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
    parse_resident(&status).with_context(|| format!("{path} has no VmRSS"))
}

fn parse_resident(status: &str) -> Option<u64> {
    let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.trim().strip_suffix(" kB")?;
    kib.trim().parse::<u64>().ok().map(|kib| kib * 1024)
}
