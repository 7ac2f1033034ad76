//! What a pick would answer, for those who only want to know.

use super::{CompiledCluster, Member, NoPick, PickAsk, Turn, select};
use crate::{breaker::BreakerState, lane::trace::Count};
use std::sync::Arc;

/// What a pick would answer, and why.
#[derive(Debug)]
pub struct Preview {
    /// The lanes in the order in which they are looked at, with their endpoints.
    pub lanes: Vec<LaneLook>,
    /// Too few endpoints of the base are healthy, so all of them are used.
    pub panic: bool,
    /// The lane that would be taken, by its place in `lanes`, and the endpoint.
    pub picked: Result<(usize, Arc<Member>), NoPick>,
}

/// The endpoints of a lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaneLook {
    /// `None` is the base.
    pub lane: Option<String>,
    /// How many of them are healthy.
    pub endpoints: Count,
}

impl CompiledCluster {
    /// What [`CompiledCluster::pick`] would answer now. Nothing is counted, nobody's turn is used up, no breaker moves.
    #[must_use]
    pub fn preview(&self, ask: &PickAsk<'_>) -> Preview {
        let sets = self.sets(ask.now);
        let count = |lane: Option<&str>| {
            let of = sets.members.iter().filter(|member| member.lane_name() == lane);
            let (mut living, mut all) = (0, 0);
            for member in of {
                all += 1;
                living += usize::from(member.state.health(ask.now) == crate::health::Health::Healthy);
            }
            Count { living, of: all }
        };
        let lanes =
            ask.lanes.iter().map(|lane| LaneLook { lane: lane.map(str::to_owned), endpoints: count(*lane) });
        let picked = match self.breaker_state() {
            Some(BreakerState::Open { until, .. }) if ask.now < until => Err(NoPick::Open(until - ask.now)),
            _ => select(&sets, ask, self.in_flight_max(), Turn::Look)
                .map(|(lane, member)| (lane, Arc::clone(member))),
        };
        Preview { lanes: lanes.collect(), panic: sets.base.panic, picked }
    }
}

impl Member {
    fn lane_name(&self) -> Option<&str> {
        self.lane.as_ref().map(crate::lane::Lane::as_str)
    }
}
