//! Addresses and networks.

use ipnet::IpNet;
use std::net::IpAddr;

/// A set of addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks(pub Vec<IpNet>);

impl Networks {
    /// Whether the address, which may be an IPv4 one in IPv6 form, is one of these.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// Reads `10.0.0.0/8`, or an address, which is a network of one.
///
/// # Errors
/// What to write instead.
pub fn parse(text: &str) -> Result<IpNet, String> {
    let address = text.parse::<IpAddr>().map(|address| IpNet::from(address.to_canonical()));
    address.or_else(|_| text.parse::<IpNet>().map(|network| network.trunc())).map_err(|_| {
        format!("{text:?} is neither an address nor a network; write e.g. 192.0.2.1 or 10.0.0.0/8")
    })
}

/// Who may come in, by address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Admission {
    /// Empty means everybody.
    pub allow: Networks,
    /// Wins over `allow`.
    pub deny: Networks,
}

impl Admission {
    /// Whether this address may come in.
    #[must_use]
    pub fn admits(&self, address: IpAddr) -> bool {
        !self.deny.contains(address) && (self.allow.0.is_empty() || self.allow.contains(address))
    }
}
