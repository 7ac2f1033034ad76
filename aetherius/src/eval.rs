//! `aetherius eval`: how many recorded cases with a known answer are diagnosed right.
//!
//! A case goes the way of `aetherius diagnose`. Its answer is read afterwards, by [`expectation`], and only here.

mod case;
mod find;
mod names;
mod rename;
mod report;
mod table;

use crate::{
    cli::{self, EvalArgs},
    progress::Progress,
};
use aetherius_execution::recorded::Format;
use anyhow::bail;
use case::{Measured, Plan};
use find::Found;
use report::Report;
use std::{
    num::NonZero,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

/// Measures all cases and prints the report.
pub(crate) fn run(args: &EvalArgs) -> anyhow::Result<()> {
    let wanted = args.format.map(Format::from);
    if wanted == Some(Format::Dump) {
        bail!("a dump has no answer to compare with; make a case of it with `aetherius record`");
    }
    let found = find::cases(&args.cases, wanted)?;
    if found.is_empty() {
        bail!("there is no case below {}; see docs/writing-a-recorded-case.md", args.cases.display());
    }
    let plan = if args.renamed { Plan::AlsoRenamed } else { Plan::AsRecorded };
    let report = Report::of(measure(&found, plan));
    if args.json {
        cli::print(&format!("{}\n", serde_json::to_string_pretty(&report)?))?;
    } else {
        cli::print(&table::for_people(&report))?;
    }
    let mut short = Vec::new();
    if !report.errors.is_empty() {
        short.push(format!("{} of {} cases could not be measured", report.errors.len(), found.len()));
    }
    if let Some(least) = args.min_all.filter(|least| report.total.all.share < *least) {
        short.push(format!("{:.3} of the cases are right, less than {least}", report.total.all.share));
    }
    if !short.is_empty() {
        bail!(short.join("; "));
    }
    Ok(())
}

/// Every case, on as many threads as there are cores; in the order in which they were found.
fn measure(found: &[Found], plan: Plan) -> Vec<(String, anyhow::Result<Measured>)> {
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get).min(found.len());
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let results = Mutex::new(Vec::with_capacity(found.len()));
    let progress = Progress::begin();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((at, one)) = take(found, &next) {
                    let measured = case::measure(one, plan);
                    results.lock().unwrap_or_else(PoisonError::into_inner).push((at, measured));
                    let count = done.fetch_add(1, Ordering::Relaxed) + 1;
                    progress.tell(&format!("{count} of {} cases", found.len()));
                }
            });
        }
    });
    progress.end();
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(at, _)| *at);
    found.iter().map(|one| one.name.clone()).zip(results.into_iter().map(|(_, measured)| measured)).collect()
}

fn take<'a>(found: &'a [Found], next: &AtomicUsize) -> Option<(usize, &'a Found)> {
    let at = next.fetch_add(1, Ordering::Relaxed);
    found.get(at).map(|one| (at, one))
}
