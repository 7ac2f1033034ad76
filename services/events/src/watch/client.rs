//! The API server of one cluster: lists in pages, and watches line by line. Everything is bounded.

use super::{
    protocol::{Page, WatchError, short},
    scope::Scope,
    settings::{ClusterAccess, Rules, Way},
};
use aetherius_rpc::problem::chain;
use http_body_util::{BodyExt, Limited};
use kube::{
    Client,
    client::Body,
    config::{Config, KubeConfigOptions, Kubeconfig},
    core::{
        Request, Status,
        params::{ListParams, WatchParams},
    },
};
use std::time::Duration;

/// Objects a page; each may be large.
const PAGE_OBJECTS: u32 = 250;
const PAGE_BYTES_MAX: usize = 64 << 20;
/// etcd takes objects of 1.5 MiB.
const LINE_BYTES_MAX: usize = 4 << 20;
const ERROR_BYTES_MAX: usize = 64 << 10;
/// How long the head of an answer, or a whole page, may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// Makes ready to call a cluster, with the credentials that are in its kubeconfig now.
pub(crate) async fn connect(access: &ClusterAccess) -> Result<Client, WatchError> {
    let mut config = match &access.way {
        Way::Missing(reason) => return Err(WatchError::Access(reason.clone())),
        Way::ServiceAccount => Config::incluster().map_err(|error| WatchError::Access(chain(&error)))?,
        Way::Kubeconfig { path, context } => {
            let options = KubeConfigOptions { context: context.clone(), ..Default::default() };
            let kubeconfig =
                Kubeconfig::read_from(path).map_err(|error| WatchError::Access(chain(&error)))?;
            let config = Config::from_custom_kubeconfig(kubeconfig, &options).await;
            config.map_err(|error| WatchError::Access(chain(&error)))?
        }
    };
    // Whoever asks waits and asks again; nobody shall do so behind its back.
    config.default_retry = false;
    Client::try_from(config).map_err(|error| WatchError::Access(chain(&error)))
}

/// One page of what there is; `next` is what the page before named, or empty.
pub(crate) async fn page(
    client: &Client,
    scope: &Scope,
    rules: &Rules,
    next: &str,
) -> Result<Page, WatchError> {
    let params = ListParams {
        field_selector: scope.field_selector(rules),
        limit: Some(PAGE_OBJECTS),
        continue_token: Some(next).filter(|next| !next.is_empty()).map(str::to_owned),
        ..ListParams::default()
    };
    list(client, scope, &params).await
}

/// How far the history of a cluster has come.
pub(crate) async fn newest_version(
    client: &Client,
    scope: &Scope,
    rules: &Rules,
) -> Result<String, WatchError> {
    let params =
        ListParams { field_selector: scope.field_selector(rules), limit: Some(1), ..ListParams::default() };
    Ok(list(client, scope, &params).await?.metadata.resource_version)
}

async fn list(client: &Client, scope: &Scope, params: &ListParams) -> Result<Page, WatchError> {
    let request = Request::new(scope.path()).list(params);
    let whole = async {
        let body = send(client, scope, request).await?;
        let bytes = Limited::new(body, PAGE_BYTES_MAX).collect().await;
        bytes
            .map(http_body_util::Collected::to_bytes)
            .map_err(|error| WatchError::Unreachable(chain(&*error)))
    };
    let bytes = in_time(whole).await?;
    serde_json::from_slice(&bytes)
        .map_err(|error| WatchError::Unreadable(format!("a list that cannot be read: {error}")))
}

/// Begins to watch what happens after `version`, for so many seconds.
pub(crate) async fn watch(
    client: &Client,
    scope: &Scope,
    rules: &Rules,
    version: &str,
    seconds: u32,
) -> Result<Lines, WatchError> {
    let params = WatchParams {
        field_selector: scope.field_selector(rules),
        timeout: Some(seconds),
        bookmarks: true,
        ..WatchParams::default()
    };
    let request = Request::new(scope.path()).watch(&params, version);
    let body = in_time(send(client, scope, request)).await?;
    Ok(Lines { body, buffer: Vec::new(), read: 0, searched: 0, ended: false })
}

type Built = Result<http::Request<Vec<u8>>, kube::core::request::Error>;

async fn send(client: &Client, scope: &Scope, request: Built) -> Result<Body, WatchError> {
    let mut request = request.map_err(|error| WatchError::Access(chain(&error)))?.map(Body::from);
    // A compressed stream could not be read line by line.
    request.headers_mut().insert(http::header::ACCEPT_ENCODING, http::HeaderValue::from_static("identity"));
    let response = client.send(request).await.map_err(|error| match error {
        kube::Error::Auth(error) => WatchError::Access(chain(&error)),
        other => WatchError::Unreachable(chain(&other)),
    })?;
    if response.status().is_success() {
        return Ok(response.into_body());
    }
    let code = response.status().as_u16();
    let header = response.headers().get(http::header::RETRY_AFTER).and_then(|value| value.to_str().ok());
    let retry_after = header.and_then(|text| text.parse().ok()).map(Duration::from_secs);
    let text = Limited::new(response.into_body(), ERROR_BYTES_MAX).collect().await;
    let text = text.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let mut status: Status = serde_json::from_slice(&text)
        .unwrap_or_else(|_| Status { message: short(&String::from_utf8_lossy(&text)), ..Status::default() });
    status.code = code;
    Err(WatchError::of_status(&status, retry_after, scope.right()))
}

async fn in_time<T>(answer: impl Future<Output = Result<T, WatchError>>) -> Result<T, WatchError> {
    let silent = || WatchError::Unreachable(format!("no answer within {} s", ANSWER_TIMEOUT.as_secs()));
    tokio::time::timeout(ANSWER_TIMEOUT, answer).await.unwrap_or_else(|_| Err(silent()))
}

/// The lines of a watch.
pub(crate) struct Lines {
    body: Body,
    buffer: Vec<u8>,
    /// So much of `buffer` was given out.
    read: usize,
    /// Up to here no line ends.
    searched: usize,
    ended: bool,
}

impl Lines {
    /// The next line; nothing at the end. A line that was cut off is not given out: the watch goes on before it. May be dropped
    /// while it waits, without a loss.
    pub(crate) async fn next(&mut self) -> Option<Result<Vec<u8>, WatchError>> {
        loop {
            if let Some(line) = self.buffered() {
                return Some(Ok(line));
            }
            if self.ended {
                return None;
            }
            if self.buffer.len() > LINE_BYTES_MAX {
                self.ended = true;
                let said = format!("a line of more than {LINE_BYTES_MAX} bytes");
                return Some(Err(WatchError::Unreadable(said)));
            }
            match self.body.frame().await {
                Some(Ok(frame)) => self.buffer.extend(frame.into_data().unwrap_or_default()),
                Some(Err(error)) => {
                    self.ended = true;
                    return Some(Err(WatchError::Unreachable(chain(&error))));
                }
                None => self.ended = true,
            }
        }
    }

    /// The next line, if it has arrived already.
    pub(crate) fn buffered(&mut self) -> Option<Vec<u8>> {
        loop {
            let unsearched = self.buffer.get(self.searched..)?;
            let Some(length) = unsearched.iter().position(|&byte| byte == b'\n') else {
                self.buffer.drain(..self.read);
                (self.read, self.searched) = (0, self.buffer.len());
                return None;
            };
            let end = self.searched + length;
            let line = self.buffer.get(self.read..end).map(<[u8]>::trim_ascii).unwrap_or_default().to_vec();
            (self.read, self.searched) = (end + 1, end + 1);
            if !line.is_empty() {
                return Some(line);
            }
        }
    }
}
