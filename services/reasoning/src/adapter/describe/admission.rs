//! `kubectl describe` of quotas and service accounts.

use super::{Line, entries, key, values};
use crate::adapter::text::present;
use crate::objects::{ResourceQuota, ServiceAccount};

/// Below the name stands a table without indentation: resource, used, hard.
pub(super) fn quota(body: &[Line<'_>], asked_namespace: &str) -> ResourceQuota {
    let mut quota = ResourceQuota::default();
    let (mut name, mut namespace) = ("", "");
    for line in body {
        match line.key {
            "Name" => name = line.value,
            "Namespace" => namespace = line.value,
            _ => {
                let mut words = line.text.split_whitespace();
                let (Some(resource), Some(used), Some(hard), None) =
                    (words.next(), words.next(), words.next(), words.next())
                else {
                    continue;
                };
                if hard.starts_with(|first: char| first.is_ascii_digit()) {
                    quota.used.insert(resource.to_owned(), used.to_owned());
                    quota.hard.insert(resource.to_owned(), hard.to_owned());
                }
            }
        }
    }
    quota.key = key(namespace, asked_namespace, name);
    quota
}

pub(super) fn service_account(body: &[Line<'_>], asked_namespace: &str) -> ServiceAccount {
    let mut account = ServiceAccount::default();
    let (mut name, mut namespace) = ("", "");
    for (head, below) in entries(body) {
        match head.key {
            "Name" => name = head.value,
            "Namespace" => namespace = head.value,
            "Image pull secrets" => {
                // A secret that does not exist is marked `(not found)`.
                let secrets = values(head, below)
                    .filter_map(present)
                    .map(|secret| secret.split(' ').next().unwrap_or(secret).to_owned());
                account.pull_secrets = Some(secrets.collect());
            }
            _ => {}
        }
    }
    account.key = key(namespace, asked_namespace, name);
    account
}
