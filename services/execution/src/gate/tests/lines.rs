//! Command lines as one text, and expressions inside one argument.

use super::{ask, whole_cluster};
use crate::gate::{Check, split_raw};

#[test]
fn a_line_is_split_like_a_shell_splits_words() {
    let (tool, argv) = split_raw("kubectl get pods  -l 'app in (a, b)' --field-selector=\"x=y\"").unwrap();
    assert_eq!(tool, "kubectl");
    assert_eq!(argv, ["get", "pods", "-l", "app in (a, b)", "--field-selector=x=y"]);
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
        "jsonpath={.status.x[?(@.a==\"b\")]}",
        "jsonpath={range␣.items[*].spec.containers[*].env[*]}{.name}{end}",
        "jsonpath={.metadata.name",
        "jsonpath-as-json={.metadata.name}",
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
