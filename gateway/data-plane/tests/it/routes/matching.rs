use super::{block, documented};
use crate::scripted::Scripted;

#[test]
fn a_first_proxy_is_five_lines() {
    let text = include_str!("../../../../../docs/gateway/routes.md");
    let first = text.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
    assert_eq!(first.lines().count(), 5);
    assert_eq!(block("A first proxy").lines().count(), 3);
}

#[tokio::test]
async fn a_first_proxy_proxies() {
    let app = Scripted::named("app").await;
    let setup = documented("A first proxy", &[&app]).await;
    assert_eq!(setup.get("/a/b?c").await.body(), "app");
    assert!(app.last().starts_with("GET /a/b?c HTTP/1.1\r\n"), "{}", app.last());
}

#[tokio::test]
async fn the_most_specific_route_is_taken() {
    let origins =
        [Scripted::named("site").await, Scripted::named("users").await, Scripted::named("beta").await];
    let setup = documented("Matching", &[&origins[0], &origins[1], &origins[2]]).await;
    for (method, host, path, header, expected) in [
        ("GET", "www.example.com", "/users/7", "", "site"),
        ("GET", "api.example.com", "/users/7", "", "users"),
        ("GET", "API.example.com:8080", "/users/%37", "", "users"),
        ("GET", "eu.api.example.com", "/users/7", "", "users"),
        ("GET", "api.example.com", "/users/7/x", "", "site"),
        ("DELETE", "api.example.com", "/users/7", "", "site"),
        ("GET", "api.example.com", "/users/7?preview", "X-Beta: yes\r\n", "beta"),
        ("HEAD", "api.example.com", "/users/7?preview", "X-Beta: yes\r\n", ""),
        ("DELETE", "api.example.com", "/users/7?preview", "X-Beta: yes\r\n", "site"),
        ("GET", "api.example.com", "/users/7", "X-Beta: yes\r\n", "users"),
        ("GET", "api.example.com", "/users/7?preview", "X-Beta: yess\r\n", "users"),
        ("GET", "eu.api.example.com", "/users/7?preview", "X-Beta: yes\r\n", "users"),
        ("GET", "www.example.com", "/123", "", "beta"),
        ("GET", "www.example.com", "/123x", "", "site"),
        ("GET", "beta.example.com", "/", "", "beta"),
    ] {
        let request =
            format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n{header}Connection: close\r\n\r\n");
        assert_eq!(setup.raw(request.as_bytes()).await.body(), expected, "{request}");
    }
}

#[tokio::test]
async fn traffic_is_split_by_weight() {
    let (stable, canary) = (Scripted::named("stable").await, Scripted::named("canary").await);
    let setup = documented("Splitting traffic", &[&stable, &canary]).await;
    for _ in 0..200 {
        assert_eq!(setup.get("/").await.status(), 200);
    }
    let canaries = canary.requests().len();
    // Of 200 draws with p = 0.1 fewer than 4 or more than 50 come once in millions of runs.
    assert!((4..=50).contains(&canaries), "{canaries} of 200");
    assert_eq!(stable.requests().len() + canaries, 200);
}
