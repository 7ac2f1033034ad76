//! One client, from its handshake to its end.

use super::{
    Live, Place, TOPICS,
    frame::{Frame, To, Word},
    reader,
};
use aetherius_contracts::endpoint::READERS;
use aetherius_rpc::{Caller, Code, Problem, Query, problem::chain};
use axum::{
    extract::{
        State,
        ws::{
            CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade, rejection::WebSocketUpgradeRejection,
        },
    },
    response::Response,
};
use serde::Deserialize;
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{OwnedSemaphorePermit, broadcast::error::RecvError},
    time::{Instant, sleep_until, timeout},
};
use utoipa_axum::{router::OpenApiRouter, routes};

const PING_EVERY: Duration = Duration::from_secs(15);
/// A client that takes nothing for so long is gone.
const SEND_TIMEOUT: Duration = Duration::from_secs(10);
/// Messages that a client may have missed and still be told; beyond that loading anew is cheaper.
const MISSED_MAX: u32 = 1000;
/// Clients have nothing to say.
const MESSAGE_BYTES_MAX: usize = 4096;

/// The close codes of RFC 6455, section 7.4, and one of ours.
const GOING_AWAY: u16 = 1001;
const COME_AGAIN: u16 = 4000;

/// A state of `None` means that this process does not see the log.
pub(crate) fn endpoints() -> OpenApiRouter<Option<Arc<Live>>> {
    OpenApiRouter::new().routes(routes!(open))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct LiveQuery {
    /// That of the last frame; what was missed since is told first. Absent: from now on.
    #[param(pattern = "^[0-9]{0,18}$")]
    #[serde(default)]
    cursor: String,
}

/// A WebSocket that tells of every change as it happens.
///
/// Frames are JSON objects with a `type`: `hello`, `incident`, `step`, `ping` and `reset`, each with the `cursor` from which a client
/// that comes back goes on. `incident` brings a `summary`, `step` a `task_id` and a `step`. A page of another address is refused.
#[utoipa::path(
    get,
    path = "/v1/live",
    operation_id = "live",
    params(LiveQuery),
    responses((status = 101, description = "the WebSocket is open"), (status = 400, description = "this is no handshake of a WebSocket, or `cursor` is no number that a frame has brought")),
    extensions(("x-roles" = json!(READERS))),
)]
async fn open(
    State(live): State<Option<Arc<Live>>>,
    caller: Caller,
    Query(query): Query<LiveQuery>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    caller.require(READERS)?;
    let cursor = read_cursor(&query.cursor)?;
    let upgrade = upgrade.map_err(|rejection| {
        let detail = format!("this is a WebSocket; open it with `new WebSocket(…)` ({rejection})");
        Problem::new(Code::InvalidParameter, detail)
    })?;
    let live = live.ok_or_else(|| {
        let detail = "live updates are there only where `api` and `orchestrator` run in one process";
        Problem::new(Code::Unavailable, detail)
    })?;
    let place = Arc::clone(&live.places).try_acquire_owned().map_err(|_| {
        let detail = "as many pages look on as may; close one, or load again a little later";
        Problem::new(Code::Unavailable, detail).retry_after(5)
    })?;
    let upgrade = upgrade.max_message_size(MESSAGE_BYTES_MAX);
    Ok(upgrade.on_upgrade(move |socket| serve(live, socket, caller, cursor, place)))
}

fn read_cursor(text: &str) -> Result<Option<i64>, Problem> {
    if text.is_empty() {
        return Ok(None);
    }
    let number = text.parse().ok().filter(|cursor| *cursor >= 0);
    number.map(Some).ok_or_else(|| {
        Problem::new(
            Code::InvalidParameter,
            "`cursor` is a number that a frame has brought; leave it out at first",
        )
    })
}

