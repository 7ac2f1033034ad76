//! The one who reads the log for all.

use super::{
    Live, RIGHTS, RIGHTS_LAG, TOPICS,
    frame::{Frame, caller, plan},
};
use aetherius_bus::Message;
use aetherius_rpc::{CallContext, Problem, problem::chain};
use aetherius_store::StoreError;
use foundation::{shutdown::Shutdown, trace::TraceParent};
use std::{collections::HashMap, time::Duration};
use tokio::time::Instant;

/// Messages read at once; no more incidents than one call may ask for.
pub(super) const BATCH: u32 = 128;
/// How soon to turn to the database again after it failed.
const RETRY: Duration = Duration::from_millis(200);

/// Reads and sends until a stop is asked for.
pub(super) async fn run(live: &Live, shutdown: &Shutdown) {
    let mut appended = live.store.appended();
    while !shutdown.is_requested() {
        appended.mark_unchanged();
        let wait = match step(live).await {
            Ok(Step::More) => continue,
            Ok(Step::AtEnd) => None,
            Err(error) => {
                tracing::warn!(error = %chain(&error), "live updates cannot read the log; trying again");
                Some(RETRY)
            }
        };
        let news = async {
            match wait {
                Some(delay) => tokio::time::sleep(delay).await,
                None => {
                    // An error means that the store is closed: wait for the stop instead of spinning.
                    if appended.changed().await.is_err() {
                        std::future::pending::<()>().await;
                    }
                }
            }
        };
        tokio::select! {
            () = shutdown.requested() => return,
            () = news => {}
        }
    }
}

enum Step {
    More,
    AtEnd,
}

async fn step(live: &Live) -> Result<Step, StoreError> {
    let position = live.begin().await?;
    if nobody_listens(live) {
        let piece = aetherius_bus::read_after(&live.store, RIGHTS, position, BATCH).await?;
        note(live, &piece.messages);
        let mut feed = live.feed();
        // Somebody may have come meanwhile, and is told what the next look finds.
        if feed.frames.as_ref().is_none_or(|frames| frames.receiver_count() == 0) {
            feed.position = Some(piece.read_to);
            return Ok(if piece.messages.len() < BATCH as usize { Step::AtEnd } else { Step::More });
        }
        return Ok(Step::More);
    }
    let piece = aetherius_bus::read_after(&live.store, TOPICS, position, BATCH).await?;
    note(live, &piece.messages);
    let frames = match frames(live, &piece.messages).await {
        Ok(frames) => frames,
        Err(problem) => {
            tracing::warn!(reason = problem.detail, "live updates are not told; clients load anew");
            // Whose rights have changed is known all the same.
            let rights = piece.messages.iter().filter(|message| RIGHTS.contains(&message.topic.as_str()));
            let changed = rights.filter_map(|message| Some(Frame::changed(caller(message)?, message.seq)));
            changed.chain([Frame::reset(piece.read_to)]).collect()
        }
    };
    let mut feed = live.feed();
    if let Some(sender) = &feed.frames {
        for frame in frames {
            // Err: all clients have gone, and nobody misses anything.
            let _ = sender.send(frame);
        }
    }
    feed.position = Some(piece.read_to);
    Ok(if piece.messages.len() < BATCH as usize { Step::AtEnd } else { Step::More })
}

/// Keeps in mind whose rights have changed, and no longer than that matters.
fn note(live: &Live, messages: &[Message]) {
    let names = messages.iter().filter(|message| RIGHTS.contains(&message.topic.as_str())).filter_map(caller);
    let changed = &mut live.feed().changed;
    changed.retain(|_, heard| heard.elapsed() < RIGHTS_LAG);
    changed.extend(names.map(|name| (name, Instant::now())));
}

fn nobody_listens(live: &Live) -> bool {
    live.feed().frames.as_ref().is_none_or(|frames| frames.receiver_count() == 0)
}

/// What is to be said about messages.
pub(super) async fn frames(live: &Live, messages: &[Message]) -> Result<Vec<Frame>, Problem> {
    let plan = plan(messages);
    let mut summaries = HashMap::new();
    for (project, task_ids) in plan.wanted() {
        let context = CallContext::new("api", project, TraceParent::new_root());
        for summary in live.gather.these(task_ids, &context).await? {
            summaries.insert(summary.task_id.clone(), summary);
        }
    }
    Ok(plan.frames(&summaries))
}
