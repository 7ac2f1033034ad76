//! Tables: what a person would ask for, and what must not pass.

use std::collections::BTreeSet;

use super::{ask, only_shop, whole_cluster};
use crate::gate::{Allowed, Check, Needs, Policy, Tool, judge};

#[test]
fn ordinary_questions_pass() {
    let lines = [
        "kubectl get pods",
        "kubectl get po -n shop -o wide",
        "kubectl get pods -nshop -owide",
        "kubectl get pods -n=shop -o=yaml",
        "kubectl -n shop get pods",
        "kubectl --namespace=shop get pods",
        "kubectl get deployments.apps web -n shop -o yaml",
        "kubectl get deployments.v1.apps web",
        "kubectl get HorizontalPodAutoscaler",
        "kubectl get ingresses.networking.k8s.io -A",
        "kubectl get deploy/web svc/web ep/web -n shop",
        "kubectl get cm settings -n shop -o yaml",
        "kubectl get pods -l app␣in␣(web,api),tier!=db --show-labels",
        "kubectl get pods -L app -L tier --no-headers",
        "kubectl get pods -A -L app",
        "kubectl get events -n shop --field-selector=involvedObject.name=web-1,type!=Normal",
        "kubectl get events --sort-by={.metadata.creationTimestamp}",
        "kubectl get pods --sort-by=.status.containerStatuses[0].restartCount",
        "kubectl get pods -o jsonpath={.items[*].metadata.name}",
        "kubectl get pods -o jsonpath={range␣.items[*]}{.metadata.name}{\"\\t\"}{.spec.nodeName}{\"\\n\"}{end}",
        "kubectl get pods -o custom-columns=NAME:.metadata.name,IMAGE:.spec.containers[*].image",
        "kubectl get nodes --watch=false --chunk-size=100",
        "kubectl get clusterroles system:node",
        "kubectl get -- pods web-1",
        "kubectl describe pods web-1 -n shop",
        "kubectl describe pv",
        "kubectl logs web-1 -c app --previous --tail=100 --since=1h30m",
        "kubectl logs deploy/web -n shop --all-containers --timestamps",
        "kubectl logs web-1 --since-time=2026-03-01T10:00:00Z",
        "kubectl events -n shop --for=pod/web-1 --types=Warning,Normal",
        "kubectl top pod web-1 --containers",
        "kubectl top no --sort-by=cpu",
        "kubectl rollout status deploy/web --watch=false --timeout=30s",
        "kubectl --request-timeout=5s -n shop get pods",
        "kubectl get pods --sort-by status.startTime",
        "kubectl get podtemplates,flowschemas",
        "kubectl logs web-1 --follow=false --pod-running-timeout=20s",
        "kubectl explain pods.spec --output=plaintext-openapiv2",
        "kubectl api-resources --cached --categories=all",
        "kubectl auth can-i get pods --subresource=log",
        "kubectl top pods --use-protocol-buffers=false",
        "kubectl rollout history sts/db --revision=2",
        "kubectl explain pods.spec.containers --recursive",
        "kubectl api-resources --namespaced=false -o name",
        "kubectl version --client -o yaml",
        "kubectl auth can-i list pods -n shop",
        "kubectl auth can-i --list",
        "kubectl cluster-info",
        "kubectl get pods --request-timeout=10s",
        "kubectl get pods --request-timeout=10",
        "helm list -n shop -aq -f ^web",
        "helm history web -n shop --max=5",
        "helm get metadata web --revision 3",
    ];
    for line in lines {
        let verdict = ask(&whole_cluster(), line);
        assert!(verdict.is_ok(), "{line}: {}", verdict.unwrap_err());
    }
}

