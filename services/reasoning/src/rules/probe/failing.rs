//! Probes that fail now and do harm, and what the kubelet says of them.

use crate::objects::{Container, Event, Pod, Probe, Seen, Snapshot, State, selects};
use crate::rules::crash_loop::since;

use super::answer::{Answer, answer};

/// One of the three questions that the kubelet asks a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    Liveness,
    Readiness,
    Startup,
}

impl Which {
    const ALL: [Self; 3] = [Self::Liveness, Self::Readiness, Self::Startup];

    /// As the kubelet begins its sentences.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Liveness => "Liveness",
            Self::Readiness => "Readiness",
            Self::Startup => "Startup",
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Liveness => "liveness",
            Self::Readiness => "readiness",
            Self::Startup => "startup",
        }
    }

    fn of(self, container: &Container) -> Option<&Probe> {
        match self {
            Self::Liveness => container.liveness.as_ref(),
            Self::Readiness => container.readiness.as_ref(),
            Self::Startup => container.startup.as_ref(),
        }
    }
}

/// A probe whose failure does harm: the container is ended for it, or gets no traffic.
pub(super) struct Failing<'s> {
    pub(super) pod: &'s Seen<Pod>,
    pub(super) container: &'s Container,
    pub(super) which: Which,
    pub(super) probe: &'s Probe,
    /// What was said of its failures, the latest first.
    pub(super) said: Vec<(Answer, &'s Seen<Event>)>,
    /// The kubelet's word that it ends the container for this.
    pub(super) kill: Option<&'s Seen<Event>>,
    /// What services announce that is spoken at the port it asks: `grpc`, `http`, `tcp` …
    pub(super) announced: Vec<String>,
    /// Other probes of the container, which pass.
    pub(super) passing: Vec<(Which, &'s Probe)>,
}

/// The kubelet repeats itself, but falls silent for five minutes after it has said much.
const RECENT_S: u64 = 600;

/// Every probe of every pod that fails now and does harm.
pub(super) fn failing<'s>(snapshot: &'s Snapshot<'_>) -> Vec<Failing<'s>> {
    let mut found = Vec::new();
    for pod in snapshot.pods.iter() {
        let is_recent = |event: &&Seen<Event>| snapshot.age_s(event).is_none_or(|age| age <= RECENT_S);
        let events: Vec<_> = snapshot.events_of("pod", &pod.key).into_iter().filter(is_recent).collect();
        if !events.iter().any(|event| event.reason == "Unhealthy") {
            continue;
        }
        for container in pod.all_containers() {
            let look = Look { snapshot, pod, container, events: &events };
            found.extend(Which::ALL.into_iter().filter_map(|which| look.failing(which)));
        }
    }
    found
}

/// A container, and what was lately said about its pod.
struct Look<'l, 's, 'o> {
    snapshot: &'s Snapshot<'o>,
    pod: &'s Seen<Pod>,
    container: &'s Container,
    events: &'l [&'s Seen<Event>],
}

impl<'s> Look<'_, 's, '_> {
    fn failing(&self, which: Which) -> Option<Failing<'s>> {
        let probe = which.of(self.container)?;
        let said = self.said(which);
        let kill = self.kill(which);
        let answers = said.iter().map(|(answer, _)| *answer);
        let harms = match which {
            Which::Readiness => self.gets_no_traffic(probe),
            // A port that does not exist is never asked, so nothing is ended for it.
            Which::Liveness | Which::Startup => {
                kill.is_some() || answers.clone().any(|answer| answer == Answer::NoSuchPort)
            }
        };
        if said.is_empty() || !harms {
            return None;
        }
        let others = Which::ALL.into_iter().filter(|other| *other != which);
        let passing = others
            .filter_map(|other| Some((other, other.of(self.container)?)))
            .filter(|(other, probe)| self.passes(*other, probe))
            .collect();
        let announced = self.announced(probe);
        Some(Failing {
            pod: self.pod,
            container: self.container,
            which,
            probe,
            said,
            kill,
            announced,
            passing,
        })
    }

    /// From `appProtocol` of the ports of services that lead there, or the part of their name before its first dash.
    fn announced(&self, probe: &Probe) -> Vec<String> {
        let asked = probe.action.port().and_then(|port| port.resolve(self.container));
        let services = self.snapshot.services.iter().filter(|service| {
            let selector = service.selector.as_ref().filter(|selector| !selector.is_empty());
            service.key.namespace == self.pod.key.namespace
                && selector.is_some_and(|selector| selects(selector, &self.pod.labels))
        });
        let leads = services.flat_map(|service| &service.ports).filter(|port| {
            asked.is_some() && port.target.as_ref().and_then(|it| it.resolve(self.container)) == asked
        });
        let words =
            leads.map(|port| if port.app_protocol.is_empty() { &port.name } else { &port.app_protocol });
        words.map(|word| word.split('-').next().unwrap_or("").to_ascii_lowercase()).collect()
    }

    /// The events about this probe. They name no container, so a pod with several is told apart by the port that was asked.
    fn said(&self, which: Which) -> Vec<(Answer, &'s Seen<Event>)> {
        let asked: Vec<&Container> =
            self.pod.all_containers().filter(|container| which.of(container).is_some()).collect();
        let is_ours = |words: &str| match asked.as_slice() {
            [_] => true,
            _ => which
                .of(self.container)
                .and_then(|probe| probe.action.port()?.resolve(self.container))
                .is_some_and(|port| words.contains(&format!(":{port}"))),
        };
        let prefix = format!("{} probe ", which.title());
        let words = |event: &&'s Seen<Event>| {
            let rest = event.message.strip_prefix(&prefix).filter(|_| event.reason == "Unhealthy")?;
            let (_, words) = rest.split_once(": ")?;
            is_ours(words).then(|| (answer(words), *event))
        };
        self.events.iter().filter_map(words).collect()
    }

    fn kill(&self, which: Which) -> Option<&'s Seen<Event>> {
        let words = format!("ontainer {} failed {} probe", self.container.name, which.word());
        let says = |event: &&&'s Seen<Event>| event.reason == "Killing" && event.message.contains(&words);
        self.events.iter().find(says).copied()
    }

    /// True when the container runs and had its time, but is not ready. One that ends by itself is not ready for that.
    fn gets_no_traffic(&self, probe: &Probe) -> bool {
        let grace_s = u64::from(probe.delay_s + probe.period_s.saturating_mul(probe.failures));
        let had_time = match &self.container.state {
            Some(State::Running { since }) => {
                since.and_then(|since| self.snapshot.seconds_since(since)).is_none_or(|ran| ran >= grace_s)
            }
            Some(_) => false,
            None => true,
        };
        let ends = self.container.restarts > 0
            && self
                .container
                .last_end()
                .and_then(|end| since(self.snapshot, self.pod, end))
                .is_some_and(|seconds| seconds <= RECENT_S);
        self.container.ready == Some(false) && had_time && !ends
    }

    fn passes(&self, which: Which, probe: &Probe) -> bool {
        if which == Which::Readiness && self.container.ready == Some(true) {
            return true;
        }
        // Two rounds without a word mean that it recovered; many programs fail a few times while they start.
        let quiet_s = u64::from(probe.period_s.saturating_mul(2) + probe.timeout_s);
        let fails = |event: &Seen<Event>| self.snapshot.age_s(event).is_none_or(|age| age <= quiet_s);
        self.kill(which).is_none() && !self.said(which).iter().any(|(_, event)| fails(event))
    }
}
