//! Where services keep what must not be lost: one database, one writer, one fsync for many.
//!
//! A service gives [`Migration`]s and runs closures in a transaction: [`Store::write`] resolves after the commit has reached the
//! disk, never before. Closures that wait at the same moment share one commit (group commit), each in a savepoint of its own, so
//! that one that fails takes nothing of the others with it.
//!
//! Invariants: nothing is acknowledged before `fsync`; the queue of writers is bounded; a database of a newer version is refused
//! untouched; SQL of the engine appears nowhere else but in the services' `store.rs`.

mod store;
mod tx;
mod value;
mod migrations;
pub mod outbox;
pub mod journal;
mod error;

pub use error::{OpenError, StoreError};
pub use migrations::Migration;
pub use store::{Store, Urgency};
pub use tx::Tx;
pub use value::{FromValue, Row, Value};
