//! JSON Web Tokens (RFC 7519) but for their signatures: what a token says, and whether it may say so.
//!
//! The algorithm is decided by the key ([`jwks`]), never by the token; a token that names another one is refused.

use crate::{
    base64,
    caller::{Caller, CallerKind, claim},
};
use serde_json::{Map, Value};
use std::{collections::HashSet, fmt, str::FromStr};

pub mod jwks;
mod object;
pub mod secret;
#[cfg(test)]
mod tests;

/// The longest token that is looked at, in bytes.
pub const TOKEN_BYTES_MAX: usize = 8 << 10;
/// A longer `sub` is no name.
const NAME_BYTES_MAX: usize = 256;

/// A signature algorithm (RFC 7518 section 3.1, RFC 8037). `none` is not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are those of the registry")]
pub enum Algorithm {
    HS256,
    HS384,
    HS512,
    RS256,
    RS384,
    RS512,
    PS256,
    PS384,
    PS512,
    ES256,
    ES384,
    EdDSA,
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::HS256,
        Self::HS384,
        Self::HS512,
        Self::RS256,
        Self::RS384,
        Self::RS512,
        Self::PS256,
        Self::PS384,
        Self::PS512,
        Self::ES256,
        Self::ES384,
        Self::EdDSA,
    ];

    /// Whether its key is a shared secret.
    #[must_use]
    pub fn is_hmac(self) -> bool {
        matches!(self, Self::HS256 | Self::HS384 | Self::HS512)
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl FromStr for Algorithm {
    type Err = ();

    /// Reads a name, with regard to case as RFC 7515 section 4.1.1 asks.
    fn from_str(name: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|algorithm| algorithm.to_string() == name).ok_or(())
    }
}

/// What the tokens of an issuer must be like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenPolicy {
    /// Unique; routes refer to it.
    pub name: String,
    /// What `iss` must be.
    pub issuer: Option<String>,
    /// One of these must be in `aud`; empty means it is not looked at.
    pub audiences: Vec<String>,
    /// Which signatures are accepted of those the keys are for; empty means all.
    pub algorithms: Vec<Algorithm>,
    /// The claim with the caller's roles; dots lead into objects.
    pub roles_claim: String,
    /// The claim with the caller's project; dots lead into objects.
    pub project_claim: String,
    /// How far clocks may differ, in seconds.
    pub leeway_s: u64,
}

/// Why a token is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum TokenError {
    #[error("it is not a JSON Web Token")]
    Malformed,
    #[error("it is longer than {TOKEN_BYTES_MAX} bytes")]
    TooLong,
    #[error("its algorithm is not accepted")]
    Algorithm,
    #[error("it asks for extensions (crit) that are not known here")]
    Critical,
    #[error("it is signed with a key that is not known")]
    UnknownKey,
    #[error("the keys of its issuer could not be fetched yet")]
    NoKeys,
    #[error("its signature is wrong")]
    Signature,
    #[error("its issuer is not believed here")]
    Issuer,
    #[error("it is meant for somebody else (aud)")]
    Audience,
    #[error("it has no time of expiry (exp)")]
    NoExpiry,
    #[error("it has expired")]
    Expired,
    #[error("it is not valid yet")]
    NotYetValid,
    #[error("it names nobody (sub)")]
    Subject,
    #[error("it was revoked")]
    Revoked,
}

/// A token whose signature nobody has checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Token<'t> {
    /// What it says the algorithm is.
    pub algorithm: Algorithm,
    /// Which key it says it is signed with.
    pub key_id: Option<String>,
    /// What it claims.
    pub claims: Map<String, Value>,
    /// The text the signature is about.
    pub signed: &'t str,
    /// The signature in base64url.
    pub signature: &'t str,
}

