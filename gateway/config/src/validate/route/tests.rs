use std::path::Path;

fn problems(route: &str) -> String {
    let yaml = format!("clusters: [{{name: c, endpoints: ['127.0.0.1:1']}}]\nroutes:\n  - name: r\n{route}");
    match crate::read(&yaml, Path::new("/")) {
        Ok(_) => String::new(),
        Err(problems) => problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
    }
}

#[test]
fn what_a_route_matches_is_checked() {
    insta::assert_snapshot!(problems(
        "    cluster: c
    match:
      path: /a
      path_template: /{id}
      headers: [{name: 'a b', exact: x}, {name: x-a}, {name: x-b, exact: a, present: true}, {name: x-c, regex: '('}]
      query: [{name: '', present: true}, {name: q}]
"
    ));
    for (path, expected) in [
        ("path_template: /a", "routes[0].match.path_template: there is no parameter in it; use path instead"),
        (
            "path_template: '/a/../{x}'",
            "routes[0].match.path_template: \"/a/../{x}\" never matches; between its parameters a path is plain text",
        ),
        ("path_regex: '/a('", "routes[0].match.path_regex: not a regular expression: unclosed group"),
        (
            "path_prefix: '/a?b'",
            "routes[0].match.path_prefix: \"/a?b\" never matches; a path has no query, and \"/a?b\" is its plain form",
        ),
        ("methods: [GET]", ""),
        ("path_template: '/users/{id}/{rest*}'", ""),
    ] {
        assert_eq!(problems(&format!("    cluster: c\n    match: {{{path}}}\n")), expected, "{path}");
    }
}

#[test]
fn what_a_route_does_is_checked() {
    insta::assert_snapshot!(problems(
        "    split: [{cluster: d, weight: 0}, {cluster: c, weight: 2000000}]
    cluster: c
    replace_host: 'http://a'
    strip_prefix: true
    replace_path: /{id}
    request_headers: {set: {host: a, content-length: '1'}, add: {x: \"a\\nb\"}, remove: [Transfer-Encoding]}
    response_headers: {remove: [trailer]}
    cors: {origins: ['*', app.test], credentials: true, methods: [get], headers: ['a b'], max_age_s: 90000}
    mirror: {cluster: e, percent: 101, body_bytes_max: 2000000}
    total_timeout_ms: 0
    retry: {attempts: 11, statuses: [200], attempt_timeout_ms: 0, backoff_ms: 10001, budget_percent: 101}
"
    ));
    insta::assert_snapshot!(problems(
        "    redirect: {scheme: ftp, host: '*.a', port: 0, path: /{x}, replace_prefix: /b, status: 200}
    replace_prefix: /a
    mirror: {cluster: c}
    retry: {}
    total_timeout_ms: 1
"
    ));
    for (action, expected) in [
        ("match: {}", "routes[0]: it leads nowhere; give it a cluster, split, redirect or respond"),
        (
            "redirect: {}",
            "routes[0].redirect: it leads to itself; give a scheme, host, port, path or replace_prefix",
        ),
        ("redirect: {replace_prefix: /b}", ""),
        ("redirect: {path: /b}", ""),
        ("respond: {status: 204, body: x}", "routes[0].respond.body: an answer with status 204 has no body"),
        ("respond: {status: 100}", "routes[0].respond.status: 100 is out of range; allowed is 200 to 599"),
        ("split: [{cluster: c, weight: 0}]", "routes[0].split: no cluster has a weight above 0"),
        ("replace_path: /x", "routes[0]: it leads nowhere; give it a cluster, split, redirect or respond"),
    ] {
        assert_eq!(problems(&format!("    {action}\n")), expected, "{action}");
    }
}
