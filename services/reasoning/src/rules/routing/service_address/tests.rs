use super::*;
use crate::testing::{found, step};

const SERVICES: &str = "NAME       TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)    AGE   SELECTOR\n\
    goat-pen   ClusterIP   10.0.0.9     <none>        7000/TCP   9d    app=goat\n\
    hay-loft   ClusterIP   10.0.0.8     <none>        7001/TCP   9d    app=hay\n\
    bare       ClusterIP   None         <none>        7002/TCP   9d    app=bare\n";

/// A ready deployment `name` with these variables.
fn caller(name: &str, variables: &[&str]) -> aetherius_contracts::execution::StepResult {
    let mut text = format!(
        "Name:        {name}\nNamespace:   barn\nSelector:    app={name}\nReplicas:    1 desired | 1 updated | 1 total | 1 available | 0 unavailable\nPod Template:\n  Labels:  app={name}\n  Containers:\n   main:\n    Image:  x\n    Environment:\n"
    );
    for variable in variables {
        text.push_str(&format!("      {variable}\n"));
    }
    step(&format!("kubectl describe deployments {name} -n barn"), &text)
}

fn told(variable: &str) -> Vec<String> {
    found(&RULE, &[step("kubectl get services -n barn -o wide", SERVICES), caller("hen", &[variable])])
}

#[test]
fn an_address_at_which_no_service_is() {
    for (variable, certainty) in [
        ("PEN:  goat-pen:7001", "0.85"),
        ("PEN:  http://goat-pen.barn.svc.cluster.local:80/x", "0.85"),
        ("PEN:  goatpen:7000", "0.85"),
        ("PEN:  goat-pne:7000", "0.85"),
        ("PEN:  goat-pen-wrong:7000", "0.85"),
        ("PEN_HOST:  goat-pan", "0.85"),
        ("GOAT_PEN_ADDR:  wolf:7000", "0.85"),
        ("GOAT_PEN_SERVICE_ADDR:  wolf:7000", "0.85"),
        ("PEN:  goat-pen.shed.svc.cluster.local:7000", "0.6"),
        ("PEN:  goat-pen.barn.scv.cluster.local:7000", "0.85"),
    ] {
        assert_eq!(
            told(variable),
            [format!("service_env_var_address_mismatch deployment/hen {certainty}")],
            "{variable}"
        );
    }
}

#[test]
fn addresses_that_are_right_or_lead_elsewhere() {
    for variable in [
        "PEN:  goat-pen:7000",
        "PEN:  http://goat-pen.barn:7000/x",
        "PEN:  goat-pen.barn.svc:7000",
        "PEN_HOST:  goat-pen",
        "BARE:  bare-0.bare.barn.svc.cluster.local:9",
        "BARE:  bare:9",
        "TRACES:  collector:4317",
        "API:  https://api.example.com:443",
        "FAR:  wolf.shed.svc.cluster.local:7000",
        "IMAGE:  goat:2",
    ] {
        assert_eq!(told(variable), Vec::<String>::new(), "{variable}");
    }
}

#[test]
fn a_name_like_no_other_needs_a_sign_that_the_program_minds() {
    let log = step(
        "probe GetErrorLogs namespace=barn service_name=hen",
        "dial tcp: lookup wolf on 10.0.0.2:53: no such host\n",
    );
    let services = || step("kubectl get services -n barn -o wide", SERVICES);
    let with = |outputs: &[_]| found(&RULE, outputs);
    let blamed = ["service_env_var_address_mismatch deployment/hen 0.6"];
    assert_eq!(with(&[services(), caller("hen", &["PEN:  wolf:7000"]), log.clone()]), blamed);
    let other = caller("cow", &["PEN:  wolf:7000"]);
    assert!(
        with(&[services(), caller("hen", &["PEN:  wolf:7000"]), other, log.clone()]).is_empty(),
        "both mean it"
    );
    let wolf = caller("wolf", &[]);
    assert!(
        with(&[services(), caller("hen", &["PEN:  wolf:7000"]), wolf, log]).is_empty(),
        "it lacks its service"
    );
}

#[test]
fn what_others_were_told_by_the_same_variable_counts() {
    let outputs = [
        step("kubectl get services -n barn -o wide", SERVICES),
        caller("hen", &["UPSTREAM:  wolf:7000"]),
        caller("cow", &["UPSTREAM:  goat-pen:7000"]),
    ];
    assert_eq!(found(&RULE, &outputs), ["service_env_var_address_mismatch deployment/hen 0.85"]);
}

