//! Properties: no disguise gets a harmful command through. `PROPTEST_CASES` raises the number of tries.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::{model, only_shop, whole_cluster};
use crate::gate::{judge, split_raw};

/// Commands that pass; a poison put anywhere into one of them must turn it down.
const HARMLESS: &[&str] = &[
    "get pods",
    "get pods web-1 web-2 -o json",
    "get deploy/web svc/web -n shop",
    "-n shop get events --sort-by=.lastTimestamp",
    "describe pods web-1 --show-events=true",
    "logs web-1 -c app --tail 20 --timestamps",
    "top pods --containers -l app=web",
    "rollout status deploy/web --watch=false",
    "events --types=Warning",
];

/// Arguments that no approved command may contain, wherever they stand and however they are spelled.
const POISON: &[&str] = &[
    "--server=https://evil.example",
    "--kubeconfig=/tmp/k",
    "--token=abc",
    "--as=admin",
    "--as-group=system:masters",
    "--context=other",
    "--insecure-skip-tls-verify",
    "--certificate-authority=/tmp/ca",
    "--cache-dir=/tmp/c",
    "--profile-output=/tmp/p",
    "--profile=heap",
    "--filename=/etc/passwd",
    "-f=/etc/passwd",
    "-s=https://evil.example",
    "-v=9",
    "--vmodule=a=9",
    "--raw=/api",
    "--template={{.}}",
    "--watch",
    "--watch-only",
    "-w",
    "-Aw",
    "--all-namespaces",
    "-A",
    "--namespace=bank",
    "-nbank",
    "--subresource=token",
    "--follow",
    "--output=go-template={{.}}",
    "-ojsonpath-file=/etc/passwd",
    "--chunk-size=0",
    "secret/db",
    "pods,secrets",
    "Secrets",
    "../secrets",
    "$(id)",
    "pods/web-1;id",
];

/// Verbs that must be refused whatever follows.
const CHANGING: &[&str] = &[
    "delete",
    "apply",
    "create",
    "patch",
    "edit",
    "replace",
    "scale",
    "exec",
    "attach",
    "cp",
    "run",
    "debug",
    "drain",
    "cordon",
    "taint",
    "label",
    "annotate",
    "proxy",
    "port-forward",
    "wait",
    "diff",
    "kustomize",
    "plugin",
    "certificate",
    "set",
    "expose",
    "autoscale",
    "completion",
    "alpha",
    "pods-info",
    "Get",
    "get\u{200b}",
    "rollout restart",
    "config view",
    "auth reconcile",
];

