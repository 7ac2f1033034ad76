//! `aetherius serve`: a small process that keeps two others alive, the gateway and the services. Whichever dies, the other lives on,
//! and the dead one comes back; if this process dies, both live on, and the next `serve` takes them over.

mod child;
mod probe;

use crate::{
    cli::ServeArgs,
    data_dir::{self, DataDir, Token, write_whole},
    gateway,
    services::Service,
    settings,
};
use anyhow::{Context, bail};
use child::{Child, Spec};
use foundation::{secret::Secret, shutdown::Shutdown, telemetry};
use std::{
    net::SocketAddr,
    path::Path,
    time::{Duration, Instant},
};

/// How long a first start may take.
const READY_TIMEOUT: Duration = Duration::from_secs(60);

/// An installation that answers.
pub(crate) struct Ready {
    pub(crate) address: SocketAddr,
    pub(crate) token: Secret,
}

/// Serves until SIGTERM or Ctrl-C.
pub(crate) fn run(args: &ServeArgs) -> anyhow::Result<()> {
    run_beside(args, |_| std::future::ready(()))
}

/// The same, and does something else once it is ready.
pub(crate) fn run_beside<F: Future<Output = ()>>(
    args: &ServeArgs,
    beside: impl FnOnce(Ready) -> F,
) -> anyhow::Result<()> {
    let config = settings::load(args)?;
    telemetry::init(config.log, "info");
    data_dir::private_files();
    let data = DataDir::open(&config.data)?;
    let Some(_lock) = data.lock("serve.lock")? else {
        bail!(
            "another `aetherius serve` uses the data directory {}; stop it, or choose another with --data",
            config.data.display()
        );
    };
    let (admin, webhook) = (data.admin_token()?, data.webhook_token()?);
    data.caller_key()?;
    gateway::prepare(&config, &data)?;
    // Whoever writes the gateway's configuration reads it first; see `gateway::Trusting`.
    let writing = data.lock_when_free(gateway::WRITING).context("cannot lock the gateway's configuration")?;
    let keys = gateway::known_keys(&config, &data);
    let configuration = gateway::configuration(&config, &data, [&admin, &webhook], &keys)?;
    let json_logs = config.log == telemetry::LogFormat::Json;
    let specs = Specs::new(args, &data, &configuration, json_logs)?;
    drop(writing);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let webhook = config.selected.contains(&Service::Events).then_some(&webhook);
    let ready = Ready { address: probe::reachable(config.listen), token: admin.value.clone() };
    let beside = async {
        beside(ready).await;
        std::future::pending::<()>().await;
    };
    runtime.block_on(supervise(specs, config.listen, &data, &admin, webhook, beside))
}

/// What the two children are.
struct Specs {
    agw: Spec,
    platform: Spec,
}

impl Specs {
    fn new(args: &ServeArgs, data: &DataDir, configuration: &str, json_logs: bool) -> anyhow::Result<Self> {
        let program = std::env::current_exe().context("cannot find our own program file")?;
        let file = data.run("agw.json");
        let unchanged = std::fs::read_to_string(&file).is_ok_and(|before| before == configuration);
        write_whole(&file, configuration)?;
        let mut agw_args = vec!["agw".into(), "--config".into(), file.into_os_string()];
        agw_args.extend(json_logs.then(|| "--json-logs".into()));
        let mut platform_args = vec!["platform".into()];
        let mut flag = |name: &str, value: Option<std::ffi::OsString>| {
            if let Some(value) = value {
                platform_args.extend([name.into(), value]);
            }
        };
        flag("--listen", args.listen.as_ref().map(Into::into));
        flag("--services", args.services.as_ref().map(|list| list.join(",").into()));
        flag("--config", args.config.as_ref().map(Into::into));
        flag("--data", args.data.as_ref().map(Into::into));
        Ok(Self {
            agw: Spec {
                name: "agw",
                program: program.clone(),
                args: agw_args,
                pid_file: data.run("agw.pid"),
                adopt: unchanged,
            },
            // A new supervisor may bring new settings, which the services read at their start only.
            platform: Spec {
                name: "platform",
                program,
                args: platform_args,
                pid_file: data.run("platform.pid"),
                adopt: false,
            },
        })
    }
}

async fn supervise(
    specs: Specs,
    listen: SocketAddr,
    data: &DataDir,
    admin: &Token,
    webhook: Option<&Token>,
    beside: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    let shutdown = Shutdown::on_signals().context("cannot listen for signals")?;
    write_whole(&data.run("serve.pid"), &format!("{}\n", std::process::id()))?;
    let started = Instant::now();
    let mut platform = Child::start(specs.platform).await?;
    let mut agw = Child::start(specs.agw).await?;
    let (services, gateway) = (data.socket("platform"), data.socket("agw-admin"));
    let sockets: [(&Path, &str); 2] = [(&services, "/health/ready"), (&gateway, "/healthz")];
    let ready = tokio::select! {
        ready = probe::ready(&sockets, READY_TIMEOUT) => ready,
        how = platform.fails_to_start() => Err(anyhow::anyhow!("the services could not be started ({how}); the line above tells why")),
        how = agw.fails_to_start() => Err(anyhow::anyhow!("the gateway could not be started ({how}); the line above tells why")),
        () = shutdown.requested() => Ok(()),
    };
    if ready.is_ok() && !shutdown.is_requested() {
        tracing::info!(ready_ms = started.elapsed().as_millis(), "ready");
        welcome(listen, admin, webhook)?;
        tokio::select! {
            () = shutdown.requested() => {}
            () = platform.keep_alive() => {}
            () = agw.keep_alive() => {}
            () = beside => {}
        }
    }
    // The gateway first: what it has in flight needs the services.
    agw.stop().await;
    platform.stop().await;
    // It is ours; a stale one could be taken for another process later.
    let _ = std::fs::remove_file(data.run("serve.pid"));
    tracing::info!("stopped");
    ready
}

fn welcome(listen: SocketAddr, admin: &Token, webhook: Option<&Token>) -> anyhow::Result<()> {
    let url = probe::reachable(listen);
    let receiver = webhook.map_or_else(String::new, |webhook| receiver(&url, webhook));
    let text = format!(
        "
Aetherius is ready:  http://{url}/
  admin token        {}
                     (also in {})
{receiver}
",
        admin.value.expose(),
        admin.path.display(),
    );
    crate::cli::print(&text)
}

fn receiver(url: &SocketAddr, webhook: &Token) -> String {
    format!(
        "  for Alertmanager   receivers:
                       - name: aetherius
                         webhook_configs:
                           - url: http://{url}/webhook/alertmanager
                             http_config:
                               authorization:
                                 credentials_file: {}
",
        webhook.path.display()
    )
}
