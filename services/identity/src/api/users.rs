use super::{ListParams, page, projects::conflict};
use crate::{
    Inner,
    denied::Denied,
    name,
    news::{self, Occasion},
    store::{Scope, projects, sessions, users},
};
use aetherius_contracts::{
    endpoint::ADMINS,
    identity::{NewUser, Page, Role, User, UserChange},
    messages::{USER_CHANGED, USER_CREATED, USER_DELETED},
};
use aetherius_rpc::{Caller, Json, Problem, Query, context::Trace};
use aetherius_store::Urgency;
use axum::{
    extract::{Path, State},
    http::StatusCode,
};
use foundation::secret::Secret;
use jiff::Timestamp;
use std::sync::{Arc, PoisonError};

const USERS_MAX: u32 = 10_000;
/// Alerts are sent by keys.
const ROLES: &[Role] = &[Role::Viewer, Role::Operator, Role::Admin];

/// People, by name.
#[utoipa::path(
    get,
    path = "/v1/users",
    operation_id = "users",
    params(ListParams),
    responses((status = 200, body = Page<User>)),
    extensions(("x-roles" = json!(ADMINS))),
)]
pub(super) async fn list(
    State(inner): State<Arc<Inner>>,
    caller: Caller,
    Query(params): Query<ListParams>,
) -> Result<Json<Page<User>>, Denied> {
    let scope = inner.scope(&caller)?;
    let limit = params.limit()?;
    let found = inner.read(move |tx| users::list(tx, &scope, &params.after, limit + 1)).await?;
    Ok(Json(page(found, limit, |user| &user.name)))
}

/// Adds a person.
#[utoipa::path(
    post,
    path = "/v1/users",
    operation_id = "add_user",
    request_body(content = NewUser, example = json!({"name": "ada", "display_name": "Ada", "password": "correct horse", "roles": ["operator"]})),
    responses((status = 201, body = User), (status = 404), (status = 409, description = "there is a user of this name already"), (status = 507)),
    extensions(("x-roles" = json!(ADMINS))),
)]
pub(super) async fn add(
    State(inner): State<Arc<Inner>>,
    caller: Caller,
    Trace(trace): Trace,
    Json(new): Json<NewUser>,
) -> Result<(StatusCode, Json<User>), Denied> {
    let project = inner.project_for(&caller, new.project)?;
    name::check_user(&new.name, &inner.fixed_keys)?;
    name::check_display_name(&new.display_name)?;
    name::check_password("password", &new.password)?;
    let roles = name::check_roles(&new.roles, ROLES)?;
    let display_name = if new.display_name.is_empty() { new.name.clone() } else { new.display_name };
    let user = User {
        name: new.name,
        display_name,
        project,
        roles,
        disabled: false,
        created_at: Timestamp::now(),
        last_seen_at: None,
    };
    let hash = inner.passwords.hash(Secret::new(new.password)).await?;
    let (stored, occasion) = (user.clone(), Occasion::of(&caller, trace));
    let home = inner.home_project.clone();
    inner
        .store
        .write(Urgency::Acknowledgement, move |tx| {
            if stored.project != home && !projects::exists(tx, &stored.project)? {
                return Err(Problem::not_found("project", &stored.project).into());
            }
            if users::count(tx)? >= USERS_MAX {
                return Err(conflict("there are as many users as there may be; delete some"));
            }
            if !users::add(tx, &stored, &hash)? {
                return Err(conflict("there is a user of this name already"));
            }
            let detail = format!("with {}", names(&stored.roles));
            occasion.tell(tx, USER_CREATED, news::user(&stored.name), detail)?;
            Ok(())
        })
        .await?;
    Ok((StatusCode::CREATED, Json(user)))
}

