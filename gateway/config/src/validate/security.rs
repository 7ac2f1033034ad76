//! Addresses, injection, masking.

use super::{Problems, network::networks};
use crate::settings::{InjectionMode, InjectionRule, InjectionSettings, IpSettings, MaskingSettings};
use agw_core::{
    injection::{Family, InjectionPolicy},
    ip::IpRules,
    mask::Mask,
};
use http::HeaderName;

#[cfg(test)]
mod tests;

/// Pingora keeps this much of a body for another attempt; what is held back must fit in it.
const BODY_BYTES_MAX: u64 = 64 << 10;

pub(super) fn ip_rules(at: &str, ip: &IpSettings, problems: &mut Problems) -> IpRules {
    if ip.allow.is_empty() && ip.deny.is_empty() {
        problems.add(at, "it neither allows nor denies anybody; leave it out, or name addresses");
    }
    let allow = networks(&format!("{at}.allow"), &ip.allow, problems);
    let deny = networks(&format!("{at}.deny"), &ip.deny, problems);
    IpRules::new(&allow, &deny)
}

pub(super) fn injection(at: &str, injection: &InjectionSettings, problems: &mut Problems) -> InjectionPolicy {
    problems.range(format!("{at}.body_bytes_max"), injection.body_bytes_max as u64, 0, BODY_BYTES_MAX);
    let families = injection.rules.iter().map(|rule| match rule {
        InjectionRule::Sql => Family::Sql,
        InjectionRule::Shell => Family::Shell,
        InjectionRule::PathTraversal => Family::PathTraversal,
        InjectionRule::Header => Family::Header,
        InjectionRule::Log => Family::Log,
    });
    let families =
        if injection.rules.is_empty() { Family::ALL.into_iter().collect() } else { families.collect() };
    InjectionPolicy {
        blocks: injection.mode == InjectionMode::Block,
        families,
        body_bytes_max: injection.body_bytes_max,
    }
}

pub(super) fn mask(masking: &MaskingSettings, problems: &mut Problems) -> Mask {
    let headers = masking.headers.iter().enumerate().filter_map(|(index, name)| {
        let header = HeaderName::from_bytes(name.as_bytes());
        problems.ok(
            format!("masking.headers[{index}]"),
            header.map_err(|_| format!("{name:?} is not a header name")),
        )
    });
    let headers: Vec<HeaderName> = headers.collect();
    for (list, names) in [("query", &masking.query), ("json_fields", &masking.json_fields)] {
        for (index, _) in names.iter().enumerate().filter(|(_, name)| name.is_empty()) {
            problems.add(format!("masking.{list}[{index}]"), "it is empty; give it a name");
        }
    }
    Mask::new(&headers, &masking.query, &masking.json_fields)
}
