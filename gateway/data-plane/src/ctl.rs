//! `agw ctl`: what a person at a terminal says to a running gateway.

mod add_route;
mod client;
mod table;
mod update;

use add_route::NewRoute;
use agw_config::config::AdminAddress;
use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use client::Client;
use serde_json::{Value, json};
use std::path::PathBuf;

/// Which gateway, and how it is shown.
#[derive(Clone, Debug, Args)]
pub struct CtlOptions {
    /// The admin server: IP:port or unix:/path [default: that of --config, else 127.0.0.1:8082].
    #[arg(long, global = true, value_name = "ADDRESS")]
    admin: Option<String>,
    /// The configuration of the running gateway, to find its admin server.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print what the gateway says as JSON.
    #[arg(long, global = true)]
    json: bool,
}

/// What to do.
#[derive(Clone, Debug, Subcommand)]
pub enum CtlCommand {
    /// Show what runs: routes, clusters, listeners, the last reload.
    GetStatus,
    /// Show the settings in force, defaults filled in, secrets hidden.
    GetConfig,
    /// Take over the whole configuration file.
    ReloadConfig,
    /// Take over `proxy_routes` of the configuration file alone.
    ReloadRoutes,
    /// Check a new configuration, put it in place of the running gateway's file, and take it over. What is refused is undone.
    UpdateConfig(Box<UpdateArgs>),
    /// Say which route, lane, cluster and endpoint a request would take, and why.
    Explain(Box<ExplainArgs>),
    /// Show which routes and clusters came, went and changed.
    Changes {
        /// Only the last so many.
        #[arg(long, value_name = "N")]
        last: Option<usize>,
    },
}

/// A new configuration.
#[derive(Clone, Debug, Args)]
#[group(required = true, multiple = false)]
pub struct UpdateArgs {
    /// The new configuration.
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Add a route to proxy_routes of the present file, e.g. path=/x,target=http://127.0.0.1:3000,strip_prefix=true,owner=ann.
    #[arg(long, value_name = "KEY=VALUE,…")]
    add_route: Option<NewRoute>,
}

/// A request that is not sent.
#[derive(Clone, Debug, Args)]
pub struct ExplainArgs {
    /// A path, or a URL for another host.
    #[arg(value_name = "URL")]
    url: String,
    /// The method.
    #[arg(long, short = 'X', default_value = "GET")]
    method: String,
    /// A header, e.g. "Accept: text/html"; may be repeated.
    #[arg(long = "header", short = 'H', value_name = "NAME: VALUE")]
    headers: Vec<String>,
    /// Who is at the other end [default: 127.0.0.1].
    #[arg(long, value_name = "IP")]
    client_ip: Option<String>,
    /// A key or token, as if sent by Authorization: Bearer. Better a file: --bearer @FILE.
    #[arg(long, value_name = "KEY")]
    bearer: Option<String>,
}

/// Does it; returns what is to be printed.
///
/// # Errors
/// The gateway cannot be reached, or refuses; every problem is listed.
pub fn ctl(options: &CtlOptions, command: &CtlCommand) -> anyhow::Result<String> {
    let client = Client::new(address(options)?);
    let answer = match command {
        CtlCommand::GetStatus => client.get("/status")?,
        CtlCommand::GetConfig => client.get("/config")?,
        CtlCommand::ReloadConfig => client.post("/reload-config", None)?,
        CtlCommand::ReloadRoutes => client.post("/reload-proxy-routes", None)?,
        CtlCommand::UpdateConfig(args) => update::update(&client, args)?,
        CtlCommand::Explain(args) => client.post("/explain", Some(&question(args)?))?,
        CtlCommand::Changes { last: None } => client.get("/changes")?,
        CtlCommand::Changes { last: Some(count) } => client.get(&format!("/changes?last={count}"))?,
    };
    if options.json {
        return Ok(serde_json::to_string_pretty(&answer)?);
    }
    Ok(match command {
        CtlCommand::GetStatus => table::status(&answer),
        CtlCommand::GetConfig => serde_saphyr::to_string(&answer)?,
        CtlCommand::ReloadConfig | CtlCommand::ReloadRoutes | CtlCommand::UpdateConfig(_) => {
            table::reloaded(&answer)
        }
        CtlCommand::Explain(_) => table::explanation(&answer),
        CtlCommand::Changes { .. } => table::changes(&answer),
    })
}

fn address(options: &CtlOptions) -> anyhow::Result<AdminAddress> {
    let text = match (&options.admin, &options.config) {
        (Some(address), _) => address.clone(),
        (None, Some(file)) => {
            let text = std::fs::read_to_string(file)
                .with_context(|| format!("cannot read the configuration {}", file.display()))?;
            let settings: agw_config::Settings = foundation::settings::load(&text).map_err(|problems| {
                anyhow::anyhow!("{} has problems:\n{}", file.display(), foundation::settings::list(&problems))
            })?;
            settings.admin.address
        }
        (None, None) => agw_config::settings::AdminSettings::default().address,
    };
    match text.strip_prefix("unix:") {
        Some(path) => Ok(AdminAddress::Unix(path.into())),
        None => match text.parse() {
            Ok(address) => Ok(AdminAddress::Tcp(address)),
            Err(_) => bail!("{text:?} is not an admin address; write IP:port or unix:/path"),
        },
    }
}

fn question(args: &ExplainArgs) -> anyhow::Result<Value> {
    let mut headers = Vec::new();
    for header in &args.headers {
        let Some((name, value)) = header.split_once(':') else {
            bail!("{header:?} is not a header; write \"Name: value\"");
        };
        headers.push(json!([name.trim(), value.trim()]));
    }
    if let Some(bearer) = &args.bearer {
        let key = match bearer.strip_prefix('@') {
            Some(file) => std::fs::read_to_string(file).with_context(|| format!("cannot read {file}"))?,
            None => bearer.clone(),
        };
        headers.push(json!(["authorization", format!("Bearer {}", key.trim())]));
    }
    let mut question = json!({ "method": args.method, "url": args.url, "headers": headers });
    if let Some(client_ip) = &args.client_ip {
        question["client_ip"] = client_ip.as_str().into();
    }
    Ok(question)
}
