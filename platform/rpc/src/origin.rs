//! Whether a page of another site makes a browser send a request.
//!
//! Browsers add the cookie of whoever is signed in to requests that any page causes. `SameSite=Lax` keeps most of these from having
//! it, but a page of another port of this host, or of a sister domain, is the same site. So whatever may change something is taken
//! from our own pages only. It does not matter here whether a cookie came along: the gateway has taken it off, and programs that send
//! a key send none of these headers, as no browser lets a page leave them out.

use crate::problem::{Code, Problem};
use axum::http::{HeaderMap, HeaderName, Method, header};

#[cfg(test)]
mod tests;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// What the client asked for, as the gateway saw it.
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// Passes requests of our own pages, of programs, and those that only read.
///
/// # Errors
/// [`Code::Forbidden`].
pub fn check(method: &Method, headers: &HeaderMap) -> Result<(), Problem> {
    if only_reads(method, headers) || !is_of_another_site(headers) {
        return Ok(());
    }
    let detail = "a page of another site has sent this request; open Aetherius itself and do it there";
    Err(Problem::new(Code::Forbidden, detail))
}

/// A WebSocket begins with a GET, and whoever holds it reads on.
fn only_reads(method: &Method, headers: &HeaderMap) -> bool {
    method.is_safe() && !headers.contains_key(header::UPGRADE)
}

fn is_of_another_site(headers: &HeaderMap) -> bool {
    let mut sites = headers.get_all(SEC_FETCH_SITE).iter().peekable();
    if sites.peek().is_some() {
        return sites.any(|site| site != "same-origin" && site != "none");
    }
    // Browsers say no more than this over plain HTTP.
    let host = headers.get(FORWARDED_HOST).or_else(|| headers.get(header::HOST));
    let host = host.and_then(|host| host.to_str().ok());
    headers.get_all(header::ORIGIN).iter().any(|origin| {
        let authority = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
        !authority.zip(host).is_some_and(|((_, authority), host)| authority.eq_ignore_ascii_case(host))
    })
}
