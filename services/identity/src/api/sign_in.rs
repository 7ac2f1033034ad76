//! Signing in, staying signed in, and signing out.

use super::cookies::{self, Keep};
use crate::{
    Inner,
    denied::Denied,
    name,
    news::{self, Occasion},
    random,
    refresh::{self, REFRESH_TTL, Worth},
    signing::{ACCESS_TTL, Claims},
    store::{
        keys,
        sessions::{self, Session},
        users,
    },
};
use aetherius_contracts::{
    identity::{Me, MeKind, Role, SignedIn, User},
    messages::{SESSION_ENDED, SIGN_IN_FAILED, SIGNED_IN},
};
use aetherius_rpc::{Code, Json, Problem, context::Trace, extract};
use aetherius_store::{StoreError, Tx, Urgency};
use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use foundation::{secret::Secret, trace::TraceParent};
use jiff::Timestamp;
use serde::Deserialize;
use std::{
    sync::{Arc, PoisonError},
    time::{Duration, Instant},
};
use utoipa::ToSchema;

/// A key does not expire; whoever signed in with one is asked to look again after a day.
const KEY_LOOK_AGAIN_S: u64 = 24 * 3600;

/// A name and its password, or a key.
#[derive(Deserialize, ToSchema)]
#[serde(untagged, expecting = "send `username` and `password`, or `token`")]
pub(super) enum Credentials {
    /// A person.
    Password(ByPassword),
    /// A program, or who has been given a key.
    Token(ByToken),
}

/// A person shows who they are.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ByPassword {
    /// As it was given when the person was added; capital letters do not matter.
    username: String,
    /// Its password.
    #[schema(value_type = String, format = Password)]
    password: Secret,
}

/// A program shows who it is, or a person who has been given a key.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ByToken {
    /// A key.
    #[schema(value_type = String, format = Password)]
    token: Secret,
}

/// A name and a password, or a key, become an access token, and cookies for browsers.
#[utoipa::path(
    post,
    path = "/auth/login",
    request_body(content = Credentials, example = json!({"username": "ada", "password": "correct horse"})),
    responses((status = 200, body = SignedIn), (status = 401, description = "the name, the password or the token is wrong"), (status = 403, description = "the token only sends alerts, or a page of another site asks"), (status = 507)),
)]
pub(super) async fn sign_in(
    State(inner): State<Arc<Inner>>,
    Trace(trace): Trace,
    headers: HeaderMap,
    Json(credentials): Json<Credentials>,
) -> Result<Response, Denied> {
    match credentials {
        Credentials::Password(ByPassword { username, password }) => {
            by_password(&inner, &headers, trace, &name::as_typed(&username), password).await
        }
        Credentials::Token(ByToken { token }) => by_key(&inner, &headers, trace, token.expose()).await,
    }
}

async fn by_password(
    inner: &Inner,
    headers: &HeaderMap,
    trace: TraceParent,
    name: &str,
    password: Secret,
) -> Result<Response, Denied> {
    // What cannot be a name or a password is looked for all the same, so that it takes as long.
    let name: String = name.chars().take(64).collect();
    let password =
        Secret::new(password.expose().chars().take(name::PASSWORD_CHARS_MAX + 1).collect::<String>());
    admit(inner, &name, Instant::now())?;
    let wanted = name.clone();
    let known = inner.read(move |tx| users::with_password(tx, &wanted)).await?;
    let (user, hash) = known.unzip();
    let fits = inner.passwords.fits(password, hash.clone()).await?;
    let subject = user.as_ref().map(|user| user.name.clone());
    let (Some(user), Some(hash)) = (user.filter(|user| fits && !user.disabled), hash) else {
        return Err(failed(inner, subject.as_deref(), trace, "the name or the password is wrong").await?);
    };
    inner.throttle.lock().unwrap_or_else(PoisonError::into_inner).forget(&user.name);
    let (opening, now) = (open(&user)?, Timestamp::now());
    let session = opening.session.clone();
    let occasion = Occasion::new(&user.name, &user.project, trace);
    let write = move |tx: &Tx<'_>| {
        // Between reading and writing somebody may have been kept out.
        let (user, _) = users::with_password(tx, &user.name)?
            .filter(|(user, current)| !user.disabled && *current == hash)
            .ok_or_else(|| Problem::new(Code::Unauthenticated, "the name or the password is wrong"))?;
        sessions::begin(tx, &session)?;
        users::seen(tx, &user.name, now)?;
        occasion.tell(tx, SIGNED_IN, news::user(&user.name), String::new())?;
        issue(tx, &session, user, now)
    };
    let issued = inner.store.write(Urgency::Acknowledgement, write).await?;
    inner.metrics.count("succeeded");
    answer(inner, headers, &issued, Some(&opening.refresh_token))
}

