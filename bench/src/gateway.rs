//! `agw` beside its peers: one proxy at a time on one core, load and origin on the other, in interleaved rounds.
//!
//! CPU time per request is the steady figure: a proxy is slowed by its neighbours, but hardly does more work for it.

mod idle;
mod origin;
mod pace;
mod proxy;
mod tokens;
mod wrk;

use crate::{
    cli::GatewayArgs,
    rows::{self, Bar, Row},
};
use anyhow::Context;
use proxy::{Kind, Proxy};
use std::{path::Path, time::Duration};
use wrk::Load;

/// A bar for latency is about the proxy, not about how its machine copes with overload.
const SHARE_OF_PEAK: f64 = 0.5;

/// All measurements, one after the other.
pub(crate) async fn run(args: &GatewayArgs) -> anyhow::Result<Vec<Row>> {
    raise_file_limit()?;
    let folder = tempfile::Builder::new().prefix("agw-bench-").tempdir().context("cannot create a folder")?;
    let bench = Bench { args, folder: folder.path() };
    let origin = origin::start(folder.path()).await?;
    let mut rows = Vec::new();
    let mut peaks = None;
    for (name, wanted) in [
        ("peers", args.wants("peers")),
        ("latency", args.wants("latency")),
        ("cores", args.wants("cores")),
        ("routes", args.wants("routes")),
        ("jwt", args.wants("jwt")),
        ("bodies", args.wants("bodies")),
        ("memory", args.wants("memory")),
    ] {
        if !wanted {
            continue;
        }
        println!("\n{name}");
        let measured = match name {
            "peers" => {
                let (measured, peak) = bench.peers(origin.port).await?;
                peaks = Some(peak);
                measured
            }
            "latency" => bench.latency(origin.port, peaks).await?,
            "cores" => bench.cores(origin.port).await?,
            "routes" => bench.routes(origin.port).await?,
            "jwt" => bench.jwt(origin.port).await?,
            "bodies" => bench.bodies(origin.port).await?,
            _ => bench.memory(origin.port, origin.websocket_port).await?,
        };
        rows::write(&args.out, &format!("{name}: "), &measured)?;
        rows.extend(measured);
    }
    println!("\n{}", rows::table(&rows));
    println!("written to {}", args.out.display());
    Ok(rows)
}

struct Bench<'a> {
    args: &'a GatewayArgs,
    folder: &'a Path,
}

/// What one proxy did under one load.
#[derive(Clone, Copy, Debug)]
struct Measured {
    requests_per_s: f64,
    cpu_us: f64,
}