/// Everything a command is made of, good and bad, to be thrown together.
const WORDS: &[&str] = &[
    "get",
    "describe",
    "logs",
    "rollout",
    "status",
    "history",
    "restart",
    "delete",
    "exec",
    "top",
    "pods",
    "po",
    "web-1",
    "deploy/web",
    "secrets",
    "secret/db",
    "Secret",
    "secrets.v1.",
    "all",
    "nodes",
    "pods,secrets",
    "-n",
    "shop",
    "bank",
    "-A",
    "-o",
    "json",
    "-ojson",
    "-Aojson",
    "-n=shop",
    "-nbank",
    "--namespace",
    "--namespace=shop",
    "--all-namespaces",
    "--all-namespaces=false",
    "--all_namespaces",
    "--all-namespaces=T",
    "-l",
    "app=web",
    "--selector",
    "--selector=app=web",
    "-w",
    "--watch=false",
    "--watch",
    "--",
    "-",
    "--server",
    "--server=https://e",
    "-s",
    "--kubeconfig",
    "--as_group=x",
    "-f",
    "-R",
    "--show-labels",
    "-L",
    "app",
    "--tail=5",
    "--tail",
    "5",
    "--since=1h",
    "go-template={{.}}",
    "jsonpath={.metadata.name}",
    "--template",
    "--raw",
    "/api",
    "-v",
    "9",
    "--previous",
    "-p",
    "-c",
    "--no-headers",
    "--ignore-not-found",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(4000), ..ProptestConfig::default() })]

    #[test]
    fn poison_anywhere_turns_a_command_down(line in select(HARMLESS), poison in select(POISON), place in 0.0..1.0) {
        let mut argv = words(line);
        let at = position(place, argv.len());
        argv.insert(at, poison.to_owned());
        // Behind a flag that takes a value the poison *is* that value, and only some values are harmful there.
        prop_assert!(judge(&only_shop(), "kubectl", &argv).is_err(), "{argv:?}");
    }

    #[test]
    fn respelling_a_poison_does_not_help(
        line in select(HARMLESS),
        poison in select(POISON),
        place in 0.0..1.0,
        dashes in any::<bool>(),
        upper in any::<bool>(),
        split in any::<bool>(),
        boolean in select(&["", "=1", "=t", "=T", "=true", "=TRUE", "=True"][..]),
    ) {
        let mut respelled = poison.to_owned();
        if dashes && respelled.starts_with("--") {
            respelled = format!("--{}", respelled[2..].replace('-', "_"));
        }
        if upper {
            respelled = respelled.to_ascii_uppercase();
        }
        if !respelled.contains('=') && respelled.starts_with('-') {
            respelled.push_str(boolean);
        }
        let pieces: Vec<String> = match respelled.split_once('=') {
            Some((flag, value)) if split => vec![flag.to_owned(), value.to_owned()],
            _ => vec![respelled],
        };
        let mut argv = words(line);
        let at = position(place, argv.len());
        argv.splice(at..at, pieces);
        let allowed = judge(&only_shop(), "kubectl", &argv).is_ok();
        let harm = model::read(&argv).harm("shop");
        prop_assert!(!allowed || harm.is_none(), "{argv:?}: {harm:?}");
    }

    #[test]
    fn a_changing_verb_is_refused_whatever_follows(
        verb in select(CHANGING),
        tail in prop::collection::vec(select(WORDS), 0..8),
        before in select(&["", "-n shop", "--namespace=shop", "-nshop"][..]),
    ) {
        let mut argv = words(before);
        argv.extend(words(verb));
        argv.extend(tail.into_iter().map(str::to_owned));
        prop_assert!(judge(&whole_cluster(), "kubectl", &argv).is_err(), "{argv:?}");
    }

    #[test]
    fn what_passes_is_harmless_in_the_tools_own_reading(argv in prop::collection::vec(select(WORDS), 1..9)) {
        check_against_model(argv)?;
    }

    #[test]
    fn what_passes_after_a_reading_verb_is_harmless(
        verb in select(&["get", "describe", "logs", "rollout status", "top pods"][..]),
        tail in prop::collection::vec(select(WORDS), 1..6),
    ) {
        check_against_model(verb.split(' ').chain(tail).collect())?;
    }

    #[test]
    fn inserting_a_flag_into_a_refused_command_does_not_allow_it(
        line in select(HARMLESS),
        poison in select(POISON),
        flag in select(&["--show-labels", "--watch=false", "--all-namespaces=false", "--namespace=shop", "-oname", "--"][..]),
        order in subsequence(vec![0_usize, 1, 2, 3, 4, 5, 6, 7], 8).prop_shuffle(),
    ) {
        let mut argv = words(line);
        argv.push(poison.to_owned());
        argv.push(flag.to_owned());
        // The verb stays in front; everything after it is shuffled.
        let tail = argv.split_off(1);
        let mut keyed: Vec<_> = tail.into_iter().enumerate().map(|(at, word)| (order[at % order.len()], word)).collect();
        keyed.sort_by_key(|(key, _)| *key);
        argv.extend(keyed.into_iter().map(|(_, word)| word));
        let allowed = judge(&only_shop(), "kubectl", &argv).is_ok();
        let harm = model::read(&argv).harm("shop");
        prop_assert!(!allowed || harm.is_none(), "{argv:?}: {harm:?}");
    }

    #[test]
    fn any_text_is_judged_without_a_panic(line in ".{0,200}", argv in prop::collection::vec(".{0,40}", 0..6)) {
        let _ = split_raw(&line).map(|(tool, argv)| judge(&whole_cluster(), &tool, &argv));
        for tool in ["kubectl", "helm"] {
            prop_assert!(judge(&whole_cluster(), tool, &argv).is_err() || argv.iter().all(|arg| arg.is_ascii()));
        }
    }

    #[test]
    fn quotes_do_not_smuggle_a_flag_through_a_line(at in 0_usize..20, mark in select(&['"', '\''][..]), length in 0_usize..8) {
        let flag = "--server=https://evil.example";
        let (start, end) = (at, at + length);
        let spliced = format!("{}{mark}{}{mark}{}", &flag[..start], &flag[start..end], &flag[end..]);
        let line = format!("kubectl get pods {spliced}");
        let allowed = split_raw(&line).and_then(|(tool, argv)| judge(&whole_cluster(), &tool, &argv)).is_ok();
        prop_assert!(!allowed, "{line}");
    }
}

fn check_against_model(argv: Vec<&str>) -> Result<(), TestCaseError> {
    let argv: Vec<String> = argv.into_iter().map(str::to_owned).collect();
    if judge(&only_shop(), "kubectl", &argv).is_ok() {
        let harm = model::read(&argv).harm("shop");
        prop_assert!(harm.is_none(), "{argv:?}: {harm:?}");
    }
    Ok(())
}

fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a small index"
)]
fn position(place: f64, length: usize) -> usize {
    (place * (length + 1) as f64) as usize
}
