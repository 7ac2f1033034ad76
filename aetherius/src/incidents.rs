//! `aetherius incidents`, `queue`, `knowledge` and `audit`: what the dashboard does, on the command line.

mod act;
mod args;
mod audit;
mod knowledge;
mod list;
mod queue;
mod show;

pub(crate) use args::{AuditArgs, IncidentsArgs, KnowledgeArgs, QueueArgs};

use crate::client::{self, Client, Paint};
use args::{AuditAction, IncidentsAction, KnowledgeAction};
use jiff::Timestamp;

const INCIDENTS: &str = "/api/api/v1/incidents";

/// How what is answered is shown to a person.
struct Screen {
    paint: Paint,
    now: Timestamp,
}

impl Screen {
    fn open() -> Self {
        Self { paint: Paint::of_stdout(), now: Timestamp::now() }
    }
}

/// `aetherius incidents …`.
pub(crate) fn run(args: &IncidentsArgs) -> anyhow::Result<()> {
    let client = Client::open(&args.remote)?;
    let json = args.remote.json;
    client::block_on(async {
        match &args.action {
            IncidentsAction::Ls(filter) => list::run(&client, filter, json).await,
            IncidentsAction::Show { id } => show::run(&client, id, json).await,
            action => act::run(&client, action, json).await,
        }
    })
}

/// `aetherius queue`.
pub(crate) fn queue(args: &QueueArgs) -> anyhow::Result<()> {
    let client = Client::open(&args.remote)?;
    client::block_on(queue::run(&client, args.remote.json))
}

/// `aetherius knowledge …`.
pub(crate) fn knowledge(args: &KnowledgeArgs) -> anyhow::Result<()> {
    let client = Client::open(&args.remote)?;
    let json = args.remote.json;
    client::block_on(async {
        match &args.action {
            KnowledgeAction::Ls { limit } => knowledge::list(&client, *limit, json).await,
            KnowledgeAction::Add(entry) => knowledge::add(&client, entry, json).await,
            KnowledgeAction::Rm { id } => knowledge::remove(&client, id, json).await,
            KnowledgeAction::Search(query) => knowledge::search(&client, query, json).await,
        }
    })
}

/// `aetherius audit …`.
pub(crate) fn audit(args: &AuditArgs) -> anyhow::Result<()> {
    let AuditAction::Verify = args.action;
    let client = Client::open(&args.remote)?;
    client::block_on(audit::verify(&client, args.remote.json))
}
