//! The Prometheus text format, version 0.0.4.

use super::series::DurationSums;
use agw_core::histogram::BOUNDS_US;
use std::fmt::{Display, Write as _};

pub(crate) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The bounds that are shown, of those that are kept: in microseconds and as text in seconds.
const SHOWN: [(u64, &str); 16] = [
    (500, "0.0005"),
    (1_000, "0.001"),
    (2_500, "0.0025"),
    (5_000, "0.005"),
    (10_000, "0.01"),
    (25_000, "0.025"),
    (50_000, "0.05"),
    (100_000, "0.1"),
    (250_000, "0.25"),
    (500_000, "0.5"),
    (1_000_000, "1"),
    (2_500_000, "2.5"),
    (5_000_000, "5"),
    (10_000_000, "10"),
    (30_000_000, "30"),
    (60_000_000, "60"),
];

/// A page of metrics.
#[derive(Debug, Default)]
pub(crate) struct Text(String);

// Writing to a String cannot fail, so the results are of no interest.
impl Text {
    /// Begins a metric.
    pub(crate) fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = write!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    }

    pub(crate) fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        self.0.push_str(name);
        self.labels(labels);
        let _ = writeln!(self.0, " {value}");
    }

    /// A sample, unless there is nothing to tell.
    pub(crate) fn count(&mut self, name: &str, labels: &[(&str, &str)], count: u64) {
        if count > 0 {
            self.sample(name, labels, count);
        }
    }

    /// A histogram in seconds, unless nothing was counted.
    pub(crate) fn histogram(&mut self, name: &str, labels: &[(&str, &str)], sums: &DurationSums) {
        let count = sums.count();
        if count == 0 {
            return;
        }
        let mut buckets = BOUNDS_US.iter().zip(&sums.buckets).peekable();
        let mut below = 0;
        let bucket = format!("{name}_bucket");
        for (bound, text) in SHOWN {
            while let Some((_, count)) = buckets.next_if(|&(&inner, _)| inner <= bound) {
                below += count;
            }
            self.sample(&bucket, &[labels, &[("le", text)]].concat(), below);
        }
        self.sample(&bucket, &[labels, &[("le", "+Inf")]].concat(), count);
        self.sample(&format!("{name}_sum"), labels, seconds(sums.sum_us));
        self.sample(&format!("{name}_count"), labels, count);
    }

    pub(crate) fn finish(self) -> String {
        self.0
    }

    fn labels(&mut self, labels: &[(&str, &str)]) {
        for (index, (name, value)) in labels.iter().enumerate() {
            let before = if index == 0 { '{' } else { ',' };
            let _ = write!(self.0, "{before}{name}=\"");
            for character in value.chars() {
                match character {
                    '\\' => self.0.push_str("\\\\"),
                    '"' => self.0.push_str("\\\""),
                    '\n' => self.0.push_str("\\n"),
                    other => self.0.push(other),
                }
            }
            self.0.push('"');
        }
        if !labels.is_empty() {
            self.0.push('}');
        }
    }
}

#[allow(clippy::cast_precision_loss, reason = "285 years of requests are exact")]
pub(crate) fn seconds(microseconds: u64) -> f64 {
    microseconds as f64 / 1e6
}
