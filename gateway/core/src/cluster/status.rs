//! What operators see of a cluster.

use super::Member;
use crate::{breaker::BreakerState, health::Health};
use std::{sync::atomic::Ordering, time::Duration};

/// A cluster at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterStatus {
    /// Its name.
    pub name: String,
    /// Where its circuit breaker stands, if it has one with a failure ratio.
    pub breaker: Option<BreakerState>,
    /// Too few endpoints of the base are healthy, so all of them are used.
    pub panic: bool,
    /// Requests that wait for a connection.
    pub waiting: u32,
    /// Its endpoints at all their addresses, in the order of the configuration.
    pub endpoints: Vec<EndpointStatus>,
}

/// An endpoint at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointStatus {
    /// `IP:port` or `unix:/path`.
    pub address: String,
    /// The name or address it was configured by; `None` for a socket's path.
    pub host: Option<String>,
    /// The lane it serves; `None` is the base.
    pub lane: Option<String>,
    /// Its share beside the others.
    pub weight: u32,
    /// How it is. Times are on the clock the status was asked with.
    pub health: Health,
    /// Requests under way.
    pub in_flight: u32,
    /// Open connections, used and unused.
    pub connections: u32,
    /// The moving average of the time until an answer's head; `None` before the first.
    pub latency: Option<Duration>,
}

pub(super) fn of(member: &Member, now: Duration) -> EndpointStatus {
    let state = &member.state;
    EndpointStatus {
        address: member.target.to_string(),
        host: member.host.clone(),
        lane: member.lane.as_ref().map(ToString::to_string),
        weight: member.weight,
        health: state.health(now),
        in_flight: state.in_flight.load(Ordering::Relaxed),
        connections: state.connections.load(Ordering::Relaxed),
        latency: state.latency(),
    }
}
