//! Keeps keys and revocations fresh. What cannot be read leaves what was read last in force.

use super::{
    Issuer,
    fetch::{self, Stamp},
    keys::{self, Key},
};
use agw_config::config::KeySource;
use agw_core::jwt::{Revoked, jwks::SET_BYTES_MAX};
use sha2::{Digest, Sha256};
use std::{
    path::Path,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::{Notify, watch};

/// How often files are looked at, and the shortest time between two fetches.
const TICK: Duration = Duration::from_secs(1);
const REVOKED_BYTES_MAX: usize = 16 << 20;

/// How requests and the task that refreshes speak to each other.
#[derive(Debug)]
pub(super) struct Refresh {
    asked: Notify,
    /// One is asked for or under way.
    pending: AtomicBool,
    /// Counts the refreshes that are over.
    over: watch::Sender<u64>,
    /// When the last one began.
    began: Mutex<Option<Instant>>,
}

impl Default for Refresh {
    fn default() -> Self {
        Self {
            asked: Notify::new(),
            pending: AtomicBool::new(false),
            over: watch::channel(0).0,
            began: Mutex::default(),
        }
    }
}

impl Refresh {
    /// Asks for fresh keys, at most once a [`TICK`]: tokens with invented keys must not make us flood their issuer.
    pub(super) fn want(&self) {
        let recent = |began: Instant| began.elapsed() < TICK;
        let began = *self.began.lock().unwrap_or_else(PoisonError::into_inner);
        if !began.is_some_and(recent) && !self.pending.swap(true, Ordering::AcqRel) {
            self.asked.notify_one();
        }
    }

    /// Waits until the refresh that is asked for or under way is over; returns at once when there is none.
    pub(super) async fn done(&self) {
        let mut over = self.over.subscribe();
        if self.pending.load(Ordering::Acquire) {
            // Err: the issuer is gone.
            let _ = over.changed().await;
        }
    }

    fn begin(&self) {
        self.pending.store(true, Ordering::Release);
        *self.began.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    fn end(&self) {
        self.pending.store(false, Ordering::Release);
        self.over.send_modify(|count| *count = count.wrapping_add(1));
    }
}

/// Reads the files now, and begins the task that goes on until the issuer is no longer used.
pub(super) fn keep_fresh(issuer: &Arc<Issuer>) {
    let mut known = Known::default();
    known.read_files(issuer);
    tokio::spawn(run(Arc::downgrade(issuer), Arc::clone(&issuer.refresh), known));
}

async fn run(issuer: Weak<Issuer>, refresh: Arc<Refresh>, mut known: Known) {
    let mut fetched: Option<Instant> = None;
    loop {
        let Some(issuer) = issuer.upgrade() else { return };
        known.read_files(&issuer);
        let url = match &issuer.config.keys {
            KeySource::Url(url) => Some(url),
            KeySource::File(_) | KeySource::Secret(_) => None,
        };
        let due = fetched.is_none_or(|last| last.elapsed() >= issuer.config.refresh)
            || refresh.pending.load(Ordering::Acquire);
        if let Some(url) = url.filter(|_| due) {
            refresh.begin();
            fetched = Some(Instant::now());
            known.fetch(&issuer, url).await;
        }
        refresh.end();
        let next_fetch = fetched.map_or(TICK, |last| issuer.config.refresh.saturating_sub(last.elapsed()));
        drop(issuer);
        tokio::select! {
            () = tokio::time::sleep(TICK.min(next_fetch)) => {}
            () = refresh.asked.notified() => {}
        }
    }
}

/// What was read last, to tell what changed, and what was complained about.
#[derive(Debug, Default)]
struct Known {
    client: Option<reqwest::Client>,
    keys_sha256: Option<[u8; 32]>,
    key_file: Option<Stamp>,
    revoked_sha256: Option<[u8; 32]>,
    revoked_file: Option<Stamp>,
    keys_complaint: Option<String>,
    revoked_complaint: Option<String>,
}

impl Known {
    /// Files are small and at hand; reading one that changed takes no longer than a request.
    fn read_files(&mut self, issuer: &Issuer) {
        let name = &issuer.config.policy.name;
        let read = match &issuer.config.keys {
            KeySource::Url(_) => Ok(None),
            KeySource::File(path) => self.key_file(path, |bytes| {
                keys::of_set(bytes).map(|(keys, skipped)| {
                    tell_skipped(name, &skipped);
                    keys
                })
            }),
            KeySource::Secret(path) => self.key_file(path, keys::of_secret),
        };
        let keys = settle(name, "keys", read, &mut self.keys_complaint);
        let read = match &issuer.config.revoked_file {
            Some(path) => self.revoked(path),
            None => Ok(None),
        };
        let revoked = settle(name, "revocations", read, &mut self.revoked_complaint);
        if keys.is_some() || revoked.is_some() {
            issuer.replace(keys, revoked);
        }
    }

    fn key_file(
        &mut self,
        path: &Path,
        parse: impl FnOnce(&[u8]) -> Result<Vec<Key>, String>,
    ) -> Result<Option<Vec<Key>>, String> {
        let Some((bytes, stamp)) = fetch::read_changed(path, SET_BYTES_MAX, self.key_file)? else {
            return Ok(None);
        };
        let sha256: [u8; 32] = Sha256::digest(&bytes).into();
        if self.keys_sha256 == Some(sha256) {
            self.key_file = Some(stamp);
            return Ok(None);
        }
        let keys = parse(&bytes)?;
        (self.keys_sha256, self.key_file) = (Some(sha256), Some(stamp));
        Ok(Some(keys))
    }

    fn revoked(&mut self, path: &Path) -> Result<Option<Revoked>, String> {
        let Some((bytes, stamp)) = fetch::read_changed(path, REVOKED_BYTES_MAX, self.revoked_file)? else {
            return Ok(None);
        };
        let sha256: [u8; 32] = Sha256::digest(&bytes).into();
        self.revoked_file = Some(stamp);
        if self.revoked_sha256.replace(sha256) == Some(sha256) {
            return Ok(None);
        }
        Ok(Some(Revoked::parse(&String::from_utf8_lossy(&bytes))))
    }

    async fn fetch(&mut self, issuer: &Issuer, url: &str) {
        let name = &issuer.config.policy.name;
        let read = self.fetched(name, url).await;
        if let Some(keys) = settle(name, "keys", read, &mut self.keys_complaint) {
            issuer.replace(Some(keys), None);
        }
    }

    async fn fetched(&mut self, name: &str, url: &str) -> Result<Option<Vec<Key>>, String> {
        let client = match &self.client {
            Some(client) => client.clone(),
            None => self.client.insert(fetch::client()?).clone(),
        };
        let bytes = fetch::fetch(&client, url).await?;
        let sha256: [u8; 32] = Sha256::digest(&bytes).into();
        if self.keys_sha256 == Some(sha256) {
            return Ok(None);
        }
        let (keys, skipped) = keys::of_set(&bytes)?;
        tell_skipped(name, &skipped);
        self.keys_sha256 = Some(sha256);
        Ok(Some(keys))
    }
}

/// Logs changes and failures, each failure once until it is another or over.
fn settle<T>(
    issuer: &str,
    what: &str,
    read: Result<Option<T>, String>,
    complaint: &mut Option<String>,
) -> Option<T> {
    match read {
        Ok(found) => {
            if complaint.take().is_some() {
                tracing::info!(issuer, "{what} can be read again");
            }
            if found.is_some() {
                tracing::info!(issuer, "{what} taken over");
            }
            found
        }
        Err(error) => {
            if complaint.as_ref() != Some(&error) {
                tracing::warn!(issuer, %error, "{what} cannot be read; the last ones stay in force");
                *complaint = Some(error);
            }
            None
        }
    }
}

fn tell_skipped(issuer: &str, skipped: &[String]) {
    for why in skipped {
        tracing::warn!(issuer, why, "a key is not used");
    }
}
