//! What those who check tokens and keys by themselves have to know, and telling it to them.

use crate::{Inner, SigningKeys, denied::Denied, store};
use aetherius_contracts::identity::Role;
use aetherius_store::{StoreError, Urgency};
use foundation::secret::Secret;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{
    io,
    sync::{
        Arc, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::sync::Mutex;

/// Whoever checks reads no more than this of a list of revocations; each takes 21 bytes.
const REVOKED_MAX: u32 = 8000;

/// Whom to believe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trust {
    /// The public keys of access tokens, as a JWK set.
    pub jwks: String,
    /// The `jti` of access tokens that are not to be believed although they have not expired.
    pub revoked: Vec<String>,
    /// The keys that are in force.
    pub keys: Vec<TrustedKey>,
}

/// A key, by its hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustedKey {
    /// What its holder is called; begins with `key:`.
    pub name: String,
    /// Whose rows it sees.
    pub project: String,
    /// What it may be used for.
    pub roles: Vec<Role>,
    /// In hexadecimal.
    pub sha256: String,
}

/// What is around the service. Both may block.
pub trait Surroundings: Send + Sync {
    /// Keeps the signing keys for the next start, whole or not at all, and readable for nobody else.
    ///
    /// # Errors
    /// When they are not on the disk.
    fn keep_signing_keys(&self, text: &Secret) -> io::Result<()>;

    /// Tells whom to believe from now on.
    ///
    /// # Errors
    /// When it was not told; it will be tried again.
    fn publish(&self, trust: &Trust) -> io::Result<()>;
}

/// One at a time tells, so that nothing newer is overwritten by something older.
pub(crate) struct Publisher {
    surroundings: Arc<dyn Surroundings>,
    turn: Mutex<()>,
    is_behind: AtomicBool,
}

impl Publisher {
    pub(crate) fn new(surroundings: Arc<dyn Surroundings>) -> Self {
        Self { surroundings, turn: Mutex::default(), is_behind: AtomicBool::new(true) }
    }

    /// Whether the last word did not arrive.
    pub(crate) fn is_behind(&self) -> bool {
        self.is_behind.load(Ordering::Relaxed)
    }
}

impl Inner {
    pub(crate) fn signing_keys(&self) -> Arc<SigningKeys> {
        Arc::clone(&self.signing_keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Tells what is in force now. A failure is logged and made good by the housekeeping: what was asked for is stored already.
    pub(crate) async fn publish(&self) {
        let _turn = self.publisher.turn.lock().await;
        let told = self.try_publish().await;
        if let Err(error) = &told {
            tracing::error!(error = %error.0.detail, "what was revoked or made is not in force yet; trying again");
        }
        self.publisher.is_behind.store(told.is_err(), Ordering::Relaxed);
    }

    async fn try_publish(&self) -> Result<(), Denied> {
        let now = Timestamp::now();
        let read = move |tx: &aetherius_store::Tx<'_>| {
            let revoked = store::sessions::revoked(tx, now, REVOKED_MAX + 1)?;
            Ok::<_, StoreError>((revoked, store::keys::trusted(tx)?))
        };
        let (mut revoked, keys) = self.store.read(read).await?;
        if revoked.len() > REVOKED_MAX as usize {
            // With another key no token of before is good, revoked or not; sessions go on and get new ones.
            self.use_keys(SigningKeys::make(now)?).await?;
            self.store
                .write(Urgency::Work, store::sessions::forget_access_tokens)
                .await
                .map_err(Denied::from)?;
            revoked = Vec::new();
        }
        let trust = Trust { jwks: self.signing_keys().public(), revoked, keys };
        self.outside(move |surroundings| surroundings.publish(&trust)).await
    }

    /// Keeps and uses other signing keys; they are in force once they are published.
    pub(crate) async fn use_keys(&self, keys: SigningKeys) -> Result<(), Denied> {
        let text = keys.written()?;
        self.outside(move |surroundings| surroundings.keep_signing_keys(&text)).await?;
        *self.signing_keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
        Ok(())
    }

    async fn outside(
        &self,
        act: impl FnOnce(&dyn Surroundings) -> io::Result<()> + Send + 'static,
    ) -> Result<(), Denied> {
        let surroundings = Arc::clone(&self.publisher.surroundings);
        let done = tokio::task::spawn_blocking(move || act(&*surroundings)).await;
        done.map_err(io::Error::other).flatten().map_err(|error| Denied::internal(&error))
    }
}
