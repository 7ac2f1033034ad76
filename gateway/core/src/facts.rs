//! What lanes and limits may go by: the request and, once known, its caller.

use crate::caller::Caller;
use http::{HeaderMap, HeaderName};
use std::net::{IpAddr, Ipv6Addr};

/// A request and its caller.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// All headers.
    pub headers: &'a HeaderMap,
    /// Who is at the other end of the connection.
    pub client: IpAddr,
    /// The caller, if known.
    pub caller: Option<&'a Caller>,
}

impl<'a> Facts<'a> {
    /// The value of a header, if there is one; with several lines the first.
    #[must_use]
    pub fn header(&self, name: &HeaderName) -> Option<&'a [u8]> {
        self.headers.get(name).map(http::HeaderValue::as_bytes)
    }

    /// The values of a claim of the caller's token, as texts.
    pub fn claim(&self, name: &str) -> impl Iterator<Item = String> {
        self.caller.into_iter().flat_map(move |caller| caller.claim_values(name))
    }

    /// Whether the caller has one of these roles.
    #[must_use]
    pub fn has_role(&self, roles: &[String]) -> bool {
        self.caller.is_some_and(|caller| roles.iter().any(|role| caller.roles.contains(role)))
    }
}

/// A caller's address as far as it tells callers apart: a household has an IPv6 /64, so one address of it is as good as another.
#[must_use]
pub fn household(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}
