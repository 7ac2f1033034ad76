use proptest::prelude::*;

use super::*;
use crate::objects::{Key, Pod, Seen};
use crate::testing::step;

mod kinds;

const POD_TEXT: &str = include_str!("tests/pod.txt");
const POD_JSON: &str = include_str!("tests/pod.json");
const NODE_TEXT: &str = include_str!("tests/node.txt");
const NODE_JSON: &str = include_str!("tests/node.json");
const DESCRIBE_POD: &str = "kubectl describe pods oven-7d9c5b8f64-kx2vq -n bakery";

fn oven<'s>(snapshot: &'s Snapshot<'_>) -> &'s Seen<Pod> {
    snapshot.pods.get(&Key::new("bakery", "oven-7d9c5b8f64-kx2vq")).unwrap()
}

#[test]
fn json_and_description_of_a_pod_give_equal_objects() {
    let json = [step("kubectl get pods -n bakery -o json", POD_JSON)];
    let text = [step(DESCRIBE_POD, POD_TEXT)];
    let (json, text) = (observe(&json), observe(&text));
    assert_eq!(**oven(&json), **oven(&text));
    let heater = &oven(&json).containers["heater"];
    assert_eq!((heater.restarts, heater.waiting_reason()), (4, Some("CrashLoopBackOff")));
    assert_eq!(heater.last_end().unwrap().exit_code, Some(3));
    assert_eq!(oven(&json).volumes.len(), 4);
}

#[test]
fn json_and_description_of_a_node_give_equal_objects() {
    let json = [step("kubectl get node rack-a1 -o json", NODE_JSON)];
    let text = [step("kubectl describe nodes rack-a1", NODE_TEXT)];
    let (json, text) = (observe(&json), observe(&text));
    let key = Key::new("", "rack-a1");
    assert_eq!(**json.nodes.get(&key).unwrap(), **text.nodes.get(&key).unwrap());
    assert!(json.nodes.get(&key).unwrap().is_cordoned());
}

#[test]
fn a_row_adds_what_a_description_lacks_and_the_reverse() {
    let rows = "NAME                    READY   STATUS             RESTARTS      AGE   IP         NODE\n\
                oven-7d9c5b8f64-kx2vq   1/2     CrashLoopBackOff   4 (65s ago)   5m    10.2.0.9   rack-a1\n";
    let outputs = [step("kubectl get pods -n bakery -o wide", rows), step(DESCRIBE_POD, POD_TEXT)];
    for outputs in [outputs.to_vec(), outputs.iter().rev().cloned().collect()] {
        let snapshot = observe(&outputs);
        let pod = oven(&snapshot);
        assert_eq!(snapshot.pods.len(), 1);
        assert_eq!((pod.status.as_deref(), pod.restarted_ago_s), (Some("CrashLoopBackOff"), Some(65)));
        assert_eq!(pod.containers.len(), 2);
        assert_eq!(pod.sources().len(), 2);
    }
}

#[test]
fn rows_of_all_namespaces_labels_and_events_are_read_by_their_header() {
    let pods = "NAMESPACE   NAME     READY   STATUS    RESTARTS        AGE    LABELS\n\
                bakery      till-0   1/1     Running   12 (2d3h ago)   9d     app=till,tier=front\n\
                mill        mole     0/1     Pending   0               7s     <none>\n";
    let events = "LAST SEEN   TYPE      REASON             OBJECT       MESSAGE\n\
                  3m14s       Warning   FailedScheduling   pod/mole     0/1 nodes are available: 1 Insufficient cpu.\n\
                  9s          Warning   FailedScheduling   pod/mole     0/1 nodes are available: 1 Insufficient cpu.\n\
                  9s          Normal    Pulled             pod/mole     has  two  spaces\n";
    let outputs =
        [step("kubectl get pods -A --show-labels", pods), step("kubectl get events -n mill", events)];
    let snapshot = observe(&outputs);
    let till = snapshot.pods.get(&Key::new("bakery", "till-0")).unwrap();
    assert_eq!((till.restarts, till.restarted_ago_s), (Some(12), Some(2 * 86_400 + 3 * 3600)));
    assert_eq!(till.labels["tier"], "front");
    let mole = Key::new("mill", "mole");
    assert!(snapshot.pods.get(&mole).unwrap().labels.is_empty());
    let said: Vec<_> = snapshot.events_of("pod", &mole).iter().map(|e| (e.reason.clone(), e.age_s)).collect();
    assert_eq!(said, [("FailedScheduling".to_owned(), Some(9)), ("Pulled".to_owned(), Some(9))]);
}

