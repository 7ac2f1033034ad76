//! The keys that sign access tokens (ES256), and the tokens.
//!
//! The newest signs, once those who check have had time to read it; those before it are published for as long as tokens of theirs
//! may live.

use crate::random::{self, NoRandomness};
use aetherius_contracts::identity::Role;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use foundation::secret::Secret;
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::fmt;

#[cfg(test)]
mod tests;

/// How long an access token is good.
pub(crate) const ACCESS_TTL: SignedDuration = SignedDuration::from_mins(15);
/// How far the clocks of those who check may differ.
pub(crate) const LEEWAY: SignedDuration = SignedDuration::from_secs(60);
/// `iss`.
const ISSUER: &str = "aetherius";
/// A new key is published for so long before it signs.
const SETTLING: SignedDuration = SignedDuration::from_secs(5);
/// A key signs for so long before another takes its place by itself.
const AGE_MAX: SignedDuration = SignedDuration::from_hours(90 * 24);
/// More rotations than this within the life of a token drop keys that may still be needed.
const KEYS_MAX: usize = 8;

/// Signs and checks access tokens.
pub struct SigningKeys {
    /// The newest first; never empty.
    keys: Vec<SigningKey>,
}

struct SigningKey {
    id: String,
    created_at: Timestamp,
    pkcs8: Vec<u8>,
    /// The public point's coordinates, in base64url.
    x: String,
    y: String,
    verify: DecodingKey,
}

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The text is something else.
    #[error("these are no signing keys: {0}")]
    Unreadable(String),
    /// None could be made.
    #[error("no signing key could be made")]
    NotMade(#[from] NoRandomness),
}

/// What an access token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claims {
    pub(crate) iss: String,
    pub(crate) sub: String,
    pub(crate) project: String,
    pub(crate) roles: Vec<Role>,
    pub(crate) jti: String,
    pub(crate) iat: i64,
    pub(crate) exp: i64,
}

impl Claims {
    pub(crate) fn new(sub: String, project: String, roles: Vec<Role>, jti: String, now: Timestamp) -> Self {
        let iat = now.as_second();
        Self { iss: ISSUER.to_owned(), sub, project, roles, jti, iat, exp: iat + ACCESS_TTL.as_secs() }
    }
}

/// As they are kept.
#[derive(Serialize, Deserialize)]
struct Written {
    keys: Vec<WrittenKey>,
}

#[derive(Serialize, Deserialize)]
struct WrittenKey {
    kid: String,
    created_at: Timestamp,
    /// PKCS #8, in base64url.
    private: String,
}

