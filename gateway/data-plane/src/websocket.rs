//! WebSockets outside the engine.
//!
//! The handshake is a request like any other: every hook sees it. Once the upstream has switched protocols (101) and the client has
//! been told so, both connections are taken away from the engine, whose buffers would cost more than an idle WebSocket is worth.

mod socket;
mod tunnel;

pub(crate) use socket::{UpstreamSocket, watched};
pub(crate) use tunnel::{Ended, Leaving, Terms, Traffic, run};

use crate::{proxy::Context, stream::Transport};
use bytes::BytesMut;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// One end of a WebSocket, with what it has sent and nobody has taken yet.
pub(crate) struct End<S> {
    pub(crate) socket: S,
    pub(crate) sent: BytesMut,
}

/// Where the parts of a WebSocket meet while its handshake goes on.
#[derive(Default)]
pub(crate) struct Handover {
    parts: Mutex<Parts>,
}

#[derive(Default)]
struct Parts {
    upstream: Option<End<UpstreamSocket>>,
    client: Option<End<Transport>>,
    context: Option<Box<Context>>,
}

/// All that a WebSocket needs to go on alone.
pub(crate) struct Handed {
    pub(crate) upstream: End<UpstreamSocket>,
    pub(crate) client: End<Transport>,
    /// The request that it began with.
    pub(crate) context: Box<Context>,
}

impl std::fmt::Debug for Handover {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handover").finish_non_exhaustive()
    }
}

impl Handover {
    fn parts(&self) -> MutexGuard<'_, Parts> {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The upstream has switched protocols.
    fn switched(&self, upstream: End<UpstreamSocket>) {
        self.parts().upstream = Some(upstream);
    }

    /// Whether the upstream has switched protocols.
    pub(crate) fn has_switched(&self) -> bool {
        self.parts().upstream.is_some()
    }

    /// The hooks have seen the answer; from now on the request is ours to account for.
    pub(crate) fn accounted(&self, context: Box<Context>) {
        self.parts().context = Some(context);
    }

    /// Whether the client may be taken once it has its answer.
    pub(crate) fn awaits_client(&self) -> bool {
        let parts = self.parts();
        parts.context.is_some() && parts.client.is_none()
    }

    /// The client has its answer.
    pub(crate) fn answered(&self, client: End<Transport>) {
        self.parts().client = Some(client);
    }

    /// Everything, once it is there.
    pub(crate) fn take(&self) -> Option<Handed> {
        let mut parts = self.parts();
        if parts.client.is_none() || parts.upstream.is_none() || parts.context.is_none() {
            return None;
        }
        let Parts { upstream, client, context } = std::mem::take(&mut *parts);
        Some(Handed { upstream: upstream?, client: client?, context: context? })
    }
}
