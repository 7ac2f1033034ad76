//! The signed header that tells upstreams who calls.

use agw_config::config::Identity;
use agw_core::caller::{Caller, CallerKind};
use http::{HeaderName, HeaderValue};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;
use std::{
    collections::HashMap,
    fmt,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

#[cfg(test)]
mod tests;

/// More callers than that at one time cost some of them another signature.
const SIGNED_MAX: usize = 16_384;

/// Signs identities: a JWT (HS256) for each caller, used again until half of its time is over, so that most requests need no
/// signature.
pub(crate) struct Signer {
    header: HeaderName,
    issuer: String,
    ttl: Duration,
    key: EncodingKey,
    signed: [Mutex<Generations>; SHARDS],
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("header", &self.header).finish_non_exhaustive()
    }
}

const SHARDS: usize = 16;

/// Two halves by age, of callers by their fingerprint: when the younger is full, the older is forgotten.
#[derive(Default)]
struct Generations {
    young: HashMap<[u8; 16], Signed>,
    old: HashMap<[u8; 16], Signed>,
}

struct Signed {
    value: HeaderValue,
    renew_at: Instant,
}

/// What the token says.
#[derive(Debug, Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    project: &'a str,
    roles: &'a [String],
    /// How it was proved: `key`, `basic`, or `jwt:` and the issuer's name.
    via: &'a str,
    iat: u64,
    exp: u64,
}

/// The token could not be made. Not expected of an HMAC.
#[derive(Debug, thiserror::Error)]
#[error("cannot sign the identity")]
pub(crate) struct SignError;

impl Signer {
    pub(crate) fn new(identity: Identity) -> Self {
        Self {
            header: identity.header,
            issuer: identity.issuer,
            ttl: identity.ttl,
            key: EncodingKey::from_secret(&identity.key.0),
            signed: Default::default(),
        }
    }

    /// The header that carries the identity.
    pub(crate) fn header(&self) -> &HeaderName {
        &self.header
    }

    /// The header's value for a caller.
    pub(crate) fn identity_of(&self, caller: &Caller) -> Result<HeaderValue, SignError> {
        self.at(caller, Instant::now(), SystemTime::now())
    }

    fn at(&self, caller: &Caller, now: Instant, today: SystemTime) -> Result<HeaderValue, SignError> {
        let shard = &self.signed[usize::from(caller.fingerprint[15]) % SHARDS];
        let mut signed = shard.lock().unwrap_or_else(PoisonError::into_inner);
        let known = signed.young.get(&caller.fingerprint).or_else(|| signed.old.get(&caller.fingerprint));
        if let Some(fresh) = known.filter(|signed| now < signed.renew_at) {
            return Ok(fresh.value.clone());
        }
        let value = self.sign(caller, today)?;
        if signed.young.len() >= SIGNED_MAX / SHARDS / 2 {
            signed.old = std::mem::take(&mut signed.young);
        }
        let renew_at = now + self.ttl / 2;
        signed.young.insert(caller.fingerprint, Signed { value: value.clone(), renew_at });
        Ok(value)
    }

    fn sign(&self, caller: &Caller, today: SystemTime) -> Result<HeaderValue, SignError> {
        let via = match &caller.kind {
            CallerKind::Key => "key".to_owned(),
            CallerKind::Basic => "basic".to_owned(),
            CallerKind::Jwt(issuer) => format!("jwt:{issuer}"),
        };
        let iat = today.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let claims = Claims {
            iss: &self.issuer,
            sub: &caller.name,
            project: &caller.project,
            roles: &caller.roles,
            via: &via,
            iat,
            exp: iat + self.ttl.as_secs(),
        };
        let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.key);
        let mut value = token.ok().and_then(|token| HeaderValue::try_from(token).ok()).ok_or(SignError)?;
        value.set_sensitive(true);
        Ok(value)
    }
}
