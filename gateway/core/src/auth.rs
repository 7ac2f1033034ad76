//! Who calls, and who may: credentials, consumers, roles, claims.

use crate::{
    base64,
    caller::{Caller, CallerKind},
    jwt::TokenError,
    refusal::{Code, Refusal},
    resource::{AuthPolicy, Consumer},
};
use http::{
    HeaderMap, HeaderValue, Method,
    header::{ACCEPT, COOKIE, WWW_AUTHENTICATE},
};
use sha2::{Digest, Sha256};
use std::{collections::HashMap, fmt, sync::Arc};

mod credentials;
#[cfg(test)]
mod tests;

pub(crate) use credentials::cookie_value;
pub use credentials::{API_KEY_HEADER, without_cookie};
use credentials::{Credential, presented};

/// Checks tokens: their signature, their claims, and whether they were revoked.
pub trait TokenVerifier: fmt::Debug + Send + Sync {
    /// Whose token it is. `sha256` is the token's; `issuers` are the names of those believed, none meaning all.
    ///
    /// # Errors
    /// Why it is not believed.
    fn verify(&self, token: &str, sha256: &[u8; 32], issuers: &[String]) -> Result<Arc<Caller>, TokenError>;
}

/// Believes no token.
#[derive(Debug)]
struct NoIssuers;

impl TokenVerifier for NoIssuers {
    fn verify(&self, _: &str, _: &[u8; 32], _: &[String]) -> Result<Arc<Caller>, TokenError> {
        Err(TokenError::Issuer)
    }
}

/// All who are known. Of keys and passwords only hashes are compared, so timing tells nothing about them.
#[derive(Debug)]
pub struct Keyring {
    by_key: HashMap<[u8; 32], Arc<Caller>>,
    by_name: HashMap<String, Known>,
    tokens: Arc<dyn TokenVerifier>,
}

#[derive(Debug)]
struct Known {
    consumer: Arc<Consumer>,
    caller: Arc<Caller>,
}

impl Default for Keyring {
    fn default() -> Self {
        Self::new([])
    }
}

impl Keyring {
    /// A ring of these consumers.
    pub fn new(consumers: impl IntoIterator<Item = Consumer>) -> Self {
        let mut ring = Self { by_key: HashMap::new(), by_name: HashMap::new(), tokens: Arc::new(NoIssuers) };
        for consumer in consumers {
            if let Some(key_sha256) = consumer.key_sha256 {
                ring.by_key.insert(key_sha256, Arc::new(Caller::consumer(&consumer, CallerKind::Key)));
            }
            let caller = Arc::new(Caller::consumer(&consumer, CallerKind::Basic));
            let known = Known { consumer: Arc::new(consumer), caller };
            ring.by_name.insert(known.consumer.name.clone(), known);
        }
        ring
    }

    /// The same, with tokens checked by `tokens`.
    #[must_use]
    pub fn with_tokens(self, tokens: Arc<dyn TokenVerifier>) -> Self {
        Self { tokens, ..self }
    }

    /// All consumers, in no order.
    pub fn consumers(&self) -> impl Iterator<Item = &Arc<Consumer>> {
        self.by_name.values().map(|known| &known.consumer)
    }

    fn by_password(&self, encoded: &str) -> Option<&Arc<Caller>> {
        let decoded = String::from_utf8(base64::decode_standard(encoded)?).ok()?;
        let (name, password) = decoded.split_once(':')?;
        let password_sha256: [u8; 32] = Sha256::digest(password.as_bytes()).into();
        let known = self.by_name.get(name)?;
        (known.consumer.password_sha256 == Some(password_sha256)).then_some(&known.caller)
    }

    /// Whose key or token it is.
    fn by_bearer(&self, policy: &AuthPolicy, text: &str) -> Result<Arc<Caller>, Option<TokenError>> {
        let sha256: [u8; 32] = Sha256::digest(text.as_bytes()).into();
        if policy.methods.key
            && let Some(caller) = self.by_key.get(&sha256)
        {
            return Ok(Arc::clone(caller));
        }
        if policy.methods.jwt && text.bytes().filter(|byte| *byte == b'.').count() == 2 {
            return self.tokens.verify(text, &sha256, &policy.issuers).map_err(Some);
        }
        Err(None)
    }
}

/// What authentication says about a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Someone known.
    Known(Arc<Caller>),
    /// Nothing was presented, and the route does not mind.
    Anonymous,
    /// Nobody known.
    Unknown {
        /// The answer for programs.
        refusal: Refusal,
        /// Where a browser is sent instead.
        sign_in: Option<String>,
        /// Whether the token names a key that its issuer may have published since.
        keys_wanted: bool,
    },
}

