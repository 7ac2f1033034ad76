//! What the endpoints of all services have in common: who may call them, and what a database that refuses looks like from outside.

use aetherius_rpc::{Code, Problem};
use aetherius_store::StoreError;

/// Roles that may read.
pub const READERS: &[&str] = &["viewer", "operator", "admin", "service"];
/// Roles that may also change things and have commands run.
pub const WRITERS: &[&str] = &["operator", "admin", "service"];
/// Roles that may say who may do what.
pub const ADMINS: &[&str] = &["admin"];
/// Roles that may send events.
pub const SENDERS: &[&str] = &["webhook", "operator", "admin", "service"];

/// What a caller is told when the database did not do what was asked.
#[must_use]
pub fn refused(error: StoreError) -> Problem {
    match error {
        StoreError::Busy | StoreError::Closed => {
            Problem::new(Code::Unavailable, error.to_string()).retry_after(1)
        }
        StoreError::DiskFull => Problem::new(Code::DiskFull, error.to_string()).retry_after(30),
        other => Problem::internal(&other),
    }
}
