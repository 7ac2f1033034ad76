//! Talking to a running installation over its HTTP API, as a dashboard does.

mod args;
mod failure;
mod table;

pub(crate) use args::RemoteArgs;
pub(crate) use failure::Failure;
pub(crate) use table::{Paint, Table, age, cut, printable};

use foundation::secret::Secret;
use serde_json::Value;
use std::{path::Path, time::Duration};

/// How long an answer may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);
/// An answer larger than this is none of ours.
const ANSWER_BYTES_MAX: usize = 64 << 20;
/// The variable that may hold the token.
const TOKEN_VARIABLE: &str = "AETHERIUS_TOKEN";
/// Where `serve` and `demo` leave the administrator's token, seen from where they were started.
const TOKEN_FILES: [&str; 2] = ["data/admin-token", "data-demo/admin-token"];

/// The way to an installation.
pub(crate) struct Client {
    url: String,
    token: Secret,
    http: reqwest::Client,
}

impl Client {
    /// To `url`, e.g. `http://127.0.0.1:8080`.
    pub(crate) fn new(url: &str, token: Secret) -> Result<Self, Failure> {
        let http = aetherius_rpc::channel::http_client().map_err(Failure::NoClient)?;
        Ok(Self { url: url.trim_end_matches('/').to_owned(), token, http })
    }

    /// To what the command line names.
    pub(crate) fn open(args: &RemoteArgs) -> Result<Self, Failure> {
        Self::new(&args.url, find_token(args.token_file.as_deref())?)
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Value, Failure> {
        self.send(self.http.get(self.at(path))).await
    }

    /// Done once, also when the network makes it arrive twice.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.send(once(self.http.post(self.at(path))).json(body)).await
    }

    /// Done once, also when the network makes it arrive twice.
    pub(crate) async fn put(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.send(once(self.http.put(self.at(path))).json(body)).await
    }

    /// Done once, also when the network makes it arrive twice.
    pub(crate) async fn delete(&self, path: &str) -> Result<Value, Failure> {
        self.send(once(self.http.delete(self.at(path)))).await
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<Value, Failure> {
        let lost = |source: reqwest::Error| Failure::Unreachable { url: self.url.clone(), source };
        let request = request.bearer_auth(self.token.expose()).timeout(ANSWER_TIMEOUT);
        let mut answer = request.send().await.map_err(lost)?;
        let status = answer.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(lost)? {
            if body.len() + chunk.len() > ANSWER_BYTES_MAX {
                return Err(Failure::unreadable(&self.url, "it is far too large"));
            }
            body.extend_from_slice(&chunk);
        }
        match status {
            200..=299 if body.is_empty() => Ok(Value::Null),
            200..=299 => {
                serde_json::from_slice(&body).map_err(|error| Failure::unreadable(&self.url, &error))
            }
            _ => Err(Failure::refused(&self.url, status, &body)),
        }
    }
}

fn once(request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
    request.header(aetherius_rpc::context::IDEMPOTENCY_HEADER, uuid::Uuid::new_v4().to_string())
}

/// The file that was named, else the variable, else what `serve` has left in the working directory.
fn find_token(file: Option<&Path>) -> Result<Secret, Failure> {
    let read = |path: &Path| {
        let text = std::fs::read_to_string(path)
            .map_err(|source| Failure::TokenFile { path: path.to_owned(), source })?;
        Ok(Secret::new(text.trim()))
    };
    if let Some(file) = file {
        return read(file);
    }
    if let Some(token) = std::env::var(TOKEN_VARIABLE).ok().filter(|token| !token.trim().is_empty()) {
        return Ok(Secret::new(token.trim()));
    }
    let left = TOKEN_FILES.iter().map(Path::new).find(|path| path.is_file());
    left.map_or(Err(Failure::NoToken), read)
}

/// Runs one conversation to its end.
pub(crate) fn block_on<T>(conversation: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(conversation)
}

/// A text as a part of a path or a query.
pub(crate) fn encode(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => encoded.push(byte.into()),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
        encoded
    })
}

/// A path with those parameters that have a value.
pub(crate) fn with_query(path: &str, parameters: &[(&str, Option<String>)]) -> String {
    let given: Vec<String> = parameters
        .iter()
        .filter_map(|(name, value)| value.as_ref().map(|value| format!("{name}={}", encode(value))))
        .collect();
    if given.is_empty() { path.to_owned() } else { format!("{path}?{}", given.join("&")) }
}

/// JSON for programs.
pub(crate) fn print_json(value: &Value) -> anyhow::Result<()> {
    crate::cli::print(&format!("{}\n", serde_json::to_string_pretty(value)?))
}

/// A field that is a text; empty when there is none.
pub(crate) fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// A field that is a list; empty when there is none.
pub(crate) fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::{encode, with_query};

    #[test]
    fn what_is_asked_for_cannot_change_the_path() {
        assert_eq!(encode("a/b?c=ä&d"), "a%2Fb%3Fc%3D%C3%A4%26d");
        let query =
            [("q", Some("out of memory".to_owned())), ("status", None), ("limit", Some("5".to_owned()))];
        assert_eq!(with_query("/v1/incidents", &query), "/v1/incidents?q=out%20of%20memory&limit=5");
        assert_eq!(with_query("/v1/incidents", &[("q", None)]), "/v1/incidents");
    }
}
