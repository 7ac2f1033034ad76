//! `events`: alerts at a steady rate, each of which must be acknowledged soon and have its task in the end.

use crate::{
    agenda::{Agenda, at_pace},
    alert::Alerts,
    cli::{EventsArgs, LoadArgs},
    load::{Load, Outcome, Repeat, percentile},
    rows::{self, Bar, Row},
    subject::{self, Subject},
    tasks::{self, Verdict},
};
use std::time::{Duration, Instant};

const PREFIX: &str = "events: ";
const RATE_MIN: f64 = 1000.0;
/// What the slowest but one of a hundred acknowledgements may take.
const ACKNOWLEDGED_WITHIN: Duration = Duration::from_millis(50);
/// Time for the connections to be made before the first alert is due.
const LEAD: Duration = Duration::from_millis(100);

/// Measures, prints, writes.
pub(crate) async fn run(args: &EventsArgs) -> anyhow::Result<Vec<Row>> {
    let rows = subject::with(&args.subject, async |subject| measure(args, subject).await).await?;
    print!("{}", rows::table(&rows));
    rows::write(&args.load.out, PREFIX, &rows)?;
    println!("written to {}", args.load.out.display());
    Ok(rows)
}

async fn measure(args: &EventsArgs, subject: &Subject) -> anyhow::Result<Vec<Row>> {
    let LoadArgs { rate, connections, .. } = args.load;
    let mut rows = subject.idle(PREFIX).await?;
    println!("sending {rate} alerts a second for {} s over {connections} connections", args.seconds);
    let total = u64::from(rate.get()) * u64::from(args.seconds.get());
    let start = Instant::now() + LEAD;
    let alerts = Alerts::new(fastrand::u32(..), &args.load.namespace);
    let load = Load::new(alerts.clone(), Agenda::of(total, rate, start), Repeat::Never);
    let outcome = load.run(subject.target(), connections.get()).await?;
    outcome.explain();
    println!("looking for the tasks");
    let deadline = Instant::now() + Duration::from_secs(args.load.catch_up_seconds.into());
    let verdict = tasks::verify(&mut subject.connection(), &alerts, &outcome.acknowledged, deadline).await?;
    let due_within = at_pace(total, rate);
    rows.extend(acknowledgements(&outcome, start, due_within, rate.get()));
    rows.extend(kept(PREFIX, &verdict));
    Ok(rows)
}

fn acknowledgements(outcome: &Outcome, start: Instant, due_within: Duration, offered: u32) -> Vec<Row> {
    let latencies = outcome.latencies();
    let ms = |duration: Duration| duration.as_secs_f64() * 1000.0;
    let within = |part| ms(percentile(&latencies, part));
    // The last alert has the same time as any other.
    let end = start + due_within + ACKNOWLEDGED_WITHIN;
    let rate = outcome.rate(end, due_within);
    let refused = outcome.refusals.values().sum::<u64>() as usize;
    let name = |text: &str| format!("{PREFIX}{text}");
    let latency =
        |which: &str| name(&format!("acknowledgement latency {which}, from when the alert was due"));
    vec![
        Row::new(name("alerts offered"), offered.into(), "1/s", Bar::Told),
        Row::new(
            name("alerts acknowledged, while they were due and 50 ms after"),
            rate,
            "1/s",
            Bar::AtLeast(RATE_MIN),
        ),
        Row::new(latency("p50"), within(0.50), "ms", Bar::Told),
        Row::new(latency("p99"), within(0.99), "ms", Bar::AtMost(ms(ACKNOWLEDGED_WITHIN))),
        Row::new(latency("p99.9"), within(0.999), "ms", Bar::Told),
        Row::new(latency("max"), within(1.0), "ms", Bar::Told),
        Row::count(name("acknowledged"), outcome.acknowledged.len(), "alerts", Bar::Told),
        Row::count(name("refused"), refused, "alerts", Bar::Exactly(0.0)),
    ]
}

/// What became of the acknowledged alerts.
pub(crate) fn kept(prefix: &str, verdict: &Verdict) -> [Row; 2] {
    for (what, which) in [("has no task", &verdict.missing), ("has two tasks", &verdict.doubled)] {
        for fingerprint in which.iter().take(10) {
            println!("  {fingerprint} {what}");
        }
    }
    let row = |what, count| Row::count(format!("{prefix}{what}"), count, "alerts", Bar::Exactly(0.0));
    [row("acknowledged without a task", verdict.missing.len()), row("with two tasks", verdict.doubled.len())]
}
