//! Rows of pods.

use crate::adapter::table::Row;
use crate::adapter::text::{age_s, labels, present, restarts};
use crate::objects::{Key, Pod};

pub(super) fn pod(key: Key, row: &Row<'_, '_>) -> Pod {
    let status = present(row.get("STATUS"));
    let phase = match status {
        Some(phase @ ("Pending" | "Running" | "Failed" | "Unknown")) => Some(phase),
        Some("Completed") => Some("Succeeded"),
        _ => None,
    };
    let (restarts, restarted_ago_s) = restarts(row.get("RESTARTS"));
    Pod {
        key,
        status: status.map(str::to_owned),
        phase: phase.map(str::to_owned),
        restarts,
        restarted_ago_s,
        node: present(row.get("NODE")).map(str::to_owned),
        labels: labels(row.get("LABELS")),
        ip: present(row.get("IP")).map(str::to_owned),
        age_s: age_s(row.get("AGE")).filter(|_| !row.get("AGE").is_empty()),
        ..Pod::default()
    }
}
