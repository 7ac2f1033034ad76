//! Projects, people, their sessions, and keys: tables `identity_…`.

use aetherius_contracts::identity::Role;
use aetherius_store::{Migration, StoreError};

pub(crate) mod keys;
pub(crate) mod projects;
pub(crate) mod sessions;
pub(crate) mod users;

/// The service's schema. Of passwords, refresh tokens and keys there are hashes only.
pub const MIGRATIONS: &[Migration] = &[Migration {
    owner: "identity",
    version: 1,
    sql: "
    CREATE TABLE identity_projects (
        name       TEXT PRIMARY KEY,
        created_at TEXT NOT NULL
    );
    CREATE TABLE identity_users (
        name          TEXT PRIMARY KEY,
        project_id    TEXT NOT NULL,
        display_name  TEXT NOT NULL,
        password_hash TEXT NOT NULL,
        roles         TEXT NOT NULL,
        disabled      INTEGER NOT NULL,
        created_at    TEXT NOT NULL,
        last_seen_at  TEXT
    );
    CREATE TABLE identity_sessions (
        id              TEXT PRIMARY KEY,
        user_name       TEXT NOT NULL,
        project_id      TEXT NOT NULL,
        refresh_sha256  TEXT NOT NULL,
        previous_sha256 TEXT,
        created_at      TEXT NOT NULL,
        refreshed_at    TEXT NOT NULL,
        expires_at      TEXT NOT NULL
    );
    CREATE INDEX identity_sessions_user ON identity_sessions (user_name, refreshed_at);
    CREATE INDEX identity_sessions_expiry ON identity_sessions (expires_at);
    CREATE TABLE identity_access_tokens (
        jti        TEXT PRIMARY KEY,
        session_id TEXT NOT NULL,
        project_id TEXT NOT NULL,
        expires_at TEXT NOT NULL,
        revoked    INTEGER NOT NULL
    );
    CREATE INDEX identity_access_tokens_session ON identity_access_tokens (session_id, expires_at);
    CREATE INDEX identity_access_tokens_expiry ON identity_access_tokens (expires_at);
    CREATE INDEX identity_access_tokens_revoked ON identity_access_tokens (expires_at) WHERE revoked = 1;
    CREATE TABLE identity_keys (
        id           TEXT PRIMARY KEY,
        name         TEXT NOT NULL,
        project_id   TEXT NOT NULL,
        roles        TEXT NOT NULL,
        sha256       TEXT NOT NULL UNIQUE,
        prefix       TEXT NOT NULL,
        created_by   TEXT NOT NULL,
        created_at   TEXT NOT NULL,
        last_used_at TEXT,
        revoked_at   TEXT
    );
    CREATE UNIQUE INDEX identity_keys_name ON identity_keys (name) WHERE revoked_at IS NULL;
    CREATE INDEX identity_keys_project ON identity_keys (project_id, id);",
}];

/// Whose rows a caller may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// All.
    Installation,
    /// Those of one project.
    Project(String),
}

impl Scope {
    /// As a parameter: without a project, every row fits `$n IS NULL OR project_id = $n`.
    fn project(&self) -> Option<&str> {
        match self {
            Self::Installation => None,
            Self::Project(name) => Some(name),
        }
    }
}

fn roles_as_text(roles: &[Role]) -> String {
    roles.iter().map(|role| role.name()).collect::<Vec<_>>().join(" ")
}

fn roles_of_text(text: &str) -> Result<Vec<Role>, StoreError> {
    let unknown = |name: &str| StoreError::Corrupt(format!("the role `{name}`"));
    text.split_whitespace().map(|name| Role::find(name).ok_or_else(|| unknown(name))).collect()
}
