//! A Kubernetes cluster for tests, without containers.
//!
//! In: a test that wants one. Out: a real API server, controller manager and scheduler on the loopback interface, with nodes that
//! kwok plays. A Deployment becomes a ReplicaSet and pods, pods are scheduled and run, and fail as their annotations say: see
//! [`fault`]. Everything that is not a kubelet's is real: scheduling, quotas, service accounts, volumes, endpoints.
//!
//! Invariants: nothing listens beyond the loopback interface; no process and no file outlives the [`Cluster`], nor the process that
//! started it, even if it is killed; a test whose cluster was not built
//! says so and is counted, and one whose cluster does not start fails.

mod cluster;
mod node;
mod skip;
mod error;
mod binaries;
mod components;
mod credentials;
mod processes;
mod api;
mod kubelet;
mod scenario;

pub use cluster::Cluster;
pub use error::{Error, Unavailable};
pub use kubelet::fault;
pub use node::Node;
pub use scenario::{Expect, Scenario, ScenarioError};
pub use skip::{SKIPPED_FILE, shared, shared_or_skip, skip};
