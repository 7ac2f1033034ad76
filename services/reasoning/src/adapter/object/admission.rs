//! Quotas and service accounts.

use serde_json::Value;

use super::value::{key, names, quantities};
use crate::objects::{ResourceQuota, ServiceAccount};

pub(super) fn quota(value: &Value) -> ResourceQuota {
    ResourceQuota {
        key: key(value),
        hard: quantities(value, "/spec/hard"),
        used: quantities(value, "/status/used"),
    }
}

pub(super) fn service_account(value: &Value) -> ServiceAccount {
    ServiceAccount { key: key(value), pull_secrets: Some(names(value, "/imagePullSecrets")) }
}
