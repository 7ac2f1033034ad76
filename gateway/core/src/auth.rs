//! Who calls: keys, consumers, roles.

use crate::{
    refusal::{Code, Refusal},
    resource::{AuthPolicy, Consumer},
};
use http::{
    HeaderMap, Method,
    header::{ACCEPT, AUTHORIZATION, COOKIE},
};
use sha2::{Digest, Sha256};
use std::{collections::HashMap, sync::Arc};

#[cfg(test)]
mod tests;

/// A header that may carry a key.
pub const API_KEY_HEADER: &str = "x-api-key";

/// Consumers by the hash of their key. Only hashes are compared, so timing tells nothing about keys.
#[derive(Debug, Default)]
pub struct Keyring {
    consumers: HashMap<[u8; 32], Arc<Consumer>>,
}

impl Keyring {
    /// A ring of these consumers.
    pub fn new(consumers: impl IntoIterator<Item = Consumer>) -> Self {
        let by_key = |consumer: Consumer| (consumer.key_sha256, Arc::new(consumer));
        Self { consumers: consumers.into_iter().map(by_key).collect() }
    }

    /// Whose key it is.
    #[must_use]
    pub fn find(&self, key: &str) -> Option<&Arc<Consumer>> {
        let hash: [u8; 32] = Sha256::digest(key.as_bytes()).into();
        self.consumers.get(&hash)
    }

    /// All consumers, in no order.
    pub fn consumers(&self) -> impl Iterator<Item = &Arc<Consumer>> {
        self.consumers.values()
    }
}

/// What authentication says about a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Someone known, who may pass.
    Known(Arc<Consumer>),
    /// Nobody known, and the route does not mind.
    Anonymous,
    /// A browser that should sign in at this path.
    SignIn(String),
    /// Not without another key. The consumer is there when the key was known and its roles did not fit.
    Refused(Refusal, Option<Arc<Consumer>>),
}

/// Applies a route's policy to the key a request carries.
#[must_use]
pub fn authenticate(policy: &AuthPolicy, keyring: &Keyring, method: &Method, headers: &HeaderMap) -> Verdict {
    let key = presented_key(headers, policy.cookie.as_deref());
    match key.and_then(|key| keyring.find(key)) {
        Some(consumer) if may_pass(policy, consumer) => Verdict::Known(Arc::clone(consumer)),
        Some(consumer) => {
            let needed = policy.roles.join(", ");
            let detail = format!("{} has none of the roles this route needs: {needed}", consumer.name);
            Verdict::Refused(Refusal::new(Code::Forbidden, detail), Some(Arc::clone(consumer)))
        }
        None if !policy.required => Verdict::Anonymous,
        None => match &policy.sign_in {
            Some(path) if method == Method::GET && accepts_html(headers) => Verdict::SignIn(path.clone()),
            _ => Verdict::Refused(Refusal::new(Code::Unauthenticated, unauthenticated(key.is_some())), None),
        },
    }
}

/// The key a request carries: `Authorization: Bearer`, else `X-API-Key`, else the cookie.
#[must_use]
pub fn presented_key<'h>(headers: &'h HeaderMap, cookie: Option<&str>) -> Option<&'h str> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    text(AUTHORIZATION.as_str())
        .and_then(bearer)
        .or_else(|| text(API_KEY_HEADER))
        .or_else(|| cookie.and_then(|name| cookie_value(headers, name)))
        .filter(|key| !key.is_empty())
}

/// A `Cookie` value without the cookie of this name; `None` when no other is left.
#[must_use]
pub fn without_cookie(value: &str, name: &str) -> Option<String> {
    let others: Vec<&str> =
        cookies(value).filter(|(other, _)| *other != name).map(|(_, pair)| pair).collect();
    (!others.is_empty()).then(|| others.join("; "))
}

fn may_pass(policy: &AuthPolicy, consumer: &Consumer) -> bool {
    policy.roles.is_empty() || policy.roles.iter().any(|role| consumer.roles.contains(role))
}

fn unauthenticated(with_key: bool) -> &'static str {
    if with_key {
        "the key is not known, or was revoked; check it, or ask for a new one"
    } else {
        "this route needs a key; send it as Authorization: Bearer KEY or X-API-Key: KEY"
    }
}

fn bearer(value: &str) -> Option<&str> {
    let (scheme, key) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim_start())
}

fn accepts_html(headers: &HeaderMap) -> bool {
    let values = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|range| {
        let kind = range.split(';').next().unwrap_or_default().trim();
        kind.eq_ignore_ascii_case("text/html")
    })
}

pub(crate) fn cookie_value<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let values = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let (_, pair) = values.flat_map(cookies).find(|(other, _)| *other == name)?;
    pair.split_once('=').map(|(_, value)| value.trim().trim_matches('"'))
}

/// The cookies of a `Cookie` value: each with its name and as a whole.
fn cookies(value: &str) -> impl Iterator<Item = (&str, &str)> {
    let pairs = value.split(';').map(str::trim).filter(|pair| !pair.is_empty());
    pairs.map(|pair| (pair.split('=').next().unwrap_or_default().trim_end(), pair))
}
