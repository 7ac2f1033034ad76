//! From events to tasks.

use crate::{Inner, store};
use aetherius_bus::{HandleError, Message};
use aetherius_contracts::messages::{EVENT_RECEIVED, EVENT_RECEIVED_CONSUMER, EventReceived};
use aetherius_store::{StoreError, Tx};
use foundation::shutdown::Shutdown;
use std::sync::{Arc, atomic::Ordering};

pub(crate) async fn run(inner: Arc<Inner>, shutdown: Shutdown) {
    let database = inner.store.clone();
    let handle = move |tx: &Tx<'_>, message: &Message| {
        // A full queue makes events wait in the inbox, and a full inbox makes senders wait.
        if inner.waiting.load(Ordering::Relaxed) >= inner.config.queue_max {
            return Err(HandleError::Store(StoreError::Busy));
        }
        let EventReceived { event } = message.payload()?;
        store::create(tx, event, &message.context, &inner.config)?;
        Ok(())
    };
    aetherius_bus::consume(database, EVENT_RECEIVED_CONSUMER, &[EVENT_RECEIVED], handle, shutdown).await;
}
