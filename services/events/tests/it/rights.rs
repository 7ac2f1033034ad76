//! A watch that may not look says what it lacks, and the others go on.

use crate::{
    api_server::{ApiServer, EVENTS, NODES},
    harness::{warning, watch},
};

#[tokio::test]
async fn a_missing_right_is_named_and_the_others_are_used() {
    let server = ApiServer::start().await;
    server.forbid(NODES);
    let watching = watch(&server, "reasons: [BackOff, NodeNotReady]");
    let refused = watching.until_status("nodes", |status| status.error.is_some()).await;
    let error = refused.error.unwrap();
    assert!(
        error.ends_with(
            r#"grant a ClusterRole with {apiGroups: [""], resources: [nodes], verbs: [list, watch]}"#
        ),
        "{error}"
    );
    assert!(!refused.connected);
    watching.until_caught_up(&server, EVENTS, "events").await;
    server.put(EVENTS, warning("e1", "a", "BackOff", 0));
    watching.told_count(1).await;
    server.allow(NODES);
    let granted = watching.until_status("nodes", |status| status.connected).await;
    assert_eq!(granted.error, None);
    assert!(watching.metrics.render().contains("error=\"forbidden\""));
}

#[tokio::test]
async fn credentials_that_are_renewed_in_the_kubeconfig_are_used() {
    let server = ApiServer::start().await;
    let good = std::fs::read(&server.kubeconfig).unwrap();
    std::fs::write(&server.kubeconfig, "not: [a, kubeconfig").unwrap();
    let watching = watch(&server, "reasons: [BackOff]");
    let status = watching.until_status("events", |status| status.error.is_some()).await;
    assert!(status.error.unwrap().starts_with("there is no way into the cluster: "));
    std::fs::write(&server.kubeconfig, good).unwrap();
    watching.until_status("events", |status| status.connected).await;
}

#[tokio::test]
async fn an_unknown_caller_is_told_to_renew() {
    let server = ApiServer::start().await;
    server.refuse(EVENTS, 401, "Unauthorized");
    let watching = watch(&server, "reasons: [BackOff]");
    let status = watching.until_status("events", |status| status.error.is_some()).await;
    assert!(status.error.unwrap().contains("renew the credentials"));
    watching.until_status("events", |status| status.connected).await;
}
