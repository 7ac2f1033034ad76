//! The signed header that tells upstreams who calls.

use agw_config::config::Identity;
use agw_core::resource::Consumer;
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

/// Signs identities: a JWT (HS256) for each consumer, used again until half of its time is over, so that most requests need no
/// signature. Holds at most one for each consumer.
pub(crate) struct Signer {
    header: HeaderName,
    issuer: String,
    ttl: Duration,
    key: EncodingKey,
    signed: Mutex<HashMap<String, Signed>>,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("header", &self.header).finish_non_exhaustive()
    }
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
            signed: Mutex::default(),
        }
    }

    /// The header that carries the identity.
    pub(crate) fn header(&self) -> &HeaderName {
        &self.header
    }

    /// The header's value for a consumer.
    pub(crate) fn identity_of(&self, consumer: &Consumer) -> Result<HeaderValue, SignError> {
        self.at(consumer, Instant::now(), SystemTime::now())
    }

    fn at(&self, consumer: &Consumer, now: Instant, today: SystemTime) -> Result<HeaderValue, SignError> {
        let mut signed = self.signed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(fresh) = signed.get(&consumer.name).filter(|signed| now < signed.renew_at) {
            return Ok(fresh.value.clone());
        }
        let value = self.sign(consumer, today)?;
        let renew_at = now + self.ttl / 2;
        signed.insert(consumer.name.clone(), Signed { value: value.clone(), renew_at });
        Ok(value)
    }

    fn sign(&self, consumer: &Consumer, today: SystemTime) -> Result<HeaderValue, SignError> {
        let iat = today.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let claims = Claims {
            iss: &self.issuer,
            sub: &consumer.name,
            project: &consumer.project,
            roles: &consumer.roles,
            iat,
            exp: iat + self.ttl.as_secs(),
        };
        let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.key);
        let mut value = token.ok().and_then(|token| HeaderValue::try_from(token).ok()).ok_or(SignError)?;
        value.set_sensitive(true);
        Ok(value)
    }
}
