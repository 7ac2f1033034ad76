//! The gateway's configuration: which path leads to which service, and who may go there.

use crate::{
    data_dir::{DataDir, Token},
    services::Service,
    settings::Config,
};
use aetherius_identity::TrustedKey;
use agw_config::settings::{
    AdminSettings, AuthRuleSettings, AuthSettings, ClusterSettings, ConsumerSettings, IdentitySettings,
    JwtIssuerSettings, LimitKeySettings, ListenerSettings, MatchSettings, Per, RateLimitSettings,
    RouteSettings, Settings,
};
use anyhow::Context;

#[cfg(test)]
mod tests;
mod trust;

pub(crate) use trust::{Trusting, WRITING, fixed_keys, known_keys, prepare};

/// The project of the first administrator.
pub(crate) const PROJECT: &str = "default";
/// The cookie in which browsers carry a token.
pub(crate) const COOKIE: &str = "aetherius_token";
const SIGN_IN: &str = "/ui/sign-in";
const BODY_BYTES_MAX: u64 = 1 << 20;
/// A person signs in a few times; somebody who guesses tries often. Many people may share an address.
const SIGN_INS_PER_MINUTE: u32 = 30;
/// Staying signed in takes one request in 15 minutes for each browser.
const REFRESHES_PER_MINUTE: u32 = 120;

const PEOPLE: &[&str] = &["viewer", "operator", "admin"];
const ACTORS: &[&str] = &["operator", "admin"];
const ADMINS: &[&str] = &["admin"];
/// Requests that only read, or are about nobody but the caller, although they are no GET.
const OPEN_TO_VIEWERS: &[(Service, &str)] = &[
    (Service::Events, "/v1/events/standing"),
    (Service::Orchestrator, "/v1/tasks/summaries"),
    (Service::Knowledge, "/v1/search"),
    (Service::Execution, "/v1/commands/validate"),
    (Service::Identity, "/v1/me/password"),
];
const SENDERS: &[&str] = &["webhook", "operator", "admin"];

/// What `agw` is to do, as its configuration file says it.
pub(crate) fn configuration(
    config: &Config,
    data: &DataDir,
    [admin, webhook]: [&Token; 2],
    keys: &[TrustedKey],
) -> anyhow::Result<String> {
    let has_identity = config.selected.contains(&Service::Identity);
    let mut routes = vec![health()];
    let mut clusters = vec![cluster(data, "platform")];
    for &service in &config.selected {
        clusters.push(cluster(data, service.name()));
        routes.push(api(service, config));
    }
    for &(service, path) in OPEN_TO_VIEWERS.iter().filter(|(service, _)| config.selected.contains(service)) {
        routes.push(open_to_viewers(service, path, config));
    }
    if has_identity {
        routes.extend(sign_in());
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
        consumers: [admin, webhook]
            .into_iter()
            .zip(["admin", "webhook"])
            .map(|(token, role)| consumer(role, token))
            .chain(keys.iter().map(trust::consumer))
            .collect(),
        jwt_issuers: has_identity.then(|| issuer(data)).into_iter().collect(),
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

/// Whose access tokens are believed: those of people who have signed in.
fn issuer(data: &DataDir) -> JwtIssuerSettings {
    JwtIssuerSettings {
        name: "aetherius".to_owned(),
        issuer: Some("aetherius".to_owned()),
        algorithms: vec!["ES256".to_owned()],
        jwks_file: Some(trust::jwks_file(data).display().to_string()),
        revoked_file: Some(trust::revoked_file(data).display().to_string()),
        // The clock is the same.
        leeway_s: 5,
        ..JwtIssuerSettings::default()
    }
}

/// `/auth/…`, for people who are nobody yet, and the keys by which others can check tokens.
fn sign_in() -> Vec<RouteSettings> {
    let public = |name: &str, matches: MatchSettings, requests: u32| RouteSettings {
        name: name.to_owned(),
        matches,
        cluster: Service::Identity.name().to_owned(),
        rate_limit: Some(RateLimitSettings {
            requests,
            per: Per::Minute,
            key: LimitKeySettings::ClientIp,
            ..RateLimitSettings::default()
        }),
        body_bytes_max: BODY_BYTES_MAX,
        ..RouteSettings::default()
    };
    vec![
        public("auth-login", exact("/auth/login"), SIGN_INS_PER_MINUTE),
        public("auth", prefix("/auth"), REFRESHES_PER_MINUTE),
        public("jwks", exact("/.well-known/jwks.json"), REFRESHES_PER_MINUTE),
    ]
}

/// A path of a service that viewers may send something to.
fn open_to_viewers(service: Service, path: &str, config: &Config) -> RouteSettings {
    let route = api(service, config);
    let auth = route.auth.map(|auth| AuthSettings { rules: Vec::new(), ..auth });
    let whole = format!("/api/{service}{path}");
    RouteSettings {
        name: format!("{}{}", route.name, path.replace('/', "-")),
        matches: MatchSettings { methods: vec!["POST".to_owned()], ..exact(&whole) },
        strip_prefix: false,
        replace_path: Some(path.to_owned()),
        auth,
        ..route
    }
}

/// `/api/{service}/…`, as 002 section 3.3 has it. Services ask for roles themselves; a role that they forgot to ask for is missed
/// here.
fn api(service: Service, config: &Config) -> RouteSettings {
    RouteSettings {
        name: format!("api-{service}"),
        matches: prefix(&format!("/api/{service}")),
        strip_prefix: true,
        cluster: service.name().to_owned(),
        auth: Some(AuthSettings {
            cookie: Some(COOKIE.to_owned()),
            rules: rules(if service == Service::Identity { ADMINS } else { ACTORS }),
            ..auth(PEOPLE)
        }),
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

/// `/` and `/ui/…`: the dashboard, which tells nothing by itself. What it shows it asks of the API.
fn pages() -> Vec<RouteSettings> {
    let page = |name: &str, matches: MatchSettings| RouteSettings {
        name: name.to_owned(),
        matches: MatchSettings { methods: vec!["GET".to_owned(), "HEAD".to_owned()], ..matches },
        cluster: Service::Api.name().to_owned(),
        ..RouteSettings::default()
    };
    vec![page("ui", prefix("/ui")), page("home", exact("/"))]
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

/// Everybody reads, and `writers` do all else.
fn rules(writers: &[&str]) -> Vec<AuthRuleSettings> {
    let rule = |methods: &[&str], roles: &[&str]| AuthRuleSettings {
        methods: methods.iter().map(|&method| method.to_owned()).collect(),
        roles: roles.iter().map(|&role| role.to_owned()).collect(),
    };
    vec![rule(&["GET", "OPTIONS"], &[]), rule(&[], writers)]
}

fn prefix(path: &str) -> MatchSettings {
    MatchSettings { path_prefix: Some(path.to_owned()), ..MatchSettings::default() }
}

fn exact(path: &str) -> MatchSettings {
    MatchSettings { path: Some(path.to_owned()), ..MatchSettings::default() }
}
