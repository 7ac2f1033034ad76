//! Rows of deployments, stateful sets, daemon sets and replica sets.

use crate::adapter::table::Row;
use crate::adapter::text::labels;
use crate::objects::{Key, Workload};

pub(super) fn workload(key: Key, row: &Row<'_, '_>) -> Workload {
    // `1/3` where pods are counted in one column, else three columns.
    let (ready, desired) = row.get("READY").split_once('/').unwrap_or((row.get("READY"), row.get("DESIRED")));
    Workload {
        key,
        selector: labels(row.get("SELECTOR")),
        desired: desired.parse().ok(),
        ready: ready.parse().ok(),
        ..Workload::default()
    }
}
