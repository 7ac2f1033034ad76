//! Whose tokens are believed: their issuers' keys, kept fresh, and the tokens found good with them.
//!
//! What a token is checked against is one [`Snapshot`]: keys, revocations, and the tokens that passed. When keys or revocations
//! change, another snapshot takes its place, with nothing in its cache; so no token outlives the key it was signed with, nor its
//! revocation, and nobody has to look through the cache.

mod cache;
mod fetch;
mod keys;
mod refresh;
#[cfg(test)]
mod tests;

use agw_config::config::JwtIssuer;
use agw_core::{
    auth::TokenVerifier,
    caller::Caller,
    jwt::{self, Revoked, Token, TokenError},
};
use arc_swap::ArcSwap;
use cache::TokenCache;
use keys::Key;
use refresh::Refresh;
use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Without `kid`, or when several keys share one, no more signatures than this are tried.
const TRIES_MAX: usize = 8;

/// The issuers of a configuration.
#[derive(Debug, Default)]
pub(crate) struct Issuers(Vec<Arc<Issuer>>);

impl Issuers {
    /// Issuers with what their files hold; URLs are fetched from now on, in the background. Those of `previous` with an equal
    /// configuration are taken over. Must be called in a tokio runtime.
    pub(crate) fn new(configured: Vec<JwtIssuer>, previous: Option<&Self>) -> Self {
        let issuer = |config: JwtIssuer| {
            let same = previous.and_then(|issuers| issuers.0.iter().find(|issuer| issuer.config == config));
            same.map_or_else(|| Issuer::start(config), Arc::clone)
        };
        Self(configured.into_iter().map(issuer).collect())
    }

    /// Waits for keys that are being fetched because a token asked for them; at most `deadline`.
    pub(crate) async fn refreshed(&self, deadline: Duration) {
        let wait = async {
            for issuer in &self.0 {
                issuer.refresh.done().await;
            }
        };
        // Late keys are as good as none: the request is refused, and the next one finds them.
        let _ = tokio::time::timeout(deadline, wait).await;
    }
}

impl TokenVerifier for Issuers {
    fn verify(&self, token: &str, sha256: &[u8; 32], issuers: &[String]) -> Result<Arc<Caller>, TokenError> {
        let now_s = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let believed = || {
            let named =
                |issuer: &&Arc<Issuer>| issuers.is_empty() || issuers.contains(&issuer.config.policy.name);
            self.0.iter().filter(named)
        };
        for issuer in believed() {
            if let Some(caller) = issuer.snapshot.load().cache.get(sha256, now_s) {
                return Ok(caller);
            }
        }
        let token = Token::parse(token)?;
        let mut why = TokenError::Issuer;
        for issuer in believed().filter(|issuer| jwt::is_from(&issuer.config.policy, &token.claims)) {
            match issuer.verify(&token, sha256, now_s) {
                Ok(caller) => return Ok(caller),
                // What a fetch could mend is worth more than what another issuer says.
                Err(_) if matches!(why, TokenError::UnknownKey | TokenError::NoKeys) => {}
                Err(error) => why = error,
            }
        }
        Err(why)
    }
}

/// An issuer with its keys.
#[derive(Debug)]
struct Issuer {
    config: JwtIssuer,
    snapshot: ArcSwap<Snapshot>,
    refresh: Arc<Refresh>,
}

/// What tokens are checked against.
#[derive(Debug, Default)]
struct Snapshot {
    /// `None` as long as none could be fetched.
    keys: Option<Arc<Vec<Key>>>,
    revoked: Arc<Revoked>,
    cache: TokenCache,
}

impl Issuer {
    fn start(config: JwtIssuer) -> Arc<Self> {
        let issuer =
            Arc::new(Self { config, snapshot: ArcSwap::default(), refresh: Arc::new(Refresh::default()) });
        refresh::keep_fresh(&issuer);
        issuer
    }

    fn verify(&self, token: &Token<'_>, sha256: &[u8; 32], now_s: u64) -> Result<Arc<Caller>, TokenError> {
        let policy = &self.config.policy;
        if !policy.algorithms.is_empty() && !policy.algorithms.contains(&token.algorithm) {
            return Err(TokenError::Algorithm);
        }
        let snapshot = self.snapshot.load_full();
        // Before the signature, which costs a thousand times as much: most tokens that are refused have expired.
        let (caller, valid_until_s) = jwt::check(policy, &snapshot.revoked, token.claims.clone(), now_s)?;
        let Some(keys) = &snapshot.keys else {
            self.refresh.want();
            return Err(TokenError::NoKeys);
        };
        let mut candidates = keys.iter().filter(|key| key.may_have_id(token.key_id.as_deref())).peekable();
        if candidates.peek().is_none() {
            self.refresh.want();
            return Err(TokenError::UnknownKey);
        }
        let mut fitting = candidates.filter(|key| key.is_for(token.algorithm)).take(TRIES_MAX).peekable();
        if fitting.peek().is_none() {
            return Err(TokenError::Algorithm);
        }
        if !fitting.any(|key| key.signed(token)) {
            return Err(TokenError::Signature);
        }
        let caller = Arc::new(caller);
        snapshot.cache.insert(*sha256, Arc::clone(&caller), valid_until_s);
        Ok(caller)
    }

    /// Puts what was read in place of what was known; `None` leaves a part as it is.
    fn replace(&self, keys: Option<Vec<Key>>, revoked: Option<Revoked>) {
        let old = self.snapshot.load();
        self.snapshot.store(Arc::new(Snapshot {
            keys: keys.map(Arc::new).or_else(|| old.keys.clone()),
            revoked: revoked.map_or_else(|| Arc::clone(&old.revoked), Arc::new),
            cache: TokenCache::default(),
        }));
    }
}
