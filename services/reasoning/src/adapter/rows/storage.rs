//! Rows of claims, volumes and storage classes.

use crate::adapter::table::Row;
use crate::adapter::text::{access_modes, labels, present};
use crate::objects::{Claim, Key, PersistentVolume, StorageClass};

/// Capacity and access modes are what a claim got; what it asks for is not shown.
pub(super) fn claim(key: Key, row: &Row<'_, '_>) -> Claim {
    Claim {
        key,
        phase: present(row.get("STATUS")).map(str::to_owned),
        class: Some(present(row.get("STORAGECLASS")).unwrap_or("").to_owned()),
        volume: present(row.get("VOLUME")).map(str::to_owned),
        ..Claim::default()
    }
}

pub(super) fn volume(key: Key, row: &Row<'_, '_>) -> PersistentVolume {
    PersistentVolume {
        key,
        labels: labels(row.get("LABELS")),
        phase: present(row.get("STATUS")).map(str::to_owned),
        class: Some(present(row.get("STORAGECLASS")).unwrap_or("").to_owned()),
        capacity: present(row.get("CAPACITY")).map(str::to_owned),
        modes: access_modes(row.get("ACCESS MODES")),
        claim: row.get("CLAIM").split_once('/').map(|(namespace, name)| Key::new(namespace, name)),
    }
}

pub(super) fn class(mut key: Key, row: &Row<'_, '_>) -> StorageClass {
    let bare = key.name.strip_suffix(" (default)").map(str::to_owned);
    let is_default = bare.is_some();
    if let Some(bare) = bare {
        key.name = bare;
    }
    StorageClass {
        key,
        provisioner: present(row.get("PROVISIONER")).map(str::to_owned),
        binding: present(row.get("VOLUMEBINDINGMODE")).map(str::to_owned),
        is_default: Some(is_default),
    }
}