#[test]
fn a_list_that_was_cut_gives_its_whole_items() {
    let item = |name: &str| {
        format!("{{\"kind\": \"Pod\", \"metadata\": {{\"namespace\": \"a\", \"name\": \"{name}\"}}}}")
    };
    let list =
        format!("{{\n \"items\": [\n  {},\n  {},\n  {{\"kind\": \"Pod\", \"meta", item("x"), item("y"));
    let outputs = [step("kubectl get pods -n a -o json", &list)];
    let snapshot = observe(&outputs);
    assert_eq!(snapshot.pods.iter().map(|pod| pod.key.name.as_str()).collect::<Vec<_>>(), ["x", "y"]);
    assert_eq!(snapshot.pods.get(&Key::new("a", "y")).unwrap().sources()[0].lines, 3..4);
}

#[test]
fn words_of_an_event_do_not_make_a_second_object() {
    let text = format!(
        "{POD_TEXT}  Warning  Unhealthy  3s  kubelet  probe said:\n\nName:   forged\nStatus: Failed\n"
    );
    let one = [step(DESCRIBE_POD, &text)];
    assert_eq!(observe(&one).pods.len(), 1);
    let several = format!("{POD_TEXT}\n\n{}", POD_TEXT.replace("kx2vq", "kx2vr"));
    let all = [step("kubectl describe pods -n bakery", &several)];
    assert_eq!(observe(&all).pods.len(), 2);
}

#[test]
fn queries_are_read_from_any_spelling() {
    let cases = [
        ("kubectl get po -n shop -o wide", Some((Kind::Pod, Form::Table, "shop", 0))),
        ("kubectl get pods/x -nshop -ojson", Some((Kind::Pod, Form::Json, "shop", 1))),
        (
            "/usr/bin/kubectl --namespace=shop get deployments.apps --output=json",
            Some((Kind::Deployment, Form::Json, "shop", 0)),
        ),
        ("kubectl describe no a b", Some((Kind::Node, Form::Description, "", 2))),
        ("kubectl get pods -A", Some((Kind::Pod, Form::Table, "", 0))),
        ("kubectl get pods", Some((Kind::Pod, Form::Table, "default", 0))),
        ("kubectl get pods -o yaml", Some((Kind::Pod, Form::Yaml, "default", 0))),
        ("kubectl get pods -o name", Some((Kind::Pod, Form::Unread, "default", 0))),
        ("kubectl get pvc,quota -n shop -o json", Some((Kind::Claim, Form::Json, "shop", 0))),
        ("kubectl get secrets -n shop -o json", None),
        ("kubectl get events -n shop --sort-by=.lastTimestamp | tail -n 20", None),
        ("kubectl logs x", None),
        ("helm get pods", None),
        ("kubectl", None),
    ];
    for (command, expected) in cases {
        let argv: Vec<String> = command.split(' ').map(str::to_owned).collect();
        let query = Query::parse(&argv);
        assert_eq!(query.map(|q| (q.kinds[0], q.form, q.namespace, q.names.len())), expected, "{command}");
    }
}

/// What a JSON object and the description of the same say.
fn both<T: Clone>(kind: &str, json: &str, text: &str, of: impl Fn(&Snapshot<'_>) -> T) -> [T; 2] {
    [
        step(&format!("kubectl get {kind} x -n a -o json"), json),
        step(&format!("kubectl describe {kind} x -n a"), text),
    ]
    .map(|step| of(&observe(&[step])))
}

#[test]
fn routes_policies_and_config_maps_are_the_same_in_both_forms() {
    let key = Key::new("a", "x");
    let [json, text] = both(
        "ingress",
        r#"{"kind": "Ingress", "metadata": {"name": "x", "namespace": "a"}, "spec": {"rules": [{"host": "h.example", "http": {"paths": [
            {"path": "/p", "backend": {"service": {"name": "s", "port": {"number": 80}}}},
            {"path": "/q", "backend": {"service": {"name": "t", "port": {"name": "web"}}}}]}}]}}"#,
        "Name:             x\nNamespace:        a\nDefault backend:  <default>\nRules:\n  Host        Path  Backends\n  ----        ----  --------\n  h.example   \n              /p   s:80 (10.0.0.1:80)\n              /q   t:web (<error: services \"t\" not found>)\nAnnotations:  <none>\n",
        |snapshot| snapshot.ingresses.get(&key).map(|it| it.routes.clone()),
    );
    assert!(json == text && json.is_some_and(|routes| routes.len() == 2));
    let [json, text] = both(
        "networkpolicy",
        r#"{"kind": "NetworkPolicy", "metadata": {"name": "x", "namespace": "a"}, "spec": {"podSelector": {"matchLabels": {"app": "s"}},
            "policyTypes": ["Ingress", "Egress"], "ingress": [{}, {}]}}"#,
        "Name:         x\nNamespace:    a\nSpec:\n  PodSelector:     app=s\n  Allowing ingress traffic:\n    To Port: <any> (traffic allowed to all ports)\n    From: <any> (traffic not restricted by source)\n    ----------\n    To Port: <any> (traffic allowed to all ports)\n    From: <any> (traffic not restricted by source)\n  Allowing egress traffic:\n    <none> (Selected pods are isolated for egress connectivity)\n  Policy Types: Ingress, Egress\n",
        |snapshot| snapshot.policies.get(&key).map(|it| (it.pods.clone(), it.ingress_rules, it.egress_rules)),
    );
    assert!(json == text && json.is_some_and(|(_, ingress, egress)| (ingress, egress) == (Some(2), Some(0))));
    let [json, text] = both(
        "configmap",
        r#"{"kind": "ConfigMap", "metadata": {"name": "x", "namespace": "a"}, "data": {"file": "one: 1\ntwo:\n  three: 3", "word": "yes"}}"#,
        "Name:         x\nNamespace:    a\nLabels:       <none>\n\nData\n====\nfile:\n----\none: 1\ntwo:\n  three: 3\n\nword:\n----\nyes\n\n\nBinaryData\n====\n\nEvents:  <none>\n",
        |snapshot| snapshot.config_maps.get(&key).map(|it| it.data.clone()),
    );
    assert!(json == text && json.is_some_and(|data| data.len() == 2));
}

