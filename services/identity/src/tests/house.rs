//! An identity service with nothing around it but this.

use super::PASSWORD;
use crate::{Deps, FixedKey, MIGRATIONS, Service, Settings, SigningKeys, Surroundings, Trust};
use aetherius_contracts::identity::Role;
use aetherius_rpc::{CallContext, CallError, Caller, CallerKey, Channel, caller::CALLER_HEADER};
use aetherius_store::{Store, StoreError, outbox};
use axum::{
    body::Body,
    http::{HeaderMap, Request, header},
};
use foundation::{metrics::Metrics, secret::Secret, trace::TraceParent};
use http_body_util::BodyExt;
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{
    io,
    sync::{Arc, Mutex},
};
use tower::ServiceExt;

pub(crate) const ADMIN_TOKEN: &str = "aeth_admin";
pub(crate) const WEBHOOK_TOKEN: &str = "aeth_webhook";

/// Keeps what it is told.
#[derive(Default)]
struct Outside {
    keys: Mutex<Option<Secret>>,
    trust: Mutex<Option<Trust>>,
}

impl Surroundings for Outside {
    fn keep_signing_keys(&self, text: &Secret) -> io::Result<()> {
        *self.keys.lock().unwrap() = Some(text.clone());
        Ok(())
    }

    fn publish(&self, trust: &Trust) -> io::Result<()> {
        *self.trust.lock().unwrap() = Some(trust.clone());
        Ok(())
    }
}

pub(crate) struct House {
    service: Service,
    store: Store,
    outside: Arc<Outside>,
    jwks: Mutex<Vec<String>>,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
    pub(crate) cookies: Vec<String>,
    pub(crate) retry_after: Option<u32>,
}

impl Answer {
    pub(crate) fn refresh_token(&self) -> String {
        let find =
            |cookie: &String| cookie.strip_prefix("aetherius_refresh=")?.split(';').next().map(str::to_owned);
        self.cookies.iter().find_map(find).expect("no refresh token was given")
    }
}

fn key() -> CallerKey {
    CallerKey::from_hex(&Secret::new("ab".repeat(32))).unwrap()
}

fn fixed(name: &str, role: Role, token: &str) -> FixedKey {
    let display_name = format!("{}{} token", name[..1].to_uppercase(), &name[1..]);
    FixedKey { name: name.to_owned(), display_name, role, sha256: hex::encode(Sha256::digest(token)) }
}

impl House {
    pub(crate) fn new() -> Self {
        let store = Store::ephemeral(MIGRATIONS).unwrap();
        let outside = Arc::new(Outside::default());
        let signing_keys = SigningKeys::make(Timestamp::now()).unwrap();
        let jwks = Mutex::new(vec![signing_keys.public()]);
        let deps = Deps {
            store: store.clone(),
            key: key(),
            metrics: Metrics::default(),
            project_id: "default".to_owned(),
            signing_keys,
            fixed_keys: vec![
                fixed("admin", Role::Admin, ADMIN_TOKEN),
                fixed("webhook", Role::Webhook, WEBHOOK_TOKEN),
            ],
            surroundings: Arc::clone(&outside) as Arc<dyn Surroundings>,
        };
        let service = Service::create(Settings::default().validate().unwrap(), deps);
        Self { service, store, outside, jwks }
    }

    pub(crate) fn trust(&self) -> Trust {
        self.outside.trust.lock().unwrap().clone().expect("nothing was published")
    }

    pub(crate) fn kept_keys(&self) -> Secret {
        self.outside.keys.lock().unwrap().clone().expect("no keys were kept")
    }