/// Why a client is left.
enum End {
    /// It has gone, or takes nothing.
    Gone,
    /// It is told why.
    Told(u16, &'static str),
}

const END_OF_ALL: End = End::Told(GOING_AWAY, "Aetherius stops; connect again");
const TIME_IS_UP: End = End::Told(COME_AGAIN, "the time of this connection is up; connect again");

async fn enter(live: &Live, name: &str) -> Result<Place, End> {
    match live.enter(name).await {
        Ok(place) => place.ok_or(END_OF_ALL),
        Err(error) => {
            tracing::warn!(error = %chain(&error), "a client of live updates finds no log");
            Err(END_OF_ALL)
        }
    }
}

async fn serve(
    live: Arc<Live>,
    mut socket: WebSocket,
    caller: Caller,
    cursor: Option<i64>,
    _place: OwnedSemaphorePermit,
) {
    let ended = tell(&live, &mut socket, &caller, cursor).await;
    if let Err(End::Told(code, reason)) = ended {
        let close = Message::Close(Some(CloseFrame { code, reason: reason.into() }));
        // It may have gone; then there is nobody to tell.
        let _ = timeout(SEND_TIMEOUT, socket.send(close)).await;
    }
}

/// Tells a client of what happens until its time is up, or its rights have changed.
async fn tell(live: &Live, socket: &mut WebSocket, caller: &Caller, cursor: Option<i64>) -> Result<(), End> {
    let Caller { name, project, .. } = caller;
    let mut place = enter(live, name).await?;
    let mut until = place.until;
    send(socket, Word::Hello { cursor: cursor.unwrap_or(place.position) }.text()).await?;
    if let Some(cursor) = cursor {
        for frame in missed(live, cursor, place.position).await {
            if frame.is_for(project) {
                send(socket, frame.text).await?;
            }
        }
    }
    let mut ping = Instant::now() + PING_EVERY;
    loop {
        tokio::select! {
            frame = place.frames.recv() => match frame {
                Ok(frame) => {
                    place.position = frame.cursor;
                    if frame.to == To::Changed(name.clone()) {
                        return Err(End::Told(COME_AGAIN, "what you may do has changed; connect again"));
                    }
                    if frame.is_for(project) {
                        send(socket, frame.text).await?;
                    }
                }
                Err(RecvError::Lagged(_)) => {
                    // What is left in the queue is old; the client loads what is there now.
                    place = enter(live, name).await?;
                    until = until.min(place.until);
                    send(socket, Word::Reset { cursor: place.position }.text()).await?;
                }
                Err(RecvError::Closed) => return Err(END_OF_ALL),
            },
            heard = socket.recv() => match heard {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(End::Gone),
                // Pongs are answered below us, and nothing else is asked.
                Some(Ok(_)) => {}
            },
            () = sleep_until(ping) => {
                send(socket, Word::Ping { cursor: place.position }.text()).await?;
                ping = Instant::now() + PING_EVERY;
            }
            () = sleep_until(until) => {
                return Err(TIME_IS_UP);
            }
        }
    }
}

/// What a client that comes back has missed between its cursor and its place.
async fn missed(live: &Live, cursor: i64, position: i64) -> Vec<Frame> {
    let anew = || vec![Frame::reset(position)];
    // A position that was never reached is of another log.
    if cursor > position {
        return anew();
    }
    let piece = match aetherius_bus::read_after(&live.store, TOPICS, cursor, MISSED_MAX).await {
        Ok(piece) => piece,
        Err(error) => {
            tracing::warn!(error = %chain(&error), "what a client has missed cannot be read; it loads anew");
            return anew();
        }
    };
    let is_forgotten = cursor < position && (piece.oldest == 0 || cursor + 1 < piece.oldest);
    if is_forgotten || piece.messages.len() >= MISSED_MAX as usize {
        return anew();
    }
    // What came after the place is told by the queue.
    let messages: Vec<_> = piece.messages.into_iter().filter(|message| message.seq <= position).collect();
    let mut frames = Vec::new();
    for some in messages.chunks(reader::BATCH as usize) {
        match reader::frames(live, some).await {
            Ok(more) => frames.extend(more),
            Err(_) => return anew(),
        }
    }
    frames
}

async fn send(socket: &mut WebSocket, text: Utf8Bytes) -> Result<(), End> {
    match timeout(SEND_TIMEOUT, socket.send(Message::Text(text))).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(End::Gone),
    }
}
