//! What the process uses, by the names other programs use for it too.

use super::text::Text;
use std::fs;

/// Adds what `/proc` tells; a figure that it does not tell is left out.
pub(crate) fn render(text: &mut Text) {
    let mut one = |name: &str, kind: &str, help: &str, value: Option<f64>| {
        text.family(name, kind, help);
        if let Some(value) = value {
            text.sample(name, &[], value);
        }
    };
    let usage = Usage::read();
    let of = |figure: fn(&Usage) -> f64| usage.as_ref().map(figure);
    one("process_cpu_seconds_total", "counter", "CPU time, user and system.", of(|usage| usage.cpu_s));
    one("process_resident_memory_bytes", "gauge", "Resident memory.", of(|usage| usage.resident_bytes));
    one(
        "process_start_time_seconds",
        "gauge",
        "When the process began, in Unix time.",
        of(|usage| usage.began_s),
    );
    one("process_threads", "gauge", "Threads.", of(|usage| usage.threads));
    one("process_open_fds", "gauge", "Open file descriptors.", open_files());
    one("process_max_fds", "gauge", "How many file descriptors may be open.", open_files_max());
}

struct Usage {
    cpu_s: f64,
    resident_bytes: f64,
    began_s: f64,
    threads: f64,
}

/// What `/proc` counts CPU time and starts in: 100 a second on every Linux, whatever the kernel's own clock.
const TICKS_A_SECOND: f64 = 100.0;

impl Usage {
    /// Fields of `/proc/self/stat` and lines of `/proc/self/status` (proc(5)).
    fn read() -> Option<Self> {
        let stat = fs::read_to_string("/proc/self/stat").ok()?;
        // Counted from the one after the name, which may hold anything.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let number = |field: usize| fields.get(field - 3)?.parse::<f64>().ok();
        let status = fs::read_to_string("/proc/self/status").ok()?;
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        let resident_kib: f64 = resident.trim().trim_end_matches(" kB").parse().ok()?;
        Some(Self {
            cpu_s: (number(14)? + number(15)?) / TICKS_A_SECOND,
            threads: number(20)?,
            began_s: booted_s()? + number(22)? / TICKS_A_SECOND,
            resident_bytes: resident_kib * 1024.0,
        })
    }
}

fn booted_s() -> Option<f64> {
    let stat = fs::read_to_string("/proc/stat").ok()?;
    stat.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()
}

#[allow(clippy::cast_precision_loss, reason = "counts of files are far below 2^52")]
fn open_files() -> Option<f64> {
    // Reading the directory opens one itself.
    Some(fs::read_dir("/proc/self/fd").ok()?.count().saturating_sub(1) as f64)
}

#[allow(clippy::cast_precision_loss, reason = "counts of files are far below 2^52")]
fn open_files_max() -> Option<f64> {
    rustix::process::getrlimit(rustix::process::Resource::Nofile).current.map(|limit| limit as f64)
}
