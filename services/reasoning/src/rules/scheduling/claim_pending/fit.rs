//! Which volume a claim was meant for, and in what the two do not fit.

use aetherius_contracts::reasoning::Evidence;

use super::{
    PV_BINDING_OCCUPIED, PVC_ACCESS_MODE_MISMATCH, PVC_CAPACITY_MISMATCH, PVC_SELECTOR_MISMATCH,
    PVC_STORAGE_CLASS_MISMATCH,
};
use crate::evidence::cite;
use crate::objects::{Claim, PersistentVolume, Requirement, Seen, Snapshot, StorageClass, thousandths};
use crate::rules::Cause;

/// One thing in which a claim and a volume do not fit.
pub(super) struct Difference {
    pub(super) cause: &'static Cause,
    /// The rest of a sentence about the claim.
    pub(super) words: String,
    pub(super) lines: Vec<Option<Evidence>>,
}

/// The class that the claim asks for, if it exists.
pub(super) fn class_of<'s>(snapshot: &'s Snapshot<'_>, claim: &Claim) -> Option<&'s Seen<StorageClass>> {
    let name = claim.class.as_deref()?;
    snapshot.storage_classes.iter().find(|class| class.key.name == name)
}

/// The differences to the volume that differs least, what weighs most first; none when there is no volume to compare.
pub(super) fn differences(snapshot: &Snapshot<'_>, claim: &Seen<Claim>) -> Vec<Difference> {
    let provisioner = class_of(snapshot, claim).and_then(|class| class.provisioner.as_deref());
    // Volumes of a class that makes them belong to those they were made for.
    if claim.volume.is_none() && provisioner.is_some_and(|name| name != NO_PROVISIONER) {
        return Vec::new();
    }
    let compared = candidates(snapshot, claim).into_iter().map(|volume| {
        let taken = occupied(snapshot, claim, volume);
        let is_taken = taken.is_some();
        let all = [
            class(snapshot, claim, volume),
            selector(snapshot, claim, volume),
            access_mode(snapshot, claim, volume),
            capacity(snapshot, claim, volume),
            taken,
        ];
        let found: Vec<Difference> = all.into_iter().flatten().collect();
        ((found.len(), is_taken), found)
    });
    match compared.min_by_key(|(order, _)| *order) {
        Some((_, found)) => found,
        None => class_missing(snapshot, claim).into_iter().collect(),
    }
}

/// The volume that the claim names; else those of its class; of these, those that its selector picks. Where none is left
/// the wish itself is in doubt, and is not asked for.
fn candidates<'s>(snapshot: &'s Snapshot<'_>, claim: &Claim) -> Vec<&'s Seen<PersistentVolume>> {
    if let Some(name) = &claim.volume {
        return snapshot.volumes.iter().filter(|volume| *name == volume.key.name).collect();
    }
    let of_class = narrow(snapshot.volumes.iter().collect(), |volume| volume.class == claim.class);
    narrow(of_class, |volume| claim.selector.as_ref().is_none_or(|selector| selector.selects(&volume.labels)))
}

fn narrow(
    volumes: Vec<&Seen<PersistentVolume>>,
    keep: impl Fn(&PersistentVolume) -> bool,
) -> Vec<&Seen<PersistentVolume>> {
    let kept: Vec<_> = volumes.iter().copied().filter(|volume| keep(volume)).collect();
    if kept.is_empty() { volumes } else { kept }
}

/// The provisioner of classes whose volumes are made by hand.
const NO_PROVISIONER: &str = "kubernetes.io/no-provisioner";

fn class_missing(snapshot: &Snapshot<'_>, claim: &Seen<Claim>) -> Option<Difference> {
    let name = claim.class.as_deref().filter(|name| !name.is_empty())?;
    if snapshot.storage_classes.len() == 0 || class_of(snapshot, claim).is_some() {
        return None;
    }
    Some(Difference {
        cause: &PVC_STORAGE_CLASS_MISMATCH,
        words: format!("its storage class {name} does not exist"),
        lines: vec![cite(snapshot, claim, &[name], "the class that the claim asks for")],
    })
}

fn class(
    snapshot: &Snapshot<'_>,
    claim: &Seen<Claim>,
    volume: &Seen<PersistentVolume>,
) -> Option<Difference> {
    let (wanted, offered) =
        (claim.class.as_ref()?, volume.class.as_ref().filter(|it| Some(*it) != claim.class.as_ref())?);
    let shown = |class: &str| match class {
        "" => "no storage class".to_owned(),
        class => format!("storage class {class}"),
    };
    let name = &volume.key.name;
    Some(Difference {
        cause: &PVC_STORAGE_CLASS_MISMATCH,
        words: format!("it asks for {}, and volume {name} has {}", shown(wanted), shown(offered)),
        lines: vec![
            cite(snapshot, claim, &[wanted], "the class that the claim asks for"),
            cite(snapshot, volume, &[offered], "the class of the volume"),
            cite(snapshot, volume, &[name], "the volume"),
        ],
    })
}

