use super::{ListParams, page};
use crate::{
    Inner,
    denied::Denied,
    name,
    news::Occasion,
    store::{Scope, projects},
};
use aetherius_contracts::{
    endpoint::ADMINS,
    identity::{NewProject, Page, Project},
    messages::PROJECT_CREATED,
};
use aetherius_rpc::{Caller, Code, Json, Problem, Query, context::Trace};
use aetherius_store::Urgency;
use axum::{extract::State, http::StatusCode};
use jiff::Timestamp;
use std::sync::Arc;

const PROJECTS_MAX: u32 = 1000;

/// Projects, by name.
#[utoipa::path(
    get,
    path = "/v1/projects",
    operation_id = "projects",
    params(ListParams),
    responses((status = 200, body = Page<Project>)),
    extensions(("x-roles" = json!(ADMINS))),
)]
pub(super) async fn list(
    State(inner): State<Arc<Inner>>,
    caller: Caller,
    Query(params): Query<ListParams>,
) -> Result<Json<Page<Project>>, Denied> {
    let scope = inner.scope(&caller)?;
    let limit = params.limit()?;
    let found = inner.read(move |tx| projects::list(tx, &scope, &params.after, limit + 1)).await?;
    Ok(Json(page(found, limit, |project| &project.name)))
}

/// Adds a project.
#[utoipa::path(
    post,
    path = "/v1/projects",
    operation_id = "add_project",
    request_body(content = NewProject, example = json!({"name": "staging"})),
    responses((status = 201, body = Project), (status = 409, description = "there is a project of this name already"), (status = 507)),
    extensions(("x-roles" = json!(ADMINS))),
)]
pub(super) async fn add(
    State(inner): State<Arc<Inner>>,
    caller: Caller,
    Trace(trace): Trace,
    Json(new): Json<NewProject>,
) -> Result<(StatusCode, Json<Project>), Denied> {
    if inner.scope(&caller)? != Scope::Installation {
        let detail = format!("only admins of the project `{}` add projects", inner.home_project);
        return Err(Problem::new(Code::Forbidden, detail).into());
    }
    name::check("name", &new.name)?;
    let project = Project { name: new.name, created_at: Timestamp::now() };
    let (stored, occasion) = (project.clone(), Occasion::of(&caller, trace));
    inner
        .store
        .write(Urgency::Acknowledgement, move |tx| {
            if projects::count(tx)? >= PROJECTS_MAX {
                return Err(conflict("there are as many projects as there may be"));
            }
            if !projects::add(tx, &stored.name, stored.created_at)? {
                return Err(conflict("there is a project of this name already"));
            }
            occasion.tell(tx, PROJECT_CREATED, format!("project:{}", stored.name), String::new())?;
            Ok(())
        })
        .await?;
    Ok((StatusCode::CREATED, Json(project)))
}

pub(super) fn conflict(detail: &str) -> Denied {
    Problem::new(Code::Conflict, detail).into()
}
