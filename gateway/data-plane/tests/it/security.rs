//! Passwords, addresses, disguised headers, and what looks like an attack.

use crate::{
    docs::yaml,
    support::{Origin, Setup, header, until},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const PAGE: &str = include_str!("../../../../docs/gateway/security.md");

async fn start(block: usize, change: impl Fn(String) -> String) -> (Setup, Origin) {
    let dir = tempfile::tempdir().unwrap();
    let origin = Origin::unix("o", &dir);
    let yaml = change(yaml(PAGE, block).replace("127.0.0.1:3000", "unix:DIR/o.sock"));
    (Setup::start(dir, &yaml).await, origin)
}

#[tokio::test]
async fn keys_and_passwords_are_for_the_routes_that_accept_them() {
    let (setup, origin) = start(0, |yaml| yaml).await;
    // printer:bar, printer:foo, ann:foo
    let (right, wrong, other) = ("cHJpbnRlcjpiYXI=", "cHJpbnRlcjpmb28=", "YW5uOmZvbw==");
    for (path, headers, expected) in [
        ("/api", &["X-API-Key: foo"][..], 200),
        ("/api", &[&format!("Authorization: Basic {right}")], 401),
        ("/print", &[&format!("Authorization: Basic {right}")], 200),
        ("/print", &[&format!("Authorization: Basic {wrong}")], 401),
        ("/print", &[&format!("Authorization: Basic {other}")], 401),
        ("/print", &["X-API-Key: foo"], 401),
        ("/shop", &[], 200),
        ("/shop", &["X-API-Key: foo"], 200),
        ("/shop", &["X-API-Key: nobody's"], 401),
        ("/shop", &["Authorization: Digest x"], 401),
        ("/page", &["Cookie: session=foo"], 200),
        ("/page", &["Accept: text/html"], 303),
        ("/sign-in", &[], 200),
    ] {
        let status = setup.send(&format!("GET {path}"), headers, "").await.status();
        assert_eq!(status, expected, "{path} {headers:?}");
    }
    let refused = setup.get("/print").await;
    assert_eq!(refused.header("www-authenticate"), Some("Basic realm=\"agw\", charset=\"UTF-8\""));
    assert!(origin.requests().iter().all(|request| header(request, "authorization").is_none()));
}

#[tokio::test]
async fn addresses_decide_on_listeners_and_routes() {
    let unchanged =
        |yaml: String| yaml.split_once("clusters:").map(|(_, rest)| format!("clusters:{rest}")).unwrap();
    let (setup, _origin) = start(4, unchanged).await;
    assert_eq!(setup.get("/admin").await.problem(), (403, "forbidden".to_owned()));
    assert_eq!(setup.get("/else").await.status(), 200);
    let (setup, _origin) = start(4, |yaml| unchanged(yaml).replace("10.0.0.0/8", "127.0.0.0/8")).await;
    assert_eq!(setup.get("/admin").await.status(), 200);

    let dir = tempfile::tempdir().unwrap();
    let closed = yaml(PAGE, 4).replace("127.0.0.1:8080", "127.0.0.1:0").replace("192.0.2.0/24", "127.0.0.1");
    let path = dir.path().join("agw.yaml");
    std::fs::write(&path, format!("admin: {{address: '127.0.0.1:0'}}\n{closed}")).unwrap();
    let gateway = agw::Gateway::start(path).await.unwrap();
    let mut client = TcpStream::connect(gateway.addresses()[0]).await.unwrap();
    let _ = client.write_all(b"GET /else HTTP/1.1\r\nHost: h\r\n\r\n").await;
    let mut answer = Vec::new();
    // Closed, perhaps with what we sent unread.
    let _ = client.read_to_end(&mut answer).await;
    assert_eq!(answer, b"", "who may not connect is not answered");
}

#[tokio::test]
async fn disguised_headers_do_not_reach_the_upstream() {
    let dir = tempfile::tempdir().unwrap();
    let origin = Origin::unix("o", &dir);
    let yaml = "identity: {header: x-aetherius-identity, key_file: identity.key}
proxy_routes: [{path: /, target: 'unix:DIR/o.sock'}]
";
    let setup = Setup::start(dir, yaml).await;
    let spoofs = [
        "X-Aetherius-Identity: spoof",
        "x_aetherius_identity: spoof",
        "X-Aetherius_Identity: spoof",
        "x.aetherius.identity: spoof",
        "X_Forwarded_For: spoof",
        "X-Real_IP: spoof",
        "X_Forwarded-Proto: spoof",
        "X_API_KEY: spoof",
        "Accept_Language: kept",
    ];
    assert_eq!(setup.send("GET /", &spoofs, "").await.status(), 200);
    let seen = origin.last();
    assert!(!seen.contains("spoof"), "{seen}");
    assert_eq!(header(&seen, "accept_language"), Some("kept"));
}

#[tokio::test]
async fn what_looks_like_an_attack_is_blocked_or_reported() {
    let (setup, origin) = start(5, |yaml| yaml).await;
    let blocked = (403, "suspicious_request".to_owned());
    assert_eq!(setup.get("/api?id=1%27%20or%20%271%27=%271").await.problem(), blocked);
    assert_eq!(setup.get("/api?file=..%252f..%252fetc%252fpasswd").await.problem(), blocked);
    assert_eq!(setup.send("GET /api", &["User-Agent: () { :; }; /bin/id"], "").await.problem(), blocked);
    let form = ["Content-Type: application/x-www-form-urlencoded"];
    assert_eq!(
        setup.send("POST /api", &form, "a=b&host=127.0.0.1%3Bcat+/etc/passwd").await.problem(),
        blocked
    );
    let json = ["Content-Type: application/json"];
    let body = r#"{"name": "x\u0027; drop table users; --"}"#;
    assert_eq!(setup.send("POST /api", &json, body).await.problem(), blocked);
    assert_eq!(origin.requests().len(), 0, "nothing of them arrived");

    assert_eq!(setup.get("/api?q=select+a+date+from+the+list&name=O%27Reilly").await.status(), 200);
    assert_eq!(setup.send("POST /api", &json, r#"{"note": "it's 1 or 2; don't worry"}"#).await.status(), 200);
    assert!(origin.last().ends_with(r#"{"note": "it's 1 or 2; don't worry"}"#));
    assert_eq!(setup.get("/api?next=a%0d%0aSet-Cookie:%20a=b").await.status(), 200, "a rule not asked for");

    assert_eq!(setup.get("/elsewhere?id=1%27%20or%20%271%27=%271").await.status(), 200, "only reported");
    assert_eq!(setup.send("POST /elsewhere", &json, body).await.status(), 200);
    assert!(origin.last().ends_with(body));
    let metrics = setup.admin("GET /metrics").await.0;
    for expected in
        [r#"agw_injection_findings_total{rule="sql"} 4"#, r#"agw_injection_findings_total{rule="shell"} 2"#]
    {
        assert!(metrics.contains(expected), "{expected}\n{metrics}");
    }
}

/// Sends a body in pieces, with a pause of the network between.
async fn in_pieces(setup: &Setup, head: &str, pieces: &[&[u8]]) -> String {
    let mut client = TcpStream::connect(setup.address()).await.unwrap();
    client.write_all(head.as_bytes()).await.unwrap();
    for piece in pieces {
        client.flush().await.unwrap();
        tokio::task::yield_now().await;
        // The gateway may have closed already.
        let _ = client.write_all(piece).await;
    }
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(crate::support::DEADLINE, client.read_to_end(&mut answer)).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn bodies_of_all_sizes_pass_whole_or_not_at_all() {
    let (setup, origin) = start(5, |yaml| yaml).await;
    let attack = r#"{"q": "1' or '1'='1", "rest": ""#.to_owned();
    let harmless = r#"{"q": "it's fine", "rest": ""#.to_owned();
    let mut served = 0;
    for bytes in
        [40, 8_000, 16_383, 16_384, 16_385, 60_000, 65_536, 65_537, 70_000, 81_920, 81_921, 140_000, 300_000]
    {
        for chunked in [false, true] {
            for (begin, passes) in [(&harmless, true), (&attack, false)] {
                let body = format!("{begin}{}\"}}", "x".repeat(bytes - begin.len() - 2));
                let head = "POST /api HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Type: application/json\r\n";
                let (first, rest) = body.as_bytes().split_at(7);
                let answer = if chunked {
                    let head = format!("{head}Transfer-Encoding: chunked\r\n\r\n7\r\n");
                    let middle = format!("\r\n{:x}\r\n", rest.len());
                    in_pieces(&setup, &head, &[first, middle.as_bytes(), rest, b"\r\n0\r\n\r\n"]).await
                } else {
                    let head = format!("{head}Content-Length: {bytes}\r\n\r\n");
                    in_pieces(&setup, &head, &[first, rest]).await
                };
                let case = format!("{bytes} bytes, chunked: {chunked}, passes: {passes}");
                if passes {
                    assert!(answer.starts_with("HTTP/1.1 200"), "{case}: {answer}");
                    served += 1;
                    origin.arrived(served).await;
                    let seen: String = dechunked(&origin.last());
                    assert_eq!(seen.len(), body.len(), "{case}");
                    assert!(seen == body, "{case}");
                } else {
                    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 403"), "{case}: {answer}");
                    assert_eq!(origin.requests().len(), served, "{case}");
                }
            }
        }
    }
}

fn dechunked(message: &str) -> String {
    let (_, body) = message.split_once("\r\n\r\n").unwrap();
    if header(message, "transfer-encoding").is_none() {
        return body.to_owned();
    }
    let (mut whole, mut rest) = (String::new(), body);
    while let Some((size, more)) = rest.split_once("\r\n") {
        let size = usize::from_str_radix(size, 16).unwrap();
        whole.push_str(&more[..size]);
        rest = &more[size + 2..];
    }
    whole
}

#[tokio::test]
async fn a_client_that_waits_to_be_told_is_told() {
    let (setup, origin) = start(5, |yaml| yaml).await;
    let mut client = TcpStream::connect(setup.address()).await.unwrap();
    let head = "POST /api HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";
    client.write_all(head.as_bytes()).await.unwrap();
    let mut first = [0; 12];
    tokio::time::timeout(crate::support::DEADLINE, client.read_exact(&mut first)).await.unwrap().unwrap();
    assert_eq!(&first, b"HTTP/1.1 100");
    client.write_all(b"hello").await.unwrap();
    let mut rest = String::new();
    client.read_to_string(&mut rest).await.unwrap();
    assert!(rest.contains("HTTP/1.1 200"), "{rest}");
    assert!(origin.last().ends_with("hello"));
}

#[tokio::test]
async fn what_is_masked_and_credentials_are_not_in_the_log() {
    let in_file = |yaml: String| {
        yaml.replace("access_log: {", "access_log: {to: DIR/access.log, ")
            .replace("http://127.0.0.1:3000", "unix:DIR/o.sock")
            .replace("[x-patient, accept]", "[x-patient, accept, authorization, cookie]")
    };
    let dir = tempfile::tempdir().unwrap();
    let _origin = Origin::unix("o", &dir);
    let setup = Setup::start(dir, &in_file(yaml(PAGE, 6))).await;
    let headers =
        ["X-Patient: secret-1", "Accept: text/seen", "Authorization: Bearer secret-2", "Cookie: s=secret-3"];
    let path = "/?email=secret-4&page=seen&access_token=secret-5&E%6dail=secret-6";
    assert_eq!(setup.send(&format!("GET {path}"), &headers, "").await.status(), 200);
    let log = || std::fs::read_to_string(setup.dir.path().join("access.log")).unwrap_or_default();
    until(|| log().contains("page=seen")).await;
    assert!(log().contains("text/seen") && log().contains("***"), "{}", log());
    assert!(!log().contains("secret"), "{}", log());
}