fn selector(
    snapshot: &Snapshot<'_>,
    claim: &Seen<Claim>,
    volume: &Seen<PersistentVolume>,
) -> Option<Difference> {
    let selector = claim.selector.as_ref().filter(|selector| !selector.selects(&volume.labels))?;
    let name = &volume.key.name;
    let shows = "what the claim's selector asks for";
    let pairs = selector
        .equal
        .iter()
        .map(|(key, value)| (key, format!("{key}={value}"), cite(snapshot, claim, &[key, value], shows)));
    let others = selector
        .requirements
        .iter()
        .map(|it| (&it.key, written(it), cite(snapshot, claim, &["key", &it.key], shows)));
    let (mut wishes, mut lines) = (Vec::new(), Vec::new());
    for (key, wish, line) in pairs.chain(others) {
        wishes.push(wish);
        lines.push(line);
        let label = volume.labels.get(key);
        lines.push(label.and_then(|value| cite(snapshot, volume, &[key, value], "the label of the volume")));
    }
    lines.push(cite(snapshot, volume, &[name], "the volume"));
    let words = format!("its selector asks for {}, and volume {name} does not have that", wishes.join(", "));
    Some(Difference { cause: &PVC_SELECTOR_MISMATCH, words, lines })
}

fn written(requirement: &Requirement) -> String {
    format!("{} {} [{}]", requirement.key, requirement.operator, requirement.values.join(", "))
}

fn access_mode(
    snapshot: &Snapshot<'_>,
    claim: &Seen<Claim>,
    volume: &Seen<PersistentVolume>,
) -> Option<Difference> {
    let offered = volume.modes.first()?;
    let mode = claim.modes.iter().find(|mode| !volume.modes.contains(mode))?;
    let name = &volume.key.name;
    let shows = "how the volume may be used";
    Some(Difference {
        cause: &PVC_ACCESS_MODE_MISMATCH,
        words: format!("it wants {mode}, and volume {name} offers {}", volume.modes.join(", ")),
        lines: vec![
            cite(snapshot, claim, &[mode], "how the claim wants to use the volume"),
            cite(snapshot, volume, &[short(offered)], shows)
                .or_else(|| cite(snapshot, volume, &[offered], shows)),
        ],
    })
}

/// Tables and descriptions write access modes in short.
fn short(mode: &str) -> &str {
    match mode {
        "ReadWriteOnce" => "RWO",
        "ReadOnlyMany" => "ROX",
        "ReadWriteMany" => "RWX",
        "ReadWriteOncePod" => "RWOP",
        mode => mode,
    }
}

fn capacity(
    snapshot: &Snapshot<'_>,
    claim: &Seen<Claim>,
    volume: &Seen<PersistentVolume>,
) -> Option<Difference> {
    let (wanted, held) = (claim.requested.as_ref()?, volume.capacity.as_ref()?);
    if thousandths(wanted)? <= thousandths(held)? {
        return None;
    }
    let name = &volume.key.name;
    Some(Difference {
        cause: &PVC_CAPACITY_MISMATCH,
        words: format!("it asks for {wanted}, and volume {name} holds {held}"),
        lines: vec![
            cite(snapshot, claim, &["storage", wanted], "how much the claim asks for"),
            cite(snapshot, volume, &[held], "how much the volume holds"),
        ],
    })
}

/// A volume that somebody else has, that waits for somebody else, or that was left behind and not cleaned.
fn occupied(snapshot: &Snapshot<'_>, claim: &Claim, volume: &Seen<PersistentVolume>) -> Option<Difference> {
    let phase = volume.phase.as_deref().unwrap_or("");
    // A claim that was made anew has the name but not the identity of the one that left.
    let holder = volume.claim.as_ref().filter(|key| **key != claim.key || phase == "Released");
    if holder.is_none() && !matches!(phase, "Released" | "Failed") {
        return None;
    }
    let name = &volume.key.name;
    let words = match holder {
        Some(key) if phase == "Released" => {
            format!("volume {name} is released but still kept for {}/{}", key.namespace, key.name)
        }
        Some(key) => format!("volume {name} is held by claim {}/{}", key.namespace, key.name),
        None => format!("volume {name} is {phase}"),
    };
    let held = holder.map_or(phase, |key| key.name.as_str());
    let shows = "who holds the volume";
    Some(Difference {
        cause: &PV_BINDING_OCCUPIED,
        words,
        lines: vec![
            cite(snapshot, volume, &[phase], "the state of the volume"),
            cite(snapshot, volume, &[held], shows),
        ],
    })
}
