use super::*;
use crate::testing::{described_pod, found, step};

const POD: &str = "goat-5c6d7f8b9c-4kx2z";
const IMAGE: &str = "hub.example/barn/goat:9";

fn waiting(reason: &str, events: &[(&str, &str)]) -> Vec<String> {
    let state = ["Image:  hub.example/barn/goat:9", "State:  Waiting", &format!("  Reason:  {reason}")];
    found(&RULE, &[described_pod(POD, &state, events)])
}

#[test]
fn the_answer_of_the_registry_decides() {
    let cases = [
        ("hub.example/barn/goat:9: not found", "incorrect_image_reference deployment/goat 0.95"),
        ("rpc error: code = NotFound desc = no", "incorrect_image_reference deployment/goat 0.95"),
        (
            "manifest for it: manifest unknown: manifest unknown",
            "incorrect_image_reference deployment/goat 0.95",
        ),
        (
            "Head \"https://hub.example/v2/\": dial tcp: lookup hub.example on 10.0.0.2:53: no such host",
            "image_registry_dns_failure deployment/goat 0.95",
        ),
        (
            "dial tcp: lookup hub.example on 10.0.0.2:53: read udp: i/o timeout",
            "image_registry_dns_failure deployment/goat 0.95",
        ),
        (
            "failed to authorize: GET https://hub.example/token?not-found: 401 Unauthorized",
            "missing_image_pull_secret deployment/goat 0.95",
        ),
        ("unexpected status: 403 Forbidden", "missing_image_pull_secret deployment/goat 0.95"),
        (
            "pull access denied, repository does not exist or may require authorization",
            "missing_image_pull_secret deployment/goat 0.6",
        ),
        ("write /var/lib: no space left on device", "image_pull_failure deployment/goat 0.95"),
    ];
    for (answer, expected) in cases {
        let message =
            format!("Failed to pull image \"{IMAGE}\": failed to resolve reference \"{IMAGE}\": {answer}");
        assert_eq!(waiting("ErrImagePull", &[("Failed", &message)]), [expected], "{answer}");
        assert_eq!(waiting("ImagePullBackOff", &[("Failed", &message)]), [expected], "{answer}");
    }
}

#[test]
fn a_secret_that_does_not_exist_is_named_unless_the_image_is_missing() {
    let event = (
        "FailedToRetrieveImagePullSecret",
        "Unable to retrieve some image pull secrets (hay); it may not succeed.",
    );
    assert_eq!(waiting("ImagePullBackOff", &[event]), ["missing_image_pull_secret deployment/goat 0.85"]);
    let open =
        format!("pull image \"{IMAGE}\": access denied: {IMAGE} does not exist or may require authorization");
    assert_eq!(
        waiting("ErrImagePull", &[event, ("Failed", &open)]),
        ["missing_image_pull_secret deployment/goat 0.95"]
    );
    let missing = format!("pull image \"{IMAGE}\": not found");
    assert_eq!(
        waiting("ErrImagePull", &[event, ("Failed", &missing)]),
        ["incorrect_image_reference deployment/goat 0.95"]
    );
}

#[test]
fn a_refusal_beside_images_that_are_pulled_means_a_wrong_name() {
    let message =
        format!("pull image \"{IMAGE}\": access denied: {IMAGE} does not exist or may require authorization");
    let state = ["Image:  hub.example/barn/goat:9", "State:  Waiting", "  Reason:  ErrImagePull"];
    let beside = |image: &str| {
        let pod = described_pod("hen-0", &[&format!("Image:  {image}"), "State:  Running"], &[]);
        found(&RULE, &[described_pod(POD, &state, &[("Failed", &message)]), pod])
    };
    assert_eq!(beside("hub.example/barn/hen:1"), ["incorrect_image_reference deployment/goat 0.85"]);
    assert_eq!(beside("hub.example/private/hen:1"), ["missing_image_pull_secret deployment/goat 0.6"]);
}

