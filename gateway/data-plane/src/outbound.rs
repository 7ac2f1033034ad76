//! Requests of the gateway's own: to collectors of traces and receivers of alerts.

use crate::random;
use reqwest::{Response, StatusCode, redirect::Policy};
use std::time::Duration;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const BACKOFF_FIRST: Duration = Duration::from_millis(500);
const BACKOFF_MAX: Duration = Duration::from_secs(30);

/// A client with sane bounds: no redirects, no ambient proxy.
pub(crate) fn http_client() -> anyhow::Result<reqwest::Client> {
    // Err: another part of the process has installed it already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client =
        reqwest::Client::builder().connect_timeout(CONNECT_TIMEOUT).redirect(Policy::none()).no_proxy();
    Ok(client.build()?)
}

/// Why a message did not arrive, and whether it may help to send it again.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) error: anyhow::Error,
    pub(crate) again: bool,
}

/// What an answer means. The body is of no interest.
pub(crate) fn judge(sent: reqwest::Result<Response>) -> Result<(), Failure> {
    match sent {
        Ok(response) if response.status().is_success() => Ok(()),
        Ok(response) => {
            let status = response.status();
            let again = status.is_server_error()
                || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT);
            Err(Failure { error: anyhow::anyhow!("answered with {status}"), again })
        }
        // The URL stands beside it.
        Err(error) => Err(Failure { error: error.without_url().into(), again: true }),
    }
}

/// The pause after so many tries: doubled each time, give or take a quarter, so that gateways do not march in step.
pub(crate) fn backoff(tries: u32) -> Duration {
    let pause = BACKOFF_FIRST.saturating_mul(1 << tries.saturating_sub(1).min(16)).min(BACKOFF_MAX);
    let percent = u32::try_from(random::bits() % 51).unwrap_or(25);
    pause * (75 + percent) / 100
}
