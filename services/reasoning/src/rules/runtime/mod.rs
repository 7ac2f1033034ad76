//! Pods that run and do not stay well.

mod crash_loop;
mod probe;
mod port_conflict;
mod database;
mod zero_replicas;

use super::{Cause, Certainty, Nature, Rule};

pub(super) const RULES: &[Rule] =
    &[crash_loop::RULE, probe::RULE, port_conflict::RULE, database::RULE, zero_replicas::RULE];
