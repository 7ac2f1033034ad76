//! How many tasks there are, and how many came when.

use aetherius_contracts::{
    events::Severity,
    incidents::{TaskStats, Volume},
    tasks::TaskStatus,
};
use aetherius_store::{Row, StoreError, Tx};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, HashMap};

#[cfg(test)]
mod tests;

const BUCKETS: i32 = 48;
const BUCKET_S: i64 = 1800;

const SEVERITIES: [Severity; 4] = [Severity::Critical, Severity::High, Severity::Medium, Severity::Low];

/// The numbers of a project. Both statements are answered by an index alone.
pub(crate) fn stats(tx: &Tx<'_>, project: &str, now: Timestamp) -> Result<TaskStats, StoreError> {
    let counts = tx.query(
        "SELECT status, sum(severity = 'critical'), sum(severity = 'high'), sum(severity = 'medium'), sum(severity = 'low')
         FROM orchestrator_tasks WHERE project_id = $1 GROUP BY status",
        &[project.into()],
        |row| Ok((row.get(0)?, [row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?])),
    )?;
    let first = first_bucket(now);
    // Times are text of a fixed width: this is the half hour in which each lies.
    let volume = tx.query(
        "SELECT substr(created_at, 1, 14) || CASE WHEN substr(created_at, 15, 2) < '30' THEN '00' ELSE '30' END AS half,
             count(*)
         FROM orchestrator_tasks WHERE project_id = $1 AND created_at >= $2 GROUP BY half",
        &[project.into(), first.into()],
        bucket,
    )?;
    let mut stats = totals(&counts);
    stats.volume = buckets(first, &volume.into_iter().collect());
    Ok(stats)
}

fn bucket(row: &Row) -> Result<(Timestamp, u64), StoreError> {
    let half: String = row.get(0)?;
    let at = format!("{half}:00Z").parse().map_err(|_| StoreError::Corrupt(half))?;
    Ok((at, row.get::<u32>(1)?.into()))
}

fn totals(counts: &[(String, [u32; 4])]) -> TaskStats {
    let mut stats = TaskStats {
        open: 0,
        total: 0,
        by_status: BTreeMap::new(),
        by_severity: SEVERITIES.map(|severity| (severity.as_str().to_owned(), 0)).into(),
        volume: Vec::new(),
    };
    for status in TaskStatus::ALL {
        let of_status = counts.iter().find(|(word, _)| word == status.as_str());
        let by_severity = of_status.map_or([0; 4], |(_, counts)| *counts);
        for (severity, count) in SEVERITIES.into_iter().zip(by_severity) {
            *stats.by_severity.entry(severity.as_str().to_owned()).or_default() += u64::from(count);
        }
        let count = by_severity.into_iter().map(u64::from).sum();
        stats.total += count;
        if status.is_open() {
            stats.open += count;
        }
        stats.by_status.insert(status.as_str().to_owned(), count);
    }
    stats
}

/// The beginning of the first of 48 half hours of which the last one holds `now`.
fn first_bucket(now: Timestamp) -> Timestamp {
    let last = now.as_second().div_euclid(BUCKET_S) * BUCKET_S;
    Timestamp::from_second(last).unwrap_or(now) - SignedDuration::from_secs(BUCKET_S) * (BUCKETS - 1)
}

fn buckets(first: Timestamp, counts: &HashMap<Timestamp, u64>) -> Vec<Volume> {
    let at = |n: i32| first + SignedDuration::from_secs(BUCKET_S) * n;
    (0..BUCKETS).map(|n| Volume { at: at(n), count: counts.get(&at(n)).copied().unwrap_or(0) }).collect()
}
