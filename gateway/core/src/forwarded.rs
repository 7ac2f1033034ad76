//! Who a client is when a proxy stands in between.

use crate::network::Networks;
use std::net::{IpAddr, SocketAddr};

#[cfg(test)]
mod tests;

/// The way a request took, as far as it is believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// Where it began.
    pub client: IpAddr,
    /// The trusted proxies it came through, the one nearest to us last.
    pub via: Vec<IpAddr>,
}

/// Follows `X-Forwarded-For` from `peer` backwards for as long as the one who says it is trusted. `values` are the header's, in
/// their order.
#[must_use]
pub fn way<'v>(peer: IpAddr, trusted: &Networks, values: impl DoubleEndedIterator<Item = &'v str>) -> Way {
    let mut way = Way { client: peer.to_canonical(), via: Vec::new() };
    for value in values.rev() {
        for entry in value.rsplit(',') {
            if !trusted.contains(way.client) {
                return way;
            }
            // Whatever stands further left was added by somebody who cannot be named.
            let Some(before) = address(entry.trim()) else { return way };
            way.via.insert(0, way.client);
            way.client = before;
        }
    }
    way
}

/// An address, with or without a port.
fn address(text: &str) -> Option<IpAddr> {
    let plain = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let address = plain.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()));
    address.map(|address: IpAddr| address.to_canonical())
}