async fn by_key(
    inner: &Inner,
    headers: &HeaderMap,
    trace: TraceParent,
    key: &str,
) -> Result<Response, Denied> {
    let Some(me) = holder(inner, key).await? else {
        return Err(failed(inner, None, trace, "the token is not known, or was revoked").await?);
    };
    if me.roles.iter().all(|role| *role == Role::Webhook) {
        let detail = "this token sends alerts and opens nothing; sign in with another one";
        return Err(Problem::new(Code::Forbidden, detail).into());
    }
    let (occasion, subject) = (Occasion::new(&me.name, &me.project, trace), me.name.clone());
    let write = move |tx: &Tx<'_>| occasion.tell(tx, SIGNED_IN, subject, "with a key".to_owned());
    inner.store.write::<_, StoreError, _>(Urgency::Acknowledgement, write).await?;
    inner.note_key(&me.name).await?;
    inner.metrics.count("succeeded");
    let signed_in = SignedIn {
        access_token: key.to_owned(),
        token_type: "Bearer".to_owned(),
        expires_in: KEY_LOOK_AGAIN_S,
        user: me,
    };
    let cookies = [cookies::access(&Keep::Session(key), headers), cookies::refresh(&Keep::Nothing, headers)];
    Ok(with_cookies(Json(signed_in).into_response(), cookies))
}

