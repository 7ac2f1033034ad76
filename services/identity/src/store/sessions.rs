use aetherius_store::{Row, StoreError, Tx};
use jiff::Timestamp;

/// Sessions of one person; whoever signs in once more ends the one that was used least lately.
const SESSIONS_MAX: u32 = 20;
/// Access tokens of one session that are good at one time.
const TOKENS_MAX: u32 = 20;

/// A session: what goes on from one refresh token to the next.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) user: String,
    pub(crate) project: String,
    pub(crate) refresh_sha256: String,
    pub(crate) previous_sha256: Option<String>,
    pub(crate) refreshed_at: Timestamp,
    pub(crate) expires_at: Timestamp,
}

/// Begins a session, and ends those that are too many.
pub(crate) fn begin(tx: &Tx<'_>, session: &Session) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO identity_sessions
             (id, user_name, project_id, refresh_sha256, created_at, refreshed_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $5, $6)",
        &[
            (&session.id).into(),
            (&session.user).into(),
            (&session.project).into(),
            (&session.refresh_sha256).into(),
            session.refreshed_at.into(),
            session.expires_at.into(),
        ],
    )?;
    let sql = "SELECT id FROM identity_sessions WHERE user_name = $1
        ORDER BY refreshed_at DESC, rowid DESC LIMIT 100 OFFSET $2";
    for id in tx.query(sql, &[(&session.user).into(), SESSIONS_MAX.into()], |row| row.get::<String>(0))? {
        end(tx, &id)?;
    }
    Ok(())
}

pub(crate) fn get(tx: &Tx<'_>, id: &str) -> Result<Option<Session>, StoreError> {
    let sql = "SELECT id, user_name, project_id, refresh_sha256, previous_sha256, refreshed_at, expires_at
        FROM identity_sessions WHERE id = $1";
    tx.query_opt(sql, &[id.into()], session)
}

/// Puts the next refresh token in the place of the one so far.
pub(crate) fn rotate(tx: &Tx<'_>, next: &Session) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE identity_sessions
         SET previous_sha256 = refresh_sha256, refresh_sha256 = $2, refreshed_at = $3, expires_at = $4
         WHERE id = $1",
        &[(&next.id).into(), (&next.refresh_sha256).into(), next.refreshed_at.into(), next.expires_at.into()],
    )?;
    Ok(())
}

/// Ends a session and revokes its access tokens.
pub(crate) fn end(tx: &Tx<'_>, id: &str) -> Result<(), StoreError> {
    tx.execute("UPDATE identity_access_tokens SET revoked = 1 WHERE session_id = $1", &[id.into()])?;
    tx.execute("DELETE FROM identity_sessions WHERE id = $1", &[id.into()])?;
    Ok(())
}

/// Ends all sessions of a person.
pub(crate) fn end_all_of(tx: &Tx<'_>, user: &str) -> Result<(), StoreError> {
    revoke_tokens_of(tx, user)?;
    tx.execute("DELETE FROM identity_sessions WHERE user_name = $1", &[user.into()])?;
    Ok(())
}

/// Revokes the access tokens of a person; the sessions go on.
pub(crate) fn revoke_tokens_of(tx: &Tx<'_>, user: &str) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE identity_access_tokens SET revoked = 1
         WHERE session_id IN (SELECT id FROM identity_sessions WHERE user_name = $1)",
        &[user.into()],
    )?;
    Ok(())
}

/// Notes an access token of a session; says whether an older one had to be revoked for it.
pub(crate) fn issued(
    tx: &Tx<'_>,
    jti: &str,
    session: &Session,
    expires_at: Timestamp,
) -> Result<bool, StoreError> {
    tx.execute(
        "INSERT INTO identity_access_tokens (jti, session_id, project_id, expires_at, revoked)
         VALUES ($1, $2, $3, $4, 0)",
        &[jti.into(), (&session.id).into(), (&session.project).into(), expires_at.into()],
    )?;
    let revoked = tx.execute(
        "UPDATE identity_access_tokens SET revoked = 1 WHERE session_id = $1 AND revoked = 0 AND jti NOT IN
             (SELECT jti FROM identity_access_tokens WHERE session_id = $1
              ORDER BY expires_at DESC, rowid DESC LIMIT $2)",
        &[(&session.id).into(), TOKENS_MAX.into()],
    )?;
    Ok(revoked > 0)
}

/// The session of an access token.
pub(crate) fn of_token(tx: &Tx<'_>, jti: &str) -> Result<Option<Session>, StoreError> {
    let sql = "SELECT session_id FROM identity_access_tokens WHERE jti = $1";
    let id = tx.query_opt(sql, &[jti.into()], |row| row.get::<String>(0))?;
    id.map_or(Ok(None), |id| get(tx, &id))
}

/// The revoked access tokens that somebody could still believe.
pub(crate) fn revoked(tx: &Tx<'_>, now: Timestamp, limit: u32) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT jti FROM identity_access_tokens WHERE revoked = 1 AND expires_at > $1
        ORDER BY expires_at, jti LIMIT $2";
    tx.query(sql, &[(now - crate::signing::LEEWAY).into(), limit.into()], |row| row.get(0))
}

/// Forgets what has expired; says whether a revocation was among it, which nobody has to know any more.
pub(crate) fn prune(tx: &Tx<'_>, now: Timestamp) -> Result<bool, StoreError> {
    let expired = now - crate::signing::LEEWAY;
    let revoked = tx.execute(
        "DELETE FROM identity_access_tokens WHERE revoked = 1 AND expires_at <= $1",
        &[expired.into()],
    )?;
    tx.execute("DELETE FROM identity_access_tokens WHERE expires_at <= $1", &[expired.into()])?;
    tx.execute("DELETE FROM identity_sessions WHERE expires_at <= $1", &[now.into()])?;
    Ok(revoked > 0)
}

/// Forgets all access tokens: the key that signed them is not believed any more.
pub(crate) fn forget_access_tokens(tx: &Tx<'_>) -> Result<(), StoreError> {
    tx.execute("DELETE FROM identity_access_tokens", &[])?;
    Ok(())
}

fn session(row: &Row) -> Result<Session, StoreError> {
    Ok(Session {
        id: row.get(0)?,
        user: row.get(1)?,
        project: row.get(2)?,
        refresh_sha256: row.get(3)?,
        previous_sha256: row.get(4)?,
        refreshed_at: row.get(5)?,
        expires_at: row.get(6)?,
    })
}
