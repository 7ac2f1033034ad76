use super::Scope;
use aetherius_contracts::identity::Project;
use aetherius_store::{StoreError, Tx};
use jiff::Timestamp;

/// Adds a project; false when there is one of this name.
pub(crate) fn add(tx: &Tx<'_>, name: &str, now: Timestamp) -> Result<bool, StoreError> {
    let sql = "INSERT INTO identity_projects (name, created_at) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    Ok(tx.execute(sql, &[name.into(), now.into()])? > 0)
}

pub(crate) fn exists(tx: &Tx<'_>, name: &str) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM identity_projects WHERE name = $1";
    Ok(tx.query_opt(sql, &[name.into()], |_| Ok(()))?.is_some())
}

pub(crate) fn count(tx: &Tx<'_>) -> Result<u32, StoreError> {
    tx.query_one("SELECT count(*) FROM identity_projects", &[], |row| row.get(0))
}

/// By name.
pub(crate) fn list(tx: &Tx<'_>, scope: &Scope, after: &str, limit: u32) -> Result<Vec<Project>, StoreError> {
    let sql = "SELECT name, created_at FROM identity_projects
        WHERE ($1 IS NULL OR name = $1) AND name > $2 ORDER BY name LIMIT $3";
    tx.query(sql, &[scope.project().into(), after.into(), limit.into()], |row| {
        Ok(Project { name: row.get(0)?, created_at: row.get(1)? })
    })
}
