//! Whether a cluster answers at all: after it did not, it is left alone for a moment instead of being asked again by every step.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How long a cluster that did not answer is left alone.
const PAUSE: Duration = Duration::from_secs(5);

/// What kubectl says when nobody is there, or nobody who lets us in.
const UNREACHABLE: &[&str] = &[
    "Unable to connect to the server",
    "was refused - did you specify the right host or port",
    "connection refused",
    "no such host",
    "i/o timeout",
    "TLS handshake timeout",
    "no route to host",
    "network is unreachable",
];

/// Whether kubectl's words mean that the cluster did not answer.
#[must_use]
pub fn tells_of_silence(stderr: &str) -> bool {
    silence(stderr).is_some()
}

fn silence(stderr: &str) -> Option<&str> {
    stderr.lines().find(|line| UNREACHABLE.iter().any(|phrase| line.contains(phrase)))
}

/// What is known of the clusters. Bounded by their number.
#[derive(Default)]
pub(crate) struct Reach {
    silent: Mutex<HashMap<String, (Instant, String)>>,
}

impl Reach {
    /// Why `cluster` is left alone at `now`, if it is.
    pub(crate) fn refusal(&self, cluster: &str, now: Instant) -> Option<String> {
        let silent = self.silent.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, said) = silent.get(cluster)?;
        let age = now.saturating_duration_since(*since);
        (age < PAUSE)
            .then(|| format!("not asked: the cluster did not answer {} s ago ({said})", age.as_secs()))
    }

    /// Notes how a command against `cluster` went.
    pub(crate) fn note(&self, cluster: &str, timed_out: bool, stderr: &str, now: Instant) {
        let said = if timed_out { Some("it took too long") } else { silence(stderr) };
        let mut silent = self.silent.lock().unwrap_or_else(PoisonError::into_inner);
        match said {
            Some(said) => {
                silent.insert(cluster.to_owned(), (now, said.chars().take(200).collect()));
            }
            None => {
                silent.remove(cluster);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{PAUSE, Reach};
    use std::time::Instant;

    #[test]
    fn a_silent_cluster_is_left_alone_for_a_moment_and_only_that_one() {
        let reach = Reach::default();
        let now = Instant::now();
        reach.note("a", false, "E1120 x\nThe connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?", now);
        assert!(reach.refusal("a", now).unwrap().contains("was refused"));
        assert_eq!(reach.refusal("b", now), None);
        assert_eq!(reach.refusal("a", now + PAUSE), None);
        reach.note("a", false, "Error from server (NotFound): pods \"x\" not found", now + PAUSE);
        assert_eq!(reach.refusal("a", now + PAUSE), None);
        reach.note("a", true, "", now);
        assert!(reach.refusal("a", now).is_some());
    }
}
