//! The notifications: table `notifications_items`.

use aetherius_bus::{Context, Message};
use aetherius_contracts::{
    messages::{NOTIFICATION_DELIVERED, NotificationDelivered, NotificationSend},
    notifications::{DeliveryStatus, Notification},
};
use aetherius_store::{Migration, Row, StoreError, Tx, Value};
use foundation::trace::TraceParent;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

/// The service's schema. `trying` marks a row whose try has begun and has not ended.
pub const MIGRATIONS: &[Migration] = &[Migration {
    owner: "notifications",
    version: 1,
    sql: "
    CREATE TABLE notifications_items (
        id              TEXT PRIMARY KEY,
        message_id      TEXT NOT NULL,
        channel         TEXT NOT NULL,
        project_id      TEXT NOT NULL,
        lane            TEXT NOT NULL,
        trace           TEXT NOT NULL,
        task_id         TEXT NOT NULL,
        payload         TEXT NOT NULL,
        status          TEXT NOT NULL,
        attempts        INTEGER NOT NULL,
        trying          INTEGER NOT NULL,
        error           TEXT,
        next_attempt_at TEXT NOT NULL,
        created_at      TEXT NOT NULL,
        delivered_at    TEXT,
        UNIQUE (message_id, channel)
    );
    CREATE INDEX notifications_items_due ON notifications_items (channel, next_attempt_at)
        WHERE status = 'pending' AND trying = 0;
    CREATE INDEX notifications_items_open ON notifications_items (status) WHERE status = 'pending';
    CREATE INDEX notifications_items_task ON notifications_items (project_id, task_id, created_at);",
}];

/// Writes a notification down, unless the message has one on this channel.
pub(crate) fn put(
    tx: &Tx<'_>,
    channel: &str,
    message: &Message,
    send: &NotificationSend,
    now: Timestamp,
) -> Result<(), StoreError> {
    let payload = serde_json::to_string(send).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    let context = &message.context;
    tx.execute(
        "INSERT INTO notifications_items (id, message_id, channel, project_id, lane, trace, task_id, payload, status,
             attempts, trying, next_attempt_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'pending', 0, 0, $9, $9) ON CONFLICT DO NOTHING",
        &[
            id(&message.id, channel).into(),
            (&message.id).into(),
            channel.into(),
            (&context.project_id).into(),
            (&context.lane).into(),
            context.trace.to_string().into(),
            (&send.task_id).into(),
            payload.into(),
            now.into(),
        ],
    )?;
    Ok(())
}

/// Derived, so that the idempotency key outlives even the loss of the row.
fn id(message_id: &str, channel: &str) -> String {
    let digest = Sha256::new()
        .chain_update("aetherius.notification\0")
        .chain_update(message_id)
        .chain_update("\0")
        .chain_update(channel)
        .finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid().to_string()
}

/// A notification whose try was counted and may be made.
#[derive(Clone, Debug)]
pub(crate) struct Claimed {
    pub(crate) id: String,
    pub(crate) channel: String,
    pub(crate) context: Context,
    pub(crate) send: NotificationSend,
    /// With the try that is to be made.
    pub(crate) attempts: u32,
}

/// What is to be tried now on a channel, and when the next one is due if nothing new comes.
pub(crate) fn claim(
    tx: &Tx<'_>,
    channel: &str,
    now: Timestamp,
    limit: u32,
) -> Result<(Vec<Claimed>, Option<Timestamp>), StoreError> {
    let sql = format!(
        "{CLAIM} WHERE channel = $1 AND status = 'pending' AND trying = 0 AND next_attempt_at <= $2
         ORDER BY next_attempt_at LIMIT $3"
    );
    let mut claimed = tx.query(&sql, &[channel.into(), now.into(), limit.into()], claimed)?;
    for one in &mut claimed {
        one.attempts += 1;
        tx.execute(
            "UPDATE notifications_items SET trying = 1, attempts = $2 WHERE id = $1",
            &[(&one.id).into(), one.attempts.into()],
        )?;
    }
    let next = tx.query_one(
        "SELECT min(next_attempt_at) FROM notifications_items WHERE channel = $1 AND status = 'pending' AND trying = 0",
        &[channel.into()],
        |row| row.get(0),
    )?;
    Ok((claimed, next))
}

/// What came of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Delivered,
    Again { error: String, at: Timestamp },
    GivenUp { error: String },
}

