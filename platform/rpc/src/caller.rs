//! Who calls: a short-lived signed token that every service verifies, in memory too.

use crate::problem::{Code, Problem};
use axum::{
    extract::FromRequestParts,
    http::{HeaderValue, request::Parts},
};
use foundation::secret::Secret;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

#[cfg(test)]
mod tests;

/// The header that carries the token. The gateway strips it from what clients send.
pub const CALLER_HEADER: &str = "x-aetherius-caller";

/// How long a token of ours is valid.
const TTL: Duration = Duration::from_secs(60);

/// The role of a service that calls another.
pub const ROLE_SERVICE: &str = "service";

/// A verified caller: a person, a program with a key, or a service.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Caller {
    /// Who.
    #[serde(rename = "sub")]
    pub name: String,
    /// The project whose rows the caller may see.
    pub project: String,
    /// `viewer`, `operator`, `admin`, `webhook`, `service`.
    pub roles: Vec<String>,
}

impl Caller {
    /// A service, acting for a project.
    #[must_use]
    pub fn service(name: &str, project: &str) -> Self {
        Self { name: name.into(), project: project.into(), roles: vec![ROLE_SERVICE.into()] }
    }

    /// Passes callers that have at least one of `roles`.
    ///
    /// # Errors
    /// [`Code::Forbidden`], naming the roles that would do.
    pub fn require(&self, roles: &[&str]) -> Result<(), Problem> {
        if self.roles.iter().any(|role| roles.contains(&role.as_str())) {
            return Ok(());
        }
        let detail =
            format!("`{}` may not do this; it takes one of the roles {}", self.name, roles.join(", "));
        Err(Problem::new(Code::Forbidden, detail))
    }
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    iat: u64,
    exp: u64,
    #[serde(flatten)]
    caller: Caller,
}

/// The key that signs and verifies caller tokens (HS256). Cloning shares it.
#[derive(Clone)]
pub struct CallerKey {
    inner: Arc<Keys>,
}

struct Keys {
    sign: EncodingKey,
    verify: DecodingKey,
    /// Tokens of the callers of this process, until half of their time is over.
    minted: Mutex<HashMap<Caller, (u64, HeaderValue)>>,
    /// Who came from outside, and when last, until somebody asks.
    seen: Mutex<HashMap<String, SystemTime>>,
}

/// Projects × services are few; a flood of made-up ones shall not fill the memory.
const MINTED_MAX: usize = 1024;
/// Callers from outside that are remembered; others are not, for this once.
const SEEN_MAX: usize = 4096;
/// Who signs for people and programs outside.
const GATEWAY: &str = "agw";

impl CallerKey {
    /// From at least 32 random bytes in hex, as they stand in the key file.
    ///
    /// # Errors
    /// When the text is not hex or too short.
    pub fn from_hex(text: &Secret) -> Result<Self, InvalidKey> {
        let bytes = hex::decode(text.expose().trim()).map_err(|_| InvalidKey)?;
        if bytes.len() < 32 {
            return Err(InvalidKey);
        }
        let inner = Keys {
            sign: EncodingKey::from_secret(&bytes),
            verify: DecodingKey::from_secret(&bytes),
            minted: Mutex::default(),
            seen: Mutex::default(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// A token for one of our services, valid for at least 30 s.
    ///
    /// # Errors
    /// When signing fails, which a key of the right length never does.
    pub fn mint(&self, caller: &Caller) -> Result<HeaderValue, Problem> {
        let now = now_s();
        let mut minted = self.inner.minted.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((until, token)) = minted.get(caller)
            && *until > now
        {
            return Ok(token.clone());
        }
        let claims =
            Claims { iss: "aetherius".into(), iat: now, exp: now + TTL.as_secs(), caller: caller.clone() };
        let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.inner.sign)
            .map_err(|error| Problem::internal(&error))?;
        let token = HeaderValue::try_from(token).map_err(|error| Problem::internal(&error))?;
        if minted.len() >= MINTED_MAX {
            minted.clear();
        }
        minted.insert(caller.clone(), (now + TTL.as_secs() / 2, token.clone()));
        Ok(token)
    }

    /// The caller that a token proves.
    ///
    /// # Errors
    /// [`Code::Unauthenticated`].
    pub fn verify(&self, token: &str) -> Result<Caller, Problem> {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.leeway = 5;
        validation.set_issuer(&["aetherius", GATEWAY]);
        validation.set_required_spec_claims(&["exp", "iss", "sub"]);
        let claims = jsonwebtoken::decode::<Claims>(token, &self.inner.verify, &validation)
            .map(|data| data.claims)
            .map_err(|error| {
                Problem::new(Code::Unauthenticated, format!("the caller token does not verify ({error})"))
            })?;
        if claims.iss == GATEWAY {
            self.note(&claims.caller.name);
        }
        Ok(claims.caller)
    }

    /// The names of those who came through the gateway since this was asked last, each with its last time.
    #[must_use]
    pub fn seen(&self) -> HashMap<String, SystemTime> {
        std::mem::take(&mut *self.inner.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, name: &str) {
        let mut seen = self.inner.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = seen.get_mut(name) {
            *at = SystemTime::now();
        } else if seen.len() < SEEN_MAX {
            seen.insert(name.to_owned(), SystemTime::now());
        }
    }
}

/// The text is no key.
#[derive(Debug, thiserror::Error)]
#[error("not a key: expected at least 64 hex digits")]
pub struct InvalidKey;

fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// The kit has verified the caller and put it here; a handler that takes a `Caller` cannot be reached without.
impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| {
            Problem::new(
                Code::Unauthenticated,
                "this endpoint was called without a caller token; call it through the gateway",
            )
        })
    }
}
