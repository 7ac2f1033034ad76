//! What the rules about the way of requests share: who stands behind a service, who calls it, which names nearly match.

pub(super) mod addresses;
pub(super) mod backends;
pub(super) mod calls;
pub(super) mod names;
pub(super) mod resolution;
pub(super) mod tables;
