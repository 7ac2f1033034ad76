//! Command lines as one text, and expressions inside one argument.

use super::{ask, whole_cluster};
use crate::gate::{Check, split_raw};

#[test]
fn a_line_is_split_like_a_shell_splits_words() {
    let (tool, argv) = split_raw("kubectl get pods  -l 'app in (a, b)' --field-selector=\"x=y\"").unwrap();
    assert_eq!(tool, "kubectl");
    assert_eq!(argv, ["get", "pods", "-l", "app in (a, b)", "--field-selector=x=y"]);
    let (_, argv) = split_raw(r#"kubectl get pods -o jsonpath="{.metadata.name}{'\n'}""#).unwrap();
    assert_eq!(argv[3], r"jsonpath={.metadata.name}{'\n'}");
    let (_, argv) = split_raw("kubectl get pods -o jsonpath='{.items[*].metadata.name}' -l app!=x").unwrap();
    assert_eq!(argv[3], "jsonpath={.items[*].metadata.name}");
}

#[test]
fn a_line_that_a_shell_would_act_on_is_refused() {
    let lines = [
        "",
        "kubectl get pods; id",
        "kubectl get pods | sh",
        "kubectl get pods && id",
        "kubectl get pods > /tmp/x",
        "kubectl get pods < /tmp/x",
        "kubectl get $KIND",
        "kubectl get \"$KIND\"",
        "kubectl get \"`id`\"",
        r#"kubectl get "a\"b""#,
        r#"kubectl get "a\\b""#,
        "kubectl get `id`",
        "kubectl get (pods)",
        "kubectl get pods\\;",
        "kubectl get pods # comment",
        "kubectl get pods\tx",
        "kubectl get pods\nid",
        "kubectl get 'pods",
        "A=b kubectl get pods",
        "/usr/bin/kubectl get pods",
        "kubectl get pods -\"A\"",
        "kubectl get pods --sel''ector=a=b",
        "kubectl get pods '--watch'",
        "ＫUBECTL get pods",
        "\"kubectl\" get pods",
        "k'ubect'l get pods",
        "kubectl get po'd's",
        "kubectl get 'po'ds",
        "kubectl get ''pods",
        "kubectl get pods --selector='a=b'c",
        "kubectl get pods -l'a=b'",
    ];
    for line in lines {
        assert!(split_raw(line).is_err(), "{line:?}");
    }
}

#[test]
fn expressions_cannot_print_a_value_without_its_name() {
    let expressions = [
        "jsonpath",
        "jsonpath=",
        "jsonpath=names",
        "jsonpath={.items[*].spec.containers[*].env[*].value}",
        "jsonpath={.items[*].spec.containers[*].args}",
        "jsonpath={.items[*].spec.containers}",
        "jsonpath={.items[*].spec}",
        "jsonpath={.items[*].metadata.annotations}",
        "jsonpath={.items[*].metadata}",
        "jsonpath={.items}",
        "jsonpath={..value}",
        "jsonpath={.data}",
        "jsonpath={@}",
        "jsonpath={.items[?(@.spec.containers[0].env[0].value==\"b\")].metadata.name}",
        "jsonpath={.items[?(@.metadata.annotations.key==\"b\")].metadata.name}",
        "jsonpath={.items[0].spec.containers[?(@.name==\"web\")].env}",
        "jsonpath={.items[?(@.status.phase==\"Running\")]}",
        "jsonpath={.items[?(@.status.phase==.data.x)].metadata.name}",
        "jsonpath={.items[?(@.status.phase)].metadata.name}",
        "jsonpath={range␣.items[*].spec}{.containers}{end}",
        "jsonpath={range␣.items[*]}{range␣.spec.containers[*]}{.env[*].value}{end}{end}",
        "jsonpath={range␣.items[*]}{$.spec.containers}{end}",
        "jsonpath={range␣.items[*]}{@}{end}",
        "jsonpath={range␣.items[*]}{.metadata.name}",
        "jsonpath={.metadata.name}{end}",
        "jsonpath={range␣.items[*].spec.containers[*].env[*]}{.name}{end}",
        "jsonpath={.metadata.name",
        "jsonpath-as-json={.data}",
        "jsonpath={'a''}",
        "jsonpath-file=/etc/hostname",
        "custom-columns=DATA:.data",
        "custom-columns=:.metadata.name",
        "custom-columns-file=/etc/hostname",
        "go-template={{.metadata.name}}",
        "template",
    ];
    for expression in expressions {
        let line = format!("kubectl get pods -o {expression}");
        let denial = ask(&whole_cluster(), &line).expect_err(&line);
        assert_eq!(denial.check, Check::Arguments, "{line}");
    }
}

#[test]
fn expressions_over_harmless_fields_pass() {
    let expressions = [
        "jsonpath={.items[*].status.conditions[?(@.type==\"Ready\")].status}",
        "jsonpath={.items[?(@.status.phase!='Running')].metadata.name}",
        "jsonpath={.items[?(@.spec.replicas>3)].metadata.name}",
        "jsonpath={range␣.items[*]}{.metadata.name}{range␣.status.containerStatuses[*]}{\"␣\"}{.name}={.restartCount}{end}{\"\\n\"}{end}",
        "jsonpath={range␣.items[*].spec.containers[*]}{.image}{\"\\n\"}{end}",
        "jsonpath={range␣.items[?(@.status.phase==\"Pending\")]}{@.metadata.name}{end}",
        "jsonpath={.metadata.labels.app\\.kubernetes\\.io/name}",
        "jsonpath={$.metadata.name}",
        "jsonpath-as-json={.metadata.name}",
        "jsonpath={range␣.items[*]}{.metadata.name}{'\\n'}{end}",
        "jsonpath={.spec.rules[*].host}",
        "custom-columns=NAME:metadata.name,RESTARTS:.status.containerStatuses[*].restartCount",
    ];
    for expression in expressions {
        let verdict = ask(&whole_cluster(), &format!("kubectl get pods -o {expression}"));
        assert!(verdict.is_ok(), "{expression}: {}", verdict.unwrap_err());
    }
}
