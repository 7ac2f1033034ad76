use super::{File, respond, router};
use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header},
    response::Response,
};
use http_body_util::BodyExt;
use tower::ServiceExt;

static BUILT: &[File] = &[
    File { name: "index.html", plain: b"<title>page</title>", brotli: None, gzip: None },
    File { name: "assets/a-1.js", plain: b"plain", brotli: Some(b"br"), gzip: Some(b"gz") },
];

async fn text(response: Response) -> String {
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

fn ask(path: &str, encoding: &'static str) -> Response {
    let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(encoding))]);
    respond(BUILT, path, &headers)
}

#[tokio::test]
async fn every_address_is_the_application_and_only_what_has_a_hash_is_kept() {
    for path in ["index.html", "incidents", "incidents/t1", "sign-in", "settings/keys"] {
        let response = ask(path, "gzip");
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-cache", "{path}");
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/html; charset=utf-8", "{path}");
        assert!(text(response).await.contains("page"), "{path}");
    }
    let response = ask("assets/a-1.js", "");
    assert_eq!(response.headers()[header::CACHE_CONTROL], "public, max-age=31536000, immutable");
    assert_eq!(response.headers()[header::CONTENT_TYPE], "text/javascript; charset=utf-8");
    assert_eq!(ask("assets/gone.js", "").status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_smallest_form_that_is_taken_is_sent() {
    for (accepted, encoding, body) in [
        ("gzip, deflate, br, zstd", Some("br"), "br"),
        ("gzip;q=0.5", Some("gzip"), "gz"),
        ("br;q=0, gzip", Some("gzip"), "gz"),
        ("identity", None, "plain"),
        ("", None, "plain"),
    ] {
        let response = ask("assets/a-1.js", accepted);
        let sent = response.headers().get(header::CONTENT_ENCODING).map(|value| value.to_str().unwrap());
        assert_eq!(sent, encoding, "{accepted}");
        assert_eq!(response.headers()[header::VARY], "accept-encoding");
        assert_eq!(text(response).await, body, "{accepted}");
    }
}

#[tokio::test]
async fn pages_run_no_scripts_but_ours() {
    let response = ask("incidents", "");
    let policy = response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.starts_with("default-src 'self';") && !policy.contains("script-src"), "{policy}");
    assert_eq!(response.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
}

#[tokio::test]
async fn without_a_build_it_says_how_to_build() {
    let response = respond(&[], "incidents", &HeaderMap::new());
    assert_eq!(response.status(), StatusCode::OK);
    assert!(text(response).await.contains("make dashboard"));
}

#[tokio::test]
async fn the_root_leads_to_the_dashboard() {
    for (path, status) in [
        ("/", StatusCode::SEE_OTHER),
        ("/ui", StatusCode::SEE_OTHER),
        ("/ui/", StatusCode::OK),
        ("/ui/incidents", StatusCode::OK),
    ] {
        let request = Request::builder().uri(path).body(Body::empty()).unwrap();
        let response = router().oneshot(request).await.unwrap();
        assert_eq!(response.status(), status, "{path}");
    }
    let request = Request::builder().method(Method::POST).uri("/ui/").body(Body::empty()).unwrap();
    assert_eq!(router().oneshot(request).await.unwrap().status(), StatusCode::METHOD_NOT_ALLOWED);
}
