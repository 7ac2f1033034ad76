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
    routing::{get, post},
};
use serde::Deserialize;
use std::sync::Arc;

/// A task has a few notifications a channel; this is a bound, not a page.
const LIST_MAX: u32 = 500;

pub(crate) fn router(inner: Arc<Inner>) -> Router {
    Router::new()
        .route("/v1/notifications", get(of_task))
        .route("/v1/notifications/{id}", get(one))
        .route("/v1/channels", get(list_channels))
        .route("/v1/channels/{name}/test", post(test_channel))
        .with_state(inner)
}

#[derive(Deserialize)]
struct TaskQuery {
    task_id: String,
}

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

async fn list_channels(
    extract::State(inner): extract::State<Arc<Inner>>,
    caller: Caller,
) -> Result<Json<ChannelList>, Problem> {
    caller.require(READERS)?;
    Ok(Json(ChannelList { items: inner.config.channels.iter().map(channels::info).collect() }))
}

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
