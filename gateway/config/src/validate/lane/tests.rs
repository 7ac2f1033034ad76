use std::path::Path;

fn read(yaml: &str) -> Result<crate::Config, Vec<foundation::settings::Problem>> {
    crate::read(yaml, Path::new("/nonexistent"))
}

#[test]
fn lanes_become_a_policy() {
    let config = read(
        "lanes:
  header: X-Env
  choosers: {roles: [developer], ips: [10.0.0.0/8, '::1']}
  rules:
    - {lane: a.b, header: {name: X-Team, value: red}, cookie: {name: beta, value: '1'}, claim: {name: org, value: x}, percent: 12.5}
proxy_routes: [{path: /, target: 'http://a', lane: {lane: fixed, strict: true}}]
",
    );
    let resources = config.unwrap().resources;
    insta::assert_snapshot!(format!("{:?}\n{:?}", resources.lanes, resources.routes[0].lane), @r#"
    LanePolicy { header: "x-env", choosers: Choosers { everybody: false, roles: ["developer"], networks: [10.0.0.0/8, ::1/128] }, rules: [LaneRule { lane: Lane(a.b), header: Some(("x-team", "red")), cookie: Some(("beta", "1")), claim: Some(("org", "x")), percent: Some(12.5) }] }
    RouteLane { lane: Some(Lane(fixed)), strict: true }
    "#);
}

#[test]
fn what_is_wrong_is_said() {
    let found = read(
        "lanes:
  header: Baggage
  choosers: {roles: [''], ips: [10.0.0.1/8]}
  rules:
    - {lane: Feature_X, percent: 101}
    - {lane: base, header: {name: 'a b', value: c}}
    - {lane: a}
    - {lane: a, header: {name: baggage, value: lane=x}}
    - {lane: a, cookie: {name: 'a b', value: c}, claim: {value: x}}
proxy_routes: [{path: /, target: 'http://a', lane: {lane: a..b}}]
",
    );
    let lines: Vec<String> = found.unwrap_err().iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(lines.join("\n"));
}
