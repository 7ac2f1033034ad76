//! `crash`: the same load while processes are killed. What was acknowledged must have its task, and nothing may have two.

use crate::{
    agenda::Agenda,
    alert::Alerts,
    cli::{CrashArgs, LoadArgs},
    events::kept,
    load::{Load, Outcome, Repeat},
    process,
    rows::{self, Bar, Row},
    subject::{self, Subject},
    tasks,
};
use anyhow::Context;
use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

const PREFIX: &str = "crash: ";
/// A process lives at least and at most so long after it has come up; the shortest lives end in its start.
const LIFE_MS: std::ops::RangeInclusive<u64> = 20..=2000;
const COME_BACK_PATIENCE: Duration = Duration::from_secs(60);
/// The load goes on so long after the last process has come back.
const AFTER_LAST: Duration = Duration::from_secs(2);
/// What was refused is sent again for so long after the last new alert.
const REPEAT_PATIENCE: Duration = Duration::from_secs(180);

/// Measures, prints, writes.
pub(crate) async fn run(args: &CrashArgs) -> anyhow::Result<Vec<Row>> {
    let rows = subject::with(&args.subject, async |subject| measure(args, subject).await).await?;
    print!("{}", rows::table(&rows));
    rows::write(&args.load.out, PREFIX, &rows)?;
    println!("written to {}", args.load.out.display());
    Ok(rows)
}

async fn measure(args: &CrashArgs, subject: &Subject) -> anyhow::Result<Vec<Row>> {
    let LoadArgs { rate, connections, .. } = args.load;
    let data = subject.data().context("--url needs --data too, to know which processes to kill")?;
    let seed = args.seed.unwrap_or_else(|| fastrand::u64(..));
    println!("sending {rate} alerts a second and killing {} processes, --seed {seed}", args.kills);
    let alerts = Alerts::new(fastrand::u32(..), &args.load.namespace);
    let load = Load::new(alerts.clone(), Agenda::endless(rate, Instant::now()), Repeat::AsAlertmanager);
    let sending = Arc::clone(&load).run(subject.target(), connections.get());
    let killing = async {
        let killed = kill_all(data, args.kills.get(), seed).await;
        load.end(Instant::now() + REPEAT_PATIENCE);
        killed
    };
    let (outcome, killed) = tokio::join!(sending, killing);
    let (outcome, killed) = (outcome?, killed?);
    outcome.explain();
    println!("looking for the tasks");
    let deadline = Instant::now() + Duration::from_secs(args.load.catch_up_seconds.into());
    let verdict = tasks::verify(&mut subject.connection(), &alerts, &outcome.acknowledged, deadline).await?;
    let mut rows = counts(&outcome, &killed, load.begun(), args.kills.get());
    rows.extend(kept(PREFIX, &verdict));
    Ok(rows)
}

/// How often each of [`process::CHILDREN`] was killed.
type Killed = [u32; 2];

/// Kills `kills` processes, one at a time, each at a random moment of its life.
async fn kill_all(data: &Path, kills: u32, seed: u64) -> anyhow::Result<Killed> {
    let mut chance = fastrand::Rng::with_seed(seed);
    let mut killed = [0; 2];
    let mut former = [None; 2];
    for n in 1..=kills {
        let which = chance.usize(..process::CHILDREN.len());
        let life = Duration::from_millis(chance.u64(LIFE_MS));
        let name = process::CHILDREN[which];
        let pid = loop {
            let pid = process::wait_for(data, name, former[which], COME_BACK_PATIENCE).await?;
            tokio::time::sleep(life).await;
            // It may have ended by itself meanwhile; then its successor's life is waited for.
            if process::living(data, name) == Some(pid) {
                break pid;
            }
        };
        process::kill(pid)?;
        println!("\r  kill {n} of {kills}: {name}, process {pid}, {} ms after it was seen", life.as_millis());
        killed[which] += 1;
        former[which] = Some(pid);
    }
    for (which, name) in process::CHILDREN.into_iter().enumerate() {
        process::wait_for(data, name, former[which], COME_BACK_PATIENCE).await?;
    }
    tokio::time::sleep(AFTER_LAST).await;
    Ok(killed)
}

fn counts(outcome: &Outcome, killed: &Killed, begun: u64, kills: u32) -> Vec<Row> {
    let name = |text: &str| format!("{PREFIX}{text}");
    let refused = outcome.refusals.values().sum::<u64>() as usize;
    let mut rows =
        vec![Row::new(name("kills"), killed.iter().sum::<u32>().into(), "kills", Bar::AtLeast(kills.into()))];
    for (child, &times) in process::CHILDREN.into_iter().zip(killed) {
        rows.push(Row::new(name(&format!("kills of {child}")), times.into(), "kills", Bar::Told));
    }
    rows.extend([
        Row::new(name("alerts sent"), begun as f64, "alerts", Bar::Told),
        Row::count(name("acknowledged"), outcome.acknowledged.len(), "alerts", Bar::Told),
        Row::count(name("sendings that failed, each repeated"), refused, "requests", Bar::Told),
        Row::new(name("never acknowledged"), outcome.given_up as f64, "alerts", Bar::Told),
    ]);
    rows
}
