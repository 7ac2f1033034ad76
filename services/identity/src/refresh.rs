//! Refresh tokens: each gives one successor. Decisions only: the time is given.

use crate::{
    random::{self, NoRandomness},
    store::sessions::Session,
};
use jiff::{SignedDuration, Timestamp};

#[cfg(test)]
mod tests;

/// A session that is not used for so long ends.
pub(crate) const REFRESH_TTL: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Tabs of one browser wake together and send the same cookie; whichever comes second in this time is no thief.
const TOGETHER: SignedDuration = SignedDuration::from_secs(5);
/// So that whoever finds one knows what it is.
const BEGINS: &str = "aethr_";

/// A refresh token taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RefreshToken {
    pub(crate) session: String,
    pub(crate) sha256: String,
}

/// A new token of a session, as a text and as it is kept.
pub(crate) fn make(session: &str) -> Result<(String, String), NoRandomness> {
    let secret = random::hex::<32>()?;
    Ok((format!("{BEGINS}{session}_{secret}"), random::sha256_hex(&secret)))
}

/// Reads a token; `None` when it is none of ours.
pub(crate) fn read(text: &str) -> Option<RefreshToken> {
    let (session, secret) = text.strip_prefix(BEGINS)?.split_once('_')?;
    let is_hex =
        |text: &str, length| text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_hex(session, 32) && is_hex(secret, 64))
        .then(|| RefreshToken { session: session.to_owned(), sha256: random::sha256_hex(secret) })
}

/// What a token is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Worth {
    /// An access token and the next refresh token.
    Next,
    /// An access token; the browser has the next refresh token from its other tab.
    AccessOnly,
    /// Nothing: the session was not used for too long.
    Expired,
    /// Nothing, and the session ends: of two who have shown this token one has stolen it, and nobody knows which.
    Stolen,
}

/// Judges a token of a session. `is_browser` is for those whose cookies all tabs share.
pub(crate) fn judge(session: &Session, shown: &RefreshToken, is_browser: bool, now: Timestamp) -> Worth {
    let is_together = is_browser && now.duration_since(session.refreshed_at) < TOGETHER;
    if now >= session.expires_at {
        Worth::Expired
    } else if shown.sha256 == session.refresh_sha256 {
        Worth::Next
    } else if is_together && session.previous_sha256.as_ref() == Some(&shown.sha256) {
        Worth::AccessOnly
    } else {
        Worth::Stolen
    }
}
