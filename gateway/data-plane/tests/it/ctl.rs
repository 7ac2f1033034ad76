//! The program's words to a running gateway.

use crate::operations::{Operated, QUIET, write};
use serde_json::Value;
use std::{fs, os::unix::fs::PermissionsExt, process::Command};

/// Runs `agw ctl` against this gateway: success, and what it printed.
async fn ctl(gateway: &Operated, arguments: &[&str]) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_agw"));
    command.args(["ctl", "--admin", &gateway.gateway.admin_address().to_string()]).args(arguments);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

const ROUTE: &str =
    "proxy_routes:\n  # the first\n  - {path: /a, target: 'http://127.0.0.1:1', meta: {owner: ann}}\n";

#[tokio::test]
async fn a_person_sees_tables_and_a_program_json() {
    for admin in [QUIET, "address: 'unix:DIR/admin.sock', watch: false"] {
        let gateway = Operated::start(admin, ROUTE).await;
        let (ok, text) = ctl(&gateway, &["get-status"]).await;
        assert!(
            ok && text.contains("ROUTE") && text.contains("ann") && text.contains("127.0.0.1:1"),
            "{text}"
        );
        let (_, json) = ctl(&gateway, &["get-status", "--json"]).await;
        let status: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(status["config_file"], gateway.path("agw.yaml").display().to_string());
        let (_, text) = ctl(&gateway, &["get-config"]).await;
        assert!(text.contains("connections_max: 10000"), "{text}");
        assert!(ctl(&gateway, &["changes"]).await.1.contains("nothing has changed"));

        write(&gateway.dir, admin, &ROUTE.replace("/a", "/b"));
        assert!(ctl(&gateway, &["reload-routes"]).await.1.starts_with("taken over: 2 changes"));
        assert!(ctl(&gateway, &["reload-config"]).await.1.starts_with("taken over: 0 changes"));
        let (_, text) = ctl(&gateway, &["changes", "--last", "1"]).await;
        assert!(text.contains("proxy_route /a removed  by admin ") && !text.contains("/b"), "{text}");
        write(&gateway.dir, admin, "proxy_routes: [{path: b}]");
        let (ok, text) = ctl(&gateway, &["reload-config"]).await;
        assert!(
            !ok && text.contains("the gateway refused: ") && text.contains("  - proxy_routes[0].path: "),
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_new_configuration_is_put_in_place_or_nothing_is() {
    let gateway = Operated::start(QUIET, ROUTE).await;
    let file = gateway.path("agw.yaml");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    let before = fs::read_to_string(&file).unwrap();
    let new = gateway.path("new.yaml");

    fs::write(&new, before.replace("/a", "b")).unwrap();
    let (ok, text) = ctl(&gateway, &["update-config", new.to_str().unwrap()]).await;
    assert!(!ok && text.contains("nothing was changed") && text.contains("proxy_routes[0].path"), "{text}");
    fs::write(&new, format!("{before}workers: 7\n")).unwrap();
    let (ok, text) = ctl(&gateway, &["update-config", new.to_str().unwrap()]).await;
    assert!(!ok && text.contains("the old file is back") && text.contains("workers: "), "{text}");
    assert_eq!(fs::read_to_string(&file).unwrap(), before);

    fs::write(&new, before.replace("/a", "/b")).unwrap();
    let (ok, text) = ctl(&gateway, &["update-config", new.to_str().unwrap()]).await;
    assert!(ok && text.contains("taken over: 4 changes") || text.contains("taken over: 2 changes"), "{text}");
    assert_eq!(fs::read_to_string(&file).unwrap(), before.replace("/a", "/b"));
    assert_eq!(fs::read_to_string(gateway.path("agw.yaml.bak")).unwrap(), before);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!((gateway.status_of("/a").await, gateway.status_of("/b").await), (404, 503));
    let left = fs::read_dir(gateway.dir.path()).unwrap().count();
    assert_eq!(left, 3, "agw.yaml, agw.yaml.bak, new.yaml");
}

#[tokio::test]
async fn a_route_is_added_without_losing_a_comment() {
    let gateway = Operated::start(QUIET, ROUTE).await;
    let added = "path=/x,target=http://127.0.0.1:1,version=3";
    let (ok, text) = ctl(&gateway, &["update-config", "--add-route", added]).await;
    assert!(ok, "{text}");
    assert!(fs::read_to_string(gateway.path("agw.yaml")).unwrap().contains("# the first"));
    assert_eq!((gateway.status_of("/x").await, gateway.status_of("/a").await), (503, 503));
    assert_eq!(gateway.json("GET /changes").await[0]["version"], "3");
    let (ok, text) = ctl(&gateway, &["update-config", "--add-route", added]).await;
    assert!(!ok && text.contains("/x is used twice"), "{text}");
}

#[tokio::test]
async fn who_cannot_be_reached_is_named() {
    let output = Command::new(env!("CARGO_BIN_EXE_agw"))
        .args(["ctl", "--admin", "127.0.0.1:1", "get-status"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("cannot reach the admin server at 127.0.0.1:1; is the gateway running?"), "{text}");
}
