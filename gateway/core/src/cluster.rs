//! A cluster as requests meet it: its endpoints with their health, one balanced set for each lane and one for the base.
//!
//! The sets hold the endpoints that are usable, and are built anew when that changes, so that a pick costs a few loads. Ejections
//! end by time; the sets say when the next one does, and the first pick after that builds them.

use crate::{
    attachment::Attachment,
    balance::{self, Balancer},
    breaker::{Breaker, BreakerState, Pass},
    health::{EndpointState, Health},
    lane::Lane,
    outlier::{self, Ejection},
    resource::{Address, Balance, Cluster, HashBy, Protocol},
};
use arc_swap::ArcSwap;
use std::{
    collections::HashMap,
    fmt,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::AtomicU32},
    time::Duration,
};

mod lease;
mod preview;
mod status;
#[cfg(test)]
mod tests;

pub use lease::{Changes, Lease, RequestSlot, Waiting};
pub use preview::{LaneLook, Preview};
pub use status::{ClusterStatus, EndpointStatus};

/// Requests that one HTTP/2 connection carries at a time.
pub const STREAMS_MAX: u32 = 100;
/// A name may stand for as many addresses; further ones are left out.
const ADDRESSES_MAX: usize = 256;

/// Lane candidates of a request without a lane.
pub const BASE: &[Option<&str>] = &[None];

/// A cluster with its live state. It lasts until its configuration changes, over any number of reloads.
#[derive(Debug)]
pub struct CompiledCluster {
    /// The cluster as configured.
    pub cluster: Cluster,
    sets: ArcSwap<Sets>,
    /// The last good answer for each name; held while sets are built.
    resolved: Mutex<HashMap<String, Vec<IpAddr>>>,
    requests: Arc<AtomicU32>,
    waiting: AtomicU32,
    breaker: Option<Arc<Breaker>>,
    /// What is counted of it.
    pub observed: Attachment,
}

/// Where to connect to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// An address and port.
    Tcp(SocketAddr),
    /// A socket's path.
    Unix(PathBuf),
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// One endpoint: what is configured, at one of its addresses.
#[derive(Debug)]
pub struct Member {
    /// Where it is.
    pub target: Target,
    /// The host as configured, an address or a name; `None` for a socket's path.
    pub host: Option<String>,
    /// Its share beside the others.
    pub weight: u32,
    /// The lane it serves; `None` is the base.
    pub lane: Option<Lane>,
    /// What is known of its address.
    pub state: Arc<EndpointState>,
    /// What it draws lots with.
    pub(crate) seed: u64,
}

#[derive(Debug)]
struct Sets {
    members: Vec<Arc<Member>>,
    base: Set,
    lanes: HashMap<String, Set>,
    /// From then on they are out of date.
    next_change: Duration,
    /// The first answer for some name is still to come.
    unresolved: bool,
}

/// The endpoints of one lane, or of the base.
#[derive(Debug)]
struct Set {
    /// In panic all of them, whatever their health.
    usable: Vec<Arc<Member>>,
    living: bool,
    panic: bool,
    balancer: Balancer,
}

/// What a pick goes by.
#[derive(Clone, Copy, Debug)]
pub struct PickAsk<'a> {
    /// The lanes to look in, the preferred one first; `None` is the base. The first with a usable endpoint is taken.
    pub lanes: &'a [Option<&'a str>],
    /// For [`Balance::ConsistentHash`], from [`balance::hash_key`].
    pub key: u64,
    /// Where this request has been already.
    pub tried: &'a [Tried],
    /// From a clock that never goes back.
    pub now: Duration,
}

/// An endpoint that a request was sent to, or was to be.
#[derive(Clone, Debug)]
pub struct Tried {
    /// The endpoint.
    pub member: Arc<Member>,
    /// Whether there was a connection. Endpoints that were reached are tried again before a lane is left, others not.
    pub reached: bool,
}

impl Tried {
    fn is(&self, member: &Member) -> bool {
        self.member.target == member.target
    }
}

/// Whether a pick uses up somebody's turn.
#[derive(Clone, Copy, Debug)]
enum Turn {
    Take,
    Look,
}

/// Why there is no endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoPick {
    /// None is usable.
    Unavailable,
    /// None is known yet: the first answer of DNS is still to come.
    Unresolved,
    /// All have as many requests as they may.
    Busy,
    /// The circuit breaker is open; asking again may help after this time.
    Open(Duration),
}

