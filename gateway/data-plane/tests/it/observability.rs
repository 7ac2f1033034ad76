//! What a gateway tells about itself, configured as `docs/gateway/observability.md` says.

mod access_log;
mod alerts;
mod metrics;
mod traces;

use crate::support::{DEADLINE, Setup};
use std::time::Duration;
use tokio::time::{Instant, sleep};

const DOCS: &str = include_str!("../../../../docs/gateway/observability.md");

/// The first example under a heading.
fn example(heading: &str) -> String {
    let (_, section) = DOCS.split_once(&format!("# {heading}\n")).expect("the heading is there");
    let (_, block) = section.split_once("```yaml").expect("it has an example");
    let (_, block) = block.split_once('\n').unwrap();
    block.split_once("```").unwrap().0.to_owned()
}

/// The rows of the first table under a heading, without its head.
fn table(heading: &str) -> Vec<Vec<String>> {
    let (_, section) = DOCS.split_once(&format!("# {heading}\n")).expect("the heading is there");
    let lines =
        section.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
    lines.skip(2).map(cells).collect()
}

/// Waits until the metrics have this line: a request is counted after its answer was sent.
async fn told(setup: &Setup, line: &str) {
    let deadline = Instant::now() + DEADLINE;
    loop {
        let metrics = setup.admin("GET /metrics").await;
        if metrics.body().lines().any(|other| other == line) {
            return;
        }
        assert!(Instant::now() < deadline, "{line}\n{}", metrics.body());
        sleep(Duration::from_millis(5)).await;
    }
}
