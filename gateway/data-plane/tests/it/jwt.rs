//! Tokens, their keys, and what they may do.

use crate::{
    docs::yaml,
    support::{DEADLINE, Origin, Setup, header},
};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use rcgen::{KeyPair, PublicKeyData};
use serde_json::{Value, json};
use std::{
    fs,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    time::sleep,
};

const PAGE: &str = include_str!("../../../../docs/gateway/security.md");
/// The longest that rotation and revocation may take.
const EFFECTIVE_WITHIN: Duration = Duration::from_secs(5);

/// A key of ES256.
struct Signer {
    id: &'static str,
    pair: KeyPair,
}

impl Signer {
    fn new(id: &'static str) -> Self {
        Self { id, pair: KeyPair::generate().unwrap() }
    }

    fn jwk(&self) -> Value {
        let point = self.pair.der_bytes();
        json!({"kty": "EC", "crv": "P-256", "kid": self.id, "use": "sig", "x": base64(&point[1..33]), "y": base64(&point[33..])})
    }

    fn sign(&self, claims: &Value) -> String {
        let header = Header { kid: Some(self.id.to_owned()), ..Header::new(Algorithm::ES256) };
        encode(&header, claims, &EncodingKey::from_ec_der(&self.pair.serialize_der())).unwrap()
    }
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits = (0..3).fold(0u32, |bits, at| (bits << 8) | u32::from(group.get(at).copied().unwrap_or(0)));
        for at in 0..=group.len() {
            text.push(ALPHABET[(bits >> (18 - 6 * at)) as usize & 63].into());
        }
    }
    text
}

fn set(signers: &[&Signer]) -> String {
    json!({"keys": signers.iter().map(|signer| signer.jwk()).collect::<Vec<_>>()}).to_string()
}

fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// Claims that are good for the first example of the page, with changes; null takes one away.
#[allow(clippy::needless_pass_by_value, reason = "each is made where it is passed")]
fn claims(changes: Value) -> Value {
    let mut claims = json!({
        "iss": "https://idp.example.com", "aud": "shop", "sub": "ann", "exp": now_s() + 600,
        "realm_access": {"roles": ["viewer"]}, "project": "p1",
    });
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value.clone();
        }
    }
    claims
}

/// Publishes a key set over HTTP.
#[derive(Clone)]
struct Publisher {
    answer: Arc<Mutex<(u16, String)>>,
    asked: Arc<AtomicUsize>,
    address: String,
}

impl Publisher {
    async fn start(set: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let publisher = Self { answer: Arc::new(Mutex::new((200, set))), asked: Arc::default(), address };
        let served = publisher.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let served = served.clone();
                tokio::spawn(async move {
                    let mut request = [0; 4096];
                    let _ = stream.read(&mut request).await;
                    served.asked.fetch_add(1, Ordering::SeqCst);
                    let (status, body) = served.answer.lock().unwrap().clone();
                    let head = format!(
                        "HTTP/1.1 {status} x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
                        body.len()
                    );
                    let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
                });
            }
        });
        publisher
    }

    fn publish(&self, status: u16, body: String) {
        *self.answer.lock().unwrap() = (status, body);
    }
}

/// A gateway with a block of the page, at the addresses of the test.
async fn start(block: usize, keys: &str, more: &str) -> (Setup, Origin) {
    let dir = tempfile::tempdir().unwrap();
    let origin = Origin::unix("o", &dir);
    let yaml = yaml(PAGE, block).replace("127.0.0.1:9000", keys).replace("127.0.0.1:3000", "unix:DIR/o.sock");
    (Setup::start(dir, &format!("{more}{yaml}")).await, origin)
}

async fn status(setup: &Setup, request: &str, token: &str) -> u16 {
    setup.send(request, &[&format!("Authorization: Bearer {token}")], "").await.status()
}

/// How long until requests with the token are answered so.
async fn until_status(setup: &Setup, token: &str, expected: u16) -> Duration {
    let began = Instant::now();
    while status(setup, "GET /", token).await != expected {
        assert!(began.elapsed() < DEADLINE, "{expected} never came");
        sleep(Duration::from_millis(20)).await;
    }
    began.elapsed()
}