/// Finds out who calls. A credential that is presented and wrong is refused even where none is required: its holder is not whom
/// the request says, and would be served as somebody else without noticing.
#[must_use]
pub fn authenticate(policy: &AuthPolicy, keyring: &Keyring, method: &Method, headers: &HeaderMap) -> Verdict {
    let found = match presented(policy, headers) {
        Credential::None if !policy.required => return Verdict::Anonymous,
        Credential::None => Err(None),
        Credential::Unusable(why) => Err(Some(Wrong::Unusable(why))),
        Credential::Basic(encoded) => keyring.by_password(encoded).cloned().ok_or(Some(Wrong::Password)),
        Credential::Bearer(text) => {
            keyring.by_bearer(policy, text).map_err(|error| Some(Wrong::Bearer(error)))
        }
    };
    let wrong = match found {
        Ok(caller) => return Verdict::Known(caller),
        Err(wrong) => wrong,
    };
    let keys_wanted = matches!(wrong, Some(Wrong::Bearer(Some(TokenError::UnknownKey | TokenError::NoKeys))));
    let for_browser = method == Method::GET && policy.sign_in.is_some() && accepts_html(headers);
    Verdict::Unknown {
        refusal: unauthenticated(policy, wrong),
        sign_in: policy.sign_in.clone().filter(|_| for_browser),
        keys_wanted,
    }
}

/// Whether a caller may do this. `None` is one who did not say who it is.
///
/// # Errors
/// 403 when the caller is known and lacks something, 401 when it could help to say who calls.
pub fn authorise(policy: &AuthPolicy, caller: Option<&Caller>, method: &Method) -> Result<(), Refusal> {
    let rule = policy.rules.iter().find(|rule| names(&rule.methods, method));
    let rule_roles = rule.map_or(&[][..], |rule| rule.roles.as_slice());
    let Some(caller) = caller else {
        let needs_nobody = policy.roles.is_empty() && policy.claims.is_empty() && rule_roles.is_empty();
        return if needs_nobody { Ok(()) } else { Err(unauthenticated(policy, None)) };
    };
    for roles in [&policy.roles, rule_roles] {
        if !roles.is_empty() && !roles.iter().any(|role| caller.roles.contains(role)) {
            let needed = roles.join(", ");
            let detail = format!("{} has none of the roles this route needs: {needed}", caller.name);
            return Err(Refusal::new(Code::Forbidden, detail));
        }
    }
    for (claim, accepted) in &policy.claims {
        if !caller.claim_values(claim).any(|value| accepted.contains(&value)) {
            let detail = format!("the claim {claim} of {} is not what this route needs", caller.name);
            return Err(Refusal::new(Code::Forbidden, detail));
        }
    }
    Ok(())
}

/// Whether a rule is about a method. What may not be read with GET may not be read with HEAD either.
fn names(methods: &[Method], method: &Method) -> bool {
    methods.is_empty()
        || methods.contains(method)
        || (method == Method::HEAD && methods.contains(&Method::GET))
}

/// What is wrong with a credential.
#[derive(Clone, Copy, Debug)]
enum Wrong {
    Unusable(&'static str),
    Password,
    /// Not a known key; the error if it was read as a token.
    Bearer(Option<TokenError>),
}

fn unauthenticated(policy: &AuthPolicy, wrong: Option<Wrong>) -> Refusal {
    let methods = policy.methods;
    let detail = match wrong {
        None => {
            let ways = [
                (methods.key, "a key as Authorization: Bearer KEY or X-API-Key: KEY"),
                (methods.jwt, "a token as Authorization: Bearer TOKEN"),
                (methods.basic, "a name and a password by basic authentication"),
            ];
            let ways: Vec<&str> = ways.into_iter().filter(|(open, _)| *open).map(|(_, way)| way).collect();
            format!("this route needs to know who calls; send {}", ways.join(", or "))
        }
        Some(Wrong::Unusable(why)) => why.to_owned(),
        Some(Wrong::Password) => "the name or the password is wrong".to_owned(),
        Some(Wrong::Bearer(Some(error))) => format!("the token is not believed: {error}"),
        Some(Wrong::Bearer(None)) if methods.key => {
            "the key is not known, or was revoked; check it, or ask for a new one".to_owned()
        }
        Some(Wrong::Bearer(None)) => "what was sent is not a token".to_owned(),
    };
    let bearer = match wrong {
        // RFC 6750 section 3.1: nothing more for those who sent nothing.
        Some(Wrong::Bearer(_)) => "Bearer error=\"invalid_token\"",
        _ => "Bearer",
    };
    let challenges =
        [(methods.key || methods.jwt, bearer), (methods.basic, "Basic realm=\"agw\", charset=\"UTF-8\"")];
    let challenges: Vec<&str> =
        challenges.into_iter().filter(|(open, _)| *open).map(|(_, challenge)| challenge).collect();
    let challenge = HeaderValue::from_str(&challenges.join(", ")).ok();
    let headers = challenge.map(|challenge| (WWW_AUTHENTICATE, challenge)).into_iter().collect();
    Refusal { headers, ..Refusal::new(Code::Unauthenticated, detail) }
}

fn accepts_html(headers: &HeaderMap) -> bool {
    let values = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|range| {
        let kind = range.split(';').next().unwrap_or_default().trim();
        kind.eq_ignore_ascii_case("text/html")
    })
}
