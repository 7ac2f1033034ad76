use super::{TOKEN_BYTES_MAX, check, router};
use axum::{
    body::Body,
    http::{Request, Response, StatusCode},
};
use http_body_util::BodyExt;
use tower::ServiceExt;

async fn post(form: impl Into<String>, header: (&str, &str)) -> Response<Body> {
    let request = Request::post("/ui/sign-in")
        .header("content-type", "application/x-www-form-urlencoded")
        .header(header.0, header.1)
        .body(Body::from(form.into()))
        .unwrap();
    router().oneshot(request).await.unwrap()
}

async fn text(response: Response<Body>) -> String {
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

#[tokio::test]
async fn a_token_becomes_a_cookie_that_scripts_and_other_sites_do_not_see() {
    let answer = post("token=+abc-123._~%2B%2F%3D+%0D%0A", ("sec-fetch-site", "same-origin")).await;
    assert_eq!(
        (answer.status(), answer.headers()["location"].to_str().unwrap()),
        (StatusCode::SEE_OTHER, "/ui/incidents")
    );
    assert_eq!(
        answer.headers()["set-cookie"],
        "aetherius_token=abc-123._~+/=; HttpOnly; SameSite=Strict; Path=/"
    );
    let secure = post("token=abc", ("x-forwarded-proto", "https")).await;
    assert!(secure.headers()["set-cookie"].to_str().unwrap().ends_with("; Secure"));
}

#[tokio::test]
async fn what_cannot_be_a_token_is_refused_with_a_message() {
    for (form, words) in [
        ("", "is empty"),
        ("token=", "is empty"),
        ("token=%20%0A", "is empty"),
        ("token=a%20b", "no spaces"),
        ("token=a%3B+Path%3D%2Fx", "no spaces"),
        ("token=a%0D%0ASet-Cookie%3A+x%3Dy", "no spaces"),
        ("token=caf%C3%A9", "no spaces"),
        ("token=%00", "no spaces"),
        ("token=%ff%fe", "no spaces"),
        ("token=a&token=b", "could not be read"),
        (&format!("token={}", "a".repeat(TOKEN_BYTES_MAX + 1)), "too long"),
        (&format!("token={}", "a".repeat(1 << 20)), "could not be read"),
    ] {
        let shown: String = form.chars().take(40).collect();
        let answer = post(form, ("accept", "*/*")).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{shown}");
        assert!(answer.headers().get("set-cookie").is_none(), "{shown}");
        let page = text(answer).await;
        assert!(page.contains("role=\"alert\"") && page.contains(words), "{shown}: {page}");
        assert!(!page.contains("Path=/x") && !page.contains("café"), "the token is shown");
    }
}

#[tokio::test]
async fn another_sites_form_is_refused() {
    let answer = post("token=abc", ("sec-fetch-site", "cross-site")).await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    assert!(answer.headers().get("set-cookie").is_none());
}

#[tokio::test]
async fn signing_out_takes_the_cookie_away() {
    for method in ["GET", "POST"] {
        let request = Request::builder().method(method).uri("/ui/sign-out").body(Body::empty()).unwrap();
        let answer = router().oneshot(request).await.unwrap();
        assert_eq!(answer.headers()["location"], "/ui/sign-in");
        assert!(
            answer.headers()["set-cookie"]
                .to_str()
                .unwrap()
                .starts_with("aetherius_token=; Max-Age=0; HttpOnly")
        );
    }
}

#[test]
fn every_byte_that_a_cookie_may_not_have_is_refused() {
    for byte in 0u8..=0x7f {
        let text = format!("a{}b", char::from(byte));
        let fits = byte > 0x20 && byte < 0x7f && !b"\",;\\".contains(&byte);
        assert_eq!(check(&text).is_ok(), fits, "{byte:#x}");
    }
    assert!(check(&"a".repeat(TOKEN_BYTES_MAX)).is_ok());
}

#[tokio::test]
async fn who_comes_back_with_a_token_is_told_that_it_opened_nothing() {
    let show = |cookie: &'static str| async move {
        let request = Request::get("/ui/sign-in").header("cookie", cookie).body(Body::empty()).unwrap();
        router().oneshot(request).await.unwrap()
    };
    let wrong = show("theme=dark; aetherius_token=wrong").await;
    assert!(wrong.headers()["set-cookie"].to_str().unwrap().starts_with("aetherius_token=; Max-Age=0"));
    assert!(text(wrong).await.contains("was not accepted"));
    for first_visit in ["", "theme=dark", "aetherius_token="] {
        let page = show(first_visit).await;
        assert!(!page.headers().contains_key("set-cookie"), "{first_visit}");
        assert!(!text(page).await.contains("was not accepted"), "{first_visit}");
    }
}
