//! What the command line answers.

use crate::instance::run;
use serde_json::Value;

fn stdout(args: &[&str]) -> String {
    let output = run(args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn diagnose_answers_each_example_with_its_cause_and_evidence() {
    for (case, root_cause, object) in [
        ("image-pull", "incorrect_image_reference", "deployment/catalog"),
        ("crash-loop", "oom_killed", "deployment/cart"),
        ("node-cordoned", "node_cordon_mismatch", "deployment/invoices"),
    ] {
        let case = format!("examples/cases/{case}");
        let answer: Value = serde_json::from_str(&stdout(&["diagnose", &case, "--json"])).unwrap();
        assert_eq!(
            (answer["root_cause"].as_str(), answer["object"].as_str()),
            (Some(root_cause), Some(object))
        );
        assert!(answer["confidence"].as_f64().unwrap() > 0.5);
        assert!(!answer["evidence"].as_array().unwrap().is_empty());
        assert!(answer["taxonomy"].is_string());
        assert!(stdout(&["diagnose", "--case", &case]).starts_with(&format!("{root_cause}: {object}")));
    }
}

#[test]
fn a_case_that_cannot_be_read_is_told() {
    let output = run(&["diagnose", "--case", "/nowhere"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("/nowhere"));
    let output = run(&["diagnose", "docs"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("docs is no recorded case"));
}

#[test]
fn diagnose_asks_what_to_look_at() {
    for (args, told) in [
        (&["diagnose"][..], "say what to look at: a DIR, or of a cluster a namespace with -n"),
        (&["diagnose", "examples/cases/image-pull", "--context", "production"], "cannot be used with"),
        (&["diagnose", "--format", "dump"], "name the directory too"),
        (&["diagnose", "examples/cases/image-pull", "-n", "teashop"], "there is: bookshop"),
        (&["diagnose", "--kubeconfig", "/nowhere/config", "-A"], "kubeconfig /nowhere/config is not a file"),
    ] {
        let output = run(args);
        assert!(!output.status.success(), "{args:?}");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(stderr.contains(told), "{args:?}: {stderr}");
    }
}

#[test]
fn the_printed_configuration_is_a_configuration() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("printed.yaml");
    std::fs::write(&file, stdout(&["config", "print"])).unwrap();
    let checked = stdout(&["config", "check", &file.display().to_string()]);
    assert!(checked.trim_end().ends_with(": ok"), "{checked}");
}

#[test]
fn every_command_has_help() {
    for command in [
        &["--help"][..],
        &["serve", "--help"],
        &["diagnose", "--help"],
        &["record", "--help"],
        &["eval", "--help"],
        &["services", "--help"],
        &["config", "check", "--help"],
        &["demo", "--help"],
        &["incidents", "silence", "--help"],
        &["knowledge", "search", "--help"],
    ] {
        assert!(stdout(command).contains("Usage:"), "{command:?}");
    }
    assert!(stdout(&["services"]).contains("orchestrator"));
}