#[tokio::test]
async fn a_token_says_who_calls() {
    let signer = Signer::new("k1");
    let publisher = Publisher::start(set(&[&signer])).await;
    let identity = "identity: {header: x-id, key_file: identity.key}\n";
    let (setup, origin) = start(1, &publisher.address, identity).await;
    let token = signer.sign(&claims(json!({})));
    assert_eq!(status(&setup, "GET /", &token).await, 200, "the first request waits for the keys");
    let seen = origin.last();
    assert_eq!(header(&seen, "authorization"), None);
    let identity = header(&seen, "x-id").unwrap().split('.').nth(1).unwrap().to_owned();
    let said = agw_core_decode(&identity);
    assert_eq!((&said["sub"], &said["project"]), (&json!("ann"), &json!("p1")));
    assert_eq!((&said["roles"], &said["via"]), (&json!(["viewer"]), &json!("jwt:staff")));

    for (changes, expected) in [
        (json!({"aud": ["x", "shop"]}), 200),
        (json!({"aud": "other"}), 401),
        (json!({"iss": "https://evil.example.com"}), 401),
        (json!({"iss": null}), 401),
        (json!({"exp": now_s() - 60}), 401),
        (json!({"exp": now_s() - 10}), 200),
        (json!({"exp": null}), 401),
        (json!({"nbf": now_s() + 60}), 401),
        (json!({"sub": null}), 401),
    ] {
        let token = signer.sign(&claims(changes.clone()));
        assert_eq!(status(&setup, "GET /", &token).await, expected, "{changes}");
    }
    let refused = setup.send("GET /", &["Authorization: Bearer a.b.c"], "").await;
    assert_eq!(refused.problem(), (401, "unauthenticated".to_owned()));
    assert_eq!(refused.header("www-authenticate"), Some("Bearer error=\"invalid_token\""));
    assert_eq!(setup.get("/").await.header("www-authenticate"), Some("Bearer"));
}

fn agw_core_decode(part: &str) -> Value {
    serde_json::from_slice(&agw_core::base64::decode_url(part).unwrap()).unwrap()
}