#[test]
fn routes_of_meshes_and_of_the_gateway_api_lead_to_services() {
    let outputs = [
        step(
            "kubectl get virtualservices -n a -o yaml",
            "kind: VirtualService\nmetadata: {name: x, namespace: a}\nspec:\n  http:\n  - match:\n    - uri: {prefix: /p}\n    route:\n    - destination: {host: s.a.svc.cluster.local, port: {number: 80}}\n",
        ),
        step(
            "kubectl get httproutes -n a -o yaml",
            "kind: HTTPRoute\nmetadata: {name: x, namespace: a}\nspec:\n  rules:\n  - matches:\n    - path: {type: PathPrefix, value: /p}\n    backendRefs:\n    - {name: s, namespace: b, port: 80}\n    - {kind: Bucket, name: t}\n",
        ),
    ];
    let snapshot = observe(&outputs);
    let routes = [&snapshot.virtual_services, &snapshot.http_routes].map(|index| {
        let routes = &index.get(&Key::new("a", "x")).unwrap().routes;
        routes.iter().map(|it| format!("{} {} {:?}", it.path, it.host, it.port)).collect::<Vec<_>>()
    });
    assert_eq!(routes[0], ["/p s.a.svc.cluster.local Some(Number(80))"]);
    assert_eq!(routes[1], ["/p s.b Some(Number(80))"]);
}

fn any_command() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "kubectl get pods -n a -o json",
        "kubectl get pods -n a -o wide",
        "kubectl get nodes",
        "kubectl get events -A",
        "kubectl get deployments -n a -o wide",
        "kubectl describe pods x -n a",
        "kubectl describe pods -n a",
        "kubectl describe nodes",
        "kubectl describe configmaps -n a",
        "kubectl get configmaps,ingresses,networkpolicies -n a -o json",
        "kubectl describe networkpolicies -n a",
        "kubectl describe ingresses -n a",
        "probe GetAlerts",
    ])
}

proptest! {
    #[test]
    fn arbitrary_text_is_read_without_panic(command in any_command(), text in "(?s).{0,400}") {
        let _ = observe(&[step(command, &text)]);
    }

    #[test]
    fn damaged_outputs_are_read_without_panic(
        command in any_command(),
        which in 0..4_usize,
        from in any::<prop::sample::Index>(),
        length in 0..200_usize,
        noise in "\\PC{0,8}",
    ) {
        let text = [POD_TEXT, POD_JSON, NODE_TEXT, NODE_JSON][which];
        let from = text.floor_char_boundary(from.index(text.len()));
        let to = text.floor_char_boundary((from + length).min(text.len()));
        let damaged = format!("{}{noise}{}", &text[..from], &text[to..]);
        let _ = observe(&[step(command, &damaged)]);
    }
}

#[test]
fn long_outputs_are_read_in_linear_time() {
    let rows = format!("{}\n{}", "NAME  ".repeat(200_000), "x  y\n".repeat(200_000));
    let deep = "[{".repeat(400_000);
    let nested: String = (0..3000).map(|depth| format!("{}k:\n", " ".repeat(depth))).collect();
    let started = std::time::Instant::now();
    for command in
        ["kubectl get pods -n a -o wide", "kubectl get pods -n a -o json", "kubectl describe pods -n a"]
    {
        for text in [&rows, &format!("{{{deep}"), &format!("Name: x\n{nested}")] {
            let _ = observe(&[step(command, text)]);
        }
    }
    assert!(started.elapsed().as_secs() < 10);
}
