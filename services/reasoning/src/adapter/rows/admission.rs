//! Rows of quotas and service accounts.

use crate::adapter::table::Row;
use crate::objects::{Key, ResourceQuota, ServiceAccount};

/// `requests.cpu: 10/1, pods: 4/10`: used, then the bound.
pub(super) fn quota(key: Key, row: &Row<'_, '_>) -> ResourceQuota {
    let mut quota = ResourceQuota { key, ..ResourceQuota::default() };
    let parts = ["REQUEST", "LIMIT"].into_iter().flat_map(|column| row.get(column).split(','));
    for (resource, numbers) in parts.filter_map(|part| part.trim().split_once(": ")) {
        if let Some((used, hard)) = numbers.split_once('/') {
            quota.used.insert(resource.to_owned(), used.to_owned());
            quota.hard.insert(resource.to_owned(), hard.to_owned());
        }
    }
    quota
}

pub(super) fn service_account(key: Key) -> ServiceAccount {
    ServiceAccount { key, pull_secrets: None }
}
