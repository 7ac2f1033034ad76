use super::sign_in;
use crate::{
    Inner,
    denied::Denied,
    name,
    news::{self, Occasion},
    store::{Scope, keys, sessions, users},
};
use aetherius_contracts::{
    endpoint::READERS,
    identity::{Me, MeKind, PasswordChange, Role, SignedIn, User},
    messages::USER_CHANGED,
};
use aetherius_rpc::{Caller, Code, Json, Problem, context::Trace};
use aetherius_store::{StoreError, Urgency};
use axum::{extract::State, http::HeaderMap, response::Response};
use jiff::{SignedDuration, Timestamp};
use std::{
    sync::{Arc, PoisonError},
    time::Instant,
};

/// That somebody was seen is written down no more often.
const SEEN_EVERY: SignedDuration = SignedDuration::from_secs(60);

/// Who asks.
#[utoipa::path(
    get,
    path = "/v1/me",
    operation_id = "me",
    responses((status = 200, body = Me)),
    extensions(("x-roles" = json!(READERS))),
)]
pub(super) async fn show(State(inner): State<Arc<Inner>>, caller: Caller) -> Result<Json<Me>, Denied> {
    caller.require(READERS)?;
    let roles: Vec<Role> = caller.roles.iter().filter_map(|role| Role::find(role)).collect();
    let me = |display_name: &str, kind| Me {
        name: caller.name.clone(),
        display_name: display_name.to_owned(),
        project: caller.project.clone(),
        roles: roles.clone(),
        kind,
    };
    if !inner.is_user(&caller) {
        inner.note_key(&caller.name).await?;
        let fixed = inner.fixed_keys.iter().find(|key| key.name == caller.name);
        let display_name = fixed.map_or(caller.name.as_str(), |key| &key.display_name);
        let display_name = display_name.strip_prefix(name::KEY_PREFIX).unwrap_or(display_name);
        return Ok(Json(me(display_name, MeKind::Key)));
    }
    let (name, scope) = (caller.name.clone(), Scope::Project(caller.project.clone()));
    let found = inner.read(move |tx| users::get(tx, &scope, &name)).await?;
    if let Some(user) = &found {
        inner.note_user(user).await?;
    }
    Ok(Json(me(found.as_ref().map_or(&caller.name, |user| &user.display_name), MeKind::User)))
}

/// A new password for oneself.
///
/// Whoever does this goes on with a session of its own; all others of the person end.
#[utoipa::path(
    post,
    path = "/v1/me/password",
    request_body(content = PasswordChange, example = json!({"old": "correct horse", "new": "battery staple"})),
    responses((status = 200, description = "as after signing in", body = SignedIn), (status = 403, description = "the old password is another one, or the caller is a key"), (status = 507)),
    extensions(("x-roles" = json!(["viewer", "operator", "admin"]))),
)]
pub(super) async fn change_password(
    State(inner): State<Arc<Inner>>,
    caller: Caller,
    Trace(trace): Trace,
    headers: HeaderMap,
    Json(change): Json<PasswordChange>,
) -> Result<Response, Denied> {
    if !inner.is_user(&caller) {
        return Err(Problem::new(Code::Forbidden, "a key has no password; make another key instead").into());
    }
    name::check_password("new", change.new.expose())?;
    sign_in::admit(&inner, &caller.name, Instant::now())?;
    let name = caller.name.clone();
    let known = inner.read(move |tx| users::with_password(tx, &name)).await?;
    let (user, before) = known.filter(|(user, _)| user.project == caller.project).unzip();
    let fits = inner.passwords.fits(change.old, before).await?;
    let Some(user) = user.filter(|_| fits) else {
        return Err(Problem::new(Code::Forbidden, "`old`: this is not your password").into());
    };
    inner.throttle.lock().unwrap_or_else(PoisonError::into_inner).forget(&user.name);
    let hash = inner.passwords.hash(change.new).await?;
    let occasion = Occasion::of(&caller, trace);
    let (opening, now) = (sign_in::open(&user)?, Timestamp::now());
    let session = opening.session.clone();
    let write = move |tx: &aetherius_store::Tx<'_>| {
        sessions::end_all_of(tx, &user.name)?;
        users::set_password(tx, &user.name, &hash)?;
        sessions::begin(tx, &session)?;
        occasion.tell(tx, USER_CHANGED, news::user(&user.name), "another password".to_owned())?;
        sign_in::issue(tx, &session, user, now)
    };
    let issued = inner.store.write(Urgency::Acknowledgement, write).await?;
    inner.publish().await;
    sign_in::answer(&inner, &headers, &issued, Some(&opening.refresh_token))
}

impl Inner {
    async fn note_user(&self, user: &User) -> Result<(), Denied> {
        let (name, now) = (user.name.clone(), Timestamp::now());
        if user.last_seen_at.is_some_and(|seen| now.duration_since(seen) < SEEN_EVERY) {
            return Ok(());
        }
        Ok(self.store.write(Urgency::Work, move |tx| users::seen(tx, &name, now)).await?)
    }

    /// Notes that a key was used, as far as we hear of it: whoever checks keys does not tell us.
    pub(super) async fn note_key(&self, holder: &str) -> Result<(), Denied> {
        let Some(name) = holder.strip_prefix(name::KEY_PREFIX).map(str::to_owned) else {
            return Ok(());
        };
        let now = Timestamp::now();
        let note = move |tx: &aetherius_store::Tx<'_>| keys::used(tx, &name, now - SEEN_EVERY, now);
        Ok(self.store.write::<_, StoreError, _>(Urgency::Work, note).await?)
    }
}