#[test]
fn words_within_the_image_name_say_nothing() {
    let state = ["Image:  hub.example/unauthorized/denied:1", "State:  Waiting", "  Reason:  ErrImagePull"];
    let message = "Failed to pull image \"hub.example/unauthorized/denied:1\": hub.example/unauthorized/denied:1: not found";
    let outputs = [described_pod(POD, &state, &[("Failed", message)])];
    assert_eq!(found(&RULE, &outputs), ["incorrect_image_reference deployment/goat 0.95"]);
}

#[test]
fn a_bare_row_is_enough_to_say_that_the_image_is_missing() {
    let rows = "NAME                    READY   STATUS                  RESTARTS   AGE\n\
                goat-5c6d7f8b9c-4kx2z   0/1     Init:ImagePullBackOff   0          9s\n\
                hen-0                   1/1     Running                 0          9s\n";
    assert_eq!(
        found(&RULE, &[step("kubectl get pods -n barn", rows)]),
        ["image_pull_failure deployment/goat 0.95"]
    );
}

#[test]
fn json_carries_the_answer_in_the_container_itself() {
    let json = r#"{"kind": "Pod", "metadata": {"name": "goat-0", "namespace": "barn",
        "ownerReferences": [{"kind": "StatefulSet", "name": "goat", "controller": true}]},
        "spec": {"containers": [{"name": "main", "image": "hub.example/barn/goat:9"}]},
        "status": {"phase": "Pending", "containerStatuses": [{"name": "main", "state": {"waiting": {
        "message": "failed to resolve \"hub.example/barn/goat:9\": 401 Unauthorized",
        "reason": "ErrImagePull"}}}]}}"#;
    let outputs = [step("kubectl get pods goat-0 -n barn -o json", json)];
    assert_eq!(found(&RULE, &outputs), ["missing_image_pull_secret statefulset/goat 0.95"]);
}

#[test]
fn other_waits_and_events_of_pods_that_are_gone_are_not_ours() {
    assert!(waiting("ContainerCreating", &[]).is_empty());
    assert!(waiting("CreateContainerConfigError", &[("Failed", "secret \"hay\" not found")]).is_empty());
    let events = "LAST SEEN   TYPE      REASON   OBJECT         MESSAGE\n\
                  9m          Warning   Failed   pod/goat-old   Error: ErrImagePull\n";
    assert!(found(&RULE, &[step("kubectl get events -n barn", events)]).is_empty());
}

#[test]
fn a_row_and_a_description_may_be_taken_between_two_attempts() {
    let row = "NAME                    READY   STATUS         RESTARTS   AGE\ngoat-5c6d7f8b9c-4kx2z   0/1     ErrImagePull   0          9s\n";
    let row = step("kubectl get pods -n barn", row);
    let message = format!("Failed to pull image \"{IMAGE}\": 401 Unauthorized");
    let described = |state: &str| {
        let lines = ["Image:  hub.example/barn/goat:9", state, "  Reason:  ContainerCreating"];
        described_pod(POD, &lines, &[("Failed", &message)])
    };
    let outputs = [described("State:  Waiting"), row.clone()];
    assert_eq!(found(&RULE, &outputs), ["missing_image_pull_secret deployment/goat 0.95"]);
    assert!(found(&RULE, &[described("State:  Running"), row]).is_empty());
}

