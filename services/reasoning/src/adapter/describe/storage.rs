//! `kubectl describe` of claims, volumes and storage classes.

use super::{Line, entries, key, label_lines, owned};
use crate::adapter::text::{access_modes, present};
use crate::objects::{Claim, Key, PersistentVolume, StorageClass};

/// What a claim asks for is not described; `Capacity` and `Access Modes` are what it got.
pub(super) fn claim(body: &[Line<'_>], asked_namespace: &str) -> Claim {
    let mut claim = Claim::default();
    let (mut name, mut namespace) = ("", "");
    for (head, _) in entries(body) {
        match head.key {
            "Name" => name = head.value,
            "Namespace" => namespace = head.value,
            "StorageClass" => claim.class = Some(present(head.value).unwrap_or("").to_owned()),
            "Status" => claim.phase = owned(head.value.split(' ').next().unwrap_or("")),
            "Volume" => claim.volume = owned(head.value),
            _ => {}
        }
    }
    claim.key = key(namespace, asked_namespace, name);
    claim
}

pub(super) fn volume(body: &[Line<'_>]) -> PersistentVolume {
    let mut volume = PersistentVolume::default();
    for (head, below) in entries(body) {
        match head.key {
            "Name" => volume.key = key("", "", head.value),
            "Labels" => volume.labels = label_lines(head, below),
            "StorageClass" => volume.class = Some(present(head.value).unwrap_or("").to_owned()),
            "Status" => volume.phase = owned(head.value.split(' ').next().unwrap_or("")),
            "Claim" => {
                volume.claim = present(head.value)
                    .and_then(|claim| claim.split_once('/'))
                    .map(|(namespace, name)| Key::new(namespace, name));
            }
            "Access Modes" => volume.modes = access_modes(head.value),
            "Capacity" => volume.capacity = owned(head.value),
            _ => {}
        }
    }
    volume
}

pub(super) fn class(body: &[Line<'_>]) -> StorageClass {
    let mut class = StorageClass::default();
    for (head, _) in entries(body) {
        match head.key {
            "Name" => class.key = key("", "", head.value),
            "IsDefaultClass" => class.is_default = Some(head.value == "Yes"),
            "Provisioner" => class.provisioner = owned(head.value),
            "VolumeBindingMode" => class.binding = owned(head.value),
            _ => {}
        }
    }
    class
}
