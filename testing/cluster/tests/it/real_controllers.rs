//! What nobody plays: the controllers and the scheduler themselves.

use crate::{Place, deployment};

#[test]
fn a_pod_that_fits_nowhere_is_told_so_by_the_scheduler() {
    let Some(place) = Place::of("an unschedulable pod") else { return };
    place.apply(&deployment(("note", "none"), "resources: {requests: {cpu: '64'}}", ""));
    let event = place.wait_for_event("FailedScheduling", "Insufficient cpu");
    assert_eq!(event["reportingComponent"], "default-scheduler");
}

#[test]
fn a_quota_and_a_missing_service_account_keep_pods_from_being_made() {
    let Some(place) = Place::of("a quota") else { return };
    place.apply("{apiVersion: v1, kind: ResourceQuota, metadata: {name: few}, spec: {hard: {pods: '0'}}}");
    place.wait_for("resourcequotas", |it| !it["status"]["hard"].is_null());
    place.apply(&deployment(("note", "none"), "ports: []", ""));
    place.wait_for_event("FailedCreate", "exceeded quota: few");

    let Some(place) = Place::of("a missing service account") else { return };
    place.apply(&deployment(("note", "none"), "ports: []", "serviceAccountName: nobody"));
    place.wait_for_event("FailedCreate", "serviceaccount \"nobody\" not found");
}

#[test]
fn a_claim_without_a_volume_stays_pending() {
    let Some(place) = Place::of("a pending claim") else { return };
    place.apply(
        "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}, storageClassName: gold}}",
    );
    place.wait_for_event("ProvisioningFailed", "storageclass.storage.k8s.io \"gold\" not found");
}
