//! Limits, and where those that gateways share are kept.

use super::{Problems, lane::header_name};
use crate::{
    config::{RedisServer, Secret},
    settings::{LimitKeySettings, Per, RateLimitSettings, RedisSettings, Settings},
};
use agw_core::resource::{LimitBy, RateLimit};
use std::{collections::HashSet, fs, path::Path, time::Duration};

#[cfg(test)]
mod tests;

const LIMITS_MAX: usize = 8;

/// The limits of a route: the one, then the others.
pub(super) fn limits(
    at: &str,
    one: Option<&RateLimitSettings>,
    others: &[RateLimitSettings],
    settings: &Settings,
    problems: &mut Problems,
) -> Vec<RateLimit> {
    let one = one.map(|limit| (format!("{at}.rate_limit"), limit));
    let others =
        others.iter().enumerate().map(|(index, limit)| (format!("{at}.rate_limits[{index}]"), limit));
    let all: Vec<(String, &RateLimitSettings)> = one.into_iter().chain(others).collect();
    if all.len() > LIMITS_MAX {
        problems
            .add(format!("{at}.rate_limits"), format!("there are {}; at most {LIMITS_MAX} fit", all.len()));
    }
    let mut names: HashSet<String> = HashSet::new();
    for (at, limit) in &all {
        if let Some(name) = &limit.name {
            if name.is_empty() || name.len() > 64 || !name.bytes().all(is_plain) {
                let allowed = "1 to 64 printable ASCII characters without quotes and backslashes";
                problems.add(format!("{at}.name"), format!("a name has {allowed}"));
            }
            if !names.insert(name.clone()) {
                problems.add(format!("{at}.name"), format!("{name} is used twice"));
            }
        }
    }
    let mut lowered = Vec::with_capacity(all.len());
    for (at, limit) in &all {
        if limit.shared && settings.redis.is_none() {
            problems.add(format!("{at}.shared"), "there is no redis section that says where it is kept");
        }
        let name = limit.name.clone().unwrap_or_else(|| default_name(&limit.key, &mut names));
        lowered.push(lower(at, limit, name, problems));
    }
    lowered
}

fn lower(at: &str, limit: &RateLimitSettings, name: String, problems: &mut Problems) -> RateLimit {
    problems.range(format!("{at}.requests"), limit.requests.into(), 1, 1_000_000);
    let per = match limit.per {
        Per::Second => 1,
        Per::Minute => 60,
        Per::Hour => 3600,
    };
    let key = match &limit.key {
        LimitKeySettings::ClientIp => LimitBy::ClientIp,
        LimitKeySettings::Consumer => LimitBy::Consumer,
        LimitKeySettings::Route => LimitBy::Route,
        LimitKeySettings::Header(name) => {
            header_name(&format!("{at}.key.header"), name, problems).map_or(LimitBy::Route, LimitBy::Header)
        }
        LimitKeySettings::Claim(name) => {
            if name.is_empty() {
                problems.add(format!("{at}.key.claim"), "give it a name");
            }
            LimitBy::Claim(name.clone())
        }
    };
    RateLimit { name, requests: limit.requests, per: Duration::from_secs(per), key, shared: limit.shared }
}

/// The kind of the key, with a number from the second on.
fn default_name(key: &LimitKeySettings, names: &mut HashSet<String>) -> String {
    let kind = match key {
        LimitKeySettings::ClientIp => "client_ip",
        LimitKeySettings::Consumer => "consumer",
        LimitKeySettings::Route => "route",
        LimitKeySettings::Header(_) => "header",
        LimitKeySettings::Claim(_) => "claim",
    };
    let mut name = kind.to_owned();
    for number in 2.. {
        if names.insert(name.clone()) {
            break;
        }
        name = format!("{kind}_{number}");
    }
    name
}

fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\'
}

pub(super) fn redis(settings: &RedisSettings, dir: &Path, problems: &mut Problems) -> Option<RedisServer> {
    problems.range("redis.timeout_ms", settings.timeout_ms, 1, 5_000);
    let password = match &settings.password_file {
        None => None,
        Some(file) => {
            let path = dir.join(file);
            let read = fs::read_to_string(&path);
            let read = read.map_err(|error| format!("cannot read {}: {error}", path.display()));
            let password = problems.ok("redis.password_file", read)?;
            let password = password.trim_end_matches(['\r', '\n']);
            if password.is_empty() {
                problems.add("redis.password_file", format!("{} is empty", path.display()));
            }
            Some(Secret(password.to_owned()))
        }
    };
    let url = problems.ok("redis.url", redis_url(&settings.url))?;
    Some(RedisServer { password, timeout: Duration::from_millis(settings.timeout_ms), ..url })
}

fn redis_url(text: &str) -> Result<RedisServer, String> {
    let wrong = || format!("{text:?} is not where a Redis is; write redis://host:port/db");
    if text.starts_with("rediss://") {
        return Err(format!(
            "{text:?}: TLS to Redis is not supported; use redis:// within a network you trust"
        ));
    }
    let rest = text.strip_prefix("redis://").ok_or_else(wrong)?;
    let (authority, db) = rest.split_once('/').unwrap_or((rest, ""));
    let (user, server) = authority.rsplit_once('@').unwrap_or(("", authority));
    if user.contains(':') {
        return Err(
            "the address has a password in it; put that into a file, and name it in password_file".to_owned()
        );
    }
    let (host, port) = match server.strip_prefix('[').map(|rest| rest.split_once(']')) {
        Some(Some((host, port))) => (host, port),
        Some(None) => return Err(wrong()),
        None => server.find(':').map_or((server, ""), |colon| server.split_at(colon)),
    };
    let port = match port.strip_prefix(':') {
        Some(port) => port.parse().ok().filter(|port| *port != 0).ok_or_else(wrong)?,
        None if port.is_empty() => 6379,
        None => return Err(wrong()),
    };
    let host_is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:".contains(&byte);
    if host.is_empty() || !host.bytes().all(host_is_plain) {
        return Err(wrong());
    }
    let db = if db.is_empty() { 0 } else { db.parse().map_err(|_| wrong())? };
    Ok(RedisServer {
        host: host.to_owned(),
        port,
        db,
        user: (!user.is_empty()).then(|| user.to_owned()),
        password: None,
        timeout: Duration::ZERO,
    })
}
