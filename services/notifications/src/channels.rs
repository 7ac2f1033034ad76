//! The channels as people see them, and whether something arrives there.

use crate::{
    Inner,
    attempt::{Body, attempt},
    settings::{Channel, Target},
    store::Claimed,
};
use aetherius_bus::Context;
use aetherius_contracts::{
    messages::{CHANNEL_TESTED, ChannelTested, NotificationSend},
    notifications::{ChannelInfo, ChannelTest},
};
use aetherius_store::{StoreError, Urgency};
use reqwest::Url;

/// A channel without what is secret of it.
pub(crate) fn info(channel: &Channel) -> ChannelInfo {
    let (kind, target) = match &channel.target {
        Target::Log => ("log", "the log of Aetherius".to_owned()),
        Target::Webhook { url, .. } => ("webhook", origin(url.expose())),
    };
    ChannelInfo { name: channel.name.clone(), kind: kind.to_owned(), target }
}

/// Scheme, host and port: whoever knows the rest may post.
fn origin(url: &str) -> String {
    Url::parse(url).map_or_else(|_| String::new(), |url| url.origin().ascii_serialization())
}

/// Sends a word that says that it is a test, once, and tells how it went.
pub(crate) async fn test(
    inner: &Inner,
    channel: &Channel,
    context: Context,
    by: &str,
) -> Result<ChannelTest, StoreError> {
    let claimed = word(channel, &context, by);
    let body = Body::of(&claimed, &inner.config.public_url);
    let tried = attempt(&inner.http, channel, &body, inner.config.attempt_timeout).await;
    let error = tried.err().map(|refusal| refusal.reason);
    inner.metrics.count(&channel.name, if error.is_none() { "delivered" } else { "given_up" });
    let tested = ChannelTested { channel: channel.name.clone(), by: by.to_owned(), error: error.clone() };
    let id = format!("{}/tested", claimed.id);
    inner
        .store
        .write(Urgency::Work, move |tx| aetherius_bus::publish(tx, id, CHANNEL_TESTED, &context, &tested))
        .await?;
    let delivered = error.is_none();
    let arrived = match channel.target {
        Target::Log => "a line was written to the log",
        Target::Webhook { .. } => "the receiver has taken it",
    };
    Ok(ChannelTest { delivered, detail: error.unwrap_or_else(|| arrived.to_owned()) })
}

fn word(channel: &Channel, context: &Context, by: &str) -> Claimed {
    Claimed {
        id: uuid::Uuid::new_v4().to_string(),
        channel: channel.name.clone(),
        context: context.clone(),
        send: NotificationSend {
            task_id: String::new(),
            report_id: None,
            title: format!("Test of channel {}", channel.name),
            text: format!("{by} wants to know whether this arrives. Nothing is wrong."),
            severity: "low".to_owned(),
            trace_id: context.trace.trace_id_hex(),
        },
        attempts: 1,
    }
}