impl<'t> Token<'t> {
    /// Takes a token apart.
    ///
    /// # Errors
    /// It is not a JWS in compact form of an algorithm we know, or has a `crit` header (RFC 7515 section 4.1.11).
    pub fn parse(text: &'t str) -> Result<Self, TokenError> {
        if text.len() > TOKEN_BYTES_MAX {
            return Err(TokenError::TooLong);
        }
        let (signed, signature) = text.rsplit_once('.').ok_or(TokenError::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(TokenError::Malformed)?;
        let header = object(header)?;
        let algorithm = header.get("alg").and_then(Value::as_str).ok_or(TokenError::Malformed)?;
        let algorithm = algorithm.parse().map_err(|()| TokenError::Algorithm)?;
        if header.contains_key("crit") {
            return Err(TokenError::Critical);
        }
        let key_id = match header.get("kid") {
            None => None,
            Some(Value::String(id)) => Some(id.clone()),
            Some(_) => return Err(TokenError::Malformed),
        };
        let claims = object(claims)?;
        if signature.is_empty() {
            return Err(TokenError::Signature);
        }
        Ok(Self { algorithm, key_id, claims, signed, signature })
    }
}

fn object(part: &str) -> Result<Map<String, Value>, TokenError> {
    let bytes = base64::decode_url(part).ok_or(TokenError::Malformed)?;
    object::read(&bytes).ok_or(TokenError::Malformed)
}

/// Whether claims name the issuer that a policy asks for.
#[must_use]
pub fn is_from(policy: &TokenPolicy, claims: &Map<String, Value>) -> bool {
    policy.issuer.as_deref().is_none_or(|issuer| claims.get("iss").and_then(Value::as_str) == Some(issuer))
}

/// Checks the claims at `now_s` (seconds since 1970). Returns the caller, and the second from which on the token is no longer valid.
///
/// # Errors
/// The first claim that does not fit.
pub fn check(
    policy: &TokenPolicy,
    revoked: &Revoked,
    claims: Map<String, Value>,
    now_s: u64,
) -> Result<(Caller, u64), TokenError> {
    if !is_from(policy, &claims) {
        return Err(TokenError::Issuer);
    }
    if !policy.audiences.is_empty()
        && !texts(claims.get("aud")).any(|to| policy.audiences.iter().any(|us| us == to))
    {
        return Err(TokenError::Audience);
    }
    let expiry = match claims.get("exp") {
        None => return Err(TokenError::NoExpiry),
        Some(exp) => seconds(exp)?,
    };
    let valid_until = expiry.saturating_add(policy.leeway_s);
    if now_s >= valid_until {
        return Err(TokenError::Expired);
    }
    if let Some(not_before) = claims.get("nbf")
        && now_s.saturating_add(policy.leeway_s) < seconds(not_before)?
    {
        return Err(TokenError::NotYetValid);
    }
    let name = claims.get("sub").and_then(Value::as_str).unwrap_or_default();
    if name.is_empty() || name.len() > NAME_BYTES_MAX || name.chars().any(char::is_control) {
        return Err(TokenError::Subject);
    }
    if revoked.contains(&claims) {
        return Err(TokenError::Revoked);
    }
    let roles = match claim(&claims, &policy.roles_claim) {
        Some(Value::String(words)) => words.split_whitespace().map(str::to_owned).collect(),
        other => texts(other).map(str::to_owned).collect(),
    };
    let project =
        claim(&claims, &policy.project_claim).and_then(Value::as_str).unwrap_or_default().to_owned();
    let kind = CallerKind::Jwt(policy.name.clone());
    Ok((Caller::new(name.to_owned(), project, roles, claims, kind), valid_until))
}

/// The text, or the texts of an array.
fn texts(value: Option<&Value>) -> impl Iterator<Item = &str> {
    let (one, many) = match value {
        Some(Value::Array(values)) => (None, values.as_slice()),
        other => (other, &[][..]),
    };
    one.into_iter().chain(many).filter_map(Value::as_str)
}

/// A `NumericDate`: a number of seconds, perhaps with a fraction, which is dropped.
fn seconds(value: &Value) -> Result<u64, TokenError> {
    let whole = value.as_u64();
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a conversion of floats saturates"
    )]
    let seconds =
        whole.or_else(|| value.as_f64().filter(|number| *number >= 0.0).map(|number| number as u64));
    seconds.ok_or(TokenError::Malformed)
}

/// Tokens and callers that are no longer believed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Revoked {
    tokens: HashSet<String>,
    subjects: HashSet<String>,
}

impl Revoked {
    /// Reads a list: one `jti`, or `sub:` and a name, a line. Empty lines, and lines that begin with `#`, say nothing.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut revoked = Self::default();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            match line.strip_prefix("sub:") {
                Some(name) => revoked.subjects.insert(name.trim().to_owned()),
                None => revoked.tokens.insert(line.to_owned()),
            };
        }
        revoked
    }

    fn contains(&self, claims: &Map<String, Value>) -> bool {
        let names = |set: &HashSet<String>, claim| {
            !set.is_empty()
                && claims.get(claim).and_then(Value::as_str).is_some_and(|name| set.contains(name))
        };
        names(&self.tokens, "jti") || names(&self.subjects, "sub")
    }
}
