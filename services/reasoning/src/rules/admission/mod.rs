//! Objects that the API server refuses.

mod refusal;
mod quota_exceeded;
mod service_account_missing;

use super::{Cause, Certainty, Nature, Rule};

pub(super) const RULES: &[Rule] = &[quota_exceeded::RULE, service_account_missing::RULE];
