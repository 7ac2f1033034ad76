use super::*;
use serde_json::json;

#[test]
fn a_status_fits_a_terminal() {
    let shown = status(&json!({
        "version": "0.1.0", "pid": 7, "uptime_s": 93_784, "config_file": "agw.yaml", "config_sha256": "0123456789abcdef",
        "listeners": [{"address": "127.0.0.1:8080"}], "admin": "127.0.0.1:8082", "connections": 3,
        "last_reload": {"at": "2026-01-01T00:00:00Z", "by": "file watch", "taken_over": false, "problems": ["drain_ms: no"]},
        "routes": [
            {"name": "/api", "hosts": [], "path": "/api/*", "methods": ["GET", "POST"], "cluster": "/api", "auth_required": true},
            {"name": "a", "hosts": ["a.test"], "path": "/", "methods": [], "cluster": "c", "auth_required": false,
             "meta": {"version": "2", "owner": "", "tags": []}},
        ],
        "clusters": [{"name": "c", "endpoints": [{"address": "b:1", "health": "healthy", "in_flight": 2}, {"address": "unix:/s", "health": "ejected", "in_flight": 0}]}],
    }));
    let expected = "agw 0.1.0, pid 7, up 1 d 2 h
configuration  agw.yaml (sha256 0123456789ab)
listening on   127.0.0.1:8080, admin 127.0.0.1:8082, 3 connections
last reload    2026-01-01T00:00:00Z by file watch: REFUSED
  - drain_ms: no

ROUTE  HOSTS   PATH    METHODS   CLUSTER  AUTH      VERSION
/api   *       /api/*  GET,POST  /api     required
a      a.test  /       *         c        -         2

CLUSTER  ENDPOINT  HEALTH   REQUESTS
c        b:1       healthy  2
c        unix:/s   ejected  0
";
    assert_eq!(shown, expected);
}

#[test]
fn a_change_says_who_and_what() {
    let shown = changes(&json!([{
        "at": "2026-01-01T00:00:00Z", "kind": "route", "name": "a", "change": "changed", "by": "admin uid 0", "owner": "ann",
        "fields": [{"field": "match.path", "before": null, "after": "/x"}],
    }]));
    let expected =
        "2026-01-01T00:00:00Z  route a changed  by admin uid 0, owner ann\n    match.path: (none) → \"/x\"\n";
    assert_eq!(shown, expected);
    assert!(changes(&json!([])).contains("nothing has changed"));
}