impl Bench<'_> {
    fn program(&self, kind: Kind) -> &Path {
        match kind {
            Kind::Agw | Kind::AgwOneRuntime => &self.args.agw,
            Kind::BarePingora => &self.args.bare_pingora,
            Kind::Nginx => Path::new("nginx"),
            Kind::Haproxy => Path::new("haproxy"),
            Kind::Envoy => &self.args.envoy,
        }
    }

    async fn start(&self, kind: Kind, setup: &proxy::Setup) -> anyhow::Result<Proxy> {
        Proxy::start(kind, self.program(kind), self.folder, setup).await
    }

    /// Starts the proxy, warms it up, loads it, stops it.
    async fn once(&self, kind: Kind, setup: &proxy::Setup, load: &Load) -> anyhow::Result<Measured> {
        let proxy = self.start(kind, setup).await?;
        let measured = self.under(&proxy, load).await;
        proxy.stop().await?;
        measured.with_context(|| format!("{kind} could not be measured"))
    }

    async fn under(&self, proxy: &Proxy, load: &Load) -> anyhow::Result<Measured> {
        load.run(proxy.port, 1).await?;
        let before = proxy.cpu()?;
        let report = load.run(proxy.port, self.args.seconds.get()).await?;
        let spent = proxy.cpu()? - before;
        Ok(Measured {
            requests_per_s: report.requests_per_s,
            cpu_us: spent.as_secs_f64() * 1e6 / report.requests.max(1) as f64,
        })
    }

    /// Each in its turn, as often as there are rounds; the medians in the order of `cases`.
    async fn interleaved(
        &self,
        cases: &[(String, Kind, proxy::Setup, Load)],
    ) -> anyhow::Result<Vec<Measured>> {
        let mut all = vec![Vec::new(); cases.len()];
        for round in 1..=self.args.rounds.get() {
            for (index, (label, kind, setup, load)) in cases.iter().enumerate() {
                let measured = self.once(*kind, setup, load).await?;
                println!(
                    "  round {round}  {label:28}  {:>8.0} requests/s  {:>6.2} µs CPU a request",
                    measured.requests_per_s, measured.cpu_us
                );
                all[index].push(measured);
            }
        }
        Ok(all.into_iter().map(|rounds| medians(&rounds)).collect())
    }

    async fn peers(&self, origin: u16) -> anyhow::Result<(Vec<Row>, f64)> {
        let kinds = [Kind::Agw, Kind::BarePingora, Kind::Nginx, Kind::Haproxy, Kind::Envoy];
        let cases: Vec<_> = kinds
            .iter()
            .map(|&kind| {
                let routes = if kind == Kind::Agw { 1_000 } else { 1 };
                (kind.to_string(), kind, proxy::Setup::pinned(origin).routes(routes), Load::get(kind.path()))
            })
            .collect();
        let medians = self.interleaved(&cases).await?;
        let cpu = |index: usize| medians[index].cpu_us;
        let mut rows: Vec<Row> = kinds
            .iter()
            .zip(&medians)
            .flat_map(|(kind, measured)| {
                [
                    Row::new(format!("peers: CPU per request, {kind}"), measured.cpu_us, "µs", Bar::Told),
                    Row::new(
                        format!("peers: requests, {kind}"),
                        measured.requests_per_s.round(),
                        "1/s",
                        Bar::Told,
                    ),
                ]
            })
            .collect();
        rows.push(ratio("peers: CPU per request, agw / bare Pingora", cpu(0) / cpu(1), Bar::AtMost(1.15)));
        rows.push(ratio("peers: CPU per request, agw / nginx", cpu(0) / cpu(2), Bar::AtMost(1.75)));
        rows.push(ratio("peers: CPU per request, agw / Envoy", cpu(0) / cpu(4), Bar::AtMost(0.8)));
        let peak = medians[0].requests_per_s.min(medians[2].requests_per_s);
        Ok((rows, peak))
    }

    async fn latency(&self, origin: u16, peak: Option<f64>) -> anyhow::Result<Vec<Row>> {
        let rate = match peak {
            Some(peak) => peak * SHARE_OF_PEAK,
            None => {
                let setup = proxy::Setup::pinned(origin).routes(1_000);
                let agw = self.once(Kind::Agw, &setup, &Load::get(Kind::Agw.path())).await?;
                agw.requests_per_s * SHARE_OF_PEAK
            }
        };
        let kinds = [Kind::Agw, Kind::Nginx, Kind::BarePingora];
        let mut all = vec![Vec::new(); kinds.len()];
        for round in 1..=self.args.rounds.get() {
            let mut proxies = Vec::with_capacity(kinds.len());
            for kind in kinds {
                let routes = if kind == Kind::Agw { 1_000 } else { 1 };
                proxies.push(self.start(kind, &proxy::Setup::pinned(origin).routes(routes)).await?);
            }
            let ports = proxies.iter().map(|proxy| proxy.port).collect();
            let paced = pace::run(ports, Kind::Agw.path(), rate, self.args.seconds.get());
            let seen = tokio::task::spawn_blocking(paced).await??;
            for proxy in proxies {
                proxy.stop().await?;
            }
            for (index, (kind, latency)) in kinds.iter().zip(seen).enumerate() {
                println!(
                    "  round {round}  {:14}  p50 {:>7.3} ms  p99 {:>7.3} ms at {rate:.0} requests/s",
                    kind.to_string(),
                    latency.p50.as_secs_f64() * 1e3,
                    latency.p99.as_secs_f64() * 1e3
                );
                all[index].push(latency.p99.as_secs_f64() * 1e3);
            }
        }
        let p99: Vec<f64> = all.iter().map(|values| median(values)).collect();
        let mut rows: Vec<Row> = kinds
            .iter()
            .zip(&p99)
            .map(|(kind, &value)| {
                Row::new(format!("latency: p99 at half the peak, {kind}"), value, "ms", Bar::Told)
            })
            .collect();
        rows.push(ratio("latency: p99 at half the peak, agw / nginx", p99[0] / p99[1], Bar::AtMost(1.3)));
        Ok(rows)
    }

    /// Nothing is pinned here: two threads of the proxy compete with load and origin, as they do on a small machine.
    async fn cores(&self, origin: u16) -> anyhow::Result<Vec<Row>> {
        let setup = proxy::Setup::everywhere(origin);
        let load = || Load::get(Kind::Agw.path()).everywhere();
        let medians = self
            .interleaved(&[
                ("engine per core".to_owned(), Kind::Agw, setup.clone(), load()),
                ("one runtime".to_owned(), Kind::AgwOneRuntime, setup, load()),
            ])
            .await?;
        let [each, one] = [medians[0].requests_per_s, medians[1].requests_per_s];
        Ok(vec![
            Row::new("cores: requests, an engine per core", each.round(), "1/s", Bar::Told),
            Row::new("cores: requests, one runtime", one.round(), "1/s", Bar::Told),
            ratio("cores: requests, an engine per core / one runtime", each / one, Bar::Told),
        ])
    }

    async fn routes(&self, origin: u16) -> anyhow::Result<Vec<Row>> {
        let setup = |routes| proxy::Setup::pinned(origin).routes(routes);
        let load = || Load::get(Kind::Agw.path());
        let medians = self
            .interleaved(&[
                ("10 routes".to_owned(), Kind::Agw, setup(10), load()),
                ("10,000 routes".to_owned(), Kind::Agw, setup(10_000), load()),
            ])
            .await?;
        let throughput = medians[1].requests_per_s / medians[0].requests_per_s;
        let cpu = medians[1].cpu_us / medians[0].cpu_us;
        Ok(vec![
            ratio("routes: throughput, 10,000 / 10", throughput, Bar::AtLeast(0.97)),
            ratio("routes: CPU per request, 10,000 / 10", cpu, Bar::Told),
        ])
    }

    async fn jwt(&self, origin: u16) -> anyhow::Result<Vec<Row>> {
        let tokens = tokens::create(self.folder)?;
        let setup = proxy::Setup::pinned(origin).jwks(tokens.jwks.clone());
        let load = |path| Load::callers(path, &tokens.script);
        let medians = self
            .interleaved(&[
                ("JWT off".to_owned(), Kind::Agw, setup.clone(), load("/open")?),
                ("JWT on".to_owned(), Kind::Agw, setup.clone(), load("/jwt")?),
            ])
            .await?;
        let throughput = medians[1].requests_per_s / medians[0].requests_per_s;
        let cpu = medians[0].cpu_us / medians[1].cpu_us;
        Ok(vec![
            ratio("jwt: throughput, on / off (ES256, 1,000 callers)", throughput, Bar::AtLeast(0.85)),
            ratio("jwt: CPU per request, off / on", cpu, Bar::Told),
        ])
    }

    async fn bodies(&self, origin: u16) -> anyhow::Result<Vec<Row>> {
        let load = || Load::bodies(self.folder);
        let medians = self
            .interleaved(&[
                ("agw".to_owned(), Kind::Agw, proxy::Setup::pinned(origin), load()?),
                ("nginx".to_owned(), Kind::Nginx, proxy::Setup::pinned(origin), load()?),
                ("bare Pingora".to_owned(), Kind::BarePingora, proxy::Setup::pinned(origin), load()?),
            ])
            .await?;
        let throughput = medians[0].requests_per_s / medians[1].requests_per_s;
        Ok(vec![
            Row::new("bodies: requests, agw", medians[0].requests_per_s.round(), "1/s", Bar::Told),
            Row::new("bodies: requests, nginx", medians[1].requests_per_s.round(), "1/s", Bar::Told),
            Row::new("bodies: requests, bare Pingora", medians[2].requests_per_s.round(), "1/s", Bar::Told),
            ratio("bodies: throughput with 16 KB each way, agw / nginx", throughput, Bar::AtLeast(0.8)),
        ])
    }

    async fn memory(&self, origin: u16, websocket: u16) -> anyhow::Result<Vec<Row>> {
        let proxy = self.start(Kind::Agw, &proxy::Setup::pinned(origin)).await?;
        let keep_alive = idle::keep_alive(&proxy).await;
        proxy.stop().await?;
        let proxy = self.start(Kind::Agw, &proxy::Setup::pinned(websocket)).await?;
        let upgraded = idle::websockets(&proxy).await;
        proxy.stop().await?;
        let setup = proxy::Setup::pinned(origin).routes(5_000);
        let proxy = self.start(Kind::Agw, &setup).await?;
        Load::get(Kind::Agw.path()).run(proxy.port, 1).await?;
        tokio::time::sleep(Duration::from_secs(1)).await;
        let resident = proxy.resident_bytes();
        proxy.stop().await?;
        Ok(vec![
            Row::new("memory: per idle keep-alive connection", keep_alive? / 1024.0, "KB", Bar::AtMost(24.0)),
            Row::new("memory: per idle WebSocket, both sides", upgraded? / 1024.0, "KB", Bar::AtMost(24.0)),
            Row::new(
                "memory: resident with 5,000 routes, after a load",
                resident? as f64 / 1e6,
                "MB",
                Bar::AtMost(40.0),
            ),
        ])
    }
}

fn ratio(name: &str, value: f64, bar: Bar) -> Row {
    Row::new(name, value, "", bar)
}

fn medians(rounds: &[Measured]) -> Measured {
    let of = |value: fn(&Measured) -> f64| median(&rounds.iter().map(value).collect::<Vec<f64>>());
    Measured { requests_per_s: of(|m| m.requests_per_s), cpu_us: of(|m| m.cpu_us) }
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => f64::NAN,
        odd if odd % 2 == 1 => sorted[middle],
        _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

/// Thousands of connections are held at a time, on both sides.
fn raise_file_limit() -> anyhow::Result<()> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit })
        .map_err(std::io::Error::from)
        .context("cannot raise the limit of open files")
}
