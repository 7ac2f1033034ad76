use super::*;

fn settings(yaml: &str) -> Settings {
    foundation::settings::load(yaml).unwrap()
}

fn occasion() -> Occasion {
    Occasion {
        at: Timestamp::UNIX_EPOCH,
        by: "file watch".to_owned(),
        from: "agw.yaml".to_owned(),
        config_sha256: "5e".to_owned(),
    }
}

#[test]
fn each_change_says_what_of_which_route() {
    let before = settings(
        "
routes:
  - {name: a, match: {path_prefix: /a}, cluster: c, request_headers: {set: {Authorization: one}}}
  - {name: gone, match: {path: /}, cluster: c, meta: {version: '1', owner: ann, tags: [old]}}
clusters: [{name: c, endpoints: ['a:1']}]
proxy_routes: [{path: /p, target: 'http://a:1'}]
",
    );
    let after = settings(
        "
routes:
  - {name: a, match: {path_prefix: /b, methods: [GET]}, cluster: c, request_headers: {set: {Authorization: two}}, meta: {version: '2'}}
  - {name: new, match: {path: /}, cluster: c, meta: {owner: bob}}
clusters: [{name: c, endpoints: ['a:1', 'b:2']}]
proxy_routes: [{path: /p, target: 'http://a:1'}]
",
    );
    let found = changes(&before, &after, &occasion());
    let short: Vec<String> = found
        .iter()
        .map(|change| {
            let fields = change
                .fields
                .iter()
                .map(|field| format!(" {} {}→{}", field.field, field.before, field.after));
            format!("{} {} {:?}{}", change.kind, change.name, change.change, fields.collect::<String>())
        })
        .collect();
    let expected = [
        "route a Changed match.methods[0] null→\"GET\" match.path_prefix \"/a\"→\"/b\" meta.version \"\"→\"2\" \
         request_headers.set.Authorization \"***\"→\"***\"",
        "route new Added",
        "route gone Removed",
        "cluster c Changed endpoints[1] null→\"b:2\"",
    ];
    assert_eq!(short, expected);
    assert_eq!((found[2].version.as_str(), found[2].owner.as_str(), found[2].tags.len()), ("1", "ann", 1));
    assert_eq!((found[1].owner.as_str(), found[1].by.as_str()), ("bob", "file watch"));
    assert!(changes(&after, &after, &occasion()).is_empty());
}

#[test]
fn only_the_last_changes_are_kept() {
    let many: String = (0..KEPT_MAX + 5).map(|n| format!("- {{path: /{n}, target: 'http://a'}}\n")).collect();
    let log = ChangeLog::default();
    log.record(changes(&Settings::default(), &settings(&format!("proxy_routes:\n{many}")), &occasion()));
    let last = log.last(2);
    assert_eq!(last.iter().map(|change| change.name.as_str()).collect::<Vec<_>>(), ["/1003", "/1004"]);
    assert_eq!(log.last(usize::MAX).len(), KEPT_MAX);
}
