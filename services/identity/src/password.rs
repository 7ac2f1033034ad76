//! Passwords: hashed with Argon2id, and compared so that the time tells nothing.

use crate::{denied::Denied, random};
use aetherius_rpc::{Code, Problem};
use argon2::{
    Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version,
    password_hash::SaltString,
};
use foundation::secret::Secret;
use std::sync::LazyLock;
use tokio::sync::Semaphore;

#[cfg(test)]
mod tests;

/// OWASP's least for Argon2id: some 25 ms and 19 MiB on one of two cores, which a person does not notice and who guesses does.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// Hashes at one time: as many as are worth their memory on two cores.
const AT_ONCE: usize = 2;
/// Requests that wait for their turn; beyond, they are asked to come again.
const WAITING_MAX: usize = 64;

static ARGON2: LazyLock<Argon2<'static>> = LazyLock::new(|| {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
});

/// What is compared where there is no such user: as much work, and no password fits.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$YWV0aGVyaXVzLW5vYm9keQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Does the work, some at a time.
pub(crate) struct Passwords {
    places: Semaphore,
    workers: Semaphore,
}

impl Passwords {
    pub(crate) fn new() -> Self {
        Self { places: Semaphore::new(WAITING_MAX), workers: Semaphore::new(AT_ONCE) }
    }

    /// What is kept of a password.
    pub(crate) async fn hash(&self, password: Secret) -> Result<String, Denied> {
        self.work(move || hash(password.expose())).await?
    }

    /// Whether a password is the one of which `hash` was kept; `None` is for somebody who is not there.
    pub(crate) async fn fits(&self, password: Secret, hash: Option<String>) -> Result<bool, Denied> {
        self.work(move || fits(password.expose(), hash.as_deref().unwrap_or(NOBODY))).await
    }

    async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Denied> {
        let busy =
            || Problem::new(Code::Unavailable, "too many people sign in at once; try again").retry_after(1);
        let _place = self.places.try_acquire().map_err(|_| busy())?;
        let _worker = self.workers.acquire().await.map_err(|_| busy())?;
        tokio::task::spawn_blocking(work).await.map_err(|error| Denied::internal(&error))
    }
}

fn hash(password: &str) -> Result<String, Denied> {
    let salt = random::bytes::<16>().map_err(|error| Denied::internal(&error))?;
    let broken = |error: argon2::password_hash::Error| {
        Denied::internal(&std::io::Error::other(format!("a password could not be hashed: {error}")))
    };
    let salt = SaltString::encode_b64(&salt).map_err(broken)?;
    Ok(ARGON2.hash_password(password.as_bytes(), &salt).map_err(broken)?.to_string())
}

fn fits(password: &str, hash: &str) -> bool {
    let hash = PasswordHash::new(hash);
    hash.is_ok_and(|hash| ARGON2.verify_password(password.as_bytes(), &hash).is_ok())
}
