//! Keys, made ready to check signatures.

use agw_core::jwt::{
    Algorithm, Token,
    jwks::{self, Material, PublicKey},
    secret,
};
use jsonwebtoken::{DecodingKey, crypto};
use std::fmt;

/// A key with what it may be used for.
pub(super) struct Key {
    id: Option<String>,
    algorithms: Vec<Algorithm>,
    key: DecodingKey,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("id", &self.id)
            .field("algorithms", &self.algorithms)
            .finish_non_exhaustive()
    }
}

impl Key {
    /// Whether a token with this `kid` can be signed with it. Either may have none.
    pub(super) fn may_have_id(&self, id: Option<&str>) -> bool {
        match (&self.id, id) {
            (Some(ours), Some(named)) => ours == named,
            _ => true,
        }
    }

    /// Whether it is for this algorithm.
    pub(super) fn is_for(&self, algorithm: Algorithm) -> bool {
        self.algorithms.contains(&algorithm)
    }

    /// Whether the token was signed with it.
    pub(super) fn signed(&self, token: &Token<'_>) -> bool {
        let algorithm = named(token.algorithm);
        crypto::verify(token.signature, token.signed.as_bytes(), &self.key, algorithm).unwrap_or(false)
    }
}

/// The keys of a JWK set, and why others of it are not used.
///
/// # Errors
/// It is not a set, or no key of it can be used.
pub(super) fn of_set(bytes: &[u8]) -> Result<(Vec<Key>, Vec<String>), String> {
    let mut set = jwks::parse(bytes)?;
    let mut keys = Vec::with_capacity(set.keys.len());
    for public in set.keys {
        match ready(public) {
            Ok(key) => keys.push(key),
            Err(why) => set.skipped.push(why),
        }
    }
    if keys.is_empty() { Err(set.skipped.join("; ")) } else { Ok((keys, set.skipped)) }
}

/// The key of a secret file.
///
/// # Errors
/// It holds none.
pub(super) fn of_secret(bytes: &[u8]) -> Result<Vec<Key>, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "the file is not text")?;
    let secret = secret::parse(text)?;
    let algorithms = secret::algorithms(&secret);
    Ok(vec![Key { id: None, algorithms, key: DecodingKey::from_secret(&secret) }])
}

fn ready(public: PublicKey) -> Result<Key, String> {
    let PublicKey { id, algorithms, material } = public;
    let key = match &material {
        Material::Rsa { modulus, exponent } => DecodingKey::from_rsa_components(modulus, exponent),
        Material::Ec { x, y } => DecodingKey::from_ec_components(x, y),
        Material::Ed { x } => DecodingKey::from_ed_components(x),
    };
    let key = key.map_err(|error| format!("the key {}: {error}", id.as_deref().unwrap_or("without kid")))?;
    Ok(Key { id, algorithms, key })
}

fn named(algorithm: Algorithm) -> jsonwebtoken::Algorithm {
    match algorithm {
        Algorithm::HS256 => jsonwebtoken::Algorithm::HS256,
        Algorithm::HS384 => jsonwebtoken::Algorithm::HS384,
        Algorithm::HS512 => jsonwebtoken::Algorithm::HS512,
        Algorithm::RS256 => jsonwebtoken::Algorithm::RS256,
        Algorithm::RS384 => jsonwebtoken::Algorithm::RS384,
        Algorithm::RS512 => jsonwebtoken::Algorithm::RS512,
        Algorithm::PS256 => jsonwebtoken::Algorithm::PS256,
        Algorithm::PS384 => jsonwebtoken::Algorithm::PS384,
        Algorithm::PS512 => jsonwebtoken::Algorithm::PS512,
        Algorithm::ES256 => jsonwebtoken::Algorithm::ES256,
        Algorithm::ES384 => jsonwebtoken::Algorithm::ES384,
        Algorithm::EdDSA => jsonwebtoken::Algorithm::EdDSA,
    }
}
