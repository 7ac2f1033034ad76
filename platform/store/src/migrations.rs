use crate::OpenError;
use rusqlite::Connection;
use std::{collections::BTreeMap, path::Path};

/// One step of one owner's schema. Steps are applied in order of `version`, each in a transaction, and never changed later.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// The service (or kit) whose tables these are; also the prefix of their names.
    pub owner: &'static str,
    /// From 1, without gaps.
    pub version: i64,
    /// Statements.
    pub sql: &'static str,
}

/// `Aeth` in ASCII: tells our files from other SQLite databases.
const APPLICATION_ID: i32 = 0x4165_7468;

/// Brings the schema to the newest version known here.
pub(crate) fn migrate(
    connection: &mut Connection,
    path: &Path,
    migrations: &[Migration],
) -> Result<(), OpenError> {
    let unusable = |source| OpenError::Unusable { path: path.into(), source };
    refuse_foreign(connection, path)?;
    let mut known: BTreeMap<&str, i64> = BTreeMap::new();
    for migration in migrations {
        let newest = known.entry(migration.owner).or_default();
        *newest = migration.version.max(*newest);
    }
    let applied = applied_versions(connection).map_err(unusable)?;
    for (owner, &found) in &applied {
        let known = known.get(owner.as_str()).copied().unwrap_or(0);
        if found > known {
            return Err(OpenError::Newer { path: path.into(), owner: owner.clone(), found, known });
        }
    }
    for migration in migrations {
        if migration.version > applied.get(migration.owner).copied().unwrap_or(0) {
            apply(connection, migration).map_err(|source| OpenError::Migration {
                path: path.into(),
                owner: migration.owner.into(),
                version: migration.version,
                source,
            })?;
        }
    }
    Ok(())
}

fn refuse_foreign(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    let foreign = |reason: String| OpenError::Foreign { path: path.into(), reason };
    let id: i32 = connection
        .pragma_query_value(None, "application_id", |row| row.get(0))
        .map_err(|error| foreign(error.to_string()))?;
    let tables: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(|error| foreign(error.to_string()))?;
    match (id, tables) {
        (APPLICATION_ID, _) => Ok(()),
        (0, 0) => connection
            .pragma_update(None, "application_id", APPLICATION_ID)
            .map_err(|source| OpenError::Unusable { path: path.into(), source }),
        _ => Err(foreign("it is a SQLite file of another program".to_owned())),
    }
}

fn applied_versions(connection: &Connection) -> rusqlite::Result<BTreeMap<String, i64>> {
    connection.execute_batch(
        "CREATE TABLE IF NOT EXISTS schema_versions (
             owner TEXT NOT NULL, version INTEGER NOT NULL, applied_at TEXT NOT NULL, PRIMARY KEY (owner, version))",
    )?;
    let mut statement =
        connection.prepare("SELECT owner, max(version) FROM schema_versions GROUP BY owner")?;
    statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

fn apply(connection: &mut Connection, migration: &Migration) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    transaction.execute_batch(migration.sql)?;
    transaction.execute(
        "INSERT INTO schema_versions VALUES (?1, ?2, ?3)",
        (migration.owner, migration.version, jiff::Timestamp::now().to_string()),
    )?;
    transaction.commit()
}
