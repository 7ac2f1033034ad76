//! Pods that find no node.

mod scheduler;
mod node_cordoned;
mod node_tainted;
mod node_unmatched;
mod node_capacity;
mod pods_apart;
mod claim_pending;
mod unschedulable;
mod scheduler_down;

use super::{Cause, Certainty, Nature, Rule};

pub(super) const RULES: &[Rule] = &[
    node_cordoned::RULE,
    node_tainted::RULE,
    node_unmatched::RULE,
    node_capacity::RULE,
    pods_apart::RULE,
    claim_pending::RULE,
    unschedulable::RULE,
    scheduler_down::RULE,
];
