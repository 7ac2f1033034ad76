//! What operators see and do.

use crate::support::{Origin, Setup, write_config};

#[tokio::test]
async fn health_status_and_metrics() {
    let dir = tempfile::tempdir().unwrap();
    let _origin = Origin::unix("o", &dir);
    let setup = Setup::start(dir, "proxy_routes: [{path: /api, target: 'unix:DIR/o.sock'}]").await;
    assert_eq!(setup.admin("GET /healthz").await.status(), 200);
    setup.get("/api/x").await;
    setup.get("/nothing").await;

    let status: serde_json::Value = serde_json::from_str(setup.admin("GET /status").await.body()).unwrap();
    assert_eq!(status["listeners"][0]["address"], setup.address().to_string());
    assert_eq!(status["routes"][0]["path"], "/api/*");
    assert_eq!(
        status["clusters"][0]["endpoints"][0]["address"],
        format!("unix:{}/o.sock", setup.dir.path().display())
    );
    assert_eq!(status["config_sha256"].as_str().unwrap().len(), 64);

    let metrics = setup.admin("GET /metrics").await;
    assert!(metrics.0.contains(r#"agw_requests_total{route="/api",status="success"} 1"#), "{}", metrics.0);
    assert!(metrics.0.contains(r#"agw_requests_total{route="",status="client_error"} 1"#), "{}", metrics.0);
}

#[tokio::test]
async fn a_good_configuration_is_taken_over_and_a_bad_one_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let _origin = Origin::unix("o", &dir);
    let setup = Setup::start(dir, "proxy_routes: [{path: /a, target: 'unix:DIR/o.sock'}]").await;
    assert_eq!(setup.get("/b").await.status(), 404);

    write_config(&setup.dir, "proxy_routes: [{path: /b, target: 'unix:DIR/o.sock'}]");
    assert_eq!(setup.admin("POST /reload-config").await.status(), 200);
    assert_eq!((setup.get("/a").await.status(), setup.get("/b").await.status()), (404, 200));

    write_config(&setup.dir, "drain_ms: many\nproxy_routes: [{path: c, targets: []}]");
    let refused = setup.admin("POST /reload-config").await;
    assert_eq!(refused.problem(), (400, "invalid_config".to_owned()));
    assert!(refused.body().contains("drain_ms: ") && refused.body().contains("proxy_routes[0].targets: "));
    assert_eq!(setup.get("/b").await.status(), 200, "the running one stays");

    write_config(&setup.dir, "workers: 5\nproxy_routes: [{path: /c, target: 'unix:DIR/o.sock'}]");
    let refused = setup.admin("POST /reload-config").await;
    assert!(refused.body().contains("workers: cannot change while the gateway runs"), "{}", refused.0);
    assert_eq!(setup.get("/c").await.status(), 404);
}

#[tokio::test]
async fn the_admin_socket_is_ours_alone_and_replaces_a_leftover() {
    use std::os::unix::{fs::PermissionsExt, net::UnixListener};
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("admin.sock");
    drop(UnixListener::bind(&socket).unwrap());
    let text = format!(
        "listeners: [{{address: '127.0.0.1:0'}}]\nadmin: {{address: 'unix:{}'}}\nproxy_routes: [{{path: /, target: http://a}}]\n",
        socket.display()
    );
    std::fs::write(dir.path().join("agw.yaml"), text).unwrap();
    let gateway = agw::Gateway::start(dir.path().join("agw.yaml")).await.unwrap();
    assert_eq!(std::fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);

    let second = agw::Gateway::start(dir.path().join("agw.yaml")).await.unwrap_err();
    assert!(second.to_string().contains("in use"), "a living one is not replaced: {second}");
    gateway.drain().await;
    assert!(!socket.exists());
}
