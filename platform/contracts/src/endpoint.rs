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

/// How many things a page has: as many as was asked for, from 1 to `most`.
///
/// # Errors
/// [`Code::InvalidParameter`] for any other number.
pub fn page_limit(asked: Option<u32>, default: u32, most: u32) -> Result<u32, Problem> {
    let limit = asked.unwrap_or(default);
    if (1..=most).contains(&limit) {
        return Ok(limit);
    }
    Err(Problem::new(Code::InvalidParameter, format!("`limit` must be from 1 to {most}")))
}

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
