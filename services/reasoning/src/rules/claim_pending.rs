//! A claim to storage that stays without a volume, told apart by what keeps it from the volume that fits best.
//!
//! Kubernetes mostly says no more than that no volume is available. So the claim is compared with every volume: the one
//! that differs least is the one that was meant, and the difference is what to mend.

use aetherius_contracts::reasoning::{Evidence, Finding, ObjectRef};

use super::scheduler::{Obstacle, Refusal};
use super::{Cause, Certainty, Nature, Rule};
use crate::evidence::{Proof, cite};
use crate::objects::{Claim, Event, PersistentVolume, Pod, Seen, Snapshot, Volume, thousandths};

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
    let pending = snapshot.claims.iter().filter(|claim| claim.phase.as_deref() == Some("Pending"));
    let mut findings: Vec<Finding> = pending.flat_map(|claim| blame(snapshot, claim)).collect();
    let waiting = snapshot.pods.iter().filter_map(|pod| Refusal::of(snapshot, pod));
    for refusal in waiting {
        if !findings.iter().any(|finding| finding.object == refusal.object) {
            findings.extend(unknown(snapshot, &refusal));
        }
    }
    findings
}

fn blame(snapshot: &Snapshot<'_>, claim: &Seen<Claim>) -> Vec<Finding> {
    let user = User::of(snapshot, claim);
    if waits_for_a_pod(snapshot, claim) && user.refusal.is_none() {
        return Vec::new();
    }
    let events = snapshot.events_of("persistentvolumeclaim", &claim.key);
    let said = events.iter().find_map(|event| Some((meaning(&event.message)?, *event)));
    let obstacles = match said {
        Some((cause, event))
            if cause.id != PVC_STORAGE_CLASS_MISMATCH.id || !has_volume_of_class(snapshot, claim) =>
        {
            let citation = cite(snapshot, event, &[&event.message], "what the claim was told");
            vec![Difference { cause, words: event.message.clone(), lines: vec![citation], is_said: true }]
        }
        _ => differences(snapshot, claim),
    };
    let last = events.first().and_then(|event| cite_event(snapshot, event));
    if obstacles.is_empty() {
        return broad(snapshot, claim, &user, last).into_iter().collect();
    }
    let findings = obstacles.into_iter().enumerate().filter_map(|(place, difference)| {
        let certainty = match place {
            0 if difference.is_said => Certainty::Stated,
            0 => Certainty::Inferred,
            _ => Certainty::Suspected,
        };
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
    // A moment ago it may have been made; only a pod that was refused for it shows that something waits.
    let certainty = if user.refusal.is_some() { Certainty::Inferred } else { Certainty::Suspected };
    let pending = cite(snapshot, claim, &["Pending"], "the claim is not bound");
    let proof = Proof::of([last, pending, user.cite(snapshot)])?;
    let summary = match &claim.volume {
        Some(volume) => {
            format!("{} waits for claim {}, which asks for volume {volume}.", user.object, claim.key.name)
        }
        None => format!("{} waits for claim {}, which finds no volume.", user.object, claim.key.name),
    };
    Some(PVC_UNBOUND.finding(user.object.clone(), certainty, summary, proof))
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

/// Who waits for a claim.
struct User<'s> {
    object: ObjectRef,
    /// What the scheduler said of a pod that waits for it.
    refusal: Option<Refusal<'s>>,
}

impl<'s> User<'s> {
    fn of(snapshot: &'s Snapshot<'_>, claim: &Claim) -> Self {
        let here = |pod: &Pod| pod.key.namespace == claim.key.namespace;
        let mut pods = snapshot.pods.iter().filter(|pod| here(pod) && uses(pod, claim)).peekable();
        let first = pods.peek().map(|pod| snapshot.workload_of(pod));
        let refused = |pod| {
            Refusal::of(snapshot, pod).filter(|refusal| refusal.reason(|it| *it == Obstacle::Claim).is_some())
        };
        if let Some(refusal) = pods.find_map(refused) {
            return Self { object: refusal.object.clone(), refusal: Some(refusal) };
        }
        let object = first.or_else(|| template_user(snapshot, claim)).unwrap_or_else(|| ObjectRef {
            kind: "persistentvolumeclaim".to_owned(),
            namespace: claim.key.namespace.clone(),
            name: claim.key.name.clone(),
        });
        // A row of a table does not tell of a pod's volumes, but whose pod it is.
        let refusal = snapshot.pods.iter().filter(|pod| here(pod)).filter_map(refused);
        let refusal = refusal.into_iter().find(|refusal| refusal.object == object);
        Self { object, refusal }
    }

    fn cite(&self, snapshot: &Snapshot<'_>) -> Option<Evidence> {
        let refusal = self.refusal.as_ref()?;
        refusal.cite(snapshot, refusal.reason(|obstacle| *obstacle == Obstacle::Claim)?)
    }
}

fn uses(pod: &Pod, claim: &Claim) -> bool {
    pod.volumes.values().any(|volume| matches!(volume, Volume::Claim(name) if *name == claim.key.name))
}

/// The workload in whose template the claim stands.
fn template_user(snapshot: &Snapshot<'_>, claim: &Claim) -> Option<ObjectRef> {
    let kinds = [
        ("deployment", &snapshot.deployments),
        ("statefulset", &snapshot.stateful_sets),
        ("daemonset", &snapshot.daemon_sets),
    ];
    kinds.into_iter().find_map(|(kind, index)| {
        let here = |key: &crate::objects::Key| key.namespace == claim.key.namespace;
        let user = index.iter().find(|user| here(&user.key) && uses(&user.template, claim))?;
        Some(ObjectRef {
            kind: kind.to_owned(),
            namespace: claim.key.namespace.clone(),
            name: user.key.name.clone(),
        })
    })
}

/// True when the claim is left alone on purpose until a pod that uses it has found a node.
fn waits_for_a_pod(snapshot: &Snapshot<'_>, claim: &Claim) -> bool {
    class_of(snapshot, claim).is_some_and(|class| class.binding.as_deref() == Some("WaitForFirstConsumer"))
}

fn class_of<'s>(snapshot: &'s Snapshot<'_>, claim: &Claim) -> Option<&'s Seen<crate::objects::StorageClass>> {
    let name = claim.class.as_deref()?;
    snapshot.storage_classes.iter().find(|class| class.key.name == name)
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

/// One thing in which a claim and a volume do not fit.
struct Difference {
    cause: &'static Cause,
    words: String,
    lines: Vec<Option<Evidence>>,
    /// True when Kubernetes says so itself.
    is_said: bool,
}

/// The differences to the volume that differs least; none when there is no volume to compare with.
fn differences(snapshot: &Snapshot<'_>, claim: &Seen<Claim>) -> Vec<Difference> {
    let class = class_of(snapshot, claim);
    let pinned =
        |volume: &Seen<PersistentVolume>| claim.volume.as_ref().is_none_or(|name| *name == volume.key.name);
    let makes_its_own = class.and_then(|class| class.provisioner.as_deref());
    // Volumes of a class that makes them belong to those they were made for.
    if claim.volume.is_none() && makes_its_own.is_some_and(|name| name != NO_PROVISIONER) {
        return Vec::new();
    }
    let compared = snapshot.volumes.iter().filter(|volume| pinned(volume)).map(|volume| {
        let mut found = compare(snapshot, claim, volume);
        let taken = occupied(snapshot, claim, volume);
        let order = (found.len() + usize::from(taken.is_some()), taken.is_some());
        found.extend(taken);
        (order, found)
    });
    match compared.min_by_key(|(order, _)| *order) {
        Some((_, found)) => found,
        None => class_missing(snapshot, claim).into_iter().collect(),
    }
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
        is_said: false,
    })
}

fn compare(snapshot: &Snapshot<'_>, claim: &Seen<Claim>, volume: &Seen<PersistentVolume>) -> Vec<Difference> {
    let name = &volume.key.name;
    let mut found = Vec::new();
    let mut add = |cause: &'static Cause, words: String, lines: Vec<Option<Evidence>>| {
        found.push(Difference { cause, words, lines, is_said: false });
    };
    if let (Some(wanted), Some(class)) = (&claim.class, &volume.class)
        && wanted != class
    {
        let shown = |class: &str| {
            if class.is_empty() { "no storage class".to_owned() } else { format!("storage class {class}") }
        };
        let lines = vec![
            cite(snapshot, claim, &[wanted], "the class that the claim asks for"),
            cite(snapshot, volume, &[name, class], "the class of the volume"),
            cite(snapshot, volume, &[name], "the volume"),
        ];
        add(
            &PVC_STORAGE_CLASS_MISMATCH,
            format!("it asks for {}, and volume {name} has {}", shown(wanted), shown(class)),
            lines,
        );
    }
    if let Some(selector) = claim.selector.as_ref().filter(|selector| !selector.selects(&volume.labels)) {
        let equal = selector
            .equal
            .iter()
            .map(|(key, value)| (key, format!("{key}={value}"), vec![key.as_str(), value]));
        let others = selector.requirements.iter().map(|requirement| {
            let words =
                format!("{} {} [{}]", requirement.key, requirement.operator, requirement.values.join(", "));
            (&requirement.key, words, vec!["key", requirement.key.as_str()])
        });
        let wishes: Vec<_> = equal.chain(others).collect();
        let lines = wishes.iter().flat_map(|(key, _, words)| {
            [
                cite(snapshot, claim, words, "what the claim's selector asks for"),
                volume
                    .labels
                    .get(*key)
                    .and_then(|value| cite(snapshot, volume, &[key, value], "the label of the volume")),
            ]
        });
        let asked: Vec<&str> = wishes.iter().map(|(_, words, _)| words.as_str()).collect();
        let words =
            format!("its selector asks for {}, and volume {name} does not have that", asked.join(", "));
        add(
            &PVC_SELECTOR_MISMATCH,
            words,
            lines.chain([cite(snapshot, volume, &[name], "the volume")]).collect(),
        );
    }
    let lacking: Vec<&String> = claim.modes.iter().filter(|mode| !volume.modes.contains(mode)).collect();
    if let Some(mode) = lacking.first().filter(|_| !volume.modes.is_empty()) {
        let lines = vec![
            cite(snapshot, claim, &[mode], "how the claim wants to use the volume"),
            cite(
                snapshot,
                volume,
                &[short(volume.modes.first().map_or("", String::as_str))],
                "how the volume may be used",
            ),
            cite(snapshot, volume, &[name], "the volume"),
        ];
        let words = format!("it wants {mode}, and volume {name} offers {}", volume.modes.join(", "));
        add(&PVC_ACCESS_MODE_MISMATCH, words, lines);
    }
    if let (Some(wanted), Some(capacity)) = (&claim.requested, &volume.capacity)
        && let (Some(asked), Some(size)) = (thousandths(wanted), thousandths(capacity))
        && asked > size
    {
        let lines = vec![
            cite(snapshot, claim, &["storage", wanted], "how much the claim asks for"),
            cite(snapshot, volume, &[capacity], "how much the volume holds"),
        ];
        add(
            &PVC_CAPACITY_MISMATCH,
            format!("it asks for {wanted}, and volume {name} holds {capacity}"),
            lines,
        );
    }
    found
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

fn occupied(snapshot: &Snapshot<'_>, claim: &Claim, volume: &Seen<PersistentVolume>) -> Option<Difference> {
    let phase = volume.phase.as_deref().unwrap_or("");
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
    let held = holder.map(|key| key.name.as_str()).unwrap_or(phase);
    let lines = vec![
        cite(snapshot, volume, &[name, phase, held], "who holds the volume"),
        cite(snapshot, volume, &[held], "who holds the volume"),
    ];
    Some(Difference { cause: &PV_BINDING_OCCUPIED, words, lines, is_said: false })
}

#[cfg(test)]
mod tests;
