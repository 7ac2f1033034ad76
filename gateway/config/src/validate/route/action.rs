//! What a route does with its requests.

use super::{Problems, headers, plain_path};
use crate::settings::{
    HeaderEditSettings, MirrorSettings, RedirectSettings, RespondSettings, RetrySettings, RouteSettings,
    SplitSettings,
};
use agw_core::{
    host::HostPattern,
    path::{PathText, Rewrite},
    resource::{Action, Forward, Mirror, PathMatch, Redirect, Respond, Retry, Share},
};
use http::HeaderValue;
use std::{collections::HashSet, time::Duration};

pub(super) fn check(
    at: &str,
    route: &RouteSettings,
    path: &PathMatch,
    clusters: &HashSet<&str>,
    problems: &mut Problems,
) -> Action {
    let given = [
        ("cluster", !route.cluster.is_empty()),
        ("split", !route.split.is_empty()),
        ("redirect", route.redirect.is_some()),
        ("respond", route.respond.is_some()),
    ];
    let given: Vec<&str> = given.into_iter().filter(|(_, given)| *given).map(|(field, _)| field).collect();
    match given.as_slice() {
        [] => problems.add(at, "it leads nowhere; give it a cluster, split, redirect or respond"),
        [_] => {}
        several => problems.add(at, format!("give only one of {}", several.join(", "))),
    }
    if let Some(redirect) = &route.redirect {
        only_for_forwarding(at, route, problems);
        return Action::Redirect(check_redirect(&format!("{at}.redirect"), redirect, path, problems));
    }
    if let Some(respond) = &route.respond {
        only_for_forwarding(at, route, problems);
        return Action::Respond(check_respond(&format!("{at}.respond"), respond, problems));
    }
    let replace_host = route.replace_host.as_ref();
    Action::Forward(Forward {
        split: shares(at, route, clusters, problems),
        rewrite: rewrite(at, route, path, problems),
        replace_host: replace_host
            .and_then(|host| problems.ok(format!("{at}.replace_host"), authority(host))),
        mirror: route
            .mirror
            .as_ref()
            .map(|mirror| check_mirror(&format!("{at}.mirror"), mirror, clusters, problems)),
        retry: route.retry.as_ref().map(|retry| check_retry(&format!("{at}.retry"), retry, problems)),
    })
}

/// A setting that does nothing misleads its reader.
fn only_for_forwarding(at: &str, route: &RouteSettings, problems: &mut Problems) {
    let given = [
        ("strip_prefix", route.strip_prefix),
        ("replace_prefix", route.replace_prefix.is_some()),
        ("replace_path", route.replace_path.is_some()),
        ("replace_host", route.replace_host.is_some()),
        ("mirror", route.mirror.is_some()),
        ("retry", route.retry.is_some()),
        ("total_timeout_ms", route.total_timeout_ms.is_some()),
        ("request_headers", route.request_headers != HeaderEditSettings::default()),
        ("json_as_xml", route.json_as_xml),
        ("websocket_idle_timeout_ms", route.websocket_idle_timeout_ms.is_some()),
        ("websocket_ping_ms", route.websocket_ping_ms.is_some()),
        ("identity", route.identity == Some(true)),
    ];
    for (field, _) in given.into_iter().filter(|(_, given)| *given) {
        let message = "this route answers by itself; only what is forwarded has this";
        problems.add(format!("{at}.{field}"), message);
    }
}

fn shares(at: &str, route: &RouteSettings, clusters: &HashSet<&str>, problems: &mut Problems) -> Vec<Share> {
    if !route.cluster.is_empty() {
        known(&format!("{at}.cluster"), &route.cluster, clusters, problems);
        return vec![Share { cluster: route.cluster.clone(), weight: 1 }];
    }
    for (index, SplitSettings { cluster, weight }) in route.split.iter().enumerate() {
        known(&format!("{at}.split[{index}].cluster"), cluster, clusters, problems);
        problems.range(format!("{at}.split[{index}].weight"), (*weight).into(), 0, 1_000_000);
    }
    if !route.split.is_empty() && route.split.iter().all(|share| share.weight == 0) {
        problems.add(format!("{at}.split"), "no cluster has a weight above 0");
    }
    let shares = route.split.iter();
    shares.map(|share| Share { cluster: share.cluster.clone(), weight: share.weight }).collect()
}

fn known(at: &str, cluster: &str, clusters: &HashSet<&str>, problems: &mut Problems) {
    if !clusters.contains(cluster) {
        problems.add(at, format!("there is no cluster named {cluster:?}"));
    }
}

fn rewrite(at: &str, route: &RouteSettings, path: &PathMatch, problems: &mut Problems) -> Rewrite {
    let given = [
        ("strip_prefix", route.strip_prefix.then_some("/")),
        ("replace_prefix", route.replace_prefix.as_deref()),
        ("replace_path", route.replace_path.as_deref()),
    ];
    let mut given = given.into_iter().filter_map(|(field, text)| Some((field, text?)));
    let Some((field, text)) = given.next() else { return Rewrite::Keep };
    for (other, _) in given {
        problems.add(format!("{at}.{other}"), format!("{field} is given too; leave one of them out"));
    }
    let checked = match field {
        "replace_path" => PathText::parse(text, path).map(Rewrite::ReplacePath),
        _ if route.matches.path_prefix.is_none() => {
            Err("there is no match.path_prefix that it could act on".to_owned())
        }
        _ => plain_path(text).map(|()| Rewrite::ReplacePrefix(text.to_owned())),
    };
    problems.ok(format!("{at}.{field}"), checked).unwrap_or_default()
}

