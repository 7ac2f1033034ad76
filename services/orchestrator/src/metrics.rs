use aetherius_contracts::tasks::{QueueStatus, TaskStatus};
use foundation::metrics::Metrics;
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
};

/// `aetherius_queue_depth` (002 section 6.4 scales on it) and `aetherius_tasks_…`.
pub(crate) struct TaskMetrics {
    queue_depth: Gauge,
    running: Gauge,
    ended: Family<StatusLabel, Counter>,
    seconds: Histogram,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StatusLabel {
    status: &'static str,
}

impl TaskMetrics {
    pub(crate) fn register(metrics: &Metrics) -> Self {
        let these = Self {
            queue_depth: Gauge::default(),
            running: Gauge::default(),
            ended: Family::default(),
            seconds: Histogram::new([0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0, 300.0, 600.0]),
        };
        metrics.register("aetherius", |registry| {
            registry.register("queue_depth", "Tasks that wait for a worker", these.queue_depth.clone());
            registry.register("tasks_running", "Tasks in work", these.running.clone());
            registry.register("tasks_ended", "Tasks ended, by how", these.ended.clone());
            registry.register(
                "task_seconds",
                "Seconds from a task's creation to its end",
                these.seconds.clone(),
            );
        });
        these
    }

    pub(crate) fn show(&self, queue: &QueueStatus) {
        self.queue_depth.set(i64::try_from(queue.pending + queue.scheduled).unwrap_or(i64::MAX));
        self.running.set(i64::try_from(queue.running).unwrap_or(i64::MAX));
    }

    pub(crate) fn ended(&self, status: TaskStatus, seconds: f64) {
        self.ended.get_or_create(&StatusLabel { status: status.as_str() }).inc();
        self.seconds.observe(seconds);
    }
}
