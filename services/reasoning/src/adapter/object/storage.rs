//! Claims, volumes, storage classes.

use serde_json::Value;

use super::value::{key, labels, quantity, selector, some_text, text, texts};
use crate::objects::{Claim, Key, PersistentVolume, StorageClass};

pub(super) fn claim(value: &Value) -> Claim {
    Claim {
        key: key(value),
        phase: some_text(value, "/status/phase"),
        class: value.get("spec").map(|spec| text(spec, "/storageClassName").to_owned()),
        requested: value.pointer("/spec/resources/requests/storage").and_then(quantity),
        modes: texts(value, "/spec/accessModes"),
        selector: value.get("spec").map(|spec| selector(spec, "/selector").unwrap_or_default()),
        volume: some_text(value, "/spec/volumeName"),
    }
}

pub(super) fn volume(value: &Value) -> PersistentVolume {
    let claim = value.pointer("/spec/claimRef");
    PersistentVolume {
        key: Key::new("", text(value, "/metadata/name")),
        labels: labels(value, "/metadata/labels"),
        phase: some_text(value, "/status/phase"),
        class: value.get("spec").map(|spec| text(spec, "/storageClassName").to_owned()),
        capacity: value.pointer("/spec/capacity/storage").and_then(quantity),
        modes: texts(value, "/spec/accessModes"),
        claim: claim.map(|claim| Key::new(text(claim, "/namespace"), text(claim, "/name"))),
    }
}

pub(super) fn class(value: &Value) -> StorageClass {
    let marks = labels(value, "/metadata/annotations");
    let is_default = marks.get("storageclass.kubernetes.io/is-default-class").is_some_and(|it| it == "true");
    StorageClass {
        key: Key::new("", text(value, "/metadata/name")),
        provisioner: some_text(value, "/provisioner"),
        binding: some_text(value, "/volumeBindingMode"),
        is_default: Some(is_default),
    }
}
