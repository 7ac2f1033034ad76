use super::*;
use std::fs;

/// Writes a scenario beside an empty shop and reads it.
fn load(text: &str) -> Result<Scenario, ScenarioError> {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join(BASE), "kind: ServiceAccount\n").unwrap();
    let file = dir.path().join("sold-out.yaml");
    fs::write(&file, text).unwrap();
    Scenario::load(&file)
}

const HEADER: &str = "description: nothing is left\nexpect: {root_cause: quota, object: namespace/$NAMESPACE, taxonomy: admission}\n";

#[test]
fn a_scenario_has_a_header_and_steps_in_their_order() {
    let scenario = load(&format!(
        "{HEADER}---\nkubectl: [cordon, node-1]\n---\napiVersion: v1\nkind: Service\n---\nrefused: {{kind: Service}}\n\
         ---\npatch: service/till\nwith: {{spec: null}}\n---\nwait: {{get: pods, lacks: Ready}}\n"
    ))
    .unwrap();
    assert_eq!((scenario.name.as_str(), scenario.base.len()), ("sold-out", 1));
    assert!(matches!(
        &scenario.steps[..],
        [Step::Kubectl(_), Step::Apply(_), Step::Refused(_), Step::Patch { .. }, Step::Wait(_)]
    ));
    let expect = scenario.expect.in_namespace("shop-1");
    assert_eq!(expect.to_string(), "quota,namespace/shop-1,admission");
    assert_eq!(Expect { root_cause: "none".into(), ..Expect::default() }.to_string(), "none");
}

#[test]
fn a_document_that_cannot_be_played_is_named() {
    for (document, problem) in [
        ("shop: open", "document 2: is neither an object"),
        ("{wait: {get: pods}}", "document 2: wait needs either contains or lacks"),
        ("{wait: {get: pods, contains: a, lacks: b}}", "wait needs either contains or lacks"),
        ("{wait: {get: secrets, contains: a}}", "wait cannot look at secrets"),
        ("{patch: service/till}", "is neither an object"),
    ] {
        let error = load(&format!("{HEADER}---\n{document}\n")).unwrap_err().to_string();
        assert!(error.contains("sold-out.yaml") && error.contains(problem), "{error}");
    }
    let error = load("description: nothing\n").unwrap_err().to_string();
    assert!(error.contains("document 1: missing field `expect`"), "{error}");
}

#[test]
fn a_condition_looks_for_words_in_compact_json() {
    let has = |contains: Option<&str>, lacks: Option<&str>| {
        let own = |text: Option<&str>| text.map(str::to_owned);
        let condition = Condition { get: "pods".into(), contains: own(contains), lacks: own(lacks) };
        condition.holds(&serde_json::json!({ "items": [{ "ready": true }] }))
    };
    assert!(has(Some("\"ready\":true"), None) && has(None, Some("false")));
    assert!(!has(Some("false"), None) && !has(None, Some("ready")));
}