/// Who holds a key.
async fn holder(inner: &Inner, key: &str) -> Result<Option<Me>, Denied> {
    let sha256 = random::sha256_hex(key);
    if let Some(fixed) = inner.fixed_keys.iter().find(|fixed| fixed.sha256 == sha256) {
        return Ok(Some(Me {
            name: fixed.name.clone(),
            display_name: fixed.display_name.clone(),
            project: inner.home_project.clone(),
            roles: vec![fixed.role],
            kind: MeKind::Key,
        }));
    }
    let found = inner.read(move |tx| keys::by_hash(tx, &sha256)).await?;
    Ok(found.map(|key| Me {
        name: format!("{}{}", name::KEY_PREFIX, key.name),
        display_name: key.name,
        project: key.project,
        roles: key.roles,
        kind: MeKind::Key,
    }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RefreshBody {
    /// That of the answer before.
    #[schema(value_type = String, format = Password)]
    refresh_token: Secret,
}

/// What came of a refresh token.
enum Refreshed {
    Next(Box<Issued>, String),
    AccessOnly(Box<Issued>),
    Refused { has_ended: bool },
}

/// The next access token for a refresh token, which is good once; browsers send it as a cookie and need no body.
#[utoipa::path(
    post,
    path = "/auth/refresh",
    request_body(content = Option<RefreshBody>, example = json!({"refresh_token": "…"})),
    responses((status = 200, body = SignedIn), (status = 401, description = "the session is over"), (status = 403, description = "a page of another site asks"), (status = 507)),
)]
pub(super) async fn refresh(
    State(inner): State<Arc<Inner>>,
    Trace(trace): Trace,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Denied> {
    let sent = if body.is_empty() { None } else { extract::read::<Option<RefreshBody>>(&body)? };
    let sent = sent.map(|body| body.refresh_token);
    // Programs do not send what browsers say of a request, and share their tokens with nobody.
    let is_browser = sent.is_none() && headers.contains_key("sec-fetch-site");
    let cookie = cookies::value(&headers, cookies::REFRESH);
    let Some(text) = sent.as_ref().map(Secret::expose).or(cookie) else {
        return match cookies::value(&headers, cookies::ACCESS) {
            Some(key) if !key.contains('.') => by_key(&inner, &headers, trace, key).await,
            _ => Ok(signed_out(&headers, over())),
        };
    };
    let Some(shown) = refresh::read(text) else {
        return Ok(signed_out(&headers, over()));
    };
    let (next, sha256) = refresh::make(&shown.session).map_err(|error| Denied::internal(&error))?;
    let now = Timestamp::now();
    let write = move |tx: &Tx<'_>| {
        let Some(session) = sessions::get(tx, &shown.session)? else {
            return Ok(Refreshed::Refused { has_ended: false });
        };
        let worth = refresh::judge(&session, &shown, is_browser, now);
        let user =
            users::with_password(tx, &session.user)?.map(|(user, _)| user).filter(|user| !user.disabled);
        let Some(user) = user.filter(|_| matches!(worth, Worth::Next | Worth::AccessOnly)) else {
            sessions::end(tx, &session.id)?;
            if worth == Worth::Stolen {
                let occasion = Occasion::new(&session.user, &session.project, trace);
                let detail = "a refresh token came a second time".to_owned();
                occasion.tell(tx, SESSION_ENDED, news::user(&session.user), detail)?;
            }
            return Ok(Refreshed::Refused { has_ended: true });
        };
        users::seen(tx, &user.name, now)?;
        if worth == Worth::AccessOnly {
            return Ok::<_, Denied>(Refreshed::AccessOnly(Box::new(issue(tx, &session, user, now)?)));
        }
        let session =
            Session { refresh_sha256: sha256, refreshed_at: now, expires_at: now + REFRESH_TTL, ..session };
        sessions::rotate(tx, &session)?;
        Ok(Refreshed::Next(Box::new(issue(tx, &session, user, now)?), next))
    };
    let (issued, next) = match inner.store.write(Urgency::Acknowledgement, write).await? {
        Refreshed::Refused { has_ended } => {
            if has_ended {
                inner.publish().await;
            }
            inner.metrics.count("refused");
            return Ok(signed_out(&headers, over()));
        }
        Refreshed::Next(issued, next) => (issued, Some(next)),
        Refreshed::AccessOnly(issued) => (issued, None),
    };
    if issued.has_revoked {
        inner.publish().await;
    }
    inner.metrics.count("refreshed");
    answer(&inner, &headers, &issued, next.as_deref())
}

fn over() -> Response {
    Problem::new(Code::Unauthenticated, "the session is over; sign in again").into_response()
}

/// Ends the session whose cookies or access token came along; also for who has none.
#[utoipa::path(
    post,
    path = "/auth/logout",
    responses((status = 204), (status = 403, description = "a page of another site asks"), (status = 507)),
)]
pub(super) async fn sign_out(
    State(inner): State<Arc<Inner>>,
    Trace(trace): Trace,
    headers: HeaderMap,
) -> Result<Response, Denied> {
    let shown = cookies::value(&headers, cookies::REFRESH).and_then(refresh::read);
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let bearer = bearer.and_then(|value| value.strip_prefix("Bearer "));
    let access = cookies::value(&headers, cookies::ACCESS).into_iter().chain(bearer);
    let jtis: Vec<String> =
        access.filter_map(|token| inner.signing_keys().verify(token)).map(|claims| claims.jti).collect();
    let write = move |tx: &Tx<'_>| {
        let mut ended = Vec::new();
        if let Some(shown) = &shown {
            let known = |session: &Session| {
                session.refresh_sha256 == shown.sha256
                    || session.previous_sha256.as_ref() == Some(&shown.sha256)
            };
            ended.extend(sessions::get(tx, &shown.session)?.filter(known));
        }
        for jti in &jtis {
            ended.extend(sessions::of_token(tx, jti)?);
        }
        for session in &ended {
            sessions::end(tx, &session.id)?;
        }
        if let Some(session) = ended.first() {
            let occasion = Occasion::new(&session.user, &session.project, trace);
            occasion.tell(tx, SESSION_ENDED, news::user(&session.user), "signed out".to_owned())?;
        }
        Ok::<_, Denied>(!ended.is_empty())
    };
    if inner.store.write(Urgency::Acknowledgement, write).await? {
        inner.publish().await;
    }
    Ok(signed_out(&headers, StatusCode::NO_CONTENT.into_response()))
}