#[test]
fn what_runs_is_what_was_judged() {
    let approved = ask(&whole_cluster(), "kubectl -n shop get pods -o json").unwrap();
    assert_eq!(approved.argv(), ["-n", "shop", "get", "pods", "-o", "json"]);
    let vector = approved.argv_with(vec!["--context=a".into()], vec!["--watch=false".into()]);
    assert_eq!(vector, ["--context=a", "-n", "shop", "get", "--watch=false", "pods", "-o", "json"]);
}

#[test]
fn each_check_answers_for_its_own() {
    let cases = [
        ("terraform plan", Check::Tool, "`terraform` is not registered"),
        ("probe GetAlerts", Check::Tool, "`probe` is not registered"),
        ("kubectl edit deploy/web", Check::ReadOnly, "verb `edit`"),
        ("kubectl GET pods", Check::ReadOnly, "verb `GET`"),
        ("kubectl ge pods", Check::ReadOnly, "verb `ge`"),
        ("kubectl rollout undo deploy/web", Check::ReadOnly, "`undo` under `kubectl rollout`"),
        ("kubectl rollout -n shop status deploy/web", Check::ReadOnly, "`-n` under `kubectl rollout`"),
        ("kubectl rollout", Check::ReadOnly, "needs a sub-verb"),
        ("kubectl cluster-info dump", Check::Arguments, "`dump` is not expected"),
        ("kubectl -A get pods", Check::ReadOnly, "`-A` stands before the verb"),
        ("kubectl -- get pods", Check::ReadOnly, "stands before the verb"),
        ("kubectl -n", Check::ReadOnly, "`-n` has no value"),
        ("helm get values web", Check::ReadOnly, "`values` under `helm get`"),
        ("helm get hooks web", Check::ReadOnly, "`hooks` under `helm get`"),
        ("helm status web", Check::ReadOnly, "verb `status`"),
    ];
    expect_denials(&whole_cluster(), &cases);
}

#[test]
fn arguments_outside_the_list_are_named() {
    let cases = [
        ("kubectl get", Check::Arguments, "no kind is named"),
        ("kubectl get secret/tls", Check::Arguments, "kind `secret`"),
        ("kubectl get SECRETS.v1.", Check::Arguments, "kind `SECRETS.v1.`"),
        ("kubectl get po,secret", Check::Arguments, "kind `secret`"),
        ("kubectl get pods,", Check::Arguments, "kind ``"),
        ("kubectl get all", Check::Arguments, "kind `all`"),
        ("kubectl get deploy.extensions", Check::Arguments, "kind `deploy.extensions`"),
        ("kubectl get pods.", Check::Arguments, "kind `pods.`"),
        ("kubectl get pods/web-1 web-2", Check::Arguments, "`web-2` is not TYPE/NAME"),
        ("kubectl get pods/a/b", Check::Arguments, "`pods/a/b`"),
        ("kubectl get pods Web", Check::Arguments, "`Web` is not a valid name"),
        ("kubectl get pods -", Check::Arguments, "`-` is not a valid name"),
        ("kubectl get pods -- -w", Check::Arguments, "`-w` is not a valid name"),
        ("kubectl get pods --out=json", Check::Arguments, "`--out=…` is not allowed"),
        ("kubectl get pods --show_labels", Check::Arguments, "`--show_labels` is not allowed"),
        ("kubectl get pods --=x", Check::Arguments, "is not allowed"),
        ("kubectl get pods ---watch", Check::Arguments, "is not allowed"),
        ("kubectl get pods -o", Check::Arguments, "`-o` has no value"),
        ("kubectl get pods -o JSON", Check::Arguments, "value of `--output`"),
        ("kubectl get pods -o=", Check::Arguments, "value of `--output`"),
        ("kubectl get pods -A=1", Check::Arguments, "`true` or `false`"),
        ("kubectl get pods --show-labels=TRUE", Check::Arguments, "`true` or `false`"),
        ("kubectl get pods -Aojson", Check::Arguments, "write them apart"),
        ("kubectl get pods -Aw", Check::Arguments, "`--watch` must be `false`"),
        ("kubectl get pods -n a -n b", Check::Arguments, "`--namespace` is given twice"),
        ("kubectl -n a get pods --namespace=b", Check::Arguments, "`--namespace` is given twice"),
        ("kubectl get pods -n Shop", Check::Arguments, "a namespace's name"),
        ("kubectl get pods --namespace=", Check::Arguments, "a namespace's name"),
        ("kubectl get pods -l app=$(id)", Check::Arguments, "a label selector"),
        ("kubectl get pods --request-timeout=0", Check::Arguments, "a duration"),
        ("kubectl logs web --tail=-1", Check::Arguments, "a whole number"),
        ("kubectl logs web --tail=+5", Check::Arguments, "a whole number"),
        ("kubectl logs web -f", Check::Arguments, "`--follow` must be `false`"),
        ("kubectl logs", Check::Arguments, "no pod and no selector"),
        ("kubectl logs cm/settings", Check::Arguments, "kind `cm`"),
        ("kubectl logs web app extra", Check::Arguments, "`extra` is not expected"),
        ("kubectl rollout status deploy/web --watch", Check::Arguments, "`--watch` must be `false`"),
        ("kubectl rollout status deploy/web", Check::Arguments, "unless it is given `--watch=false`"),
        ("kubectl rollout status pods/web -w=false", Check::Arguments, "kind `pods`"),
        ("kubectl events --for=secret/db", Check::Arguments, "value of `--for`"),
        ("kubectl explain pods/status", Check::Arguments, "kind `pods/status`"),
        ("kubectl auth can-i impersonate users", Check::Arguments, "`impersonate` is not a verb"),
        ("helm list --max=0", Check::Arguments, "a whole number from 1"),
        ("kubectl describe sa web", Check::Arguments, "kind `sa`"),
        ("kubectl describe pods/web serviceaccounts/web", Check::Arguments, "`serviceaccounts`"),
        ("helm list --filter=web$(id)", Check::Arguments, "a pattern of release names"),
        ("helm history ../web", Check::Arguments, "`../web` is not the name of a release"),
        ("helm version --template={{.Version}}", Check::Arguments, "is not allowed"),
    ];
    expect_denials(&whole_cluster(), &cases);
}

