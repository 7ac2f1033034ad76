use super::{Scope, roles_as_text, roles_of_text};
use aetherius_contracts::identity::User;
use aetherius_store::{Row, StoreError, Tx};
use jiff::Timestamp;

const COLUMNS: &str = "name, display_name, project_id, roles, disabled, created_at, last_seen_at";

/// Adds a person; false when there is one of this name, in whatever project.
pub(crate) fn add(tx: &Tx<'_>, user: &User, password_hash: &str) -> Result<bool, StoreError> {
    let added = tx.execute(
        "INSERT INTO identity_users (name, project_id, display_name, password_hash, roles, disabled, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
        &[
            (&user.name).into(),
            (&user.project).into(),
            (&user.display_name).into(),
            password_hash.into(),
            roles_as_text(&user.roles).into(),
            user.disabled.into(),
            user.created_at.into(),
        ],
    )?;
    Ok(added > 0)
}

pub(crate) fn count(tx: &Tx<'_>) -> Result<u32, StoreError> {
    tx.query_one("SELECT count(*) FROM identity_users", &[], |row| row.get(0))
}

pub(crate) fn get(tx: &Tx<'_>, scope: &Scope, name: &str) -> Result<Option<User>, StoreError> {
    let sql =
        format!("SELECT {COLUMNS} FROM identity_users WHERE name = $1 AND ($2 IS NULL OR project_id = $2)");
    tx.query_opt(&sql, &[name.into(), scope.project().into()], user)
}

/// By name.
pub(crate) fn list(tx: &Tx<'_>, scope: &Scope, after: &str, limit: u32) -> Result<Vec<User>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM identity_users WHERE ($1 IS NULL OR project_id = $1) AND name > $2
         ORDER BY name LIMIT $3"
    );
    tx.query(&sql, &[scope.project().into(), after.into(), limit.into()], user)
}

/// Somebody with what is kept of the password.
pub(crate) fn with_password(tx: &Tx<'_>, name: &str) -> Result<Option<(User, String)>, StoreError> {
    let sql = format!("SELECT {COLUMNS}, password_hash FROM identity_users WHERE name = $1");
    tx.query_opt(&sql, &[name.into()], |row| Ok((user(row)?, row.get(7)?)))
}

/// Writes down what may change about a person, but for the password.
pub(crate) fn update(tx: &Tx<'_>, user: &User) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE identity_users SET display_name = $2, roles = $3, disabled = $4 WHERE name = $1",
        &[
            (&user.name).into(),
            (&user.display_name).into(),
            roles_as_text(&user.roles).into(),
            user.disabled.into(),
        ],
    )?;
    Ok(())
}

pub(crate) fn set_password(tx: &Tx<'_>, name: &str, password_hash: &str) -> Result<(), StoreError> {
    let sql = "UPDATE identity_users SET password_hash = $2 WHERE name = $1";
    tx.execute(sql, &[name.into(), password_hash.into()])?;
    Ok(())
}

pub(crate) fn seen(tx: &Tx<'_>, name: &str, now: Timestamp) -> Result<(), StoreError> {
    tx.execute("UPDATE identity_users SET last_seen_at = $2 WHERE name = $1", &[name.into(), now.into()])?;
    Ok(())
}

pub(crate) fn delete(tx: &Tx<'_>, name: &str) -> Result<(), StoreError> {
    tx.execute("DELETE FROM identity_users WHERE name = $1", &[name.into()])?;
    Ok(())
}

fn user(row: &Row) -> Result<User, StoreError> {
    let roles: String = row.get(3)?;
    Ok(User {
        name: row.get(0)?,
        display_name: row.get(1)?,
        project: row.get(2)?,
        roles: roles_of_text(&roles)?,
        disabled: row.get(4)?,
        created_at: row.get(5)?,
        last_seen_at: row.get(6)?,
    })
}
