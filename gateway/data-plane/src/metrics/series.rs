//! What is counted of each route, cluster and listener.

use super::sharded::{Count, Sharded};
use agw_core::histogram::{self, BUCKETS};
use std::sync::Arc;

/// What can be counted under a name.
pub(crate) trait Series {
    fn named(name: Arc<str>) -> Self;
    fn name(&self) -> &str;
    /// Takes over what another has counted.
    fn absorb(&self, other: &Self);
}

/// Durations by bucket, and their sum.
#[derive(Debug)]
pub(crate) struct Durations {
    buckets: [Count; BUCKETS],
    sum_us: Count,
}

impl Default for Durations {
    fn default() -> Self {
        Self { buckets: std::array::from_fn(|_| Count::default()), sum_us: Count::default() }
    }
}

impl Durations {
    fn record(&self, microseconds: u64) {
        self.buckets[histogram::bucket(microseconds)].add(1);
        self.sum_us.add(microseconds);
    }

    fn absorb(&self, sums: &DurationSums) {
        for (bucket, &count) in self.buckets.iter().zip(&sums.buckets) {
            bucket.add(count);
        }
        self.sum_us.add(sums.sum_us);
    }
}

/// The sums over all threads.
#[derive(Clone, Debug)]
pub(crate) struct DurationSums {
    pub(crate) buckets: [u64; BUCKETS],
    pub(crate) sum_us: u64,
}

impl DurationSums {
    fn of<'a>(shards: impl Iterator<Item = &'a Durations>) -> Self {
        let mut sums = Self { buckets: [0; BUCKETS], sum_us: 0 };
        for shard in shards {
            for (sum, bucket) in sums.buckets.iter_mut().zip(&shard.buckets) {
                *sum += bucket.get();
            }
            sums.sum_us += shard.sum_us.get();
        }
        sums
    }

    pub(crate) fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }
}

/// Classes of status, in the order of the counters.
pub(crate) const STATUS_CLASSES: [&str; 6] =
    ["none", "informational", "success", "redirect", "client_error", "server_error"];
/// Its place in [`STATUS_CLASSES`].
pub(crate) const SERVER_ERROR: usize = 5;

/// One route.
#[derive(Debug)]
pub(crate) struct RouteSeries {
    name: Arc<str>,
    shards: Sharded<RouteShard>,
}

#[derive(Debug, Default)]
#[repr(align(64))]
struct RouteShard {
    statuses: [Count; STATUS_CLASSES.len()],
    bytes_in: Count,
    bytes_out: Count,
    rate_limited: Count,
    over_budget: Count,
    durations: Durations,
}

/// A finished request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Finished {
    /// 0 when there was no answer.
    pub(crate) status: u16,
    pub(crate) took_us: u64,
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
}

impl RouteSeries {
    pub(crate) fn finished(&self, request: Finished) {
        let mine = self.shards.mine();
        let class = usize::from(request.status / 100);
        mine.statuses[class.min(SERVER_ERROR)].add(1);
        mine.durations.record(request.took_us);
        mine.bytes_out.add(request.bytes_out);
        if request.bytes_in > 0 {
            mine.bytes_in.add(request.bytes_in);
        }
    }

    pub(crate) fn rate_limited(&self) {
        self.shards.mine().rate_limited.add(1);
    }

    /// A retry was not made.
    pub(crate) fn over_budget(&self) {
        self.shards.mine().over_budget.add(1);
    }

    pub(crate) fn statuses(&self) -> [u64; STATUS_CLASSES.len()] {
        std::array::from_fn(|class| self.shards.sum(|shard| &shard.statuses[class]))
    }

    pub(crate) fn durations(&self) -> DurationSums {
        DurationSums::of(self.shards.iter().map(|shard| &shard.durations))
    }

    pub(crate) fn bytes_in(&self) -> u64 {
        self.shards.sum(|shard| &shard.bytes_in)
    }

    pub(crate) fn bytes_out(&self) -> u64 {
        self.shards.sum(|shard| &shard.bytes_out)
    }

    pub(crate) fn times_over_budget(&self) -> u64 {
        self.shards.sum(|shard| &shard.over_budget)
    }

    pub(crate) fn times_rate_limited(&self) -> u64 {
        self.shards.sum(|shard| &shard.rate_limited)
    }
}

impl Series for RouteSeries {
    fn named(name: Arc<str>) -> Self {
        Self { name, shards: Sharded::new() }
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn absorb(&self, other: &Self) {
        let mine = self.shards.mine();
        for (class, count) in other.statuses().into_iter().enumerate() {
            mine.statuses[class].add(count);
        }
        mine.bytes_in.add(other.bytes_in());
        mine.bytes_out.add(other.bytes_out());
        mine.rate_limited.add(other.times_rate_limited());
        mine.over_budget.add(other.times_over_budget());
        mine.durations.absorb(&other.durations());
    }
}

/// How a connection to an endpoint came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Connect {
    Opened,
    Reused,
    Failed,
}