#[test]
fn shapeless_arguments_are_refused_before_they_mean_anything() {
    let long = "a".repeat(1025);
    let odd = ["web\n", "web\0", "wéb", "web\u{200b}", "\u{2013}w", "", "web\u{7f}", long.as_str()];
    for arg in odd {
        let argv = ["get", "pods", arg].map(str::to_owned);
        let denial = judge(&whole_cluster(), "kubectl", &argv).expect_err(arg);
        assert_eq!(denial.check, Check::Arguments, "{arg:?}");
    }
    let many = vec!["get".to_owned(); 65];
    assert!(judge(&whole_cluster(), "kubectl", &many).unwrap_err().reason.contains("65 arguments"));
}

#[test]
fn a_denial_never_repeats_a_flags_value() {
    for line in [
        "kubectl get pods --token=hunter2",
        "kubectl get pods -v=hunter2",
        "kubectl --token=hunter2 get pods",
    ] {
        let denial = ask(&whole_cluster(), line).unwrap_err();
        assert!(!denial.to_string().contains("hunter2"), "{denial}");
    }
}

#[test]
fn a_namespace_scope_holds() {
    for line in
        ["kubectl get pods", "kubectl get pods -n shop", "kubectl get nodes", "kubectl get pods -A=false"]
    {
        assert!(ask(&only_shop(), line).is_ok(), "{line}");
    }
    let cases = [
        ("kubectl get pods -n bank", Check::Rbac, "`bank` is outside the scope"),
        ("kubectl -n bank get pods", Check::Rbac, "`bank` is outside the scope"),
        ("kubectl get pods -A", Check::Rbac, "leaves the scope"),
        ("kubectl get pods --all-namespaces=true", Check::Rbac, "leaves the scope"),
        ("kubectl get pods -n shop -A", Check::Rbac, "together with `--namespace`"),
        ("kubectl auth can-i list pods -A", Check::Rbac, "leaves the scope"),
        ("helm ls -A", Check::Rbac, "leaves the scope"),
        ("kubectl describe ns bank", Check::Rbac, "shows its quotas"),
    ];
    expect_denials(&only_shop(), &cases);
    expect_denials(
        &whole_cluster(),
        &[("kubectl get pods -n shop -A", Check::Rbac, "together with `--namespace`")],
    );
}

