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
async fn pages_run_and_load_nothing() {
    let router = world().service().router();
    for path in ["/ui/incidents", "/ui/incidents/t001", "/ui/incidents/nope", "/ui/nowhere", "/ui/sign-in"] {
        let (_, headers, body) = get(&router, path).await;
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.starts_with("default-src 'none'; style-src 'unsafe-inline'; form-action 'self'"),
            "{path}"
        );
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["content-type"], "text/html; charset=utf-8");
        for outside in ["<script", "src=", "<link", "@import", "url("] {
            assert!(!body.contains(outside), "{outside} in {path}");
        }
        assert!(body.contains("<main") && body.contains("lang=\"en\"") && body.contains("<h1"), "{path}");
    }
}

#[tokio::test]
async fn the_list_can_be_paged_and_stands_still_when_nothing_happens() {
    let router = world().service().router();
    let (status, _, first) = get(&router, "/ui/incidents").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(first.matches("/ui/incidents/t").count(), 50);
    assert!(first.contains("?after=t050") && !first.contains("http-equiv"), "{first}");
    let (_, _, last) = get(&router, "/ui/incidents?after=t100").await;
    assert!(last.contains("Newest") && !last.contains("Older"));
    let (_, _, behind) = get(&router, "/ui/incidents?after=t120").await;
    assert!(behind.contains("There are no older incidents"));
    let moving = World::of(vec![task("t1", TaskStatus::Pending), task("t2", TaskStatus::Completed)])
        .service()
        .router();
    for path in ["/ui/incidents", "/ui/incidents/t1"] {
        let (_, _, body) = get(&moving, path).await;
        assert!(body.contains("<meta http-equiv=\"refresh\" content=\"5\">"), "{path}");
    }
}

#[tokio::test]
async fn who_is_new_is_told_how_to_begin() {
    let (_, _, body) = get(&World::empty().service().router(), "/ui/incidents").await;
    assert!(body.contains("/webhook/custom/try") && body.contains("/webhook/alertmanager"), "{body}");
}

#[tokio::test]
async fn who_is_not_known_is_sent_to_sign_in_and_told_nothing() {
    let router = world().service().router();
    for path in ["/ui/incidents", "/ui/incidents/t001", "/ui/nowhere"] {
        let (status, headers, body) = ask(&router, Method::GET, path, None).await;
        assert_eq!(
            (status, headers["location"].to_str().unwrap()),
            (StatusCode::SEE_OTHER, "/ui/sign-in"),
            "{path}"
        );
        assert!(body.is_empty());
    }
    let (status, ..) = ask(&router, Method::GET, "/v1/incidents", None).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let (status, _, body) = ask(&router, Method::GET, "/ui/sign-in", None).await;
    assert!(status == StatusCode::OK && body.contains("name=\"token\"") && !body.contains("Sign out"));
    for path in ["/", "/ui", "/ui/"] {
        let (status, headers, _) = ask(&router, Method::GET, path, None).await;
        assert_eq!((status, headers["location"].to_str().unwrap()), (StatusCode::SEE_OTHER, "/ui/incidents"));
    }
}

#[tokio::test]
async fn problems_are_pages_with_their_status() {
    let router = world().service().router();
    let (status, _, body) = get(&router, "/ui/incidents/nope").await;
    assert!(status == StatusCode::NOT_FOUND && body.contains("there is no incident `nope`"), "{body}");
    let (status, _, body) = get(&router, "/ui/incidents/%3Cscript%3E").await;
    assert!(status == StatusCode::NOT_FOUND && body.contains("&lt;script&gt;"), "{body}");
    let (status, ..) = ask(&router, Method::GET, "/ui/incidents", Some("webhook")).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let (status, ..) = ask(&router, Method::POST, "/ui/incidents", Some("viewer")).await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
    let (status, _, body) = get(&World::default().service().router(), "/ui/incidents").await;
    assert!(status == StatusCode::SERVICE_UNAVAILABLE && body.contains("http-equiv=\"refresh\""), "{body}");
}
