//! Nodes that are not well.

mod node_agent_down;
mod node_pressure;

use super::{Cause, Certainty, Nature, Rule};

pub(super) const RULES: &[Rule] = &[node_agent_down::RULE, node_pressure::RULE];
