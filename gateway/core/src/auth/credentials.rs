//! What a request presents, before anybody believes it.

use super::COOKIE;
use crate::resource::AuthPolicy;
use http::{HeaderMap, HeaderName, header::AUTHORIZATION};

/// A header that may carry a key.
pub const API_KEY_HEADER: &str = "x-api-key";

/// The one credential of a request that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Credential<'h> {
    /// None.
    None,
    /// A key or a token.
    Bearer(&'h str),
    /// A name and a password, encoded.
    Basic(&'h str),
    /// There is something, which cannot be read or is not accepted here.
    Unusable(&'static str),
}

/// `Authorization` if its scheme is one of the policy's, else `X-API-Key`, else the cookie. A header that comes twice is refused:
/// the next reader may take the other one.
pub(super) fn presented<'h>(policy: &AuthPolicy, headers: &'h HeaderMap) -> Credential<'h> {
    let methods = policy.methods;
    let authorization = match single(headers, &AUTHORIZATION) {
        Ok(value) => value,
        Err(why) => return Credential::Unusable(why),
    };
    if let Some((scheme, rest)) = authorization.and_then(|value| value.split_once(' ')) {
        let rest = rest.trim_start();
        if scheme.eq_ignore_ascii_case("bearer") && (methods.key || methods.jwt) && !rest.is_empty() {
            return Credential::Bearer(rest);
        }
        if scheme.eq_ignore_ascii_case("basic") && methods.basic && !rest.is_empty() {
            return Credential::Basic(rest);
        }
    }
    if methods.key {
        match single(headers, &HeaderName::from_static(API_KEY_HEADER)) {
            Ok(Some(key)) if !key.is_empty() => return Credential::Bearer(key),
            Ok(_) => {}
            Err(why) => return Credential::Unusable(why),
        }
    }
    if methods.key || methods.jwt {
        let cookie = policy.cookie.as_deref().and_then(|name| cookie_value(headers, name));
        if let Some(value) = cookie.filter(|value| !value.is_empty()) {
            return Credential::Bearer(value);
        }
    }
    match authorization {
        Some(_) => Credential::Unusable("the Authorization header is not one this route accepts"),
        None => Credential::None,
    }
}

fn single<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<Option<&'h str>, &'static str> {
    let mut values = headers.get_all(name).iter();
    let Some(first) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err("a header with a credential came twice; send it once");
    }
    first.to_str().map(|text| Some(text.trim())).map_err(|_| "the credential is not plain text")
}

/// A `Cookie` value without the cookie of this name; `None` when no other is left.
#[must_use]
pub fn without_cookie(value: &str, name: &str) -> Option<String> {
    let others: Vec<&str> =
        cookies(value).filter(|(other, _)| *other != name).map(|(_, pair)| pair).collect();
    (!others.is_empty()).then(|| others.join("; "))
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
