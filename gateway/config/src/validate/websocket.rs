//! How long WebSockets may be silent.

#[cfg(test)]
mod tests;

use super::Problems;
use crate::settings::RouteSettings;
use std::time::Duration;

pub(super) fn idle(at: &str, route: &RouteSettings, problems: &mut Problems) -> Option<Duration> {
    milliseconds(
        format!("{at}.websocket_idle_timeout_ms"),
        route.websocket_idle_timeout_ms,
        86_400_000,
        problems,
    )
}

pub(super) fn ping(at: &str, route: &RouteSettings, problems: &mut Problems) -> Option<Duration> {
    milliseconds(format!("{at}.websocket_ping_ms"), route.websocket_ping_ms, 3_600_000, problems)
}

fn milliseconds(at: String, value: Option<u64>, max: u64, problems: &mut Problems) -> Option<Duration> {
    let value = value?;
    problems.range(at, value, 1_000, max);
    Some(Duration::from_millis(value))
}
