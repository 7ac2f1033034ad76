//! Notices when the configuration, or a file that it names, holds something else.
//!
//! What is compared is content, found by path each time: so it does not matter whether a file was written in place, replaced by an
//! editor, or swapped by a symbolic link some directories up, as Kubernetes does.

use crate::{
    gateway::Shared,
    reload::Scope,
    source::{self, Content},
};
use foundation::shutdown::Shutdown;
use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime},
};
use tokio::time::sleep;

#[cfg(test)]
mod tests;

const POLL: Duration = Duration::from_secs(1);
/// A file that is being written looks different after this time.
const SETTLE: Duration = Duration::from_millis(250);
/// Two writes within the resolution of file times may leave the same one. Some file systems count in seconds.
const STAMP_SURE_AFTER: Duration = Duration::from_secs(3);

/// Who reloads are by.
const BY: &str = "file watch";

/// Watches until stopped, as long as the configuration in force asks for it.
pub(crate) async fn run(shared: Arc<Shared>, stop: Shutdown) {
    let mut looker = Looker::new(shared.config_path().to_owned());
    let mut seen = Seen::default();
    let mut pause = POLL;
    loop {
        tokio::select! {
            () = stop.requested() => return,
            () = sleep(pause) => {}
        }
        pause = POLL;
        if !shared.state.load().source.base.admin_options.watch {
            continue;
        }
        let looked = tokio::task::spawn_blocking(move || {
            let content = looker.look();
            (looker, content)
        });
        let Ok((same, content)) = looked.await else {
            tracing::error!("the file watch ended");
            return;
        };
        looker = same;
        match seen.next(content, shared.state.load().source.content) {
            Step::Nothing => {}
            Step::LookAgain => pause = SETTLE,
            // It is logged and remembered there.
            Step::Reload => drop(shared.reload(Scope::Config, BY).await),
        }
    }
}

/// What to do about what was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Nothing,
    /// It may still be being written.
    LookAgain,
    Reload,
}

/// What was found before.
#[derive(Debug, Default)]
struct Seen {
    /// Found once.
    new: Option<Content>,
    /// Found twice and tried; if it was refused, trying again would refuse it again.
    tried: Option<Content>,
}

impl Seen {
    fn next(&mut self, found: Content, running: Content) -> Step {
        if found == running || self.tried == Some(found) {
            self.new = None;
            // What is put right is news again, also when it was refused before.
            if found == running {
                self.tried = None;
            }
            return Step::Nothing;
        }
        if self.new.replace(found) == Some(found) {
            self.new = None;
            self.tried = Some(found);
            return Step::Reload;
        }
        Step::LookAgain
    }
}

/// Reads the files again only when their times say that it may be worth it.
#[derive(Debug)]
struct Looker {
    config: PathBuf,
    files: Vec<PathBuf>,
    stamps: Vec<Option<Stamp>>,
    content: Option<Content>,
}

/// When these are the same, so is the content, unless it changed just now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    device: u64,
    inode: u64,
    bytes: u64,
    modified_ns: i128,
    changed_ns: i128,
}

impl Stamp {
    fn of(file: &PathBuf) -> Option<Self> {
        let found = fs::metadata(file).ok()?;
        let ns = |seconds: i64, ns: i64| i128::from(seconds) * 1_000_000_000 + i128::from(ns);
        Some(Self {
            device: found.dev(),
            inode: found.ino(),
            bytes: found.size(),
            modified_ns: ns(found.mtime(), found.mtime_nsec()),
            changed_ns: ns(found.ctime(), found.ctime_nsec()),
        })
    }

    fn is_sure(&self, now: SystemTime) -> bool {
        let now = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let sure_from = self.changed_ns.saturating_add(STAMP_SURE_AFTER.as_nanos().cast_signed());
        sure_from < now.as_nanos().cast_signed()
    }
}

impl Looker {
    fn new(config: PathBuf) -> Self {
        Self { config, files: Vec::new(), stamps: Vec::new(), content: None }
    }

    fn look(&mut self) -> Content {
        let stamps: Vec<Option<Stamp>> = self.files.iter().map(Stamp::of).collect();
        let now = SystemTime::now();
        let sure = stamps.iter().flatten().all(|stamp| stamp.is_sure(now));
        if let Some(content) = self.content.filter(|_| sure && stamps == self.stamps) {
            return content;
        }
        let text = source::text(&self.config).unwrap_or_default();
        self.files = source::files(&self.config, &text);
        self.stamps = self.files.iter().map(Stamp::of).collect();
        let content = source::content(&self.files);
        self.content = Some(content);
        content
    }
}
