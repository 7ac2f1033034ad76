//! Requests that do not arrive. What these rules share: who stands behind a service, who calls it, which names nearly match.

mod addresses;
mod backends;
mod calls;
mod names;
mod tables;
mod service_selector;
mod service_port;
mod service_protocol;
mod service_address;
mod gateway_route;
mod name_resolution;
mod network_policy;

use super::{Cause, Certainty, Nature, Rule, resolution};

pub(super) const RULES: &[Rule] = &[
    service_selector::RULE,
    service_port::RULE,
    service_protocol::RULE,
    service_address::RULE,
    gateway_route::RULE,
    name_resolution::RULE,
    network_policy::RULE,
];
