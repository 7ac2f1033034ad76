use std::path::PathBuf;

/// Why a database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A newer program has been here; going on could lose what it wrote.
    #[error(
        "{path} was written by a newer Aetherius (schema `{owner}` is at version {found}, this program knows {known}); \
         run that version again, or restore a backup made before the upgrade"
    )]
    Newer {
        /// The database file.
        path: PathBuf,
        /// Whose tables are newer.
        owner: String,
        /// The version found.
        found: i64,
        /// The newest version known here.
        known: i64,
    },
    /// The file is there but is no database of ours.
    #[error(
        "{path} is not an Aetherius database ({reason}); move it away or choose another directory with --data"
    )]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A schema change failed; nothing of it was kept.
    #[error("cannot bring the schema `{owner}` of {path} to version {version}")]
    Migration {
        /// The database file.
        path: PathBuf,
        /// Whose tables.
        owner: String,
        /// The version that was being reached.
        version: i64,
        /// What the database said.
        source: rusqlite::Error,
    },
    /// The database cannot be used.
    #[error("cannot open the database {path}; check that the directory exists, is writable and has space")]
    Unusable {
        /// The database file.
        path: PathBuf,
        /// What the database said.
        source: rusqlite::Error,
    },
    /// A thread or temporary directory could not be had.
    #[error("cannot start the database")]
    Io(#[from] std::io::Error),
}

/// Why a transaction did not happen. When an error is returned nothing of the transaction was kept.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// As many writers wait as may wait.
    #[error("the database has as many writers waiting as it takes; try again shortly")]
    Busy,
    /// No space is left on the device.
    #[error("the disk is full; free space in the data directory, the service goes on by itself")]
    DiskFull,
    /// The store is shutting down.
    #[error("the database is closed")]
    Closed,
    /// The row that was asked for is not there.
    #[error("no such row")]
    NotFound,
    /// A column holds something else than was expected.
    #[error("column {column} holds {found}, expected {expected}")]
    Type {
        /// The column's position, from 0.
        column: usize,
        /// What it holds.
        found: &'static str,
        /// What was wanted.
        expected: &'static str,
    },
    /// A text column that should hold JSON or a time does not.
    #[error("stored value cannot be read: {0}")]
    Corrupt(String),
    /// Anything else the database said.
    #[error("the database refused")]
    Database(#[source] rusqlite::Error),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull,
            _ if matches!(error, rusqlite::Error::QueryReturnedNoRows) => Self::NotFound,
            _ => Self::Database(error),
        }
    }
}
