//! Answers in the format that the client likes best.

use crate::support::{Setup, header};
use std::sync::{Arc, Mutex};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// An origin that gives one answer to everybody, and remembers the last request.
async fn origin(answer: &'static str) -> (String, Arc<Mutex<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let last = Arc::new(Mutex::new(String::new()));
    let seen = Arc::clone(&last);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") && stream.read_buf(&mut request).await.unwrap_or(0) > 0 {}
            *seen.lock().unwrap() = String::from_utf8(request).unwrap();
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    (address, last)
}

#[tokio::test]
async fn the_documented_example_is_converted_as_shown() {
    let page = include_str!("../../../../docs/gateway/answers.md");
    let shown = page.split("```xml\n").nth(1).and_then(|rest| rest.lines().next()).unwrap();
    let (address, _) = origin(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n\
         {\"id\": 7, \"tags\": [\"new\"], \"first name\": null}",
    )
    .await;
    let yaml = crate::docs::yaml(page, 0).replace("127.0.0.1:8001", &address);
    let setup = Setup::start(tempfile::tempdir().unwrap(), &yaml).await;
    let answer = setup.send("GET /orders/7", &["Accept: application/xml"], "").await;
    assert_eq!(body(&answer).lines().last(), Some(shown), "{}", answer.0);
}

async fn setup(answer: &'static str) -> (Setup, Arc<Mutex<String>>) {
    let (address, last) = origin(answer).await;
    let yaml = format!(
        "clusters: [{{name: c, endpoints: ['{address}']}}]\nroutes:
  - {{name: xml, match: {{path_prefix: /}}, cluster: c, json_as_xml: true}}
  - {{name: json, match: {{path_prefix: /json}}, cluster: c}}
  - {{name: moved, match: {{path: /moved}}, redirect: {{path: /new, status: 301}}}}
  - {{name: closed, match: {{path_prefix: /closed}}, cluster: c, auth: {{cookie: k, sign_in: /in}}}}\n"
    );
    (Setup::start(tempfile::tempdir().unwrap(), &yaml).await, last)
}

const SIZED: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\nETag: \"1\"\r\n\
                     Repr-Digest: sha-256=:x:\r\nConnection: close\r\n\r\n{\"a\": [1]}\n";
const AS_XML: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<json type=\"object\"><a type=\"array\"><item type=\"number\">1</item></a></json>";

/// The body of an answer, put together again if it came in chunks.
fn body(answer: &crate::support::Answer) -> String {
    if answer.header("transfer-encoding") != Some("chunked") {
        return answer.body().to_owned();
    }
    let (mut rest, mut whole) = (answer.body(), String::new());
    loop {
        let (size, after) = rest.split_once("\r\n").expect("a chunk");
        let size = usize::from_str_radix(size, 16).unwrap();
        if size == 0 {
            return whole;
        }
        whole.push_str(&after[..size]);
        rest = after[size..].strip_prefix("\r\n").expect("the end of a chunk");
    }
}

#[tokio::test]
async fn json_becomes_xml_for_who_likes_xml_better() {
    let (setup, last) = setup(SIZED).await;
    let xml = setup.send("GET /", &["Accept: application/xml", "Accept-Encoding: gzip"], "").await;
    assert_eq!((xml.status(), xml.header("content-type")), (200, Some("application/xml")));
    assert_eq!(body(&xml), AS_XML);
    assert_eq!(xml.header("etag"), Some("W/\"1\""));
    assert_eq!((xml.header("content-length"), xml.header("repr-digest")), (None, None));
    assert_eq!(xml.header("vary"), Some("Accept"));
    let asked = last.lock().unwrap().clone();
    assert_eq!(
        header(&asked, "accept-encoding"),
        Some("identity"),
        "what is compressed could not be converted"
    );
    assert!(asked.contains("application/json;q=0.001"), "the upstream may not know XML: {asked}");

    let json = setup
        .send("GET /", &["Accept: application/json, application/xml;q=0.5", "Accept-Encoding: gzip"], "")
        .await;
    assert_eq!((json.body(), json.header("content-type")), ("{\"a\": [1]}\n", Some("application/json")));
    assert_eq!((json.header("etag"), json.header("vary")), (Some("\"1\""), Some("Accept")));
    assert_eq!(header(&last.lock().unwrap(), "accept-encoding"), Some("gzip"));

    let other_route = setup.send("GET /json", &["Accept: application/xml"], "").await;
    assert_eq!((other_route.body(), other_route.header("vary")), ("{\"a\": [1]}\n", None));
    let text_xml = setup.send("GET /", &["Accept: text/xml"], "").await;
    assert_eq!(text_xml.header("content-type"), Some("text/xml; charset=utf-8"));
}

#[tokio::test]
async fn a_stream_is_converted_as_it_passes() {
    let chunked = "HTTP/1.1 200 OK\r\nContent-Type: application/hal+json; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\
                   Vary: Origin\r\n\r\n4\r\n{\"a\"\r\n6\r\n: [1]}\r\n0\r\n\r\n";
    let (setup, _) = setup(chunked).await;
    let xml = setup.send("GET /", &["Accept: application/xml"], "").await;
    assert_eq!(body(&xml), AS_XML);
    assert!(xml.0.to_lowercase().contains("vary: accept\r\n"), "{}", xml.0);
}

#[tokio::test]
async fn what_is_no_json_document_passes_as_it_is() {
    for answer in [
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 206 Partial Content\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
    ] {
        let (setup, _) = setup(answer).await;
        let answered = setup.send("GET /", &["Accept: application/xml"], "").await;
        assert_eq!((answered.body(), answered.header("content-length")), ("{}", Some("2")), "{answer}");
        assert_eq!(answered.header("vary"), Some("Accept"));
    }
    let (setup, _) =
        setup("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 0\r\n\r\n").await;
    assert_eq!(setup.send("GET /", &["Accept: application/xml"], "").await.body(), "");
}

#[tokio::test]
async fn a_body_that_is_not_the_json_it_claims_to_be_is_cut_off() {
    let (setup, _) =
        setup("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 6\r\n\r\n{\"a\",1").await;
    let answer = setup.send("GET /", &["Accept: application/xml"], "").await;
    assert!(!answer.0.ends_with("0\r\n\r\n"), "the client can see that it is not whole: {}", answer.0);
}

#[tokio::test]
async fn refusals_and_redirects_come_in_the_format_asked_for() {
    let (setup, _) = setup(SIZED).await;
    let bad = "GET /json/../x";
    let json = setup.send(bad, &[], "").await;
    assert_eq!((json.problem(), json.header("vary")), ((400, "bad_path".to_owned()), Some("Accept")));
    let xml = setup.send(bad, &["Accept: application/xml;q=0.9, */*;q=0.8"], "").await;
    assert_eq!((xml.status(), xml.header("content-type")), (400, Some("application/problem+xml")));
    assert!(
        xml.body().contains("<problem xmlns=\"urn:ietf:rfc:7807\">")
            && xml.body().contains("<code>bad_path</code>")
    );
    let text = setup.send(bad, &["Accept: text/plain"], "").await;
    assert_eq!(text.header("content-type"), Some("text/plain; charset=utf-8"));
    assert!(text.body().starts_with("400 Bad Request: ") && text.body().contains("(bad_path)"), "{}", text.0);

    let redirect = setup.send("GET /closed", &["Accept: text/html, text/plain;q=0.5"], "").await;
    assert_eq!((redirect.status(), redirect.header("location")), (303, Some("/in")));
    assert!(redirect.body().starts_with("303 See Other: go to /in"), "{}", redirect.0);
    let moved = setup.send("GET /moved", &[], "").await;
    assert_eq!((moved.problem(), moved.header("location")), ((301, "redirect".to_owned()), Some("/new")));
    assert_eq!((moved.header("vary"), moved.header("cache-control")), (Some("Accept"), None));
}
