//! The configuration: each service's own, joined.

use crate::{
    cli::{self, ConfigAction, ServeArgs},
    services::{self, Service},
};
use aetherius_events::{ClusterAccess, Way};
use aetherius_execution::runner::Kubectl;
use anyhow::{Context, bail};
use foundation::{
    settings::{self, Problem},
    telemetry::LogFormat,
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    path::{Path, PathBuf},
};

#[cfg(test)]
mod tests;

/// What a person writes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    /// The one public address. Default 127.0.0.1:8080.
    listen: String,
    /// Where all state is kept. Default ./data.
    data: PathBuf,
    /// `text` (default) or `json`.
    log: Log,
    gateway: GatewaySettings,
    demo: DemoSettings,
    services: ServiceSettings,
    /// Where services run that this process does not: name → `http://host:port`. Default none.
    urls: BTreeMap<String, String>,
    /// Addresses on which services of this process can be called by other processes: name → `IP:port`. Default none.
    bind: BTreeMap<String, String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Log {
    #[default]
    Text,
    Json,
}

/// The generated gateway's settings.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct GatewaySettings {
    /// Requests a minute for each caller under `/api`. Default 1000.
    pub(crate) rate_limit_per_minute: u32,
    /// Client connections at one time. Default 10000.
    pub(crate) connections_max: u32,
}

impl Default for GatewaySettings {
    fn default() -> Self {
        Self { rate_limit_per_minute: 1000, connections_max: 10_000 }
    }
}

/// The demonstration.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct DemoSettings {
    /// Whether people may start it, and its recorded clusters are known. Default true.
    enabled: bool,
}

impl Default for DemoSettings {
    fn default() -> Self {
        Self { enabled: true }
    }
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ServiceSettings {
    events: aetherius_events::Settings,
    orchestrator: aetherius_orchestrator::Settings,
    reasoning: aetherius_reasoning::Settings,
    knowledge: aetherius_knowledge::Settings,
    execution: aetherius_execution::Settings,
    reports: aetherius_reports::Settings,
    notifications: aetherius_notifications::Settings,
    audit: aetherius_audit::Settings,
    identity: aetherius_identity::Settings,
    api: aetherius_api::Settings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".to_owned(),
            data: PathBuf::from("data"),
            log: Log::Text,
            gateway: GatewaySettings::default(),
            demo: DemoSettings::default(),
            services: ServiceSettings::default(),
            urls: BTreeMap::new(),
            bind: BTreeMap::new(),
        }
    }
}

/// What the program trusts.
pub(crate) struct Config {
    pub(crate) listen: SocketAddr,
    pub(crate) data: PathBuf,
    pub(crate) log: LogFormat,
    pub(crate) gateway: GatewaySettings,
    /// Whether the demonstration may be started.
    pub(crate) has_demo: bool,
    pub(crate) selected: BTreeSet<Service>,
    pub(crate) urls: BTreeMap<Service, String>,
    pub(crate) bind: BTreeMap<Service, SocketAddr>,
    pub(crate) events: aetherius_events::Config,
    pub(crate) orchestrator: aetherius_orchestrator::Config,
    pub(crate) reasoning: aetherius_reasoning::Config,
    pub(crate) knowledge: aetherius_knowledge::Config,
    pub(crate) execution: aetherius_execution::Config,
    pub(crate) reports: aetherius_reports::Config,
    pub(crate) notifications: aetherius_notifications::Config,
    pub(crate) audit: aetherius_audit::Config,
    pub(crate) identity: aetherius_identity::Config,
    pub(crate) api: aetherius_api::Config,
}

/// The configuration for a command line: file first, then flags.
pub(crate) fn load(args: &ServeArgs) -> anyhow::Result<Config> {
    let mut settings = read(args.config.as_deref())?;
    if let Some(listen) = &args.listen {
        settings.listen.clone_from(listen);
    }
    if let Some(data) = &args.data {
        settings.data.clone_from(data);
    }
    let selected = services::select(&args.services.clone().unwrap_or_else(|| vec!["all".to_owned()]))?;
    let place =
        args.config.as_ref().map_or_else(|| "the settings".to_owned(), |file| file.display().to_string());
    let config = settings.validate(selected, &environment()).map_err(|problems| wrong(&place, &problems))?;
    let gaps = services::gaps(&config.selected, |service| config.urls.contains_key(&service));
    if !gaps.is_empty() {
        bail!("this selection of services lacks something:\n  - {}", gaps.join("\n  - "));
    }
    Ok(config)
}

/// `aetherius config check|print`.
pub(crate) fn command(action: &ConfigAction) -> anyhow::Result<()> {
    match action {
        ConfigAction::Check { file } => {
            let settings = read(Some(file))?;
            let all = Service::ALL.into_iter().collect();
            settings
                .validate(all, &environment())
                .map_err(|problems| wrong(&file.display().to_string(), &problems))?;
            cli::print(&format!("{}: ok\n", file.display()))
        }
        ConfigAction::Print { file } => {
            let settings = read(file.as_deref())?;
            cli::print(&serde_saphyr::to_string(&settings).context("the settings cannot be printed")?)
        }
    }
}

fn read(file: Option<&Path>) -> anyhow::Result<Settings> {
    let Some(file) = file else {
        return Ok(Settings::default());
    };
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("cannot read the configuration {}", file.display()))?;
    settings::load(&text).map_err(|problems| wrong(&file.display().to_string(), &problems))
}

fn wrong(place: &str, problems: &[Problem]) -> anyhow::Error {
    anyhow::anyhow!("{place}: {} to mend\n{}", count(problems.len()), settings::list(problems))
}

