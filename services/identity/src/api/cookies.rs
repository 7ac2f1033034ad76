//! Cookies: what browsers carry, so that no page's script has to.

use axum::http::{HeaderMap, HeaderValue, header};

/// Carries an access token or a key, to every path.
pub(crate) const ACCESS: &str = "aetherius_token";
/// Carries a refresh token, only to where it is of use.
pub(crate) const REFRESH: &str = "aetherius_refresh";

/// `Lax`: whoever follows a link from a chat to an incident is signed in there.
const ACCESS_ATTRIBUTES: &str = "Path=/; HttpOnly; SameSite=Lax";
const REFRESH_ATTRIBUTES: &str = "Path=/auth; HttpOnly; SameSite=Strict";

/// The value of a cookie.
pub(crate) fn value<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(found, value)| *found == name && !value.is_empty()).map(|(_, value)| value)
}

/// What a browser is to keep.
pub(crate) enum Keep<'a> {
    /// Until it is closed.
    Session(&'a str),
    /// For so many seconds.
    Seconds(&'a str, i64),
    /// No longer.
    Nothing,
}

/// `Set-Cookie` for the access token.
pub(crate) fn access(keep: &Keep<'_>, request: &HeaderMap) -> Option<HeaderValue> {
    set(ACCESS, keep, ACCESS_ATTRIBUTES, request)
}

/// `Set-Cookie` for the refresh token.
pub(crate) fn refresh(keep: &Keep<'_>, request: &HeaderMap) -> Option<HeaderValue> {
    set(REFRESH, keep, REFRESH_ATTRIBUTES, request)
}

fn set(name: &str, keep: &Keep<'_>, attributes: &str, request: &HeaderMap) -> Option<HeaderValue> {
    // Over TLS the cookie stays there; without it, it could not be set.
    let is_tls = request.get("x-forwarded-proto").is_some_and(|proto| proto == "https");
    let secure = if is_tls { "; Secure" } else { "" };
    let (value, age) = match keep {
        Keep::Session(value) => (*value, String::new()),
        Keep::Seconds(value, seconds) => (*value, format!("; Max-Age={seconds}")),
        Keep::Nothing => ("", "; Max-Age=0".to_owned()),
    };
    let mut line = HeaderValue::from_str(&format!("{name}={value}{age}; {attributes}{secure}")).ok()?;
    line.set_sensitive(true);
    Some(line)
}
