//! One connection to the server, kept alive. Small, because it shares the processor with what it measures.

use anyhow::{Context, bail};
use bytes::Bytes;
use http::{Method, Request, StatusCode, Uri, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use std::{sync::Arc, time::Duration};
use tokio::{net::TcpStream, time::timeout};

/// An answer larger than this is refused: 64 MiB.
const ANSWER_BYTES_MAX: usize = 64 << 20;
/// How long an answer may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Whom to ask, and by which right.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// `host:port`.
    authority: Arc<str>,
    authorization: Arc<str>,
}

impl Target {
    /// The server at `http://host[:port]`.
    pub(crate) fn new(url: &str, token: &str) -> anyhow::Result<Self> {
        let uri: Uri = url.parse().with_context(|| format!("--url {url} is not a URL"))?;
        let Some(authority) = uri.authority().filter(|_| uri.scheme_str() == Some("http")) else {
            bail!("--url {url} must be `http://HOST:PORT`; TLS is not measured here");
        };
        if uri.path().len() > 1 {
            bail!("--url {url} must not have a path");
        }
        let port = authority.port_u16().unwrap_or(80);
        Ok(Self {
            authority: format!("{}:{port}", authority.host()).into(),
            authorization: format!("Bearer {token}").into(),
        })
    }
}

/// What the server said.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    /// How long it asks us to stay away.
    pub(crate) retry_after: Option<Duration>,
    pub(crate) body: Bytes,
}

/// A connection that is made when it is needed, and again when it broke.
pub(crate) struct Connection {
    target: Target,
    open: Option<SendRequest<Full<Bytes>>>,
}

impl Connection {
    pub(crate) fn new(target: Target) -> Self {
        Self { target, open: None }
    }

    pub(crate) async fn post(&mut self, path: &str, json: Bytes) -> anyhow::Result<Answer> {
        self.send(Method::POST, path, json).await
    }

    pub(crate) async fn get(&mut self, path: &str) -> anyhow::Result<Answer> {
        self.send(Method::GET, path, Bytes::new()).await
    }

    async fn send(&mut self, method: Method, path: &str, json: Bytes) -> anyhow::Result<Answer> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, &*self.target.authority)
            .header(header::AUTHORIZATION, &*self.target.authorization);
        if !json.is_empty() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let request = request.body(Full::new(json))?;
        let mut open = self.ready().await?;
        let answer =
            timeout(ANSWER_TIMEOUT, exchange(&mut open, request)).await.context("no answer in time")??;
        // Only a connection whose answer was read to its end can carry the next request.
        self.open = Some(open);
        Ok(answer)
    }

    async fn ready(&mut self) -> anyhow::Result<SendRequest<Full<Bytes>>> {
        if let Some(mut open) = self.open.take()
            && open.ready().await.is_ok()
        {
            return Ok(open);
        }
        let connect = TcpStream::connect(&*self.target.authority);
        let stream = timeout(CONNECT_TIMEOUT, connect)
            .await
            .context("no connection in time")?
            .context("no connection")?;
        stream.set_nodelay(true)?;
        let (open, connection) = handshake(TokioIo::new(stream)).await?;
        // It ends with `open`; what went wrong on it is told by the request.
        tokio::spawn(connection);
        Ok(open)
    }
}

async fn exchange(
    open: &mut SendRequest<Full<Bytes>>,
    request: Request<Full<Bytes>>,
) -> anyhow::Result<Answer> {
    let (head, body) = open.send_request(request).await.context("the connection broke")?.into_parts();
    let body = match Limited::new(body, ANSWER_BYTES_MAX).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) => bail!("the answer broke off: {error}"),
    };
    let seconds = head.headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    Ok(Answer { status: head.status, retry_after: seconds.map(Duration::from_secs), body })
}

#[cfg(test)]
mod tests {
    use super::Target;

    #[test]
    fn only_plain_http_urls_are_taken() {
        let authority = |url| Target::new(url, "t").map(|target| target.authority.to_string());
        assert_eq!(authority("http://127.0.0.1:8080").unwrap(), "127.0.0.1:8080");
        assert_eq!(authority("http://localhost/").unwrap(), "localhost:80");
        for wrong in ["https://localhost", "127.0.0.1:8080", "http://localhost/api", "http://", "x y"] {
            assert!(authority(wrong).is_err(), "{wrong}");
        }
    }
}