#[test]
fn a_config_map_tells_as_well() {
    let text = "{\"items\": [\n{\"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"places\", \"namespace\": \"barn\"}, \"data\": {\n\"PEN_URL\": \"http://goat-pen:80\"\n}},\n\
        {\"kind\": \"Deployment\", \"metadata\": {\"name\": \"hen\", \"namespace\": \"barn\"}, \"spec\": {\"template\": {\"metadata\": {\"labels\": {\"app\": \"hen\"}}, \"spec\": {\"containers\": [{\"name\": \"main\", \"envFrom\": [{\"configMapRef\": {\"name\": \"places\"}}]}]}}}}\n]}";
    let outputs = [
        step("kubectl get services -n barn -o wide", SERVICES),
        step("kubectl get configmaps,deployments -n barn -o json", text),
    ];
    assert_eq!(found(&RULE, &outputs), ["service_env_var_address_mismatch deployment/hen 0.85"]);
    let finding = (RULE.check)(&crate::adapter::observe(&outputs)).remove(0);
    assert_eq!(finding.evidence[0].excerpt, "\"PEN_URL\": \"http://goat-pen:80\"");
}

#[test]
fn a_config_map_that_several_share_is_what_is_wrong() {
    let hen = |name: &str| {
        format!(
            "{{\"kind\": \"Deployment\", \"metadata\": {{\"name\": \"{name}\", \"namespace\": \"barn\"}}, \"spec\": {{\"template\": {{\"metadata\": {{\"labels\": {{\"app\": \"{name}\"}}}}, \"spec\": {{\"containers\": [{{\"name\": \"main\", \"envFrom\": [{{\"configMapRef\": {{\"name\": \"places\"}}}}]}}]}}}}}}}}"
        )
    };
    let map = "{\"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"places\", \"namespace\": \"barn\"}, \"data\": {\n\"PEN_URL\": \"http://goat-pne:7000\"\n}}";
    let text = format!("{{\"items\": [\n{map},\n{},\n{}\n]}}", hen("hen"), hen("cow"));
    let outputs = [
        step("kubectl get services -n barn -o wide", SERVICES),
        step("kubectl get configmaps,deployments -n barn -o json", &text),
    ];
    let blamed = found(&RULE, &outputs);
    assert!(
        !blamed.is_empty()
            && blamed.iter().all(|it| it == "service_env_var_address_mismatch configmap/places 0.85")
    );
}

/// `goat` is told an address; `hen` listens behind service `hen` on 7000, `egg-store` behind its own on 6379.
fn led(variable: &str, value: &str, log: &str) -> Vec<String> {
    let deployments = format!(
        "apiVersion: v1\nitems:\n- apiVersion: apps/v1\n  kind: Deployment\n  metadata:\n    name: goat\n    namespace: barn\n  spec:\n    template:\n      \
         metadata:\n        labels:\n          app: goat\n      spec:\n        containers:\n        - name: main\n          ports:\n          - containerPort: 80\n          \
         env:\n          - name: {variable}\n            value: \"{value}\"\n"
    );
    let services = "Name:         hen\nNamespace:    barn\nSelector:     app=hen\nIP:           10.9.0.1\nPort:         grpc  7000/TCP\nTargetPort:   7000/TCP\n\n\n\
                    Name:         egg-store\nNamespace:    barn\nSelector:     app=egg-store\nIP:           10.9.0.2\nPort:         tcp  6379/TCP\nTargetPort:   6379/TCP\n";
    let outputs = [
        step("kubectl get deployments -n barn -o yaml", &deployments),
        step("kubectl describe services -n barn", services),
        step("kubectl logs goat -n barn", log),
    ];
    found(&RULE, &outputs)
}

const BLAMED: &str = "service_env_var_address_mismatch deployment/goat";

#[test]
fn names_and_ports_that_do_not_exist() {
    for (value, confidence) in [
        ("hne:7000", "0.85"),
        ("hen:7001", "0.85"),
        ("wrong:7000", "0.85"),
        ("hen.byre:7000", "0.6"),
        ("hen.barn.scv.cluster.local:7000", "0.85"),
    ] {
        assert_eq!(led("HEN_ADDR", value, ""), [format!("{BLAMED} {confidence}")], "{value}");
    }
    for value in ["hen:7000", "hen.barn:7000", "hen.barn.svc.cluster.local:7000"] {
        assert!(led("HEN_ADDR", value, "").is_empty(), "{value}");
    }
    assert!(
        led("PIG_ADDR", "pig:7000", "").is_empty(),
        "a service that was never deployed, and nobody minds"
    );
    assert!(led("PIG_ADDR", "pig.example.org:7000", "").is_empty());
}

#[test]
fn addresses_that_lead_elsewhere_than_the_variable_spells() {
    assert_eq!(led("HEN_ADDR", "egg-store:6379", ""), [format!("{BLAMED} 0.85")]);
    assert_eq!(led("HEN_ADDR", "localhost:7000", ""), [format!("{BLAMED} 0.6")]);
    assert_eq!(led("HEN_ADDR", "10.9.0.77:7000", ""), [format!("{BLAMED} 0.6")]);
    assert!(led("HEN_ADDR", "10.9.0.1:7000", "").is_empty(), "the address of the service");
    assert!(led("HEN_ADDR", "localhost:80", "").is_empty(), "its own port");
    let refused = "dial tcp 127.0.0.1:6379: connect: connection refused";
    assert_eq!(led("EGG_ADDR", "localhost:6379", refused), [format!("{BLAMED} 0.6")]);
    assert!(led("EGG_ADDR", "localhost:6379", "").is_empty(), "a word alone is a hint");
}
