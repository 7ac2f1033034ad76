use std::{path::Path, time::Duration};

fn read(fields: &str) -> Result<crate::Config, Vec<foundation::settings::Problem>> {
    let yaml = format!(
        "clusters: [{{name: c, endpoints: ['127.0.0.1:1']}}]
routes: [{{name: r, match: {{path_prefix: /}}, cluster: c, {fields}}}]
"
    );
    crate::read(&yaml, Path::new("/nonexistent"))
}

#[test]
fn silence_is_bounded_as_told_or_not_at_all() {
    let route = |fields| read(fields).unwrap().resources.routes.remove(0);
    let told = route("websocket_idle_timeout_ms: 1000, websocket_ping_ms: 3600000");
    assert_eq!(told.websocket_idle, Some(Duration::from_secs(1)));
    assert_eq!(told.websocket_ping, Some(Duration::from_secs(3600)));
    let untold = route("priority: 0");
    assert_eq!((untold.websocket_idle, untold.websocket_ping), (None, None));
}

#[test]
fn what_is_out_of_range_is_said() {
    let found = read("websocket_idle_timeout_ms: 86400001, websocket_ping_ms: 999").unwrap_err();
    let found: Vec<String> = found.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(found.join("\n"), @r"
    routes[0].websocket_idle_timeout_ms: 86400001 is out of range; allowed is 1000 to 86400000
    routes[0].websocket_ping_ms: 999 is out of range; allowed is 1000 to 3600000
    ");
}
