//! The processes of a cluster: one group that dies as a whole, whatever happens to us.
//!
//! A watchdog, in a group of its own, waits for the end of its input. That comes when we let go of it and also when we are killed;
//! then it kills the cluster's group and removes its directory. One way for both ends, so that the rare one is tried all the time.

use std::{
    fs::File,
    io,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// Reads to the end of its input, kills the group $1, removes the directory $2.
const WATCHDOG: &str = r#"cat >/dev/null; kill -s KILL -- "-$1"; rm -rf -- "$2""#;

/// A group of processes that share a directory.
#[derive(Debug)]
pub(crate) struct Processes {
    dir: PathBuf,
    watchdog: Child,
    /// Does nothing but to be the group's leader; without it, a kill between two starts would leave the first one alive.
    leader: Child,
    members: Vec<(&'static str, Child)>,
}

impl Processes {
    /// An empty group. `dir` belongs to it from now on.
    pub(crate) fn start(dir: PathBuf) -> io::Result<Self> {
        let leader =
            Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::null()).process_group(0).spawn()?;
        let watchdog = Command::new("sh")
            .args(["-c", WATCHDOG, "watchdog", &leader.id().to_string()])
            .arg(&dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        Ok(Self { dir, watchdog, leader, members: Vec::new() })
    }

    /// Starts a program in the group. What it prints goes to `{name}.log` in the directory.
    pub(crate) fn spawn(&mut self, name: &'static str, program: &Path, args: &[String]) -> io::Result<()> {
        let log = File::create(self.log_of(name))?;
        let child = Command::new(program)
            .args(args)
            .current_dir(&self.dir)
            .env("HOME", &self.dir)
            .env_remove("KUBECONFIG")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .process_group(i32::try_from(self.leader.id()).map_err(io::Error::other)?)
            .spawn()?;
        self.members.push((name, child));
        Ok(())
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    pub(crate) fn log_of(&self, name: &str) -> PathBuf {
        self.dir.join(format!("{name}.log"))
    }

    /// A member that has ended, if one has.
    pub(crate) fn ended(&mut self) -> Option<&'static str> {
        let has_ended = |child: &mut Child| !matches!(child.try_wait(), Ok(None));
        self.members.iter_mut().find_map(|(name, child)| has_ended(child).then_some(*name))
    }

    /// The process ids of all members.
    pub(crate) fn ids(&self) -> Vec<u32> {
        self.members.iter().map(|(_, child)| child.id()).collect()
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        drop(self.watchdog.stdin.take());
        // Whoever cannot be killed or waited for is gone already.
        let _ = self.watchdog.wait();
        let _ = self.leader.wait();
        for (_, member) in &mut self.members {
            let _ = member.kill();
            let _ = member.wait();
        }
    }
}