#[test]
fn every_runtime_and_registry_has_its_words() {
    let secret = "missing_image_pull_secret deployment/goat 0.95";
    let reference = "incorrect_image_reference deployment/goat 0.95";
    let dns = "image_registry_dns_failure deployment/goat 0.95";
    let broad = "image_pull_failure deployment/goat 0.95";
    let cases = [
        ("unauthorized: access to the requested resource is not authorized", secret),
        ("unauthorized: unauthorized to access repository: barn/goat, action: pull", secret),
        ("no basic auth credentials", secret),
        ("denied: Your authorization token has expired. Reauthenticate and try again.", secret),
        ("unable to retrieve auth token: invalid username/password: unauthorized", secret),
        (
            "name unknown: The repository with name 'goat' does not exist in the registry with id '1'",
            reference,
        ),
        ("artifact barn/goat:9 not found", reference),
        ("reading manifest 9 in hub.example/barn/goat: manifest unknown", reference),
        (
            "short-name \"goat:9\" did not resolve to an alias and no unqualified-search registries are defined",
            reference,
        ),
        ("repository name not known to registry", reference),
        (
            "pinging container registry hub.example: Get \"https://hub.example/v2/\": dial tcp: lookup hub.example: no such host",
            dns,
        ),
        ("dial tcp: lookup hub.example on 10.0.0.2:53: server misbehaving", dns),
        (
            "toomanyrequests: You have reached your unauthenticated pull rate limit.",
            "image_pull_rate_limit deployment/goat 0.95",
        ),
        (
            "failed to fetch anonymous token: unexpected status: 429 Too Many Requests",
            "image_pull_rate_limit deployment/goat 0.95",
        ),
        ("no match for platform in manifest", "image_platform_mismatch deployment/goat 0.95"),
        ("tls: failed to verify certificate: x509: certificate signed by unknown authority", broad),
        ("dial tcp 10.0.0.9:443: i/o timeout", broad),
        ("dial tcp 10.0.0.9:443: connect: connection refused", broad),
        ("net/http: TLS handshake timeout", broad),
        ("http: server gave HTTP response to HTTPS client", broad),
        ("context deadline exceeded", broad),
    ];
    for (answer, expected) in cases {
        let message = format!("Failed to pull image \"{IMAGE}\": rpc error: code = Unknown desc = {answer}");
        assert_eq!(waiting("ImagePullBackOff", &[("Failed", &message)]), [expected], "{answer}");
    }
    assert_eq!(waiting("ErrImageNeverPull", &[]), ["image_never_pulled deployment/goat 0.95"]);
    assert_eq!(waiting("ImageInspectError", &[]), [broad]);
    assert_eq!(waiting("RegistryUnavailable", &[]), [broad]);
}

#[test]
fn a_refusal_to_strangers_beside_images_that_they_may_pull_means_that_the_image_is_not_there() {
    let beside = |running: &str, status: &str| {
        let refused = format!(
            "Failed to pull image \"{IMAGE}\": failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://hub.example/token?scope=x: {status}"
        );
        let hen = format!(
            "Name:       hen-0\nNamespace:  barn\nContainers:\n  main:\n    Image:  {running}\n    State:  Running\n"
        );
        let state = ["Image:  hub.example/barn/goat:9", "State:  Waiting", "  Reason:  ErrImagePull"];
        let outputs = [
            described_pod(POD, &state, &[("Failed", &refused)]),
            step("kubectl describe pods hen-0 -n barn", &hen),
        ];
        found(&RULE, &outputs)
    };
    assert_eq!(
        beside("hub.example/barn/hen:1", "403 Forbidden"),
        ["incorrect_image_reference deployment/goat 0.85"]
    );
    assert_eq!(
        beside("hub.example/private/hen:1", "403 Forbidden"),
        ["missing_image_pull_secret deployment/goat 0.95"]
    );
    assert_eq!(
        beside("hub.example/barn/hen:1", "401 Unauthorized"),
        ["missing_image_pull_secret deployment/goat 0.95"]
    );
}

#[test]
fn short_names_are_those_of_the_default_registry() {
    for (image, expected) in [
        ("goat", "docker.io/library"),
        ("goat:9", "docker.io/library"),
        ("barn/goat@sha256:00", "docker.io/barn"),
        ("docker.io/barn/goat:9", "docker.io/barn"),
        ("hub:5000/goat", "hub:5000"),
        ("localhost/goat", "localhost"),
        ("hub.example/a/b/goat:9@sha256:00", "hub.example/a/b"),
    ] {
        assert_eq!(folder(image), expected, "{image}");
    }
}