impl CompiledCluster {
    /// A cluster. What is known of endpoints that `previous` has too is taken over.
    #[must_use]
    pub fn new(cluster: Cluster, previous: Option<&Self>) -> Self {
        let old = previous.map(|previous| previous.sets.load_full());
        let mut resolved = previous.map(|previous| previous.lock().clone()).unwrap_or_default();
        resolved.retain(|name, _| names(&cluster).any(|used| used == name));
        let known = old.as_ref().map_or(&[][..], |sets| &sets.members);
        let members = members(&cluster, &resolved, known);
        for member in &members {
            if cluster.health_check.is_none() {
                member.state.unchecked();
            }
            if cluster.outliers.is_none() {
                member.state.eject(None);
            }
        }
        let breaker = cluster.failure_ratio.map(|settings| {
            let same = previous.and_then(|previous| previous.breaker.as_ref());
            let same = same.filter(|breaker| *breaker.settings() == settings);
            same.map_or_else(|| Arc::new(Breaker::new(settings)), Arc::clone)
        });
        let requests = previous.map(|previous| Arc::clone(&previous.requests)).unwrap_or_default();
        let unresolved = names(&cluster).any(|name| !resolved.contains_key(name));
        // Ejections count until the first pick brings a clock.
        let sets = Sets::new(&cluster, members, unresolved, Duration::ZERO, old.as_deref());
        let (sets, resolved) = (ArcSwap::from_pointee(sets), Mutex::new(resolved));
        let (waiting, observed) = (AtomicU32::new(0), Attachment::default());
        Self { cluster, sets, resolved, requests, waiting, breaker, observed }
    }

    /// What of a request is hashed, if endpoints are chosen by it.
    #[must_use]
    pub fn hash_by(&self) -> Option<&HashBy> {
        match &self.cluster.balance {
            Balance::ConsistentHash(by) => Some(by),
            _ => None,
        }
    }

    /// The next endpoint.
    ///
    /// # Errors
    /// Why there is none.
    pub fn pick(self: &Arc<Self>, ask: &PickAsk<'_>) -> Result<Lease, NoPick> {
        let pass = match &self.breaker {
            Some(breaker) => breaker.admit(ask.now).map_err(NoPick::Open)?,
            None => Pass::Ordinary,
        };
        let picked = self.select_and_count(ask);
        if picked.is_err()
            && let Some(breaker) = &self.breaker
        {
            breaker.abandon(&pass);
        }
        let (candidate, member) = picked?;
        Ok(Lease::new(Arc::clone(self), member, candidate, pass, ask.now))
    }

    /// Whether an endpoint of this lane (`None`: of the base) is healthy.
    #[must_use]
    pub fn has_living(&self, lane: Option<&str>, now: Duration) -> bool {
        self.sets(now).of(lane).is_some_and(|set| set.living)
    }

    /// Whether a pick could return an endpoint where the request has not been.
    #[must_use]
    pub fn has_untried(&self, ask: &PickAsk<'_>) -> bool {
        let sets = self.sets(ask.now);
        let mut candidates = ask.lanes.iter().filter_map(|lane| sets.of(*lane)).flat_map(|set| &set.usable);
        candidates.any(|member| !ask.tried.iter().any(|tried| tried.is(member)))
    }

    /// All endpoints, healthy or not.
    #[must_use]
    pub fn members(&self) -> Vec<Arc<Member>> {
        self.sets.load().members.clone()
    }

