//! Addresses and networks of them.

use super::Problems;
use ipnet::{IpNet, Ipv4Net};
use std::net::IpAddr;

#[cfg(test)]
mod tests;

/// Reads a list of addresses and networks; `at` is its path. Compare with [`IpAddr::to_canonical`] addresses.
pub(super) fn networks(at: &str, texts: &[String], problems: &mut Problems) -> Vec<IpNet> {
    let texts = texts.iter().enumerate();
    texts.filter_map(|(index, text)| problems.ok(format!("{at}[{index}]"), network(text))).collect()
}

/// Reads `10.0.0.0/8` or `10.0.0.1`. An IPv4 address in IPv6 form becomes an IPv4 one, so that there is one way to compare.
pub(super) fn network(text: &str) -> Result<IpNet, String> {
    let wrong = || {
        format!(
            "{text:?} is neither an address nor a network; write e.g. 10.0.0.1, 10.0.0.0/8 or 2001:db8::/32"
        )
    };
    let Some((address, prefix)) = text.split_once('/') else {
        let address: IpAddr = text.parse().map_err(|_| wrong())?;
        return Ok(IpNet::from(address.to_canonical()));
    };
    let address: IpAddr = address.parse().map_err(|_| wrong())?;
    let bits = if address.is_ipv4() { 32 } else { 128 };
    // A number alone could be written as "+8" or "008".
    let prefix: u8 = prefix.parse().ok().filter(|bits: &u8| bits.to_string() == prefix).ok_or_else(wrong)?;
    let network = IpNet::new(address, prefix)
        .map_err(|_| format!("{text:?}: the prefix of such an address has 0 to {bits} bits, not {prefix}"))?;
    if network.trunc() != network {
        let meant = network.trunc();
        return Err(format!(
            "{text:?} has bits beyond its prefix; write {meant}, or {address} for one address"
        ));
    }
    match (address.to_canonical(), prefix.checked_sub(96)) {
        (IpAddr::V4(v4), Some(prefix)) if address.is_ipv6() => {
            Ipv4Net::new(v4, prefix).map(IpNet::V4).map_err(|_| wrong())
        }
        _ => Ok(network),
    }
}
