//! A claim to storage that stays without a volume, told apart by what keeps it from the volume that fits best.
//!
//! Kubernetes mostly says no more than that no volume is available. So the claim is compared with every volume: the one
//! that differs least is the one that was meant, and the difference is what to mend.

mod fit;
mod user;

use aetherius_contracts::reasoning::{Evidence, Finding};

use super::scheduler::{Obstacle, Refusal, refusals};
use super::{Cause, Certainty, Nature, Rule};
use crate::evidence::{Proof, cite};
use crate::objects::{Claim, Event, Seen, Snapshot};
use fit::{Difference, class_of, differences};
use user::User;

pub(super) const RULE: Rule = Rule {
    id: "claim_pending",
    doc: "claims to storage that find no volume, and pods that wait for them",
    causes: &[
        PVC_STORAGE_CLASS_MISMATCH,
        PVC_SELECTOR_MISMATCH,
        PVC_ACCESS_MODE_MISMATCH,
        PVC_CAPACITY_MISMATCH,
        PV_BINDING_OCCUPIED,
        PVC_UNBOUND,
    ],
    check,
};

const PVC_STORAGE_CLASS_MISMATCH: Cause = Cause {
    id: "pvc_storage_class_mismatch",
    taxonomy: "scheduling",
    nature: Nature::Specific,
    remedy: "Give the claim the class of a volume or an existing storage class; a claim must be made anew for that.",
};

const PVC_SELECTOR_MISMATCH: Cause = Cause {
    id: "pvc_selector_mismatch",
    taxonomy: "scheduling",
    nature: Nature::Specific,
    remedy: "Label the volume as the claim's selector asks, or make the claim anew with a selector that a volume meets.",
};

const PVC_ACCESS_MODE_MISMATCH: Cause = Cause {
    id: "pvc_access_mode_mismatch",
    taxonomy: "scheduling",
    nature: Nature::Specific,
    remedy: "Make the claim anew with an access mode that the volume has, or provide a volume with the mode it asks for.",
};

const PVC_CAPACITY_MISMATCH: Cause = Cause {
    id: "pvc_capacity_mismatch",
    taxonomy: "scheduling",
    nature: Nature::Specific,
    remedy: "Make the claim anew with a smaller request, or provide a volume that is large enough.",
};

const PV_BINDING_OCCUPIED: Cause = Cause {
    id: "pv_binding_occupied",
    taxonomy: "scheduling",
    nature: Nature::Specific,
    remedy: "Provide another volume, or free this one: remove the claim that holds it, and the claimRef of a released volume.",
};

const PVC_UNBOUND: Cause = Cause {
    id: "pvc_unbound",
    taxonomy: "scheduling",
    nature: Nature::Broad,
    remedy: "Read the claim's events; provide a volume that it can bind, or see that the provisioner of its class runs.",
};

fn check(snapshot: &Snapshot<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> =
        snapshot.claims.iter().flat_map(|claim| blame(snapshot, claim)).collect();
    for refusal in refusals(snapshot) {
        if !findings.iter().any(|finding| finding.object == refusal.object) {
            findings.extend(unknown(snapshot, &refusal));
        }
    }
    findings
}

fn blame(snapshot: &Snapshot<'_>, claim: &Seen<Claim>) -> Vec<Finding> {
    if !matches!(claim.phase.as_deref(), Some("Pending" | "Lost")) {
        return Vec::new();
    }
    let user = User::of(snapshot, claim);
    if waits_for_a_pod(snapshot, claim) && user.refusal.is_none() {
        return Vec::new();
    }
    let events = snapshot.events_of("persistentvolumeclaim", &claim.key);
    let last = events.first().and_then(|event| cite_event(snapshot, event));
    let said = events.iter().find_map(|event| Some((meaning(&event.message)?, *event)));
    let (found, sure) = match said {
        // A class that does not exist is no obstacle to a volume that bears its name; something else is.
        Some((cause, event))
            if cause.id != PVC_STORAGE_CLASS_MISMATCH.id || !has_volume_of_class(snapshot, claim) =>
        {
            let lines = vec![cite_event(snapshot, event)];
            (
                vec![Difference { cause, words: event.message.trim_end_matches('.').to_owned(), lines }],
                Certainty::Stated,
            )
        }
        _ if claim.phase.as_deref() == Some("Lost") => (Vec::new(), Certainty::Inferred),
        _ => (differences(snapshot, claim), Certainty::Inferred),
    };
    if found.is_empty() {
        return broad(snapshot, claim, &user, last).into_iter().collect();
    }
    let findings = found.into_iter().enumerate().filter_map(|(place, difference)| {
        let certainty = if place == 0 { sure } else { Certainty::Suspected };
        let proof = Proof::of(difference.lines.into_iter().chain([last.clone(), user.cite(snapshot)]))?;
        let summary = format!("{} waits for claim {}: {}.", user.object, claim.key.name, difference.words);
        Some(difference.cause.finding(user.object.clone(), certainty, summary, proof))
    });
    findings.collect()
}