impl SigningKeys {
    /// One new key, which signs at once.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn make(now: Timestamp) -> Result<Self, KeyError> {
        Ok(Self { keys: vec![SigningKey::make(now)?] })
    }

    /// Keys as [`SigningKeys::written`] wrote them.
    ///
    /// # Errors
    /// When they are something else.
    pub fn read(text: &Secret) -> Result<Self, KeyError> {
        let unreadable = |error: serde_json::Error| KeyError::Unreadable(error.to_string());
        let written: Written = serde_json::from_str(text.expose()).map_err(unreadable)?;
        let keys = written.keys.into_iter().map(SigningKey::read).collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() {
            return Err(KeyError::Unreadable("there is none".to_owned()));
        }
        Ok(Self { keys })
    }

    /// The keys as a text to keep in a file that nobody else may read.
    ///
    /// # Errors
    /// None is expected.
    pub fn written(&self) -> Result<Secret, KeyError> {
        serde_json::to_string(&Written { keys: self.keys.iter().map(SigningKey::to_written).collect() })
            .map(Secret::new)
            .map_err(|error| KeyError::Unreadable(error.to_string()))
    }

    /// The public keys as a JWK set (RFC 7517).
    #[must_use]
    pub fn public(&self) -> String {
        let public = |key: &SigningKey| json!({ "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": key.id, "x": key.x, "y": key.y });
        json!({ "keys": self.keys.iter().map(public).collect::<Vec<_>>() }).to_string()
    }

    /// The same with a new key before them, and without those of which no token lives any more.
    pub(crate) fn rotated(&self, now: Timestamp) -> Result<Self, KeyError> {
        let mut keys = vec![SigningKey::make(now)?];
        for key in self.needed(now) {
            keys.push(SigningKey::read(key.to_written())?);
        }
        keys.truncate(KEYS_MAX);
        Ok(Self { keys })
    }

    /// The same without those of which no token lives any more, if there are such.
    pub(crate) fn tidied(&self, now: Timestamp) -> Result<Option<Self>, KeyError> {
        let needed: Vec<&SigningKey> = self.needed(now).collect();
        if needed.len() == self.keys.len() {
            return Ok(None);
        }
        let keys =
            needed.into_iter().map(|key| SigningKey::read(key.to_written())).collect::<Result<_, _>>()?;
        Ok(Some(Self { keys }))
    }

    /// Whether the newest has signed for long enough.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        self.keys.first().is_some_and(|key| now.duration_since(key.created_at) > AGE_MAX)
    }

    /// A token that says this.
    pub(crate) fn sign(&self, claims: &Claims, now: Timestamp) -> Result<String, KeyError> {
        let settled = |key: &&SigningKey| now.duration_since(key.created_at) >= SETTLING;
        let key = self.keys.iter().find(settled).or_else(|| self.keys.last());
        let key = key.ok_or_else(|| KeyError::Unreadable("there is none".to_owned()))?;
        let header = Header { kid: Some(key.id.clone()), ..Header::new(Algorithm::ES256) };
        jsonwebtoken::encode(&header, claims, &EncodingKey::from_ec_der(&key.pkcs8))
            .map_err(|error| KeyError::Unreadable(error.to_string()))
    }

    /// What a token of ours says; nothing about whether it was revoked.
    pub(crate) fn verify(&self, token: &str) -> Option<Claims> {
        let id = jsonwebtoken::decode_header(token).ok()?.kid?;
        let key = self.keys.iter().find(|key| key.id == id)?;
        let mut validation = Validation::new(Algorithm::ES256);
        validation.set_issuer(&[ISSUER]);
        validation.set_required_spec_claims(&["exp", "iss", "sub"]);
        jsonwebtoken::decode(token, &key.verify, &validation).ok().map(|data| data.claims)
    }

    /// A key is needed until the one after it has signed for as long as a token lives.
    fn needed(&self, now: Timestamp) -> impl Iterator<Item = &SigningKey> {
        let newer = std::iter::once(None).chain(self.keys.iter().map(Some));
        self.keys.iter().zip(newer).filter_map(move |(key, newer)| {
            let outlived = newer
                .is_some_and(|newer| now.duration_since(newer.created_at) > SETTLING + ACCESS_TTL + LEEWAY);
            (!outlived).then_some(key)
        })
    }
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|key| &key.id)).finish()
    }
}

impl SigningKey {
    fn make(now: Timestamp) -> Result<Self, KeyError> {
        let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
        let made = made.map_err(|_| NoRandomness)?;
        let private = URL_SAFE_NO_PAD.encode(made.as_ref());
        Self::read(WrittenKey { kid: random::hex::<8>()?, created_at: now, private })
    }

    fn read(written: WrittenKey) -> Result<Self, KeyError> {
        let WrittenKey { kid, created_at, private } = written;
        let unreadable = |reason: &str| KeyError::Unreadable(format!("the key {kid}: {reason}"));
        let pkcs8 = URL_SAFE_NO_PAD.decode(private).map_err(|_| unreadable("is not base64url"))?;
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &pkcs8, &SystemRandom::new())
            .map_err(|error| unreadable(&error.to_string()))?;
        // 0x04, then both coordinates of 32 bytes each (SEC 1, section 2.3.3).
        let point = pair.public_key().as_ref();
        let (Some(x), Some(y)) = (point.get(1..33), point.get(33..65)) else {
            return Err(unreadable("is not of P-256"));
        };
        let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
        let verify =
            DecodingKey::from_ec_components(&x, &y).map_err(|error| unreadable(&error.to_string()))?;
        Ok(Self { id: kid, created_at, pkcs8, x, y, verify })
    }

    fn to_written(&self) -> WrittenKey {
        let private = URL_SAFE_NO_PAD.encode(&self.pkcs8);
        WrittenKey { kid: self.id.clone(), created_at: self.created_at, private }
    }
}
