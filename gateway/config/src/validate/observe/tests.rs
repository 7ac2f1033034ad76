use crate::config::{AccessField, LogTarget};
use std::{fs, path::Path};

const ROUTE: &str = "proxy_routes: [{path: /api, target: http://a}]\n";

fn problems(yaml: &str) -> String {
    let found = crate::read(&format!("{ROUTE}{yaml}"), Path::new("/nonexistent")).expect_err("it is broken");
    found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn everything_wrong_is_named() {
    insta::assert_snapshot!(problems(
        "
access_log: {to: '', sample: 2, fields: [path, body, path], headers: ['a b']}
tracing: {otlp_url: 'ftp://x', sample: -1, service_name: ''}
alerts:
  rules:
    - {name: a, on: error_ratio, above: 1, for_s: 0}
    - {name: a, on: latency_p99, above: 0, resolve_below: 5}
    - {name: b, on: upstream_down, of: nobody}
    - {name: c, on: error_ratio, of: nobody, resolve_below: 0.5}
  webhooks: ['nowhere', {url: 'http://u:p@h/', token_file: missing}]
  email: {server: mail, encryption: none, user: u, from: 'a<b@c', to: ['a@b', 'x'], ca_file: missing}
"
    ));
}

#[test]
fn mail_goes_unencrypted_to_this_machine_only() {
    for (server, fits) in
        [("127.0.0.1:25", true), ("localhost:25", true), ("[::1]:25", true), ("mail:25", false)]
    {
        let yaml = format!(
            "{ROUTE}alerts: {{email: {{server: '{server}', encryption: none, from: a@b, to: [c@d]}}}}"
        );
        assert_eq!(crate::read(&yaml, Path::new("/")).is_ok(), fits, "{server}");
    }
}

#[test]
fn defaults() {
    let config = crate::read(ROUTE, Path::new("/")).unwrap();
    let log = config.observe.access_log;
    assert_eq!(log.to, LogTarget::Stdout);
    assert!(!log.fields.contains(&AccessField::Query) && log.fields.len() == AccessField::ALL.len() - 1);
    assert_eq!(config.observe.tracing, None);
    assert!(config.observe.alerts.rules.is_empty());
}

#[test]
fn a_rule_may_name_a_route_in_its_short_form() {
    let yaml = format!("{ROUTE}alerts: {{rules: [{{name: slow, on: latency_p99, above: 500, of: /api}}]}}");
    let rule = crate::read(&yaml, Path::new("/")).unwrap().observe.alerts.rules.remove(0);
    assert_eq!((rule.resolve_below, rule.for_s, rule.requests_min), (400.0, 30, 20));
}

#[test]
fn secrets_are_read_from_files_and_never_shown() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("token"), "hunter2\n").unwrap();
    let yaml = format!("{ROUTE}alerts: {{webhooks: [{{url: 'http://h/', token_file: token}}]}}");
    let config = crate::read(&yaml, dir.path()).unwrap();
    assert_eq!(config.observe.alerts.webhooks[0].token.as_ref().unwrap().expose(), "hunter2");
    assert!(!format!("{config:?}").contains("hunter2"));
    fs::write(dir.path().join("token"), "a\nb").unwrap();
    assert!(crate::read(&yaml, dir.path()).is_err(), "a header has one line");
}