    /// What a token says, by the keys that are published.
    pub(crate) fn claims(&self, token: &str) -> Value {
        let published = self.outside.trust.lock().unwrap().as_ref().map(|trust| trust.jwks.clone());
        self.jwks.lock().unwrap().extend(published);
        let kid = jsonwebtoken::decode_header(token).unwrap().kid.unwrap();
        let sets = self.jwks.lock().unwrap().clone();
        let newest: Value = serde_json::from_str(sets.last().unwrap()).unwrap();
        let keys = newest["keys"].as_array().unwrap().clone();
        let key = keys.into_iter().find(|key| key["kid"] == kid.as_str()).expect("the key is not published");
        let text = |name: &str| key[name].as_str().unwrap().to_owned();
        let key = jsonwebtoken::DecodingKey::from_ec_components(&text("x"), &text("y")).unwrap();
        let validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::ES256);
        jsonwebtoken::decode::<Value>(token, &key, &validation).unwrap().claims
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        body: &str,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !body.is_empty() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let Ok(response) = self.service.router().oneshot(request).await;
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = |headers: &HeaderMap, name| headers.get(name)?.to_str().ok()?.parse().ok();
        Answer {
            status: parts.status.as_u16(),
            body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
            cookies: parts
                .headers
                .get_all(header::SET_COOKIE)
                .iter()
                .map(|line| line.to_str().unwrap().to_owned())
                .collect(),
            retry_after: text(&parts.headers, header::RETRY_AFTER),
        }
    }

    pub(crate) async fn post(&self, path: &str, body: &Value, headers: &[(&str, &str)]) -> Answer {
        self.send("POST", path, &body.to_string(), headers).await
    }

    /// As somebody whom the gateway has let through.
    pub(crate) async fn post_as(&self, name: &str, role: &str, path: &str, body: &Value) -> Answer {
        let token = key().mint(&caller("default", name, role)).unwrap();
        self.post(path, body, &[(CALLER_HEADER, token.to_str().unwrap())]).await
    }

    pub(crate) async fn sign_in(&self, name: &str, password: &str) -> Answer {
        self.post("/auth/login", &json!({"username": name, "password": password}), &[]).await
    }

    /// As a browser of before browsers told where a request came from, or as a program with cookies.
    pub(crate) async fn refresh(&self, token: &str) -> Answer {
        self.send("POST", "/auth/refresh", "", &[("cookie", &format!("aetherius_refresh={token}"))]).await
    }

    pub(crate) async fn add_user(&self, name: &str, roles: &[&str]) {
        let body = json!({"name": name, "password": PASSWORD, "roles": roles});
        let answer = self.post_as("the admin", "admin", "/v1/users", &body).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
    }

    pub(crate) async fn change(&self, name: &str, change: Value) {
        let channel = Channel::local("identity", self.service.router(), key());
        let context = context("default", "the admin", "admin");
        let _: Value = channel.patch(&format!("/v1/users/{name}"), &change, &context).await.unwrap();
    }

    pub(crate) async fn delete(&self, path: &str) {
        let token = key().mint(&caller("default", "the admin", "admin")).unwrap();
        let answer = self.send("DELETE", path, "", &[(CALLER_HEADER, token.to_str().unwrap())]).await;
        assert_eq!(answer.status, 204, "{}", answer.body);
    }

    pub(crate) async fn get(&self, name: &str, path: &str) -> Result<Value, CallError> {
        self.get_in("default", name, "admin", path).await
    }

    pub(crate) async fn get_in(
        &self,
        project: &str,
        name: &str,
        role: &str,
        path: &str,
    ) -> Result<Value, CallError> {
        let channel = Channel::local("identity", self.service.router(), key());
        channel.get(path, &context(project, name, role)).await
    }

    /// What was told under a topic, oldest first.
    pub(crate) async fn told(&self, topic: &'static str) -> Vec<Value> {
        let read = move |tx: &aetherius_store::Tx<'_>| outbox::read_after(tx, &[topic], 0, 100);
        let told: Result<_, StoreError> = self.store.read(read).await;
        told.unwrap().0.iter().map(|entry| serde_json::from_str(&entry.payload).unwrap()).collect()
    }
}

fn caller(project: &str, name: &str, role: &str) -> Caller {
    Caller { name: name.to_owned(), project: project.to_owned(), roles: vec![role.to_owned()] }
}

fn context(project: &str, name: &str, role: &str) -> CallContext {
    CallContext {
        caller: caller(project, name, role),
        ..CallContext::new("test", project, TraceParent::new_root())
    }
}