/// Counts a try for a name.
pub(super) fn admit(inner: &Inner, name: &str, now: Instant) -> Result<(), Denied> {
    let admitted = inner.throttle.lock().unwrap_or_else(PoisonError::into_inner).admit(name, now);
    admitted.map_err(|wait: Duration| {
        inner.metrics.count("throttled");
        let seconds = u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).saturating_add(1);
        let detail = format!("too many tries for this name; wait {seconds} s");
        Problem::new(Code::RateLimited, detail).retry_after(seconds).into()
    })
}

/// Notes a failure and says what the caller is told. What was typed as a name is told only where it is one: people mistake the
/// fields, and a password is no name.
async fn failed(
    inner: &Inner,
    user: Option<&str>,
    trace: TraceParent,
    detail: &str,
) -> Result<Denied, Denied> {
    inner.metrics.count("failed");
    let told = inner.throttle.lock().unwrap_or_else(PoisonError::into_inner).tell_failure(Instant::now());
    if let Some(untold) = told {
        let occasion = Occasion::new("unknown", &inner.home_project, trace);
        let subject = news::user(user.unwrap_or("unknown"));
        let told = if untold > 0 { format!("and {untold} more before") } else { String::new() };
        let write = move |tx: &Tx<'_>| occasion.tell(tx, SIGN_IN_FAILED, subject, told);
        inner.store.write::<_, StoreError, _>(Urgency::Acknowledgement, write).await?;
    }
    Ok(Problem::new(Code::Unauthenticated, detail).into())
}

/// A session that is to begin.
pub(super) struct Opening {
    pub(super) session: Session,
    pub(super) refresh_token: String,
}

pub(super) fn open(user: &User) -> Result<Opening, Denied> {
    let internal = |error: random::NoRandomness| Denied::internal(&error);
    let id = random::hex::<16>().map_err(internal)?;
    let (refresh_token, refresh_sha256) = refresh::make(&id).map_err(internal)?;
    let now = Timestamp::now();
    let session = Session {
        id,
        user: user.name.clone(),
        project: user.project.clone(),
        refresh_sha256,
        previous_sha256: None,
        refreshed_at: now,
        expires_at: now + REFRESH_TTL,
    };
    Ok(Opening { session, refresh_token })
}

/// An access token that was noted and is to be signed.
pub(super) struct Issued {
    user: User,
    claims: Claims,
    now: Timestamp,
    /// Whether another token had to go for it.
    has_revoked: bool,
}

pub(super) fn issue(tx: &Tx<'_>, session: &Session, user: User, now: Timestamp) -> Result<Issued, Denied> {
    let jti = random::hex::<10>().map_err(|error| Denied::internal(&error))?;
    let has_revoked = sessions::issued(tx, &jti, session, now + ACCESS_TTL)?;
    let claims = Claims::new(user.name.clone(), user.project.clone(), user.roles.clone(), jti, now);
    Ok(Issued { user, claims, now, has_revoked })
}

/// Signs, and says who has signed in. Without a refresh token the browser keeps the one it has.
pub(super) fn answer(
    inner: &Inner,
    headers: &HeaderMap,
    issued: &Issued,
    refresh_token: Option<&str>,
) -> Result<Response, Denied> {
    let Issued { user, claims, now, .. } = issued;
    let token = inner.signing_keys().sign(claims, *now)?;
    let lives = ACCESS_TTL.as_secs();
    let access = cookies::access(&Keep::Seconds(&token, lives), headers);
    let refresh = refresh_token
        .and_then(|token| cookies::refresh(&Keep::Seconds(token, REFRESH_TTL.as_secs()), headers));
    let signed_in = SignedIn {
        access_token: token,
        token_type: "Bearer".to_owned(),
        expires_in: lives.unsigned_abs(),
        user: Me {
            name: user.name.clone(),
            display_name: user.display_name.clone(),
            project: user.project.clone(),
            roles: user.roles.clone(),
            kind: MeKind::User,
        },
    };
    Ok(with_cookies(Json(signed_in).into_response(), [access, refresh]))
}

fn signed_out(request: &HeaderMap, response: Response) -> Response {
    let cookies = [cookies::access(&Keep::Nothing, request), cookies::refresh(&Keep::Nothing, request)];
    with_cookies(response, cookies)
}

fn with_cookies(mut response: Response, cookies: [Option<HeaderValue>; 2]) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    for cookie in cookies.into_iter().flatten() {
        headers.append(header::SET_COOKIE, cookie);
    }
    response
}
