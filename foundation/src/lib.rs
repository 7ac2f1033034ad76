//! How every process of Aetherius starts, reports and stops. No word of any domain.
//!
//! Invariants: nothing here knows gateways, alerts or agents; a thing lives here only if at least three binaries need it.

pub mod settings;
pub mod telemetry;
pub mod trace;
pub mod metrics;
pub mod health;
pub mod shutdown;
pub mod secret;
