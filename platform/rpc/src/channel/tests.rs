use super::{CallError, Channel};
use crate::{CallContext, Caller, CallerKey, Code, Json, Problem, context::IdempotencyKey, kit};
use axum::{
    Router,
    routing::{get, post},
};
use foundation::{secret::Secret, trace::TraceParent};
use std::time::Duration;

fn key() -> CallerKey {
    CallerKey::from_hex(&Secret::new("ab".repeat(32))).unwrap()
}

fn router() -> Router {
    let router = Router::new()
        .route(
            "/echo",
            post(|caller: Caller, IdempotencyKey(key): IdempotencyKey, Json(n): Json<u32>| async move {
                Json((caller.name, key, n))
            }),
        )
        .route("/gone", get(|| async { Problem::not_found("thing", "7") }))
        .route("/slow", get(std::future::pending::<()>));
    kit::wrap(router, "echo", &key(), kit::BODY_BYTES_MAX)
}

/// The same service in memory and over TCP: both must behave alike.
async fn channels() -> [Channel; 2] {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router()).await });
    [Channel::local("echo", router(), key()), Channel::remote("echo", &base, key()).unwrap()]
}

fn context() -> CallContext {
    CallContext::new("tester", "default", TraceParent::new_root())
}

#[tokio::test]
async fn both_channels_carry_body_caller_and_key() {
    for channel in channels().await {
        let answer: (String, Option<String>, u32) =
            channel.post("/echo", &7, &context().once("k1")).await.unwrap();
        assert_eq!(answer, ("tester".into(), Some("k1".into()), 7));
    }
}

#[tokio::test]
async fn both_channels_bring_problems_back() {
    for channel in channels().await {
        let gone = channel.get::<()>("/gone", &context()).await.unwrap_err();
        assert_eq!(gone.code(), Some(Code::NotFound));
        assert!(!gone.is_passing());
        let nowhere = channel.get::<()>("/nowhere", &context()).await.unwrap_err();
        assert_eq!(nowhere.code(), Some(Code::NotFound));
        let method = channel.get::<()>("/echo", &context()).await.unwrap_err();
        assert_eq!(method.code(), Some(Code::MethodNotAllowed));
        let body = channel.post::<_, ()>("/echo", &"seven", &context()).await.unwrap_err();
        assert_eq!(body.code(), Some(Code::InvalidBody));
    }
}

#[tokio::test]
async fn both_channels_stop_at_the_deadline() {
    for channel in channels().await {
        let context = context().within(Duration::from_millis(30));
        let late = channel.get::<()>("/slow", &context).await.unwrap_err();
        assert!(matches!(late, CallError::Deadline { .. }), "{late}");
        assert!(late.is_passing());
    }
}

#[tokio::test]
async fn another_key_opens_nothing() {
    let stranger = CallerKey::from_hex(&Secret::new("cd".repeat(32))).unwrap();
    let channel = Channel::local("echo", router(), stranger);
    let refused = channel.post::<_, ()>("/echo", &7, &context()).await.unwrap_err();
    assert_eq!(refused.code(), Some(Code::Unauthenticated));
}

#[tokio::test]
async fn nobody_there_is_told_with_what_to_check() {
    let channel = Channel::remote("echo", "http://127.0.0.1:1", key()).unwrap();
    let error = channel.get::<()>("/gone", &context()).await.unwrap_err();
    assert!(error.to_string().contains("`urls.echo`"), "{error}");
}
