//! Pods that cannot start.

mod image_pull;
mod container_setup;
mod mount_denied;

use super::{Cause, Certainty, Nature, Rule};

pub(super) const RULES: &[Rule] = &[image_pull::RULE, container_setup::RULE, mount_denied::RULE];
