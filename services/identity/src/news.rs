//! What happened, for the audit: written in the transaction of what it tells about.

use aetherius_bus::{Context, publish};
use aetherius_contracts::messages::IdentityNews;
use aetherius_rpc::Caller;
use aetherius_store::{StoreError, Tx};
use foundation::trace::TraceParent;

/// Who does something, where, and in which trace.
#[derive(Clone, Debug)]
pub(crate) struct Occasion {
    pub(crate) actor: String,
    pub(crate) context: Context,
}

impl Occasion {
    /// A request of somebody known.
    pub(crate) fn of(caller: &Caller, trace: TraceParent) -> Self {
        Self::new(&caller.name, &caller.project, trace)
    }

    pub(crate) fn new(actor: &str, project: &str, trace: TraceParent) -> Self {
        let context = Context { project_id: project.to_owned(), lane: String::new(), trace };
        Self { actor: actor.to_owned(), context }
    }

    /// Writes down that it happened.
    pub(crate) fn tell(
        &self,
        tx: &Tx<'_>,
        topic: &str,
        subject: String,
        detail: String,
    ) -> Result<(), StoreError> {
        let news = IdentityNews { subject, actor: self.actor.clone(), detail };
        let id = format!("{topic}/{}", uuid::Uuid::now_v7());
        publish(tx, id, topic, &self.context, &news)
    }
}

/// As a person is named in what is told.
pub(crate) fn user(name: &str) -> String {
    format!("user:{name}")
}
