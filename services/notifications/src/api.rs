//! HTTP in and out.

use crate::{Inner, channels, store};
use aetherius_bus::Context;
use aetherius_contracts::endpoint::{READERS, WRITERS, refused};
use aetherius_contracts::notifications::{ChannelList, ChannelTest, Notification};
use aetherius_rpc::{
    Caller, Json, Problem, Query,
    context::{Lane, Trace},
};
use axum::{
    Router,
    extract::{self, Path},
};
use serde::Deserialize;
use std::sync::Arc;
use utoipa_axum::{router::OpenApiRouter, routes};

/// A task has a few notifications a channel; this is a bound, not a page.
const LIST_MAX: u32 = 500;

pub(crate) fn router(inner: Arc<Inner>) -> Router {
    endpoints().with_state(inner).into()
}

pub(crate) fn endpoints() -> OpenApiRouter<Arc<Inner>> {
    OpenApiRouter::new()
        .routes(routes!(of_task))
        .routes(routes!(one))
        .routes(routes!(list_channels))
        .routes(routes!(test_channel))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct TaskQuery {
    /// The task.
    task_id: String,
}

/// Who was told about a task.
#[utoipa::path(
    get,
    path = "/v1/notifications",
    params(TaskQuery),
    responses((status = 200, body = Vec<Notification>)),
    extensions(("x-roles" = json!(READERS))),
)]
async fn of_task(
    extract::State(inner): extract::State<Arc<Inner>>,
    caller: Caller,
    Query(query): Query<TaskQuery>,
) -> Result<Json<Vec<Notification>>, Problem> {
    caller.require(READERS)?;
    let read =
        move |tx: &aetherius_store::Tx<'_>| store::of_task(tx, &caller.project, &query.task_id, LIST_MAX);
    inner.store.read(read).await.map(Json).map_err(refused)
}

/// One notification.
#[utoipa::path(
    get,
    path = "/v1/notifications/{id}",
    params(("id" = String, Path, description = "the notification")),
    responses((status = 200, body = Notification)),
    extensions(("x-roles" = json!(READERS))),
)]
async fn one(
    extract::State(inner): extract::State<Arc<Inner>>,
    Path(id): Path<String>,
    caller: Caller,
) -> Result<Json<Notification>, Problem> {
    caller.require(READERS)?;
    let wanted = id.clone();
    let found =
        inner.store.read(move |tx| store::get(tx, &caller.project, &wanted)).await.map_err(refused)?;
    found.map(Json).ok_or_else(|| Problem::not_found("notification", &id))
}

/// The channels, without what is secret of them.
#[utoipa::path(
    get,
    path = "/v1/channels",
    responses((status = 200, body = ChannelList)),
    extensions(("x-roles" = json!(READERS))),
)]
async fn list_channels(
    extract::State(inner): extract::State<Arc<Inner>>,
    caller: Caller,
) -> Result<Json<ChannelList>, Problem> {
    caller.require(READERS)?;
    Ok(Json(ChannelList { items: inner.config.channels.iter().map(channels::info).collect() }))
}

/// Sends a test to a channel, once; that it did not arrive is an answer too.
#[utoipa::path(
    post,
    path = "/v1/channels/{name}/test",
    params(("name" = String, Path, description = "the channel, as the settings name it")),
    responses((status = 200, body = ChannelTest), (status = 507)),
    extensions(("x-roles" = json!(WRITERS))),
)]
async fn test_channel(
    extract::State(inner): extract::State<Arc<Inner>>,
    Path(name): Path<String>,
    caller: Caller,
    Trace(trace): Trace,
    Lane(lane): Lane,
) -> Result<Json<ChannelTest>, Problem> {
    caller.require(WRITERS)?;
    let channel = inner.config.channels.iter().find(|channel| channel.name == name);
    let channel = channel.ok_or_else(|| Problem::not_found("channel", &name))?;
    let context = Context { project_id: caller.project, lane, trace };
    channels::test(&inner, channel, context, &caller.name).await.map(Json).map_err(refused)
}