fn broad(
    snapshot: &Snapshot<'_>,
    claim: &Seen<Claim>,
    user: &User<'_>,
    last: Option<Evidence>,
) -> Option<Finding> {
    // It may have been made a moment ago; a pod that was refused for it shows that something waits.
    let certainty = if user.refusal.is_some() { Certainty::Inferred } else { Certainty::Suspected };
    let phase = claim.phase.as_deref()?;
    let proof =
        Proof::of([last, cite(snapshot, claim, &[phase], "the claim is not bound"), user.cite(snapshot)])?;
    let name = &claim.key.name;
    let what = match &claim.volume {
        Some(volume) => format!("claim {name}, which has no hold of volume {volume}"),
        None => format!("claim {name}, which finds no volume"),
    };
    let object = user.object.clone();
    let summary = format!("{object} waits for {what}.");
    Some(PVC_UNBOUND.finding(object, certainty, summary, proof))
}

/// A pod that was refused for a claim which no output tells of, or which does not exist.
fn unknown(snapshot: &Snapshot<'_>, refusal: &Refusal<'_>) -> Option<Finding> {
    let is_it = |obstacle: &Obstacle| *obstacle == Obstacle::Claim;
    let (reason, certainty) = (refusal.reason(is_it)?, refusal.certainty(snapshot, is_it)?);
    let proof = Proof::of([refusal.cite(snapshot, reason)])?;
    let object = refusal.object.clone();
    let summary = format!("{object} waits for its storage: {}.", reason.words);
    Some(PVC_UNBOUND.finding(object, certainty, summary, proof))
}

/// True when the claim is left alone on purpose until a pod that uses it has found a node.
fn waits_for_a_pod(snapshot: &Snapshot<'_>, claim: &Claim) -> bool {
    class_of(snapshot, claim).is_some_and(|class| class.binding.as_deref() == Some("WaitForFirstConsumer"))
}

fn has_volume_of_class(snapshot: &Snapshot<'_>, claim: &Claim) -> bool {
    snapshot.volumes.iter().any(|volume| volume.class.is_some() && volume.class == claim.class)
}

/// What the binder and provisioners say in their own words.
fn meaning(message: &str) -> Option<&'static Cause> {
    ANSWERS.iter().find(|(phrase, _)| message.contains(phrase)).map(|(_, cause)| *cause)
}

const ANSWERS: [(&str, &Cause); 7] = [
    ("storageclass.storage.k8s.io \"", &PVC_STORAGE_CLASS_MISMATCH),
    ("storageClassName does not match", &PVC_STORAGE_CLASS_MISMATCH),
    ("requested PV is too small", &PVC_CAPACITY_MISMATCH),
    ("incompatible accessMode", &PVC_ACCESS_MODE_MISMATCH),
    ("already bound to a different claim", &PV_BINDING_OCCUPIED),
    ("Selector is not supported", &PVC_SELECTOR_MISMATCH),
    ("selector is not supported", &PVC_SELECTOR_MISMATCH),
];

fn cite_event(snapshot: &Snapshot<'_>, event: &Seen<Event>) -> Option<Evidence> {
    cite(snapshot, event, &[event.message.lines().next().unwrap_or("")], "what the claim was told")
}

#[cfg(test)]
mod tests;
