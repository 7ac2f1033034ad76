//! The API server, asked directly: a poll by kubectl would cost a process each time.

use crate::Error;
use reqwest::{Certificate, Client, Method, header};
use serde_json::Value;
use std::{
    sync::mpsc::{self, RecvTimeoutError},
    time::Duration,
};
use tokio::runtime::{Builder, Runtime};

/// For a request and its answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// How a patch is to be understood.
pub(crate) const MERGE_PATCH: &str = "application/merge-patch+json";
pub(crate) const JSON: &str = "application/json";

/// A client with the rights of one user.
#[derive(Clone, Debug)]
pub(crate) struct Http {
    client: Client,
    server: String,
    token: String,
}

impl Http {
    pub(crate) fn new(server: &str, authority: &str, token: &str) -> Result<Self, Error> {
        // Somebody else in this process may have chosen one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let authority = Certificate::from_pem(authority.as_bytes())?;
        let client = Client::builder().no_proxy().tls_certs_only([authority]).build()?;
        Ok(Self { client, server: server.to_owned(), token: token.to_owned() })
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<(&'static str, Value)>,
    ) -> Result<Value, Error> {
        let response = self.open(method, path, body).await?;
        Ok(response.json().await?)
    }

    /// As [`Http::send`], but the body is left to be read, such as that of a watch.
    pub(crate) async fn open(
        &self,
        method: Method,
        path: &str,
        body: Option<(&'static str, Value)>,
    ) -> Result<reqwest::Response, Error> {
        let mut request =
            self.client.request(method.clone(), format!("{}{path}", self.server)).bearer_auth(&self.token);
        if let Some((content_type, body)) = body {
            request = request.header(header::CONTENT_TYPE, content_type).body(body.to_string());
        }
        let response = request.send().await?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let answer = response.text().await.unwrap_or_default();
        let problem: Value = serde_json::from_str(&answer).unwrap_or_default();
        let message = problem["message"].as_str().map_or(answer, str::to_owned);
        let path = path.split('?').next().unwrap_or_default().to_owned();
        Err(Error::Refused { method: method.to_string(), path, status: status.as_u16(), message })
    }
}

/// A client for callers that are not asynchronous, or that are and do not care: it never blocks on its caller's runtime.
#[derive(Debug)]
pub(crate) struct Api {
    http: Http,
    /// Absent only while it is dropped.
    runtime: Option<Runtime>,
}

impl Api {
    pub(crate) fn new(http: Http) -> Result<Self, std::io::Error> {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        Ok(Self { http, runtime: Some(runtime) })
    }

    pub(crate) fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<(&'static str, Value)>,
    ) -> Result<Value, Error> {
        let (sender, receiver) = mpsc::sync_channel(1);
        let (http, path) = (self.http.clone(), path.to_owned());
        self.spawn(async move {
            // The caller may have lost patience.
            let _ = sender.send(http.send(method, &path, body).await);
        });
        receiver.recv_timeout(PATIENCE).map_err(|error| match error {
            RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected => Error::Silent(PATIENCE),
        })?
    }

    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        if let Some(runtime) = &self.runtime {
            runtime.spawn(task);
        }
    }

    pub(crate) fn http(&self) -> &Http {
        &self.http
    }
}

impl Drop for Api {
    fn drop(&mut self) {
        // To wait for its tasks would not be allowed in an asynchronous caller.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
