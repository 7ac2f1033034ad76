//! Results and outputs: tables `execution_…`.

use aetherius_bus::Context;
use aetherius_contracts::{
    execution::StepResult,
    messages::{STEP_EXECUTED, StepExecuted},
};
use aetherius_store::{Migration, StoreError, Tx};
use jiff::Timestamp;

/// The service's schema.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        owner: "execution",
        version: 1,
        sql: "
    CREATE TABLE execution_outputs (
        project_id TEXT NOT NULL,
        hash       TEXT NOT NULL,
        body       TEXT NOT NULL,
        created_at TEXT NOT NULL,
        PRIMARY KEY (project_id, hash)
    );
    CREATE TABLE execution_steps (
        project_id TEXT NOT NULL,
        key        TEXT NOT NULL,
        task_id    TEXT NOT NULL,
        cluster_id TEXT NOT NULL,
        result     TEXT NOT NULL,
        created_at TEXT NOT NULL,
        PRIMARY KEY (project_id, key)
    );
    CREATE INDEX execution_steps_created_at ON execution_steps (created_at);",
    },
    Migration {
        owner: "execution",
        version: 2,
        sql: "CREATE INDEX execution_steps_task ON execution_steps (project_id, task_id, created_at);",
    },
];
/// Steps of one task that are listed; a task has fewer.
const STEPS_MAX: i64 = 500;

/// What a step gave, if it was executed under this key before.
pub(crate) fn recall(tx: &Tx<'_>, project: &str, key: &str) -> Result<Option<StepResult>, StoreError> {
    let found: Option<String> = tx.query_opt(
        "SELECT result FROM execution_steps WHERE project_id = $1 AND key = $2",
        &[project.into(), key.into()],
        |row| row.get(0),
    )?;
    let Some(text) = found else { return Ok(None) };
    let mut result: StepResult =
        serde_json::from_str(&text).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    result.output = output(tx, project, &result.output_hash)?.unwrap_or_default();
    Ok(Some(result))
}

/// Writes a result and its output, and tells. The first result of a key stands; what is returned is what stands.
pub(crate) fn record(
    tx: &Tx<'_>,
    key: &str,
    task_id: &str,
    cluster_id: &str,
    result: StepResult,
    context: &Context,
) -> Result<StepResult, StoreError> {
    let project = context.project_id.as_str();
    if let Some(stands) = recall(tx, project, key)? {
        return Ok(stands);
    }
    let now = Timestamp::now();
    tx.execute(
        "INSERT INTO execution_outputs VALUES ($1, $2, $3, $4) ON CONFLICT (project_id, hash) DO NOTHING",
        &[project.into(), (&result.output_hash).into(), (&result.output).into(), now.into()],
    )?;
    let step = StepResult { output: String::new(), ..result.clone() };
    let body = serde_json::to_string(&step).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    tx.execute(
        "INSERT INTO execution_steps VALUES ($1, $2, $3, $4, $5, $6)",
        &[project.into(), key.into(), task_id.into(), cluster_id.into(), body.into(), now.into()],
    )?;
    let message = StepExecuted { task_id: task_id.to_owned(), cluster_id: cluster_id.to_owned(), step };
    aetherius_bus::publish(tx, format!("{project}/{key}"), STEP_EXECUTED, context, &message)?;
    Ok(result)
}

/// The steps of a task that were executed, oldest first, without their outputs.
pub(crate) fn steps(tx: &Tx<'_>, project: &str, task_id: &str) -> Result<Vec<StepResult>, StoreError> {
    let rows: Vec<String> = tx.query(
        "SELECT result FROM execution_steps WHERE project_id = $1 AND task_id = $2 ORDER BY created_at, key LIMIT $3",
        &[project.into(), task_id.into(), STEPS_MAX.into()],
        |row| row.get(0),
    )?;
    rows.iter()
        .map(|text| serde_json::from_str(text).map_err(|error| StoreError::Corrupt(error.to_string())))
        .collect()
}

/// The output of a hash, if the project has it.
pub(crate) fn output(tx: &Tx<'_>, project: &str, hash: &str) -> Result<Option<String>, StoreError> {
    tx.query_opt(
        "SELECT body FROM execution_outputs WHERE project_id = $1 AND hash = $2",
        &[project.into(), hash.into()],
        |row| row.get(0),
    )
}