fn count(problems: usize) -> String {
    if problems == 1 { "one thing".to_owned() } else { format!("{problems} things") }
}

/// What of the process's surroundings matters to execution.
pub(crate) fn environment() -> aetherius_execution::Environment {
    aetherius_execution::Environment {
        kubeconfig: std::env::var_os("KUBECONFIG").map(PathBuf::from),
        home: std::env::var_os("HOME").map(PathBuf::from),
        in_pod: Path::new("/var/run/secrets/kubernetes.io/serviceaccount/token").is_file(),
    }
}

impl Settings {
    /// Checks everything.
    fn validate(
        self,
        selected: BTreeSet<Service>,
        environment: &aetherius_execution::Environment,
    ) -> Result<Config, Vec<Problem>> {
        let mut problems = Vec::new();
        let listen = part(&mut problems, "listen", public_address(&self.listen));
        let urls = part(&mut problems, "urls", by_service(&self.urls, check_url));
        let bind = part(&mut problems, "bind", by_service(&self.bind, socket_address));
        let gateway = [
            ("gateway.rate_limit_per_minute", self.gateway.rate_limit_per_minute),
            ("gateway.connections_max", self.gateway.connections_max),
        ];
        for (path, value) in gateway {
            if !(1..=1_000_000).contains(&value) {
                problems.push(Problem::new(path, "must be from 1 to 1000000"));
            }
        }
        let services = self.services;
        let events = part(&mut problems, "services.events", services.events.validate());
        let orchestrator = part(&mut problems, "services.orchestrator", services.orchestrator.validate());
        let reasoning = part(&mut problems, "services.reasoning", services.reasoning.validate());
        let knowledge = part(&mut problems, "services.knowledge", services.knowledge.validate());
        let execution = part(&mut problems, "services.execution", services.execution.validate(environment));
        let events = events.zip(execution.as_ref()).and_then(|(events, execution)| {
            part(&mut problems, "services.events", events.choose_clusters(watchable(execution)))
        });
        let reports = part(&mut problems, "services.reports", services.reports.validate());
        let notifications = part(&mut problems, "services.notifications", services.notifications.validate());
        let audit = part(&mut problems, "services.audit", services.audit.validate());
        let identity = part(&mut problems, "services.identity", services.identity.validate());
        let api = part(&mut problems, "services.api", services.api.validate());
        let config = || {
            Some(Config {
                listen: listen?,
                data: self.data,
                log: if self.log == Log::Json { LogFormat::Json } else { LogFormat::Text },
                gateway: self.gateway,
                has_demo: self.demo.enabled,
                selected,
                urls: urls?,
                bind: bind?,
                events: events?,
                orchestrator: orchestrator?,
                reasoning: reasoning?,
                knowledge: knowledge?,
                execution: if self.demo.enabled { execution?.with_demo() } else { execution? },
                reports: reports?,
                notifications: notifications?,
                audit: audit?,
                identity: identity?,
                api: api?,
            })
        };
        if problems.is_empty() { config().ok_or(problems) } else { Err(problems) }
    }
}

/// The clusters that are no recordings, and how each is reached: as kubectl does it.
fn watchable(execution: &aetherius_execution::Config) -> Vec<ClusterAccess> {
    let access = |(id, kubectl): (&str, Result<&Kubectl, &str>)| {
        let way = match kubectl.map(Kubectl::kubeconfig) {
            Ok((Some(path), context)) => {
                Way::Kubeconfig { path: path.to_owned(), context: context.map(str::to_owned) }
            }
            Ok((None, _)) => Way::ServiceAccount,
            Err(reason) => Way::Missing(reason.to_owned()),
        };
        ClusterAccess { id: id.to_owned(), way }
    };
    execution.live().map(access).collect()
}

/// The value of a part, or its problems, put below its path.
fn part<T>(problems: &mut Vec<Problem>, path: &str, validated: Result<T, Vec<Problem>>) -> Option<T> {
    let below = |problem: Problem| match problem.path.as_str() {
        "" => Problem::new(path, problem.message),
        inner => Problem::new(format!("{path}.{inner}"), problem.message),
    };
    validated.map_err(|found| problems.extend(found.into_iter().map(below))).ok()
}

fn by_service<T>(
    written: &BTreeMap<String, String>,
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<BTreeMap<Service, T>, Vec<Problem>> {
    let mut found = BTreeMap::new();
    let mut problems = Vec::new();
    for (name, value) in written {
        let service = Service::ALL.into_iter().find(|service| service.name() == name);
        match (service, read(value)) {
            (None, _) => problems
                .push(Problem::new(name.as_str(), "there is no such service; see `aetherius services`")),
            (Some(_), Err(message)) => problems.push(Problem::new(name.as_str(), message)),
            (Some(service), Ok(value)) => {
                found.insert(service, value);
            }
        }
    }
    if problems.is_empty() { Ok(found) } else { Err(problems) }
}

fn check_url(url: &str) -> Result<String, String> {
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    match rest {
        Some(rest) if !rest.is_empty() => Ok(url.to_owned()),
        _ => Err(format!("`{url}` is not a URL; write `http://host:port`")),
    }
}

fn socket_address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| format!("`{text}` is not an address; write `127.0.0.1:8080` or `[::1]:8080`"))
}

fn public_address(text: &str) -> Result<SocketAddr, Vec<Problem>> {
    let address = socket_address(text).map_err(|message| vec![Problem::new("", message)])?;
    if address.port() == 0 {
        return Err(vec![Problem::new("", "choose a port; with 0 nobody would know where to send alerts")]);
    }
    Ok(address)
}
