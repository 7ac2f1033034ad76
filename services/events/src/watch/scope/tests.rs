use super::scopes;
use crate::watch::settings::WatchSettings;
use foundation::settings::load;

fn paths(settings: &str) -> Vec<String> {
    let rules = load::<WatchSettings>(settings).unwrap().validate().unwrap().rules;
    scopes("c", &rules).iter().map(super::Scope::path).collect()
}

#[test]
fn only_what_some_reason_needs_is_watched() {
    let all = [
        "/api/v1/nodes",
        "/api/v1/events",
        "/apis/apps/v1/deployments",
        "/apis/apps/v1/statefulsets",
        "/apis/apps/v1/daemonsets",
    ];
    assert_eq!(paths(""), all);
    assert_eq!(paths("reasons: [BackOff]"), ["/api/v1/events"]);
    assert_eq!(paths("reasons: [NodeNotReady]"), ["/api/v1/nodes"]);
    assert_eq!(paths("reasons: [MinimumReplicasUnavailable]"), ["/apis/apps/v1/deployments"]);
}

#[test]
fn in_namespaces_only_what_is_in_them_is_watched() {
    let found =
        paths("{namespaces: {include: [a, b]}, reasons: [BackOff, NodeNotReady, ReplicasUnavailable]}");
    let expected = [
        "/api/v1/namespaces/a/events",
        "/apis/apps/v1/namespaces/a/statefulsets",
        "/apis/apps/v1/namespaces/a/daemonsets",
        "/api/v1/namespaces/b/events",
        "/apis/apps/v1/namespaces/b/statefulsets",
        "/apis/apps/v1/namespaces/b/daemonsets",
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_right_is_told_as_a_rule() {
    let rules = load::<WatchSettings>("namespaces: {include: [shop]}").unwrap().validate().unwrap().rules;
    let rights: Vec<String> = scopes("c", &rules).iter().map(super::Scope::right).collect();
    assert_eq!(
        rights[1],
        r#"a Role in shop with {apiGroups: ["apps"], resources: [deployments], verbs: [list, watch]}"#
    );
}

#[test]
fn one_type_is_selected_by_the_server_and_two_are_not() {
    for (settings, selector) in [
        ("", Some("type=Warning".to_owned())),
        ("types: [Normal]", Some("type=Normal".to_owned())),
        ("types: [Warning, Normal]", None),
    ] {
        let rules = load::<WatchSettings>(settings).unwrap().validate().unwrap().rules;
        let found: Vec<_> = scopes("c", &rules).iter().map(|scope| scope.field_selector(&rules)).collect();
        assert_eq!((&found[0], &found[1]), (&None, &selector), "{settings}");
    }
}
