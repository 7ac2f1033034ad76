//! What was done stays done: results written down under a key before they are used, found again after a crash.

use crate::{Migration, StoreError, Tx};
use jiff::Timestamp;

/// The journal's table.
pub const MIGRATIONS: &[Migration] = &[Migration {
    owner: "journal",
    version: 1,
    sql: "
    CREATE TABLE journal (
        scope      TEXT NOT NULL,
        key        TEXT NOT NULL,
        payload    TEXT NOT NULL,
        created_at TEXT NOT NULL,
        PRIMARY KEY (scope, key)
    );
    CREATE INDEX journal_created_at ON journal (created_at);",
}];

/// What was recorded under `key` in `scope` (a task, a run), if anything.
///
/// # Errors
/// Whatever the database says.
pub fn recall(tx: &Tx<'_>, scope: &str, key: &str) -> Result<Option<String>, StoreError> {
    tx.query_opt(
        "SELECT payload FROM journal WHERE scope = $1 AND key = $2",
        &[scope.into(), key.into()],
        |row| row.get(0),
    )
}

/// Records `payload`. The first record under a key stands: what is returned is what stands, and that is what must be used.
///
/// # Errors
/// Whatever the database says.
pub fn record(tx: &Tx<'_>, scope: &str, key: &str, payload: &str) -> Result<String, StoreError> {
    let inserted = tx.execute(
        "INSERT INTO journal (scope, key, payload, created_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (scope, key) DO NOTHING",
        &[scope.into(), key.into(), payload.into(), Timestamp::now().into()],
    )?;
    if inserted == 1 {
        return Ok(payload.to_owned());
    }
    recall(tx, scope, key)?.ok_or(StoreError::NotFound)
}
