//! Who may come in, by address.

use ipnet::IpNet;
use std::net::IpAddr;

#[cfg(test)]
mod tests;

/// Lists of networks, kept as sorted ranges: a look-up is a binary search, however long a list is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IpRules {
    allow: Ranges,
    deny: Ranges,
    /// Whether only `allow` may come in.
    restricts: bool,
}

impl IpRules {
    /// Rules that allow these networks, or everybody when there are none, save for the denied ones.
    #[must_use]
    pub fn new(allow: &[IpNet], deny: &[IpNet]) -> Self {
        Self { allow: Ranges::new(allow), deny: Ranges::new(deny), restricts: !allow.is_empty() }
    }

    /// Whether this address may come in. An IPv4 address in IPv6 form counts as the IPv4 address it is.
    #[must_use]
    pub fn permits(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        (!self.restricts || self.allow.contains(address)) && !self.deny.contains(address)
    }
}

/// First and last addresses, disjoint and in order. The families stay apart: `::/0` says nothing about IPv4.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Ranges {
    v4: Vec<(u128, u128)>,
    v6: Vec<(u128, u128)>,
}

impl Ranges {
    fn new(networks: &[IpNet]) -> Self {
        let (v4, v6): (Vec<&IpNet>, Vec<&IpNet>) =
            networks.iter().partition(|network| network.network().is_ipv4());
        Self { v4: merged(&v4), v6: merged(&v6) }
    }

    fn contains(&self, address: IpAddr) -> bool {
        let ranges = if address.is_ipv4() { &self.v4 } else { &self.v6 };
        let number = number(address);
        let after = ranges.partition_point(|&(first, _)| first <= number);
        after.checked_sub(1).is_some_and(|at| number <= ranges[at].1)
    }
}

fn merged(networks: &[&IpNet]) -> Vec<(u128, u128)> {
    let mut ranges: Vec<(u128, u128)> =
        networks.iter().map(|network| (number(network.network()), number(network.broadcast()))).collect();
    ranges.sort_unstable();
    // Networks overlap only by containing each other.
    ranges.dedup_by(|next, kept| next.1 <= kept.1);
    ranges
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u32::from(address).into(),
        IpAddr::V6(address) => address.into(),
    }
}
