//! The gateway's configuration: which path leads to which service, and who may go there.

use crate::{
    data_dir::{DataDir, Token},
    services::Service,
    settings::Config,
};
use agw_config::settings::{
    AdminSettings, AuthSettings, ClusterSettings, ConsumerSettings, IdentitySettings, LimitKeySettings,
    ListenerSettings, MatchSettings, Per, RateLimitSettings, RouteSettings, Settings,
};
use anyhow::Context;

#[cfg(test)]
mod tests;

/// The project of the first administrator.
pub(crate) const PROJECT: &str = "default";
/// The cookie in which browsers carry a token.
pub(crate) const COOKIE: &str = "aetherius_token";
const SIGN_IN: &str = "/ui/sign-in";
const BODY_BYTES_MAX: u64 = 1 << 20;
/// A person signs in a few times; somebody who guesses tries often.
const SIGN_INS_PER_MINUTE: u32 = 30;

const PEOPLE: &[&str] = &["viewer", "operator", "admin"];
const SENDERS: &[&str] = &["webhook", "operator", "admin"];

/// What `agw` is to do, as its configuration file says it.
pub(crate) fn configuration(
    config: &Config,
    data: &DataDir,
    admin: &Token,
    webhook: &Token,
) -> anyhow::Result<String> {
    let mut routes = vec![health()];
    let mut clusters = vec![cluster(data, "platform")];
    for &service in &config.selected {
        clusters.push(cluster(data, service.name()));
        routes.push(api(service, config));
    }
    if config.selected.contains(&Service::Events) {
        routes.push(webhooks(config));
    }
    if config.selected.contains(&Service::Api) {
        routes.extend(pages());
        routes.extend(reference(config));
    }
    routes.push(metrics());
    let settings = Settings {
        listeners: vec![ListenerSettings {
            address: config.listen.to_string(),
            ..ListenerSettings::default()
        }],
        admin: AdminSettings {
            address: format!("unix:{}", data.socket("agw-admin").display()),
            ..AdminSettings::default()
        },
        connections_max: config.gateway.connections_max as usize,
        identity: Some(IdentitySettings {
            header: aetherius_rpc::caller::CALLER_HEADER.to_owned(),
            key_file: data.caller_key_file().display().to_string(),
            ..IdentitySettings::default()
        }),
        consumers: vec![consumer("admin", admin), consumer("webhook", webhook)],
        routes,
        clusters,
        ..Settings::default()
    };
    serde_json::to_string_pretty(&settings).context("the gateway's configuration cannot be written")
}

fn cluster(data: &DataDir, name: &str) -> ClusterSettings {
    ClusterSettings {
        name: name.to_owned(),
        endpoints: vec![format!("unix:{}", data.socket(name).display()).into()],
        ..ClusterSettings::default()
    }
}

fn consumer(role: &str, token: &Token) -> ConsumerSettings {
    ConsumerSettings {
        name: role.to_owned(),
        project: PROJECT.to_owned(),
        roles: vec![role.to_owned()],
        key_sha256: token.sha256(),
        ..ConsumerSettings::default()
    }
}

/// `/webhook/…`. Not limited by rate: Alertmanager does not retry a 429, so a flood is answered by the inbox, with 503.
fn webhooks(config: &Config) -> RouteSettings {
    RouteSettings {
        name: "webhook".to_owned(),
        matches: prefix("/webhook"),
        cluster: Service::Events.name().to_owned(),
        auth: Some(auth(SENDERS)),
        body_bytes_max: config.events.max_payload_size as u64,
        ..RouteSettings::default()
    }
}

/// `/api/{service}/…`, as 002 section 3.3 has it.
fn api(service: Service, config: &Config) -> RouteSettings {
    RouteSettings {
        name: format!("api-{service}"),
        matches: prefix(&format!("/api/{service}")),
        strip_prefix: true,
        cluster: service.name().to_owned(),
        auth: Some(AuthSettings { cookie: Some(COOKIE.to_owned()), ..auth(PEOPLE) }),
        rate_limit: Some(RateLimitSettings {
            requests: config.gateway.rate_limit_per_minute,
            per: Per::Minute,
            key: LimitKeySettings::Consumer,
            ..RateLimitSettings::default()
        }),
        body_bytes_max: BODY_BYTES_MAX,
        ..RouteSettings::default()
    }
}

/// The document of all endpoints, and the page that is made of it.
fn reference(config: &Config) -> Vec<RouteSettings> {
    let one = |name: &str, path: &str| RouteSettings {
        name: name.to_owned(),
        matches: exact(path),
        strip_prefix: false,
        ..api(Service::Api, config)
    };
    let page = one("reference", "/api/reference");
    let sign_in = page.auth.clone().map(|auth| AuthSettings { sign_in: Some(SIGN_IN.to_owned()), ..auth });
    vec![one("openapi", "/api/openapi.json"), RouteSettings { auth: sign_in, ..page }]
}

/// `/` and `/ui/…`; who has no token is sent to where one can be given.
fn pages() -> Vec<RouteSettings> {
    let page = |name: &str, matches: MatchSettings| RouteSettings {
        name: name.to_owned(),
        matches,
        cluster: Service::Api.name().to_owned(),
        body_bytes_max: BODY_BYTES_MAX,
        ..RouteSettings::default()
    };
    let known =
        AuthSettings { cookie: Some(COOKIE.to_owned()), sign_in: Some(SIGN_IN.to_owned()), ..auth(PEOPLE) };
    let sign_in = RouteSettings {
        rate_limit: Some(RateLimitSettings {
            requests: SIGN_INS_PER_MINUTE,
            per: Per::Minute,
            key: LimitKeySettings::ClientIp,
            ..RateLimitSettings::default()
        }),
        ..page("sign-in", exact(SIGN_IN))
    };
    vec![
        sign_in,
        page("sign-out", exact("/ui/sign-out")),
        RouteSettings { auth: Some(known.clone()), ..page("ui", prefix("/ui")) },
        RouteSettings { auth: Some(known), ..page("home", exact("/")) },
    ]
}

/// `/health/…`, for load balancers and people who wonder; says nothing worth hiding.
fn health() -> RouteSettings {
    RouteSettings {
        name: "health".to_owned(),
        matches: MatchSettings { methods: vec!["GET".to_owned()], ..prefix("/health") },
        cluster: "platform".to_owned(),
        ..RouteSettings::default()
    }
}

fn metrics() -> RouteSettings {
    RouteSettings {
        name: "metrics".to_owned(),
        matches: MatchSettings { methods: vec!["GET".to_owned()], ..exact("/metrics") },
        cluster: "platform".to_owned(),
        auth: Some(auth(PEOPLE)),
        ..RouteSettings::default()
    }
}

fn auth(roles: &[&str]) -> AuthSettings {
    AuthSettings { roles: roles.iter().map(|&role| role.to_owned()).collect(), ..AuthSettings::default() }
}

fn prefix(path: &str) -> MatchSettings {
    MatchSettings { path_prefix: Some(path.to_owned()), ..MatchSettings::default() }
}

fn exact(path: &str) -> MatchSettings {
    MatchSettings { path: Some(path.to_owned()), ..MatchSettings::default() }
}
