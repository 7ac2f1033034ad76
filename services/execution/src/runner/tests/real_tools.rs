//! What the real kubectl and helm ask an API server for when they run what the gate approved.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use axum::http::Method;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::json;

use super::api_server::{ApiServer, Asked, Target, resources};
use crate::gate::{Approved, Policy, Reading, Scope, judge, reading};
use crate::runner::{Access, Kubectl, Limits};
use crate::testing::real_tool;

/// How many generated commands are run; `GATE_COMMANDS` raises it.
const COMMANDS: usize = 150;

/// What `describe` looks at besides what it is asked for. Never Secrets.
const BESIDES: &[&str] = &[
    "events",
    "pods",
    "replicasets",
    "services",
    "endpoints",
    "endpointslices",
    "resourcequotas",
    "limitranges",
    "leases",
    "horizontalpodautoscalers",
];

/// Commands of every verb; generated ones grow out of them.
const SEEDS: &[&str] = &[
    "get pods",
    "get po web-1 web-2",
    "get deploy/web svc/web -o yaml",
    "get deployments.apps,rs -l app=web",
    "get nodes -o wide",
    "get events --field-selector=involvedObject.name=web-1",
    "get cm,sa,quota,limits,pvc --show-labels",
    "get sts,ds,job,cj,hpa,pdb,ing,netpol,sc -o name",
    "get pods.metrics.k8s.io",
    "describe pods",
    "describe deploy web",
    "describe svc/web",
    "describe node node-1",
    "describe pvc,hpa,ing,job,quota,cm",
    "describe rs,sts,ds,netpol,pdb,cj,rc",
    "logs web-1",
    "logs web-1 -c app --since=1h",
    "logs deploy/web --all-containers",
    "logs -l app=web --prefix",
    "top pods --containers",
    "top nodes",
    "events --for=pod/web-1",
    "events --types=Warning",
    "rollout status deploy/web --watch=false",
    "rollout history deploy/web",
    "rollout history sts web --revision=1",
    "api-resources --namespaced",
    "api-versions",
    "version",
    "auth can-i list pods",
    "auth can-i --list",
    "auth whoami",
    "config current-context",
    "explain pods.spec",
];