/// Changes what a person may do, is called, or signs in with; what is absent stays.
#[utoipa::path(
    patch,
    path = "/v1/users/{name}",
    operation_id = "change_user",
    params(("name" = String, Path, description = "the person's name")),
    request_body(content = UserChange, example = json!({"roles": ["viewer"], "disabled": false})),
    responses((status = 200, body = User), (status = 507)),
    extensions(("x-roles" = json!(ADMINS))),
)]
pub(super) async fn change(
    State(inner): State<Arc<Inner>>,
    Path(name): Path<String>,
    caller: Caller,
    Trace(trace): Trace,
    Json(mut change): Json<UserChange>,
) -> Result<Json<User>, Denied> {
    let scope = inner.scope(&caller)?;
    if let Some(display_name) = &change.display_name {
        name::check_display_name(display_name)?;
    }
    if let Some(roles) = &mut change.roles {
        *roles = name::check_roles(roles, ROLES)?;
    }
    let hash = match change.password.take() {
        None => None,
        Some(password) => {
            name::check_password("password", &password)?;
            Some(inner.passwords.hash(Secret::new(password)).await?)
        }
    };
    let (wanted, occasion) = (name.clone(), Occasion::of(&caller, trace));
    let write = move |tx: &aetherius_store::Tx<'_>| {
        let before = find(tx, &scope, &wanted)?;
        let after = changed(&before, &change);
        let told = difference(&before, &after, hash.is_some());
        users::update(tx, &after)?;
        if let Some(hash) = &hash {
            users::set_password(tx, &after.name, hash)?;
        }
        // What a token says is not true any more. Who was kept out, or whose password may be known to somebody, begins anew.
        if hash.is_some() || after.disabled {
            sessions::end_all_of(tx, &after.name)?;
        } else if before.roles != after.roles {
            sessions::revoke_tokens_of(tx, &after.name)?;
        }
        if !told.is_empty() {
            occasion.tell(tx, USER_CHANGED, news::user(&after.name), told)?;
        }
        Ok::<_, Denied>((after, hash.is_some()))
    };
    let (user, has_new_password) = inner.store.write(Urgency::Acknowledgement, write).await?;
    if has_new_password {
        inner.throttle.lock().unwrap_or_else(PoisonError::into_inner).forget(&name);
    }
    inner.publish().await;
    Ok(Json(user))
}

/// Deletes a person, and ends all their sessions.
#[utoipa::path(
    delete,
    path = "/v1/users/{name}",
    operation_id = "delete_user",
    params(("name" = String, Path, description = "the person's name")),
    responses((status = 204), (status = 507)),
    extensions(("x-roles" = json!(ADMINS))),
)]
pub(super) async fn remove(
    State(inner): State<Arc<Inner>>,
    Path(name): Path<String>,
    caller: Caller,
    Trace(trace): Trace,
) -> Result<StatusCode, Denied> {
    let scope = inner.scope(&caller)?;
    let occasion = Occasion::of(&caller, trace);
    let write = move |tx: &aetherius_store::Tx<'_>| {
        let user = find(tx, &scope, &name)?;
        sessions::end_all_of(tx, &user.name)?;
        users::delete(tx, &user.name)?;
        occasion.tell(tx, USER_DELETED, news::user(&user.name), String::new())?;
        Ok::<_, Denied>(())
    };
    inner.store.write(Urgency::Acknowledgement, write).await?;
    inner.publish().await;
    Ok(StatusCode::NO_CONTENT)
}

fn find(tx: &aetherius_store::Tx<'_>, scope: &Scope, name: &str) -> Result<User, Denied> {
    users::get(tx, scope, name)?.ok_or_else(|| Problem::not_found("user", name).into())
}

fn changed(before: &User, change: &UserChange) -> User {
    let mut after = before.clone();
    if let Some(display_name) = &change.display_name {
        after.display_name.clone_from(display_name);
    }
    if let Some(roles) = &change.roles {
        after.roles.clone_from(roles);
    }
    after.disabled = change.disabled.unwrap_or(before.disabled);
    after
}

/// What changed, in words; empty when nothing did.
fn difference(before: &User, after: &User, has_new_password: bool) -> String {
    let mut told = Vec::new();
    if before.roles != after.roles {
        told.push(format!("from {} to {}", names(&before.roles), names(&after.roles)));
    }
    if before.disabled != after.disabled {
        told.push(if after.disabled { "disabled".to_owned() } else { "enabled".to_owned() });
    }
    if before.display_name != after.display_name {
        told.push("another display name".to_owned());
    }
    if has_new_password {
        told.push("another password".to_owned());
    }
    told.join(", ")
}

fn names(roles: &[Role]) -> String {
    roles.iter().map(|role| role.name()).collect::<Vec<_>>().join("+")
}
