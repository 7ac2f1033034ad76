use super::{ListParams, page, projects::conflict};
use crate::{
    Inner,
    denied::Denied,
    name, news, random,
    store::{Scope, keys, projects},
};
use aetherius_contracts::{
    endpoint::ADMINS,
    identity::{ApiKey, IssuedKey, NewKey, Page, Role},
    messages::{KEY_CREATED, KEY_REVOKED},
};
use aetherius_rpc::{Caller, Code, Json, Problem, Query, context::Trace};
use aetherius_store::Urgency;
use axum::{
    extract::{Path, State},
    http::{StatusCode, header},
    response::IntoResponse,
};
use jiff::Timestamp;
use std::sync::Arc;

const ROLES: &[Role] = &[Role::Viewer, Role::Operator, Role::Admin, Role::Webhook];
/// So that whoever finds one knows what it is, as do tools that look for secrets in code.
const KEY_BEGINS: &str = "aeth_";
const KEY_BYTES: usize = 24;
/// What is shown of a key later on: enough to tell it from others, and 20 bytes left to guess.
const PREFIX_CHARS: usize = KEY_BEGINS.len() + 8;

/// Keys, newest first, without the keys themselves.
#[utoipa::path(
    get,
    path = "/v1/keys",
    operation_id = "keys",
    params(ListParams),
    responses((status = 200, body = Page<ApiKey>)),
    extensions(("x-roles" = json!(ADMINS))),
)]
pub(super) async fn list(
    State(inner): State<Arc<Inner>>,
    caller: Caller,
    Query(params): Query<ListParams>,
) -> Result<Json<Page<ApiKey>>, Denied> {
    let scope = inner.scope(&caller)?;
    let limit = params.limit()?;
    let found = inner.read(move |tx| keys::list(tx, &scope, &params.after, limit + 1)).await?;
    Ok(Json(page(found, limit, |key| &key.id)))
}

/// Makes a key. It is shown in this answer, and never again.
#[utoipa::path(
    post,
    path = "/v1/keys",
    operation_id = "add_key",
    request_body(content = NewKey, example = json!({"name": "alertmanager", "roles": ["webhook"]})),
    responses((status = 201, body = IssuedKey), (status = 404), (status = 409, description = "there is a key of this name already, or as many as there may be"), (status = 507)),
    extensions(("x-roles" = json!(ADMINS))),
)]
pub(super) async fn add(
    State(inner): State<Arc<Inner>>,
    caller: Caller,
    Trace(trace): Trace,
    Json(new): Json<NewKey>,
) -> Result<impl IntoResponse, Denied> {
    let project = inner.project_for(&caller, new.project)?;
    name::check("name", &new.name)?;
    let roles = name::check_roles(&new.roles, ROLES)?;
    let random = random::hex::<KEY_BYTES>().map_err(|error| Denied::internal(&error))?;
    let key = format!("{KEY_BEGINS}{random}");
    let about = ApiKey {
        id: uuid::Uuid::now_v7().to_string(),
        name: new.name,
        roles,
        project,
        created_by: caller.name.clone(),
        created_at: Timestamp::now(),
        last_used_at: None,
        revoked_at: None,
        prefix: key.chars().take(PREFIX_CHARS).collect(),
    };
    let (stored, sha256) = (about.clone(), random::sha256_hex(&key));
    let (occasion, home) = (news::Occasion::of(&caller, trace), inner.home_project.clone());
    inner
        .store
        .write(Urgency::Acknowledgement, move |tx| {
            if stored.project != home && !projects::exists(tx, &stored.project)? {
                return Err(Problem::not_found("project", &stored.project).into());
            }
            if keys::count_in_force(tx)? >= keys::IN_FORCE_MAX {
                return Err(conflict("there are as many keys as there may be; revoke some"));
            }
            if !keys::add(tx, &stored, &sha256)? {
                return Err(conflict(
                    "there is a key of this name already; revoke it, or choose another name",
                ));
            }
            let roles: Vec<&str> = stored.roles.iter().map(|role| role.name()).collect();
            occasion.tell(tx, KEY_CREATED, subject(&stored), format!("with {}", roles.join("+")))?;
            Ok::<_, Denied>(())
        })
        .await?;
    inner.publish().await;
    let issued = IssuedKey { about, key };
    Ok((StatusCode::CREATED, [(header::CACHE_CONTROL, "no-store")], Json(issued)))
}

/// Revokes a key. One that was revoked before stays so.
#[utoipa::path(
    delete,
    path = "/v1/keys/{id}",
    operation_id = "revoke_key",
    params(("id" = String, Path, description = "the key's id")),
    responses((status = 204), (status = 507)),
    extensions(("x-roles" = json!(ADMINS))),
)]
pub(super) async fn revoke(
    State(inner): State<Arc<Inner>>,
    Path(id): Path<String>,
    caller: Caller,
    Trace(trace): Trace,
) -> Result<StatusCode, Denied> {
    let scope = inner.scope(&caller)?;
    let occasion = news::Occasion::of(&caller, trace);
    let write = move |tx: &aetherius_store::Tx<'_>| {
        let key = keys::get(tx, &scope, &id)?.ok_or_else(|| Problem::not_found("key", &id))?;
        if key.revoked_at.is_none() {
            keys::revoke(tx, &id, Timestamp::now())?;
            occasion.tell(tx, KEY_REVOKED, subject(&key), String::new())?;
        }
        Ok::<_, Denied>(())
    };
    inner.store.write(Urgency::Acknowledgement, write).await?;
    inner.publish().await;
    Ok(StatusCode::NO_CONTENT)
}

/// The public keys of access tokens, for whoever wants to check one (RFC 7517).
#[utoipa::path(
    get,
    path = "/.well-known/jwks.json",
    responses((status = 200, description = "a JSON Web Key Set", body = Object)),
)]
pub(super) async fn public_signing_keys(State(inner): State<Arc<Inner>>) -> impl IntoResponse {
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "max-age=60")];
    (headers, inner.signing_keys().public())
}

/// Makes another key that signs access tokens, for when the one so far may be known to somebody.
///
/// Tokens that it signed stay good until they expire.
#[utoipa::path(
    post,
    path = "/v1/signing-keys",
    responses((status = 204), (status = 507)),
    extensions(("x-roles" = json!(ADMINS))),
)]
pub(super) async fn rotate_signing_keys(
    State(inner): State<Arc<Inner>>,
    caller: Caller,
) -> Result<StatusCode, Denied> {
    if inner.scope(&caller)? != Scope::Installation {
        let detail = format!("only admins of the project `{}` do this", inner.home_project);
        return Err(Problem::new(Code::Forbidden, detail).into());
    }
    inner.use_keys(inner.signing_keys().rotated(Timestamp::now())?).await?;
    inner.publish().await;
    Ok(StatusCode::NO_CONTENT)
}

fn subject(key: &ApiKey) -> String {
    format!("{}{}", name::KEY_PREFIX, key.name)
}