#[test]
fn a_role_only_narrows() {
    let mut policy = only_shop();
    policy.role.verbs =
        Allowed::Only(BTreeSet::from(["kubectl get".to_owned(), "kubectl rollout status".to_owned()]));
    policy.role.kinds =
        Allowed::Only(BTreeSet::from(["pods".to_owned(), "deployments".to_owned(), "secrets".to_owned()]));
    policy.role.cluster_kinds = false;
    assert!(ask(&policy, "kubectl get po,deploy").is_ok());
    let cases = [
        ("kubectl describe pods", Check::Rbac, "`kubectl describe`"),
        ("kubectl get svc", Check::Rbac, "kind `services`"),
        ("kubectl get secrets", Check::Arguments, "kind `secrets`"),
    ];
    expect_denials(&policy, &cases);
    policy.role.kinds = Allowed::Everything;
    expect_denials(&policy, &[("kubectl get nodes", Check::Rbac, "without a namespace")]);
}

#[test]
fn an_unknown_cluster_is_the_last_thing_refused() {
    let policy = Policy { cluster: "other".to_owned(), ..whole_cluster() };
    let denial = ask(&policy, "kubectl get pods").unwrap_err();
    assert_eq!(denial.check, Check::Cluster);
    assert_eq!(denial.check.passed_before().collect::<Vec<_>>(), ["tool", "read_only", "arguments", "rbac"]);
}

#[test]
fn the_executor_learns_what_to_add() {
    let needs = |policy, line| ask(&policy, line).unwrap().needs().clone();
    let timeout = Needs { request_timeout: true, ..Needs::default() };
    assert_eq!(needs(whole_cluster(), "kubectl get pods"), timeout);
    assert_eq!(needs(whole_cluster(), "kubectl get pods --request-timeout=5s"), Needs::default());
    let shop = Needs { namespace: Some("shop".to_owned()), ..timeout.clone() };
    assert_eq!(needs(only_shop(), "kubectl get pods"), shop);
    assert_eq!(needs(only_shop(), "kubectl get pods -n shop"), timeout);
    let logs = Needs { tail: true, limit_bytes: true, ..timeout.clone() };
    assert_eq!(needs(whole_cluster(), "kubectl logs web"), logs);
    assert_eq!(needs(whole_cluster(), "kubectl logs web --tail=5"), Needs { tail: false, ..logs });
}

#[test]
fn probes_pass_only_where_they_are_registered() {
    let mut policy = only_shop();
    policy.tools.insert(Tool::Probe);
    assert!(ask(&policy, "probe CheckNodeServiceStatus node_name=n1 service_name=kubelet").is_ok());
    expect_denials(
        &policy,
        &[
            ("probe Reboot node=n1", Check::ReadOnly, "verb `Reboot`"),
            ("probe GetAppYAML app_name=../x", Check::Arguments, "key=value"),
            ("probe GetAppYAML --app=x", Check::Arguments, "`--app=…` is not allowed"),
        ],
    );
}

fn expect_denials(policy: &Policy, cases: &[(&str, Check, &str)]) {
    for (line, check, reason) in cases {
        let denial = ask(policy, line).expect_err(line);
        assert_eq!(denial.check, *check, "{line}: {denial}");
        assert!(denial.reason.contains(reason), "{line}: {denial}");
    }
}