pub(crate) const CONNECTS: [&str; 3] = ["opened", "reused", "failed"];

/// What went wrong between us and an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UpstreamFailure {
    /// No connection.
    Connect,
    /// Silence.
    Timeout,
    /// The connection broke, or what came was no HTTP.
    Broken,
}

pub(crate) const UPSTREAM_FAILURES: [&str; 3] = ["connect", "timeout", "broken"];

/// One cluster.
#[derive(Debug)]
pub(crate) struct ClusterSeries {
    name: Arc<str>,
    shards: Sharded<ClusterShard>,
    /// For the error log.
    pub(crate) failures_gate: crate::error_log::Gate,
}

#[derive(Debug, Default)]
#[repr(align(64))]
struct ClusterShard {
    connects: [Count; CONNECTS.len()],
    failures: [Count; UPSTREAM_FAILURES.len()],
    retries: Count,
    durations: Durations,
}

impl ClusterSeries {
    pub(crate) fn connect(&self, how: Connect) {
        self.shards.mine().connects[how as usize].add(1);
    }

    pub(crate) fn failed(&self, how: UpstreamFailure) {
        self.shards.mine().failures[how as usize].add(1);
    }

    pub(crate) fn retried(&self) {
        self.shards.mine().retries.add(1);
    }

    pub(crate) fn answered(&self, took_us: u64) {
        self.shards.mine().durations.record(took_us);
    }

    /// In the order of [`CONNECTS`].
    pub(crate) fn connects(&self) -> [u64; CONNECTS.len()] {
        std::array::from_fn(|how| self.shards.sum(|shard| &shard.connects[how]))
    }

    /// In the order of [`UPSTREAM_FAILURES`].
    pub(crate) fn failures(&self) -> [u64; UPSTREAM_FAILURES.len()] {
        std::array::from_fn(|how| self.shards.sum(|shard| &shard.failures[how]))
    }

    pub(crate) fn retries(&self) -> u64 {
        self.shards.sum(|shard| &shard.retries)
    }

    pub(crate) fn durations(&self) -> DurationSums {
        DurationSums::of(self.shards.iter().map(|shard| &shard.durations))
    }
}

impl Series for ClusterSeries {
    fn named(name: Arc<str>) -> Self {
        Self { name, shards: Sharded::new(), failures_gate: crate::error_log::Gate::default() }
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn absorb(&self, other: &Self) {
        let mine = self.shards.mine();
        for (count, more) in mine.connects.iter().zip(other.connects()) {
            count.add(more);
        }
        for (count, more) in mine.failures.iter().zip(other.failures()) {
            count.add(more);
        }
        mine.retries.add(other.retries());
        mine.durations.absorb(&other.durations());
    }
}

/// One listener.
#[derive(Debug)]
pub(crate) struct ListenerSeries {
    name: Arc<str>,
    accepted: Count,
    open: Count,
    handshakes: Count,
    failed_handshakes: Count,
}

impl ListenerSeries {
    /// Counts a connection until the guard is dropped.
    pub(crate) fn connection(self: &Arc<Self>) -> OpenConnection {
        self.accepted.add(1);
        self.open.add(1);
        OpenConnection(Arc::clone(self))
    }

    /// Counts a TLS handshake.
    pub(crate) fn handshake(&self, ok: bool) {
        if ok { self.handshakes.add(1) } else { self.failed_handshakes.add(1) }
    }

    pub(crate) fn accepted(&self) -> u64 {
        self.accepted.get()
    }

    pub(crate) fn open(&self) -> u64 {
        self.open.get()
    }

    /// That succeeded, and that failed.
    pub(crate) fn handshakes(&self) -> [u64; 2] {
        [self.handshakes.get(), self.failed_handshakes.get()]
    }
}

/// A connection that is counted as open.
#[derive(Debug)]
pub(crate) struct OpenConnection(Arc<ListenerSeries>);

impl OpenConnection {
    pub(crate) fn listener(&self) -> &ListenerSeries {
        &self.0
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.open.take(1);
    }
}

impl Series for ListenerSeries {
    fn named(name: Arc<str>) -> Self {
        Self {
            name,
            accepted: Count::default(),
            open: Count::default(),
            handshakes: Count::default(),
            failed_handshakes: Count::default(),
        }
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn absorb(&self, other: &Self) {
        self.accepted.add(other.accepted());
        let [ok, failed] = other.handshakes();
        self.handshakes.add(ok);
        self.failed_handshakes.add(failed);
    }
}
