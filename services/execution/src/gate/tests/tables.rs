//! The tables of verbs and flags, held against the help of the real tools: a flag that the gate believes to take no value, and the
//! tool believes to take one, would make the two read the same vector differently.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use crate::gate::verb::{Flag, Verb};
use crate::gate::{helm, kubectl};
use crate::testing::real_tool;

/// What a tool's help says of a flag.
#[derive(Debug)]
struct Told {
    short: Option<char>,
    is_switch: bool,
}

type Help = BTreeMap<String, Told>;

#[test]
fn flags_are_those_of_the_real_kubectl() {
    let Some(program) = real_tool("kubectl") else { return };
    let global = kubectl_help(&program, &["options"]);
    // A flag that only a newer kubectl has is an error message of an older one, and no danger.
    let is_older = minor(&program) < 32;
    for verb in kubectl::VERBS {
        let help = kubectl_help(&program, &[words(verb), vec!["--help"]].concat());
        compare(verb, &help, &global, is_older);
    }
}

#[test]
fn flags_are_those_of_the_real_helm() {
    let Some(program) = real_tool("helm") else { return };
    for verb in helm::VERBS {
        let text = output(&program, &[words(verb), vec!["--help"]].concat());
        let help: Help = text.lines().filter_map(helm_flag).collect();
        compare(verb, &help, &Help::new(), false);
    }
}

fn compare(verb: &Verb, help: &Help, global: &Help, may_be_absent: bool) {
    assert!(!help.is_empty() || verb.flags.is_empty(), "{:?} has no help", verb.words);
    for flag in verb.flags.iter().chain(verb.global) {
        let told = help.get(flag.long).or_else(|| global.get(flag.long));
        assert!(told.is_some() || may_be_absent, "{:?} has no flag --{}", verb.words, flag.long);
        let agrees = |told: &Told| {
            told.is_switch == flag.shape.is_switch() && (flag.short.is_none() || told.short == flag.short)
        };
        assert!(told.is_none_or(agrees), "{:?} --{}: {told:?}", verb.words, flag.long);
    }
    for Flag { long, short, .. } in verb.flags {
        let bearers = help.iter().filter(|(_, told)| short.is_some() && told.short == *short);
        assert!(bearers.clone().all(|(name, _)| name == long), "{:?} -{short:?}", verb.words);
    }
}

fn words(verb: &Verb) -> Vec<&'static str> {
    verb.words.iter().map(|spellings| spellings[0]).collect()
}

fn kubectl_help(program: &Path, args: &[&str]) -> Help {
    output(program, args).lines().filter_map(kubectl_flag).collect()
}

/// `    -A, --all-namespaces=false:`
fn kubectl_flag(line: &str) -> Option<(String, Told)> {
    let (short, rest) = short_of(line.trim());
    let (long, default) = rest.strip_prefix("--")?.strip_suffix(':')?.split_once('=')?;
    Some((long.to_owned(), Told { short, is_switch: matches!(default, "true" | "false") }))
}

/// `  -f, --filter string        a regular expression`
fn helm_flag(line: &str) -> Option<(String, Told)> {
    let (short, rest) = short_of(line.trim());
    let rest = rest.strip_prefix("--")?;
    let (long, rest) = rest.split_once(' ')?;
    Some((long.to_owned(), Told { short, is_switch: rest.starts_with(' ') }))
}

fn short_of(line: &str) -> (Option<char>, &str) {
    match line.split_once(", ") {
        Some((short, rest)) if short.len() == 2 && short.starts_with('-') => (short.chars().nth(1), rest),
        _ => (None, line),
    }
}

fn minor(program: &Path) -> u32 {
    let text = output(program, &["version", "--client"]);
    let after = text.split("v1.").nth(1).unwrap_or_default();
    after.split('.').next().unwrap_or_default().parse().unwrap_or(u32::MAX)
}

fn output(program: &Path, args: &[&str]) -> String {
    let output = Command::new(program).args(args).env_clear().env("HOME", "/nonexistent").output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}
