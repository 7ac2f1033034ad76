//! Cross-origin resource sharing.

use super::documented;
use crate::scripted::{Reply, Scripted};

const HEADING: &str = "Pages of other sites (CORS)";
const ORIGIN: &str = "Origin: https://app.example.com";

async fn upstream() -> Scripted {
    Scripted::start(|_, _| {
        let said = "Access-Control-Allow-Origin: *\r\nAccess-Control-Max-Age: 1\r\nVary: Accept\r\n";
        Reply::Answer(200, said, "app")
    })
    .await
}

#[tokio::test]
async fn a_preflight_is_answered_by_us() {
    let app = upstream().await;
    let setup = documented(HEADING, &[&app]).await;
    let asked = ["Access-Control-Request-Method: POST", "Access-Control-Request-Headers: x-token"];
    let answer = setup.send("OPTIONS /api/x", &[ORIGIN, asked[0], asked[1]], "").await;
    assert_eq!((answer.status(), answer.body()), (204, ""));
    for (name, expected) in [
        ("access-control-allow-origin", "https://app.example.com"),
        ("access-control-allow-methods", "GET, POST"),
        ("access-control-allow-headers", "content-type, x-token"),
        ("access-control-allow-credentials", "true"),
        ("access-control-max-age", "600"),
        ("vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"),
    ] {
        assert_eq!(answer.header(name), Some(expected), "{name}");
    }
    let stranger = setup.send("OPTIONS /api/x", &["Origin: https://evil.test", asked[0]], "").await;
    assert_eq!(stranger.problem(), (403, "forbidden".to_owned()));
    assert_eq!(stranger.header("access-control-allow-origin"), None);
    let delete = "Access-Control-Request-Method: DELETE";
    assert_eq!(setup.send("OPTIONS /api/x", &[ORIGIN, delete], "").await.status(), 405);
    assert_eq!(app.requests().len(), 0);
}

#[tokio::test]
async fn answers_and_refusals_say_who_may_read_them() {
    let app = upstream().await;
    let setup = documented(HEADING, &[&app]).await;
    let all = |answer: &str, name: &str| {
        let lines = answer.lines().filter_map(|line| line.split_once(": "));
        let values =
            lines.filter(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned());
        values.collect::<Vec<_>>().join(" | ")
    };
    for (origin, expected) in [
        (ORIGIN, "https://app.example.com"),
        ("Origin: https://a.apps.example.com", "https://a.apps.example.com"),
        ("Origin: https://evil.test", ""),
        ("X-None: 1", ""),
    ] {
        let answer = setup.send("GET /api/x", &[origin], "").await;
        assert_eq!(answer.body(), "app");
        assert_eq!(all(&answer.0, "access-control-allow-origin"), expected, "{origin}");
        assert_eq!(all(&answer.0, "access-control-max-age"), "", "{origin}");
        assert_eq!(all(&answer.0, "vary"), "Accept | Origin", "{origin}");
        let expose = if expected.is_empty() { "" } else { "x-total" };
        assert_eq!(all(&answer.0, "access-control-expose-headers"), expose, "{origin}");
    }
    let large = format!("Content-Length: {}", 1_u64 << 40);
    let refused = setup.send("POST /api/x", &[ORIGIN, &large], "").await;
    assert_eq!(refused.problem(), (413, "body_too_large".to_owned()));
    assert_eq!(all(&refused.0, "access-control-allow-origin"), "https://app.example.com");
}