/// Writes down what came of a try, and tells when it was the last.
pub(crate) fn settle(
    tx: &Tx<'_>,
    tried: &Claimed,
    outcome: &Outcome,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (status, error, next, delivered_at) = match outcome {
        Outcome::Delivered => ("delivered", None, now, Some(now)),
        Outcome::Again { error, at } => ("pending", Some(error), *at, None),
        Outcome::GivenUp { error } => ("failed", Some(error), now, None),
    };
    tx.execute(
        "UPDATE notifications_items SET status = $2, trying = 0, error = $3, next_attempt_at = $4, delivered_at = $5
         WHERE id = $1",
        &[(&tried.id).into(), status.into(), error.into(), next.into(), delivered_at.into()],
    )?;
    if matches!(outcome, Outcome::Again { .. }) {
        return Ok(());
    }
    let told = NotificationDelivered {
        notification_id: tried.id.clone(),
        task_id: tried.send.task_id.clone(),
        channel: tried.channel.clone(),
        error: error.cloned(),
    };
    aetherius_bus::publish(
        tx,
        format!("{}/delivered", tried.id),
        NOTIFICATION_DELIVERED,
        &tried.context,
        &told,
    )
}

/// Makes the tries that a crash interrupted due again.
pub(crate) fn recover(tx: &Tx<'_>) -> Result<(), StoreError> {
    tx.execute("UPDATE notifications_items SET trying = 0 WHERE status = 'pending' AND trying = 1", &[])?;
    Ok(())
}

/// Gives up what is for channels that are no longer configured, at most `limit`; says how many.
pub(crate) fn give_up_orphans(
    tx: &Tx<'_>,
    channels: &[String],
    now: Timestamp,
    limit: u32,
) -> Result<usize, StoreError> {
    let places: Vec<String> = (0..channels.len()).map(|n| format!("${}", n + 2)).collect();
    let sql = format!("{CLAIM} WHERE status = 'pending' AND channel NOT IN ({}) LIMIT $1", places.join(", "));
    let mut params = vec![limit.into()];
    params.extend(channels.iter().map(Value::from));
    let orphans = tx.query(&sql, &params, claimed)?;
    for orphan in &orphans {
        let error = format!("there is no channel `{}` any more", orphan.channel);
        settle(tx, orphan, &Outcome::GivenUp { error }, now)?;
    }
    Ok(orphans.len())
}

const CLAIM: &str = "SELECT id, channel, project_id, lane, trace, payload, attempts FROM notifications_items";

fn claimed(row: &Row) -> Result<Claimed, StoreError> {
    let trace: String = row.get(4)?;
    let trace =
        TraceParent::parse(&trace).ok_or_else(|| StoreError::Corrupt("a notification's trace".into()))?;
    let payload: String = row.get(5)?;
    Ok(Claimed {
        id: row.get(0)?,
        channel: row.get(1)?,
        context: Context { project_id: row.get(2)?, lane: row.get(3)?, trace },
        send: serde_json::from_str(&payload).map_err(|error| StoreError::Corrupt(error.to_string()))?,
        attempts: row.get(6)?,
    })
}

const COLUMNS: &str = "id, task_id, channel, status, attempts, error, created_at, delivered_at";

/// What was sent about a task, oldest first.
pub(crate) fn of_task(
    tx: &Tx<'_>,
    project: &str,
    task: &str,
    limit: u32,
) -> Result<Vec<Notification>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM notifications_items WHERE project_id = $1 AND task_id = $2
         ORDER BY created_at, channel LIMIT $3"
    );
    tx.query(&sql, &[project.into(), task.into(), limit.into()], notification)
}

/// One notification of a project.
pub(crate) fn get(tx: &Tx<'_>, project: &str, id: &str) -> Result<Option<Notification>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM notifications_items WHERE project_id = $1 AND id = $2");
    tx.query_opt(&sql, &[project.into(), id.into()], notification)
}

fn notification(row: &Row) -> Result<Notification, StoreError> {
    let status: String = row.get(3)?;
    let status = match status.as_str() {
        "pending" => DeliveryStatus::Pending,
        "delivered" => DeliveryStatus::Delivered,
        "failed" => DeliveryStatus::Failed,
        other => return Err(StoreError::Corrupt(format!("a notification's status `{other}`"))),
    };
    Ok(Notification {
        id: row.get(0)?,
        task_id: row.get(1)?,
        channel: row.get(2)?,
        status,
        attempts: row.get(4)?,
        error: row.get(5)?,
        created_at: row.get(6)?,
        delivered_at: row.get(7)?,
    })
}