/// What is put into them, anywhere.
const WORDS: &[&str] = &[
    "-n",
    "shop",
    "-nshop",
    "-n=shop",
    "--namespace=shop",
    "--namespace",
    "bank",
    "-A",
    "-A=false",
    "--all-namespaces=false",
    "-o",
    "json",
    "-ojson",
    "-oname",
    "-o=yaml",
    "-l",
    "app=web",
    "-lapp=web",
    "--selector=app=web",
    "--no-headers",
    "--show-labels",
    "--watch=false",
    "-w=false",
    "--tail=5",
    "--tail",
    "5",
    "-p",
    "--previous=false",
    "-c",
    "app",
    "--",
    "web-1",
    "web-2",
    "pods",
    "pods/web-1",
    "deploy/web",
    "get",
    "delete",
    "secrets",
    "secret/web",
    "Pod/web-1",
    "pods.v1./web-1",
    "nodes",
    "-L",
    "app,tier",
    "--ignore-not-found",
    "--chunk-size=100",
    "--request-timeout=9s",
    "--request-timeout",
    "9s",
    "--sort-by=.metadata.name",
    "--field-selector",
    "metadata.name=web-1",
    "--timestamps",
    "--server",
    "--as=admin",
    "--all_namespaces",
    "-f",
    "-v",
    "9",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kubectl_only_reads_what_the_gate_believed() {
    let Some(program) = real_tool("kubectl") else { return };
    let (server, kubectl, _dir) = wired(Access { kubectl: Some(program), ..Access::default() }).await;
    let policy = Policy::viewer("main", Scope::Namespace("shop".to_owned()));
    let mut reached = 0;
    let mut surprises = Vec::new();
    let commands = generated(&policy);
    for command in &commands {
        let approved = judge(&policy, "kubectl", command).unwrap();
        let asked = run(&kubectl, &server, &approved).await;
        let reading = reading("kubectl", command).unwrap();
        let wrong = asked.iter().filter_map(|one| {
            check(one, &reading)
                .err()
                .map(|reason| format!("{reason}: {} {}?{}", one.method, one.path, one.query))
        });
        surprises.extend(wrong.map(|wrong| format!("{} {wrong}", command.join(" "))));
        let seen: BTreeSet<&str> =
            asked.iter().filter_map(Asked::target).map(|target| target.resource).collect();
        let named = reading.kinds.iter().copied().collect::<BTreeSet<_>>();
        if reading.verb == "kubectl get" && !seen.is_subset(&named) {
            surprises.push(format!("{} reads {seen:?} instead of {named:?}", command.join(" ")));
        }
        reached += usize::from(!asked.is_empty());
    }
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
    // Some answers cannot satisfy kubectl before it asks for more; a silent server would prove nothing.
    assert!(
        reached * 10 >= commands.len() * 8,
        "only {reached} of {} commands asked the server",
        commands.len()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn helm_only_reads_releases_of_the_namespace() {
    let (Some(kubectl), Some(helm)) = (real_tool("kubectl"), real_tool("helm")) else { return };
    let (server, tools, home) =
        wired(Access { kubectl: Some(kubectl), helm: Some(helm), ..Access::default() }).await;
    let policy = Policy::viewer("main", Scope::Namespace("shop".to_owned()));
    for line in
        ["list", "list --all --output=json -f ^web", "history web", "get metadata web", "-n shop ls -q"]
    {
        let command: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let asked = run(&tools, &server, &judge(&policy, "helm", &command).unwrap()).await;
        let of_a_release =
            |target: &Target<'_>| target.namespace == Some("shop") && target.resource == "secrets";
        assert!(
            asked.iter().filter_map(Asked::target).any(|target| of_a_release(&target)),
            "{line}: {asked:?}"
        );
        for one in &asked {
            assert_eq!(one.method, Method::GET, "{line}");
            let fits = |target: Target<'_>| {
                of_a_release(&target) && (target.name.is_some() || one.query.contains("owner%3Dhelm"))
            };
            assert!(one.target().is_none_or(fits), "{line}: {one:?}");
        }
    }
    assert!(!home.path().join("trap").exists(), "a plugin ran");
}

/// Seeds, and seeds with words put in, as far as the gate approves of them.
fn generated(policy: &Policy) -> Vec<Vec<String>> {
    let wanted = std::env::var("GATE_COMMANDS").ok().and_then(|text| text.parse().ok()).unwrap_or(COMMANDS);
    let mut commands: BTreeSet<Vec<String>> =
        SEEDS.iter().map(|seed| seed.split(' ').map(str::to_owned).collect()).collect();
    for seed in &commands {
        judge(policy, "kubectl", seed).unwrap();
    }
    let everything = resources().flat_map(|kind| [["get", kind, "web-1"], ["describe", kind, "web-1"]]);
    let everything = everything.map(|command| command.map(str::to_owned).to_vec());
    commands.extend(everything.filter(|command| judge(policy, "kubectl", command).is_ok()));
    let strategy =
        (select(SEEDS), prop::collection::vec((select(WORDS), any::<prop::sample::Index>()), 1..4));
    let mut random = TestRunner::deterministic();
    while commands.len() < wanted {
        let (seed, insertions) = strategy.new_tree(&mut random).unwrap().current();
        let mut command: Vec<String> = seed.split(' ').map(str::to_owned).collect();
        for (word, place) in insertions {
            command.insert(place.index(command.len() + 1), word.to_owned());
        }
        if judge(policy, "kubectl", &command).is_ok() {
            commands.insert(command);
        }
    }
    commands.into_iter().collect()
}

async fn wired(access: Access) -> (ApiServer, Kubectl, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let server = ApiServer::start().await;
    let kubeconfig = dir.path().join("config");
    server.write_kubeconfig(&kubeconfig);
    let mut tools = Kubectl::locate(Access { kubeconfig: Some(kubeconfig), ..access }).unwrap();
    tools.home = Some(dir.path().to_owned());
    set_traps(dir.path());
    (server, tools, dir)
}

/// What a person's home directory may hold to change what a command means; none of it may work.
fn set_traps(home: &Path) {
    let write = |file: &str, text: &str| {
        let file = home.join(file);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    };
    let elsewhere = json!([{"name": "server", "default": "http://127.0.0.1:1"}]);
    let commands = ["get", "describe", "logs", "top pods", "events", "rollout history", "version"]
        .map(|command| json!({"command": command, "options": elsewhere}));
    let version = "kubectl.config.k8s.io/v1beta1";
    let preferences = json!({"apiVersion": version, "kind": "Preference", "defaults": commands});
    write(".kube/kuberc", &preferences.to_string());
    for name in ["list", "history", "get"] {
        let plugin = format!("{{name: {name}, version: '1', command: 'touch {}/trap'}}", home.display());
        write(&format!(".local/share/helm/plugins/{name}/plugin.yaml"), &plugin);
    }
}

async fn run(tools: &Kubectl, server: &ApiServer, approved: &Approved) -> Vec<Asked> {
    let limits = Limits { timeout: Duration::from_secs(20), ..Limits::default() };
    let output = tools.run(approved, limits).await.unwrap();
    assert!(!output.timed_out, "{:?} did not end", output.argv);
    server.take()
}

/// Holds one request against what the gate believed.
fn check(asked: &Asked, reading: &Reading) -> Result<(), &'static str> {
    let impersonates = asked.headers.keys().any(|name| name.as_str().starts_with("impersonate"));
    if impersonates || asked.headers.get("authorization").is_some_and(|token| token != "Bearer mine") {
        return Err("went out as somebody else");
    }
    let Some(target) = asked.target() else {
        return if asked.method == Method::GET { Ok(()) } else { Err("changes something") };
    };
    if target.resource.starts_with("selfsubject") {
        return if target.name.is_none() { Ok(()) } else { Err("is no question about ourselves") };
    }
    if asked.method != Method::GET {
        return Err("changes something");
    }
    // With `--watch=false` a rollout's status ends at the first event, which is the state as it is.
    let waits = asked.query.contains("watch=true") && reading.verb != "kubectl rollout status";
    if waits || asked.query.contains("follow") {
        return Err("waits");
    }
    let describes = reading.verb == "kubectl describe";
    let looks_besides = match reading.verb.as_str() {
        "kubectl describe" => BESIDES.contains(&target.resource),
        "kubectl rollout history" => matches!(target.resource, "replicasets" | "controllerrevisions"),
        _ => false,
    };
    if !reading.kinds.contains(&target.resource) && !looks_besides {
        return Err("reads a kind that was not judged");
    }
    if !matches!((target.resource, target.subresource), (_, None) | ("pods", Some("log"))) {
        return Err("reads a subresource");
    }
    match target.namespace {
        Some("shop") => Ok(()),
        Some("kube-node-lease") if describes && reading.kinds.contains(&"nodes") => Ok(()),
        Some(_) => Err("reads another namespace"),
        None if reading.kinds_without_namespace.contains(&target.resource) => Ok(()),
        // The description of a node names its pods and events, of every namespace.
        None if describes && reading.kinds.contains(&"nodes") && asked.query.contains("fieldSelector") => {
            Ok(())
        }
        None if describes && target.resource == "events" && asked.query.contains("fieldSelector") => Ok(()),
        None => Err("reads every namespace"),
    }
}