    /// The names that DNS is to be asked about.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        names(&self.cluster)
    }

    /// Takes over the addresses of a name. An answer without any leaves the last good one in force.
    pub fn resolved(&self, name: &str, mut addresses: Vec<IpAddr>, now: Duration) {
        addresses.sort_unstable();
        addresses.dedup();
        addresses.truncate(ADDRESSES_MAX);
        let mut resolved = self.lock();
        match resolved.get(name) {
            Some(known) if addresses.is_empty() || *known == addresses => return,
            _ => resolved.insert(name.to_owned(), addresses),
        };
        let old = self.sets.load();
        let unresolved = names(&self.cluster).any(|name| !resolved.contains_key(name));
        let members = members(&self.cluster, &resolved, &old.members);
        self.sets.store(Arc::new(Sets::new(&self.cluster, members, unresolved, now, Some(&old))));
    }

    /// Takes note of a check. The health it leads to, if that is another than before.
    pub fn checked(&self, member: &Member, ok: bool, now: Duration) -> Option<Health> {
        let change = member.state.checked(self.cluster.health_check.as_ref()?, ok, now)?;
        self.rebuild(&self.lock(), now);
        Some(change)
    }

    /// How everything is.
    #[must_use]
    pub fn status(&self, now: Duration) -> ClusterStatus {
        let sets = self.sets(now);
        ClusterStatus {
            name: self.cluster.name.clone(),
            breaker: self.breaker.as_ref().map(|breaker| breaker.state()),
            panic: sets.base.panic,
            waiting: self.waiting(),
            endpoints: sets.members.iter().map(|member| status::of(member, now)).collect(),
        }
    }

    /// Where the circuit breaker stands, if there is one.
    #[must_use]
    pub fn breaker_state(&self) -> Option<BreakerState> {
        self.breaker.as_ref().map(|breaker| breaker.state())
    }

    fn select_and_count(&self, ask: &PickAsk<'_>) -> Result<(usize, Arc<Member>), NoPick> {
        let sets = self.sets(ask.now);
        let in_flight_max = self.in_flight_max();
        // Between a look and the count another request may have come; then there is another look. As many at once are not likely.
        const LOOKS_MAX: usize = 16;
        for _ in 0..LOOKS_MAX {
            let (candidate, member) = select(&sets, ask, in_flight_max, Turn::Take)?;
            if lease::count(&member.state.in_flight, in_flight_max) {
                return Ok((candidate, Arc::clone(member)));
            }
        }
        Err(NoPick::Busy)
    }

    fn in_flight_max(&self) -> u32 {
        let streams = match self.cluster.protocol {
            Protocol::Http1 => 1,
            Protocol::Http2 => STREAMS_MAX,
        };
        self.cluster
            .bounds
            .connections_max
            .map_or(u32::MAX, |connections| connections.saturating_mul(streams))
    }

    fn sets(&self, now: Duration) -> arc_swap::Guard<Arc<Sets>> {
        let sets = self.sets.load();
        if now < sets.next_change {
            return sets;
        }
        let resolved = self.lock();
        // Another may have built them while we waited.
        if now >= self.sets.load().next_change {
            self.rebuild(&resolved, now);
        }
        self.sets.load()
    }

    fn rebuild(&self, _held: &MutexGuard<'_, HashMap<String, Vec<IpAddr>>>, now: Duration) {
        let old = self.sets.load();
        let sets = Sets::new(&self.cluster, old.members.clone(), old.unresolved, now, Some(&old));
        self.sets.store(Arc::new(sets));
    }

    /// Leaves an endpoint out, if that many may be. Until when.
    fn eject(&self, member: &Member, now: Duration) -> Option<Duration> {
        let settings = self.cluster.outliers.as_ref()?;
        let held = self.lock();
        let members = self.sets.load();
        let ejected =
            |other: &&Arc<Member>| other.state.ejection().is_some_and(|ejection| now < ejection.until);
        let already = member.state.ejection().is_some_and(|ejection| now < ejection.until);
        let ejected = members.members.iter().filter(ejected).count();
        if already || !outlier::may_eject(settings, members.members.len(), ejected) {
            return None;
        }
        let ejection = Ejection::next(settings, member.state.ejection(), now);
        member.state.eject(Some(ejection));
        self.rebuild(&held, now);
        Some(ejection.until)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Vec<IpAddr>>> {
        self.resolved.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn select<'s>(
    sets: &'s Sets,
    ask: &PickAsk<'_>,
    in_flight_max: u32,
    turn: Turn,
) -> Result<(usize, &'s Arc<Member>), NoPick> {
    let room = |member: &Member| lease::has_room(&member.state.in_flight, in_flight_max);
    let mut first = None;
    for (candidate, lane) in ask.lanes.iter().enumerate() {
        let Some(set) = sets.of(*lane).filter(|set| !set.usable.is_empty()) else { continue };
        first = first.or(Some((candidate, set)));
        if ask.tried.is_empty() {
            break;
        }
        let untried = |member: &Member| !ask.tried.iter().any(|tried| tried.is(member));
        let reached = |member: &Member| !ask.tried.iter().any(|tried| tried.is(member) && !tried.reached);
        for fits in [&untried as &dyn Fn(&Member) -> bool, &reached] {
            if set.usable.iter().any(|member| fits(member)) {
                let picked = set.pick(ask, turn, |member| fits(member) && room(member));
                return picked.map(|member| (candidate, member)).ok_or(NoPick::Busy);
            }
        }
    }
    let nothing = if sets.unresolved { NoPick::Unresolved } else { NoPick::Unavailable };
    let (candidate, set) = first.ok_or(nothing)?;
    set.pick(ask, turn, room).map(|member| (candidate, member)).ok_or(NoPick::Busy)
}

impl Sets {
    fn new(
        cluster: &Cluster,
        members: Vec<Arc<Member>>,
        unresolved: bool,
        now: Duration,
        old: Option<&Self>,
    ) -> Self {
        let of_lane = |lane: Option<&str>| -> Vec<Arc<Member>> {
            members
                .iter()
                .filter(|member| member.lane.as_ref().map(Lane::as_str) == lane)
                .map(Arc::clone)
                .collect()
        };
        let turn_of =
            |lane: Option<&str>| old.and_then(|old| old.of(lane)).map_or(0, |set| set.balancer.turn());
        // A lane without a healthy endpoint falls back rather than panics.
        let base = Set::new(cluster, of_lane(None), cluster.panic_percent, now, turn_of(None));
        let mut lanes = HashMap::new();
        for lane in members.iter().filter_map(|member| member.lane.as_ref()) {
            if !lanes.contains_key(lane.as_str()) {
                let set =
                    Set::new(cluster, of_lane(Some(lane.as_str())), 0, now, turn_of(Some(lane.as_str())));
                lanes.insert(lane.as_str().to_owned(), set);
            }
        }
        let ends = members.iter().filter_map(|member| match member.state.health(now) {
            Health::Ejected { until, .. } => Some(until),
            Health::Healthy | Health::Unhealthy { .. } => None,
        });
        let next_change = ends.min().unwrap_or(Duration::MAX);
        Self { base, lanes, next_change, unresolved, members }
    }

    fn of(&self, lane: Option<&str>) -> Option<&Set> {
        match lane {
            None => Some(&self.base),
            Some(lane) => self.lanes.get(lane),
        }
    }
}

impl Set {
    fn new(cluster: &Cluster, all: Vec<Arc<Member>>, panic_percent: u8, now: Duration, turn: u64) -> Self {
        let healthy = |member: &&Arc<Member>| member.state.health(now) == Health::Healthy;
        let usable: Vec<Arc<Member>> = all.iter().filter(healthy).map(Arc::clone).collect();
        let living = !usable.is_empty();
        let panic = usable.len() * 100 < all.len() * usize::from(panic_percent);
        let usable = if panic { all } else { usable };
        let balancer = Balancer::new(&cluster.balance, &usable, turn);
        Self { usable, living, panic, balancer }
    }

    fn pick(&self, ask: &PickAsk<'_>, turn: Turn, fits: impl Fn(&Member) -> bool) -> Option<&Arc<Member>> {
        match turn {
            Turn::Take => self.balancer.pick(&self.usable, ask.key, ask.now, fits),
            Turn::Look => self.balancer.look(&self.usable, ask.key, ask.now, fits),
        }
    }
}

/// The endpoints at all their addresses. Those that were known keep their state.
fn members(
    cluster: &Cluster,
    resolved: &HashMap<String, Vec<IpAddr>>,
    known: &[Arc<Member>],
) -> Vec<Arc<Member>> {
    let mut states: HashMap<Target, Arc<EndpointState>> =
        known.iter().map(|member| (member.target.clone(), Arc::clone(&member.state))).collect();
    let mut members: Vec<Arc<Member>> = Vec::new();
    for endpoint in &cluster.endpoints {
        let (host, targets) = match &endpoint.address {
            Address::Unix(path) => (None, vec![Target::Unix(path.clone())]),
            Address::Tcp { host, port } => {
                let tcp = |address: &IpAddr| Target::Tcp(SocketAddr::new(*address, *port));
                let targets = match host.parse() {
                    Ok(address) => vec![tcp(&address)],
                    Err(_) => resolved.get(host).into_iter().flatten().map(tcp).collect(),
                };
                (Some(host.clone()), targets)
            }
        };
        for target in targets {
            // Two names may stand for one address.
            if members.iter().any(|other| other.target == target && other.lane == endpoint.lane) {
                continue;
            }
            members.push(Arc::new(Member {
                seed: balance::hash(target.to_string().as_bytes()),
                state: Arc::clone(states.entry(target.clone()).or_default()),
                target,
                host: host.clone(),
                weight: endpoint.weight,
                lane: endpoint.lane.clone(),
            }));
        }
    }
    members
}

fn names(cluster: &Cluster) -> impl Iterator<Item = &str> {
    cluster.endpoints.iter().filter_map(|endpoint| match &endpoint.address {
        Address::Tcp { host, .. } if host.parse::<IpAddr>().is_err() => Some(host.as_str()),
        Address::Tcp { .. } | Address::Unix(_) => None,
    })
}
