//! What services promise each other: the messages, the events, and a typed client per service.
//!
//! The modules stand in the order in which an alert passes them. A type here is a promise on the wire: field names come from
//! the design documents of each service, times are UTC, and a field is only ever added.
//!
//! Invariants: no service logic, no storage, no transport beyond [`aetherius_rpc::Channel`].

pub mod events;
pub mod intake;
pub mod tasks;
pub mod incidents;
pub mod reasoning;
pub mod knowledge;
pub mod execution;
pub mod reports;
pub mod notifications;
pub mod audit;
pub mod identity;
pub mod messages;
pub mod endpoint;
pub mod lenient;
