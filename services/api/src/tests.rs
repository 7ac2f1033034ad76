use crate::{
    IncidentPage, IncidentView,
    testing::{World, caller, context, key, task},
};
use aetherius_contracts::tasks::TaskStatus;
use aetherius_rpc::{Channel, caller::CALLER_HEADER};
use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode},
};
use http_body_util::BodyExt;
use tower::ServiceExt;

fn world() -> World {
    World::of((1..=120).map(|n| task(&format!("t{n:03}"), TaskStatus::Completed)).collect())
}

async fn ask(
    router: &Router,
    method: Method,
    path: &str,
    role: Option<&str>,
) -> (StatusCode, HeaderMap, String) {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(role) = role {
        request = request.header(CALLER_HEADER, key().mint(&caller(role)).unwrap());
    }
    let response = router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (parts.status, parts.headers, String::from_utf8(body.to_vec()).unwrap())
}

async fn get(router: &Router, path: &str) -> (StatusCode, HeaderMap, String) {
    ask(router, Method::GET, path, Some("viewer")).await
}

#[tokio::test]
async fn programs_get_incidents_page_by_page() {
    let channel = Channel::local("api", world().service().router(), key());
    let mut seen = 0;
    let mut after = String::new();
    loop {
        let page: IncidentPage =
            channel.get(&format!("/v1/incidents?limit=50&after={after}"), &context("viewer")).await.unwrap();
        seen += page.items.len();
        match page.next {
            Some(next) => after = next,
            None => break,
        }
    }
    assert_eq!(seen, 120);
    let one: IncidentView = channel.get("/v1/incidents/t007", &context("viewer")).await.unwrap();
    assert_eq!((one.task.id.as_str(), one.notifications.value().unwrap().len()), ("t007", 2));
    let (status, headers, _) = get(&world().service().router(), "/v1/incidents/nope").await;
    assert_eq!(
        (status, headers["content-type"].to_str().unwrap()),
        (StatusCode::NOT_FOUND, "application/problem+json")
    );
}

#[tokio::test]
async fn who_is_not_known_is_told_nothing_but_the_dashboard() {
    let router = world().service().router();
    for path in ["/v1/incidents", "/v1/incidents/t001"] {
        let (status, ..) = ask(&router, Method::GET, path, None).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{path}");
    }
    for path in ["/ui/", "/ui/sign-in", "/ui/incidents/t001"] {
        let (status, _, body) = ask(&router, Method::GET, path, None).await;
        assert!(status == StatusCode::OK && !body.contains("t001"), "{path}");
    }
    let (status, ..) = ask(&router, Method::GET, "/v1/incidents", Some("webhook")).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}
