//! People and keys through the real gateway: who signs in gets in, and who is kept out is out within five seconds.

use crate::{
    incidents::look_on_with,
    instance::{Instance, program, recorded, until},
};
use futures::StreamExt;
use serde_json::{Value, json};
use std::{
    io::Write,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};
use tokio_tungstenite::tungstenite::Message;

pub(crate) const PASSWORD: &str = "correct horse battery";
/// What was promised.
const EFFECTIVE_WITHIN: Duration = Duration::from_secs(5);
const TASKS: &str = "/api/orchestrator/v1/tasks";

/// Somebody with a program or a browser.
pub(crate) struct Somebody<'i> {
    instance: &'i Instance,
    http: reqwest::Client,
    pub(crate) token: String,
}

impl<'i> Somebody<'i> {
    pub(crate) fn with(instance: &'i Instance, token: &str) -> Self {
        let http = aetherius_rpc::channel::http_client().unwrap();
        Self { instance, http, token: token.to_owned() }
    }

    /// Adds a user and signs in as one.
    pub(crate) async fn signed_in(instance: &'i Instance, name: &str, role: &str) -> Self {
        let user = json!({"name": name, "password": PASSWORD, "roles": [role]});
        let added = instance.request("POST", "/api/identity/v1/users").json(&user).send().await.unwrap();
        assert_eq!(added.status(), 201, "{}", added.text().await.unwrap());
        let answer = sign_in(instance, name, PASSWORD).await;
        assert_eq!(answer.status(), 200);
        let body: Value = answer.json().await.unwrap();
        Self::with(instance, body["access_token"].as_str().unwrap())
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method.parse().unwrap(), self.instance.url(path));
        if self.token.is_empty() { request } else { request.bearer_auth(&self.token) }
    }

    async fn get(&self, path: &str) -> u16 {
        self.request("GET", path).send().await.unwrap().status().as_u16()
    }

    /// Waits until a path answers this, and says how long that took.
    async fn until(&self, path: &str, status: u16) -> Duration {
        let started = Instant::now();
        until(&format!("{path} to answer {status}"), || async {
            (self.get(path).await == status).then_some(())
        })
        .await;
        started.elapsed()
    }

    async fn is_kept_out_in_time(&self) {
        let elapsed = self.until(TASKS, 401).await;
        assert!(elapsed < EFFECTIVE_WITHIN, "it took {elapsed:?}");
    }
}

pub(crate) async fn sign_in(instance: &Instance, name: &str, password: &str) -> reqwest::Response {
    let http = aetherius_rpc::channel::http_client().unwrap();
    let body = json!({"username": name, "password": password});
    http.post(instance.url("/auth/login")).json(&body).send().await.unwrap()
}

