//! What is to be done without anybody asking: telling again what was not heard, forgetting what has expired, new signing keys.

use crate::{Inner, denied::Denied, name::KEY_PREFIX, store};
use aetherius_store::{StoreError, Tx, Urgency};
use foundation::shutdown::Shutdown;
use jiff::{SignedDuration, Timestamp};
use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, SystemTime},
};

const AGAIN_AFTER: Duration = Duration::from_secs(1);
const EVERY: Duration = Duration::from_secs(60);
/// Revoked keys are listed for so long, for people who look into what they were used for.
const REVOKED_KEYS_KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

pub(crate) async fn run(inner: Arc<Inner>, shutdown: Shutdown) {
    let home = inner.home_project.clone();
    let known = inner.store.write(Urgency::Work, move |tx| store::projects::add(tx, &home, Timestamp::now()));
    if let Err(error) = known.await.map_err(Denied::from) {
        tracing::warn!(error = %error.0.detail, "the first project could not be noted");
    }
    inner.publish().await;
    loop {
        let wait = if inner.publisher.is_behind() { AGAIN_AFTER } else { EVERY };
        tokio::select! {
            () = shutdown.requested() => return,
            () = tokio::time::sleep(wait) => {}
        }
        match keep_house(&inner).await {
            Ok(false) if !inner.publisher.is_behind() => {}
            Ok(_) => inner.publish().await,
            Err(error) => tracing::warn!(error = %error.0.detail, "identity could not keep house"),
        }
    }
}

/// Says whether there is something to tell.
async fn keep_house(inner: &Inner) -> Result<bool, Denied> {
    let now = Timestamp::now();
    let seen = inner.key.seen();
    let pruned = inner.store.write(Urgency::Work, move |tx| {
        note(tx, &seen)?;
        store::keys::prune(tx, now - REVOKED_KEYS_KEPT)?;
        store::sessions::prune(tx, now)
    });
    let forgotten = pruned.await.map_err(Denied::from)?;
    let keys = inner.signing_keys();
    let next = if keys.is_due(now) { Some(keys.rotated(now)?) } else { keys.tidied(now)? };
    let has_next = next.is_some();
    if let Some(next) = next {
        inner.use_keys(next).await?;
    }
    Ok(forgotten || has_next)
}

/// Writes down who was seen: the gateway, which checks tokens and keys, does not tell, but its callers come by.
fn note(tx: &Tx<'_>, seen: &HashMap<String, SystemTime>) -> Result<(), StoreError> {
    for (name, &at) in seen {
        let Ok(at) = Timestamp::try_from(at) else { continue };
        match name.strip_prefix(KEY_PREFIX) {
            Some(key) => store::keys::used(tx, key, at, at)?,
            None => store::users::seen(tx, name, at)?,
        }
    }
    Ok(())
}