#[tokio::test]
async fn hostile_tokens_are_refused() {
    let signer = Signer::new("k1");
    let stranger = Signer::new("k1");
    let publisher = Publisher::start(set(&[&signer])).await;
    let (setup, origin) = start(1, &publisher.address, "").await;
    let good = signer.sign(&claims(json!({})));
    assert_eq!(status(&setup, "GET /", &good).await, 200);
    let parts: Vec<&str> = good.split('.').collect();
    let (claims_part, signature) = (parts[1], parts[2]);
    let part = |value: Value| base64(value.to_string().as_bytes());
    let unsigned = |alg: &str| format!("{}.{claims_part}.", part(json!({"alg": alg, "kid": "k1"})));
    let hmac = |secret: &[u8], kid: &str| {
        let header = Header { kid: Some(kid.to_owned()), ..Header::new(Algorithm::HS256) };
        encode(&header, &claims(json!({})), &EncodingKey::from_secret(secret)).unwrap()
    };
    let admin = part(claims(json!({"sub": "root", "realm_access": {"roles": ["admin"]}})));
    let head = |value: Value| format!("{}.{claims_part}.{signature}", part(value));
    let hostile = [
        ("none", unsigned("none")),
        ("None", unsigned("NONE")),
        ("none with a signature", format!("{}{signature}", unsigned("none"))),
        ("no signature", format!("{}.{}.", parts[0], claims_part)),
        ("public key as a secret, PEM", hmac(signer.pair.public_key_pem().as_bytes(), "k1")),
        ("public key as a secret, point", hmac(signer.pair.der_bytes(), "k1")),
        ("public key as a secret, JWK", hmac(signer.jwk().to_string().as_bytes(), "k1")),
        ("empty secret", hmac(b"", "k1")),
        ("another key of the same name", stranger.sign(&claims(json!({})))),
        ("other claims", format!("{}.{admin}.{signature}", parts[0])),
        ("kid as a path", hmac(b"", "../../../../dev/null")),
        ("kid as SQL", hmac(b"x", "k1' UNION SELECT 'x")),
        ("critical", head(json!({"alg": "ES256", "kid": "k1", "crit": ["b64"], "b64": false}))),
        ("a key of its own", head(json!({"alg": "ES256", "kid": "k1", "jwk": stranger.jwk()}))),
        (
            "a set of its own",
            head(json!({"alg": "ES256", "kid": "k2", "jku": format!("http://{}/", publisher.address)})),
        ),
        (
            "two algorithms",
            format!("{}.{claims_part}.{signature}", base64(br#"{"alg":"ES256","alg":"none","kid":"k1"}"#)),
        ),
        ("zeros", format!("{}.{claims_part}.{}", parts[0], base64(&[0; 64]))),
        ("padding", format!("{}.{claims_part}.{signature}==", parts[0])),
        ("a fourth part", format!("{good}.{signature}")),
        ("encrypted", format!("{good}.a.b")),
        ("too long", format!("{good}{}", "A".repeat(9000))),
        ("dots", "..".to_owned()),
    ];
    let served = origin.requests().len();
    for (name, token) in &hostile {
        assert_eq!(status(&setup, "GET /", token).await, 401, "{name}: {token}");
    }
    let twice = format!("Authorization: Bearer {good}");
    assert_eq!(setup.send("GET /", &[&twice, &twice], "").await.status(), 401);
    assert_eq!(origin.requests().len(), served);
    assert_eq!(status(&setup, "GET /", &good).await, 200, "the good one is still good");
    assert!(publisher.asked.load(Ordering::SeqCst) < 10, "invented keys must not flood the issuer");
}

#[tokio::test]
async fn rotation_and_revocation_are_effective_within_five_seconds_while_requests_run() {
    let dir = tempfile::tempdir().unwrap();
    let origin = Origin::unix("o", &dir);
    fs::write(dir.path().join("revoked.txt"), "# nobody yet\n").unwrap();
    let (old, new) = (Signer::new("old"), Signer::new("new"));
    let publisher = Publisher::start(set(&[&old])).await;
    let yaml = yaml(PAGE, 1)
        .replace("127.0.0.1:9000", &publisher.address)
        .replace("127.0.0.1:3000", "unix:DIR/o.sock")
        .replace("    audiences", "    revoked_file: revoked.txt\n    audiences");
    let setup = Arc::new(Setup::start(dir, &yaml).await);
    let first = old.sign(&claims(json!({"jti": "t1"})));
    until_status(&setup, &first, 200).await;

    // Requests of a caller nothing happens to, all the while.
    publisher.publish(200, set(&[&old, &new]));
    let steady = new.sign(&claims(json!({"sub": "steady"})));
    until_status(&setup, &steady, 200).await;
    let stop = Arc::new(AtomicUsize::new(0));
    let load = tokio::spawn({
        let (setup, stop) = (Arc::clone(&setup), Arc::clone(&stop));
        async move {
            let mut sent = 0;
            while stop.load(Ordering::SeqCst) == 0 {
                assert_eq!(status(&setup, "GET /", &steady).await, 200, "after {sent} requests");
                sent += 1;
            }
            sent
        }
    });

    publisher.publish(200, set(&[&new]));
    let rotated = until_status(&setup, &first, 401).await;
    assert!(rotated < EFFECTIVE_WITHIN, "{rotated:?}");

    let (by_id, by_name) =
        (new.sign(&claims(json!({"jti": "t2"}))), new.sign(&claims(json!({"sub": "bob", "jti": "t3"}))));
    for token in [&by_id, &by_name] {
        assert_eq!(status(&setup, "GET /", token).await, 200);
    }
    fs::write(setup.dir.path().join("revoked.txt"), "t2\nsub:bob\n").unwrap();
    for token in [&by_id, &by_name] {
        let revoked = until_status(&setup, token, 401).await;
        assert!(revoked < EFFECTIVE_WITHIN, "{revoked:?}");
    }

    // A failing issuer changes nothing.
    for (code, body) in
        [(500, String::new()), (200, "not keys".to_owned()), (200, r#"{"keys": []}"#.to_owned())]
    {
        publisher.publish(code, body);
        let asked = publisher.asked.load(Ordering::SeqCst);
        let unknown = Signer::new("unknown").sign(&claims(json!({})));
        while publisher.asked.load(Ordering::SeqCst) == asked {
            assert_eq!(status(&setup, "GET /", &unknown).await, 401);
            sleep(Duration::from_millis(50)).await;
        }
    }
    stop.store(1, Ordering::SeqCst);
    let sent = load.await.unwrap();
    assert!(sent > 20 && origin.requests().len() > sent, "{sent}");
}

#[tokio::test]
async fn a_new_key_is_fetched_when_the_first_token_names_it() {
    let (old, new) = (Signer::new("old"), Signer::new("new"));
    let publisher = Publisher::start(set(&[&old])).await;
    let dir = tempfile::tempdir().unwrap();
    let _origin = Origin::unix("o", &dir);
    let yaml = yaml(PAGE, 1)
        .replace("127.0.0.1:9000", &publisher.address)
        .replace("127.0.0.1:3000", "unix:DIR/o.sock")
        .replace("    audiences", "    refresh_s: 3600\n    audiences");
    let setup = Setup::start(dir, &yaml).await;
    until_status(&setup, &old.sign(&claims(json!({}))), 200).await;
    publisher.publish(200, set(&[&old, &new]));
    let took = until_status(&setup, &new.sign(&claims(json!({}))), 200).await;
    assert!(took < EFFECTIVE_WITHIN, "{took:?}");
    assert!(publisher.asked.load(Ordering::SeqCst) <= 4);
}

#[tokio::test]
async fn secrets_and_key_files_are_taken_over_when_they_change() {
    let dir = tempfile::tempdir().unwrap();
    let _origin = Origin::unix("o", &dir);
    let signers = [Signer::new("a"), Signer::new("b")];
    fs::write(dir.path().join("devices.key"), "07".repeat(32)).unwrap();
    fs::write(dir.path().join("revoked.txt"), "").unwrap();
    fs::write(dir.path().join("keys.json"), set(&[&signers[0]])).unwrap();
    let rest = "  - {name: file, issuer: file, jwks_file: keys.json}
clusters: [{name: o, endpoints: ['unix:DIR/o.sock']}]
routes: [{name: r, match: {path_prefix: /}, cluster: o, auth: {}}]
";
    let setup = Setup::start(dir, &format!("{}{rest}", yaml(PAGE, 2))).await;
    let hmac = |byte: u8, alg| {
        encode(&Header::new(alg), &claims(json!({})), &EncodingKey::from_secret(&[byte; 32])).unwrap()
    };
    assert_eq!(status(&setup, "GET /", &hmac(7, Algorithm::HS256)).await, 200);
    assert_eq!(status(&setup, "GET /", &hmac(7, Algorithm::HS512)).await, 401, "the key is too short for it");
    assert_eq!(status(&setup, "GET /", &hmac(8, Algorithm::HS256)).await, 401);
    fs::write(setup.dir.path().join("devices.key"), "08".repeat(32)).unwrap();
    until_status(&setup, &hmac(8, Algorithm::HS256), 200).await;
    assert_eq!(status(&setup, "GET /", &hmac(7, Algorithm::HS256)).await, 401);

    let from_file = |signer: &Signer| signer.sign(&claims(json!({"iss": "file"})));
    assert_eq!(status(&setup, "GET /", &from_file(&signers[0])).await, 200);
    fs::write(setup.dir.path().join("keys.json"), set(&[&signers[1]])).unwrap();
    until_status(&setup, &from_file(&signers[1]), 200).await;
    assert_eq!(status(&setup, "GET /", &from_file(&signers[0])).await, 401);
}

#[tokio::test]
async fn roles_claims_and_methods_decide() {
    let signer = Signer::new("k");
    let publisher = Publisher::start(set(&[&signer])).await;
    let (setup, _origin) = start(3, &publisher.address, "").await;
    let token = |roles: &str, department: &str| {
        signer.sign(&json!({"sub": "x", "exp": now_s() + 60, "roles": roles, "department": department}))
    };
    let (clerk, manager) = (token("clerk", "sales"), token("manager clerk", "service"));
    let (lone, intern, abroad) = (token("manager", "sales"), token("intern", "sales"), token("clerk", "it"));
    for (request, token, expected) in [
        ("GET /orders", &clerk, 200),
        ("HEAD /orders", &lone, 200),
        ("POST /orders", &clerk, 200),
        ("POST /orders", &lone, 403),
        ("DELETE /orders", &clerk, 403),
        ("DELETE /orders", &manager, 200),
        ("GET /orders", &intern, 403),
        ("GET /orders", &abroad, 403),
    ] {
        assert_eq!(status(&setup, request, token).await, expected, "{request}");
    }
    assert_eq!(setup.get("/orders").await.status(), 401);
    assert_eq!(status(&setup, "GET /orders", "x.y.z").await, 401);
}