#[tokio::test]
async fn a_person_signs_in_and_is_out_within_seconds_of_being_kept_out() {
    let instance = Instance::start(&recorded("image-pull")).await;
    let ann = Somebody::signed_in(&instance, "ann", "viewer").await;
    assert_eq!(ann.get(TASKS).await, 200);
    assert_eq!(ann.get("/ui/incidents").await, 200, "pages take tokens too");
    let me: Value = ann.request("GET", "/api/identity/v1/me").send().await.unwrap().json().await.unwrap();
    assert_eq!((&me["name"], &me["roles"], &me["kind"]), (&json!("ann"), &json!(["viewer"]), &json!("user")));
    let acts = ann.request("POST", "/api/orchestrator/v1/tasks/nothing/retry").send().await.unwrap();
    assert_eq!(acts.status(), 403);
    let searches = ann.request("POST", "/api/knowledge/v1/search").json(&json!({"text": "disk"}));
    assert_eq!(searches.send().await.unwrap().status(), 200, "a viewer looks for things, though by POST");
    let change = instance.request("PATCH", "/api/identity/v1/users/ann").json(&json!({"disabled": true}));
    assert_eq!(change.send().await.unwrap().status(), 200);
    ann.is_kept_out_in_time().await;
    assert_eq!(sign_in(&instance, "ann", PASSWORD).await.status(), 401);
    instance.kill("platform");
    instance.kill("agw");
    instance.until_ready().await;
    assert_eq!(ann.get(TASKS).await, 401, "also after everything was started again");
    let actions = |links: &Value| {
        let links = links.as_array().unwrap();
        links.iter().map(|link| link["action"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let about_ann = instance.get("/api/audit/v1/audit?subject=user:ann").await;
    assert_eq!(actions(&about_ann), ["user.created", "sign_in.succeeded", "user.changed", "sign_in.failed"]);
}

#[tokio::test]
async fn who_signs_out_is_out() {
    let instance = Instance::start("").await;
    let ann = Somebody::signed_in(&instance, "ann", "operator").await;
    assert_eq!(ann.get(TASKS).await, 200);
    assert_eq!(ann.request("POST", "/auth/logout").send().await.unwrap().status(), 204);
    ann.is_kept_out_in_time().await;
    let again = sign_in(&instance, "ann", PASSWORD).await;
    let body: Value = again.json().await.unwrap();
    let again = Somebody::with(&instance, body["access_token"].as_str().unwrap());
    assert_eq!(again.get(TASKS).await, 200, "a new session is another matter");
}

#[tokio::test]
async fn a_key_opens_and_closes_within_seconds_and_outlives_a_restart() {
    let mut instance = Instance::start("").await;
    let new = json!({"name": "ci", "roles": ["viewer"]});
    let made = instance.request("POST", "/api/identity/v1/keys").json(&new).send().await.unwrap();
    let made: Value = made.json().await.unwrap();
    let key = made["key"].as_str().unwrap().to_owned();
    assert!(Somebody::with(&instance, &key).until(TASKS, 200).await < EFFECTIVE_WITHIN);
    instance.stop();
    instance.serve_again().await;
    let ci = Somebody::with(&instance, &key);
    assert_eq!(ci.get(TASKS).await, 200, "from the first moment on");
    assert_eq!(ci.get("/api/identity/v1/users").await, 403);
    let mut socket = look_on_with(&instance, &key, "").await;
    // Whether the supervisor lives does not matter for who may come in.
    instance.kill("serve");
    let path = format!("/api/identity/v1/keys/{}", made["id"].as_str().unwrap());
    assert_eq!(instance.request("DELETE", &path).send().await.unwrap().status(), 204);
    let closed =
        async { while !matches!(socket.next().await, None | Some(Err(_) | Ok(Message::Close(_)))) {} };
    tokio::time::timeout(EFFECTIVE_WITHIN, closed).await.expect("who may look no more is told no more");
    ci.is_kept_out_in_time().await;
    let admin = Somebody::with(&instance, &instance.admin_token());
    assert_eq!(admin.get(TASKS).await, 200, "the admin token stays");
}

#[tokio::test]
async fn a_browser_carries_cookies_and_no_other_site_makes_use_of_them() {
    let instance = Instance::start("").await;
    Somebody::signed_in(&instance, "ann", "operator").await;
    let answer = sign_in(&instance, "ann", PASSWORD).await;
    let cookies: Vec<String> = answer
        .headers()
        .get_all("set-cookie")
        .iter()
        .map(|line| line.to_str().unwrap().split(';').next().unwrap().to_owned())
        .collect();
    let nobody = Somebody::with(&instance, "");
    let browser =
        |method: &str, path: &str, cookie: &str| nobody.request(method, path).header("cookie", cookie);
    assert_eq!(browser("GET", TASKS, &cookies[0]).send().await.unwrap().status(), 200);
    let retry = "/api/orchestrator/v1/tasks/nothing/retry";
    let own = format!("http://127.0.0.1:{}", instance.port);
    for (header, value, status) in [
        ("sec-fetch-site", "same-origin", 404),
        ("sec-fetch-site", "cross-site", 403),
        ("sec-fetch-site", "same-site", 403),
        ("origin", own.as_str(), 404),
        ("origin", "http://127.0.0.1:1", 403),
    ] {
        let sent = browser("POST", retry, &cookies[0]).header(header, value).send().await.unwrap();
        assert_eq!(sent.status().as_u16(), status, "{header}: {value}");
    }
    let refreshed = browser("POST", "/auth/refresh", &cookies[1]).send().await.unwrap();
    assert_eq!(refreshed.status(), 200);
    let fresh: Value = refreshed.json().await.unwrap();
    assert_eq!(Somebody::with(&instance, fresh["access_token"].as_str().unwrap()).get(TASKS).await, 200);
}

#[tokio::test]
async fn new_signing_keys_are_believed_and_so_are_the_tokens_of_the_old_ones() {
    let instance = Instance::start("").await;
    let ann = Somebody::signed_in(&instance, "ann", "viewer").await;
    let rotate = instance.request("POST", "/api/identity/v1/signing-keys").send().await.unwrap();
    assert_eq!(rotate.status(), 204);
    let kid = |token: &str| token.split('.').next().unwrap().to_owned();
    let fresh = until("a token of the new key", || async {
        let body: Value = sign_in(&instance, "ann", PASSWORD).await.json().await.unwrap();
        let token = body["access_token"].as_str()?.to_owned();
        if kid(&token) == kid(&ann.token) {
            tokio::time::sleep(Duration::from_millis(500)).await;
            return None;
        }
        Some(token)
    })
    .await;
    assert_eq!(
        Somebody::with(&instance, &fresh).get(TASKS).await,
        200,
        "nobody waits for a new key to be known"
    );
    assert_eq!(ann.get(TASKS).await, 200);
    let mode = std::fs::metadata(instance.data.join("signing-keys.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

fn users(data: &Path, args: &[&str], password: &str) -> Output {
    let mut command = Command::new(program());
    command.arg("users").args(args).arg("--data").arg(data).env("AETHERIUS_LOG", "off");
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(password.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[tokio::test]
async fn the_command_line_lets_people_in_whether_it_runs_or_not() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let told = |args: &[&str], password: &str| {
        let output = users(&data, args, password);
        let text = if output.status.success() { output.stdout } else { output.stderr };
        (output.status.success(), String::from_utf8(text).unwrap())
    };
    let before = told(&["add", "ann", "--role", "admin"], "correct horse battery\n");
    assert_eq!(before, (true, "ann can sign in as admin\n".to_owned()));
    let (done, why) = told(&["add", "ann"], "correct horse battery\n");
    assert!(!done && why.contains("there is a user of this name already"), "{why}");
    let instance = Instance::start_in(directory.path(), "").await;
    assert_eq!(sign_in(&instance, "ann", PASSWORD).await.status(), 200);
    assert_eq!(
        told(&["passwd", "ann"], "another one of hers").1,
        "ann has a new password, and was signed out everywhere\n"
    );
    assert_eq!(sign_in(&instance, "ann", PASSWORD).await.status(), 401);
    let answer: Value = sign_in(&instance, "ann", "another one of hers").await.json().await.unwrap();
    let ann = Somebody::with(&instance, answer["access_token"].as_str().unwrap());
    assert_eq!(ann.get("/api/identity/v1/users").await, 200);
    assert_eq!(told(&["disable", "ann"], "").1, "ann is kept out\n");
    ann.is_kept_out_in_time().await;
    let (done, listed) = told(&["ls"], "");
    assert!(done && listed.contains("ann") && listed.contains("disabled"), "{listed}");
    assert!(!told(&["enable", "nobody"], "").0);
    let (done, why) = told(&["add", "ben"], "short");
    assert!(!done && why.contains("8 to 256"), "{why}");
}