/// A host, perhaps with a port.
fn authority(text: &str) -> Result<HeaderValue, String> {
    let wrong = || format!("{text:?} is not a host; write example.com or example.com:8080");
    let name = match text.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => {
            port.parse::<u16>().map_err(|_| wrong())?;
            name
        }
        _ => text,
    };
    match HostPattern::parse(name) {
        Ok(HostPattern::Exact(_)) => HeaderValue::from_str(text).map_err(|_| wrong()),
        Ok(HostPattern::Wildcard(_)) | Err(_) => Err(wrong()),
    }
}

fn check_mirror(
    at: &str,
    mirror: &MirrorSettings,
    clusters: &HashSet<&str>,
    problems: &mut Problems,
) -> Mirror {
    known(&format!("{at}.cluster"), &mirror.cluster, clusters, problems);
    if !(0.0..=100.0).contains(&mirror.percent) {
        problems
            .add(format!("{at}.percent"), format!("{} is not a share; allowed is 0 to 100", mirror.percent));
    }
    problems.range(format!("{at}.body_bytes_max"), mirror.body_bytes_max as u64, 0, 1 << 20);
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "0 to 1,000,000; others were refused"
    )]
    let per_million = (mirror.percent * 10_000.0).round() as u32;
    Mirror { cluster: mirror.cluster.clone(), per_million, body_bytes_max: mirror.body_bytes_max }
}

fn check_retry(at: &str, retry: &RetrySettings, problems: &mut Problems) -> Retry {
    problems.range(format!("{at}.attempts"), retry.attempts.into(), 1, 10);
    problems.range(format!("{at}.backoff_ms"), retry.backoff_ms, 0, 10_000);
    problems.range(format!("{at}.budget_percent"), retry.budget_percent.into(), 0, 100);
    if let Some(attempt_ms) = retry.attempt_timeout_ms {
        problems.range(format!("{at}.attempt_timeout_ms"), attempt_ms, 1, 3_600_000);
    }
    for (index, status) in retry.statuses.iter().enumerate() {
        problems.range(format!("{at}.statuses[{index}]"), (*status).into(), 400, 599);
    }
    Retry {
        attempts: retry.attempts,
        statuses: retry.statuses.clone(),
        attempt_timeout: retry.attempt_timeout_ms.map(Duration::from_millis),
        backoff: Duration::from_millis(retry.backoff_ms),
        budget_percent: retry.budget_percent,
    }
}

fn check_redirect(
    at: &str,
    redirect: &RedirectSettings,
    path: &PathMatch,
    problems: &mut Problems,
) -> Redirect {
    let scheme = redirect.scheme.as_deref().map(|scheme| match scheme {
        "http" => Ok("http"),
        "https" => Ok("https"),
        other => Err(format!("{other:?} is not a scheme; write http or https")),
    });
    if let Some(host) = &redirect.host {
        let host = HostPattern::parse(host).map_err(str::to_owned).and_then(|parsed| match parsed {
            HostPattern::Exact(_) => Ok(()),
            HostPattern::Wildcard(_) => Err(format!("{host} is not one host")),
        });
        problems.ok(format!("{at}.host"), host);
    }
    if redirect.port == Some(0) {
        problems.add(format!("{at}.port"), "0 is not a port; allowed is 1 to 65535");
    }
    if !matches!(redirect.status, 301 | 302 | 303 | 307 | 308) {
        let message =
            format!("{} is not a redirect; allowed are 301, 302, 303, 307 and 308", redirect.status);
        problems.add(format!("{at}.status"), message);
    }
    let RedirectSettings { scheme: _, host, port, path: whole, replace_prefix, status } = redirect;
    if scheme.is_none() && host.is_none() && port.is_none() && whole.is_none() && replace_prefix.is_none() {
        problems.add(at, "it leads to itself; give a scheme, host, port, path or replace_prefix");
    }
    let rewrite = match (whole, replace_prefix) {
        (None, None) => Ok(Rewrite::Keep),
        (Some(text), None) => PathText::parse(text, path).map(Rewrite::ReplacePath),
        (None, Some(_)) if !matches!(path, PathMatch::Prefix(_)) => {
            Err("there is no match.path_prefix that it could act on".to_owned())
        }
        (None, Some(prefix)) => plain_path(prefix).map(|()| Rewrite::ReplacePrefix(prefix.clone())),
        (Some(_), Some(_)) => Err("path is given too; leave one of them out".to_owned()),
    };
    let field = if replace_prefix.is_some() { "replace_prefix" } else { "path" };
    Redirect {
        scheme: scheme.and_then(|scheme| problems.ok(format!("{at}.scheme"), scheme)),
        host: host.clone(),
        port: *port,
        rewrite: problems.ok(format!("{at}.{field}"), rewrite).unwrap_or_default(),
        status: *status,
    }
}

fn check_respond(at: &str, respond: &RespondSettings, problems: &mut Problems) -> Respond {
    const BODY_BYTES_MAX: u64 = 64 << 10;
    problems.range(format!("{at}.status"), respond.status.into(), 200, 599);
    problems.range(format!("{at}.body"), respond.body.len() as u64, 0, BODY_BYTES_MAX);
    if matches!(respond.status, 204 | 205 | 304) && !respond.body.is_empty() {
        problems.add(format!("{at}.body"), format!("an answer with status {} has no body", respond.status));
    }
    let content_type = problems.ok(format!("{at}.content_type"), headers::value(&respond.content_type));
    Respond {
        status: respond.status,
        body: respond.body.clone(),
        content_type: content_type.unwrap_or_else(|| HeaderValue::from_static("text/plain")),
    }
}
