use super::{Scope, roles_as_text, roles_of_text};
use crate::{name::KEY_PREFIX, trust::TrustedKey};
use aetherius_contracts::identity::ApiKey;
use aetherius_store::{Row, StoreError, Tx};
use jiff::Timestamp;

const COLUMNS: &str = "id, name, roles, project_id, created_by, created_at, last_used_at, revoked_at, prefix";
/// As many as may be in force.
pub(crate) const IN_FORCE_MAX: u32 = 1000;

/// Adds a key; false when one of this name is in force, in whatever project.
pub(crate) fn add(tx: &Tx<'_>, key: &ApiKey, sha256: &str) -> Result<bool, StoreError> {
    let added = tx.execute(
        "INSERT INTO identity_keys (id, name, project_id, roles, sha256, prefix, created_by, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
        &[
            (&key.id).into(),
            (&key.name).into(),
            (&key.project).into(),
            roles_as_text(&key.roles).into(),
            sha256.into(),
            (&key.prefix).into(),
            (&key.created_by).into(),
            key.created_at.into(),
        ],
    )?;
    Ok(added > 0)
}

pub(crate) fn count_in_force(tx: &Tx<'_>) -> Result<u32, StoreError> {
    tx.query_one("SELECT count(*) FROM identity_keys WHERE revoked_at IS NULL", &[], |row| row.get(0))
}

/// The newest first; `after` is the id of the last one seen, or empty.
pub(crate) fn list(tx: &Tx<'_>, scope: &Scope, after: &str, limit: u32) -> Result<Vec<ApiKey>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM identity_keys WHERE ($1 IS NULL OR project_id = $1) AND ($2 = '' OR id < $2)
         ORDER BY id DESC LIMIT $3"
    );
    tx.query(&sql, &[scope.project().into(), after.into(), limit.into()], key)
}

pub(crate) fn get(tx: &Tx<'_>, scope: &Scope, id: &str) -> Result<Option<ApiKey>, StoreError> {
    let sql =
        format!("SELECT {COLUMNS} FROM identity_keys WHERE id = $1 AND ($2 IS NULL OR project_id = $2)");
    tx.query_opt(&sql, &[id.into(), scope.project().into()], key)
}

/// The key in force of this hash.
pub(crate) fn by_hash(tx: &Tx<'_>, sha256: &str) -> Result<Option<ApiKey>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM identity_keys WHERE sha256 = $1 AND revoked_at IS NULL");
    tx.query_opt(&sql, &[sha256.into()], key)
}

pub(crate) fn revoke(tx: &Tx<'_>, id: &str, now: Timestamp) -> Result<(), StoreError> {
    let sql = "UPDATE identity_keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
    tx.execute(sql, &[id.into(), now.into()])?;
    Ok(())
}

/// Notes that the key of this name was used, unless that was noted after `since`.
pub(crate) fn used(tx: &Tx<'_>, name: &str, since: Timestamp, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE identity_keys SET last_used_at = $3
         WHERE name = $1 AND revoked_at IS NULL AND (last_used_at IS NULL OR last_used_at < $2)",
        &[name.into(), since.into(), now.into()],
    )?;
    Ok(())
}

/// Removes keys that have opened nothing for long.
pub(crate) fn prune(tx: &Tx<'_>, before: Timestamp) -> Result<(), StoreError> {
    tx.execute("DELETE FROM identity_keys WHERE revoked_at < $1", &[before.into()])?;
    Ok(())
}

/// All in force, in an order that stays.
pub(crate) fn trusted(tx: &Tx<'_>) -> Result<Vec<TrustedKey>, StoreError> {
    let sql = "SELECT name, project_id, roles, sha256 FROM identity_keys WHERE revoked_at IS NULL
        ORDER BY name LIMIT $1";
    tx.query(sql, &[IN_FORCE_MAX.into()], |row| {
        let (name, roles): (String, String) = (row.get(0)?, row.get(2)?);
        Ok(TrustedKey {
            name: format!("{KEY_PREFIX}{name}"),
            project: row.get(1)?,
            roles: roles_of_text(&roles)?,
            sha256: row.get(3)?,
        })
    })
}

fn key(row: &Row) -> Result<ApiKey, StoreError> {
    let roles: String = row.get(2)?;
    Ok(ApiKey {
        id: row.get(0)?,
        name: row.get(1)?,
        roles: roles_of_text(&roles)?,
        project: row.get(3)?,
        created_by: row.get(4)?,
        created_at: row.get(5)?,
        last_used_at: row.get(6)?,
        revoked_at: row.get(7)?,
        prefix: row.get(8)?,
    })
}
