//! Which way a request would take, and why, without taking it.
//!
//! The way is found by the same steps that real requests go through ([`decide::rehearse`], [`CompiledCluster::preview`]); here it
//! is only put into words.

use crate::{
    balance,
    cluster::{CompiledCluster, NoPick, PickAsk},
    decide::{self, Ask, Decision, Outcome},
    lane::{Resolved, Why},
    resource::Balance,
    route::Verdict,
    routing::{CompiledRoute, Routing},
};
use http::Method;
use std::time::Duration;

/// As many as a person reads.
const PASSED_OVER_MAX: usize = 20;

/// Where a request would go, and why.
#[derive(Debug)]
pub struct Explanation {
    /// What would be found out, in order.
    pub steps: Vec<Step>,
    /// What would be done.
    pub decision: Decision,
    /// Where it would be sent.
    pub cluster: Option<String>,
    /// To which of its endpoints.
    pub endpoint: Option<String>,
}

/// One thing that would be found out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// `passed_over` (any number of times), `route`, `caller`, `lane`, `limits`, `injection`, `outcome`, `cluster` or `endpoint`.
    pub step: &'static str,
    /// For a person.
    pub found: String,
}

/// The times that limits and clusters go by.
#[derive(Clone, Copy, Debug)]
pub struct Clocks {
    /// As for [`decide::decide`].
    pub limits: Duration,
    /// As for [`CompiledCluster::pick`].
    pub clusters: Duration,
}

/// Explains one request. Nothing is sent, counted or used up.
#[must_use]
pub fn explain(routing: &Routing, ask: &Ask<'_>, now: Clocks) -> Explanation {
    let decision = decide::rehearse(routing, ask, now.limits);
    let mut steps = Vec::new();
    let mut say = |step, found: String| steps.push(Step { step, found });
    let (passed_over, more) = passed_over(routing, ask, decision.route.as_deref());
    for found in passed_over {
        say("passed_over", found);
    }
    if more > 0 {
        say("passed_over", format!("{more} more"));
    }
    let Some(compiled) = &decision.route else {
        say("route", "none".to_owned());
        say("outcome", outcome(&decision.outcome));
        return Explanation { steps, decision, cluster: None, endpoint: None };
    };
    say("route", route(compiled));
    say("caller", caller(compiled, &decision));
    if !is_stopped_before_lane(&decision) {
        say("lane", lane(&decision.lane));
        say("limits", limits(compiled, &decision));
        if compiled.route.injection.is_some() {
            say("injection", injection(&decision));
        }
    }
    say("outcome", outcome(&decision.outcome));
    let (mut cluster, mut endpoint) = (None, None);
    if let Outcome::Forward(forwarding) = &decision.outcome {
        let live = forwarding.cluster.as_ref();
        cluster = Some(live.cluster.name.clone());
        say("cluster", described(live, compiled));
        let found = pick(live, &decision.lane, ask, now.clusters);
        endpoint = found.0;
        say("endpoint", found.1);
    }
    Explanation { steps, decision, cluster, endpoint }
}

/// Routes that would have been preferred and do not match, with the first condition that fails, and the number of those left out.
/// Routes of other hosts are not worth a word.
fn passed_over(routing: &Routing, ask: &Ask<'_>, taken: Option<&CompiledRoute>) -> (Vec<String>, usize) {
    let Ok(considered) = decide::explain_route(routing, ask) else { return (Vec::new(), 0) };
    let is_taken = |one: &CompiledRoute| taken.is_some_and(|taken| std::ptr::eq(taken, one));
    let before = considered.iter().take_while(|one| !is_taken(one.route));
    let failed =
        before.filter(|one| !matches!(one.verdict, Verdict::Host | Verdict::Taken | Verdict::LessPreferred));
    let mut lines: Vec<String> =
        failed.map(|one| format!("{}: {}", one.route.route.name, one.verdict)).collect();
    let more = lines.len().saturating_sub(PASSED_OVER_MAX);
    lines.truncate(PASSED_OVER_MAX);
    (lines, more)
}

/// Limits come after the lane, and a refused caller comes to neither.
fn is_stopped_before_lane(decision: &Decision) -> bool {
    use crate::refusal::Code::{Forbidden, Unauthenticated};
    match &decision.outcome {
        Outcome::SignIn(_) | Outcome::Preflight(_) => true,
        Outcome::Refuse(refusal) => matches!(refusal.code, Unauthenticated | Forbidden),
        Outcome::Forward(_) | Outcome::Redirect { .. } | Outcome::Respond => false,
    }
}

fn route(compiled: &CompiledRoute) -> String {
    let route = &compiled.route;
    let hosts: Vec<String> = route.hosts.iter().map(ToString::to_string).collect();
    let hosts = if hosts.is_empty() { "every host".to_owned() } else { hosts.join(", ") };
    let methods: Vec<&str> = route.methods.iter().map(Method::as_str).collect();
    let methods = if methods.is_empty() { "every method".to_owned() } else { methods.join(", ") };
    let priority = if route.priority == 0 { String::new() } else { format!(", priority {}", route.priority) };
    format!("{}: {} for {hosts}, {methods}{priority}", route.name, route.path)
}

fn caller(compiled: &CompiledRoute, decision: &Decision) -> String {
    match (&compiled.route.auth, &decision.consumer) {
        (None, _) => "not asked for; credentials are left to the upstream".to_owned(),
        (Some(_), Some(caller)) if caller.roles.is_empty() => format!("{}, without roles", caller.name),
        (Some(_), Some(caller)) => format!("{}, with the roles {}", caller.name, caller.roles.join(", ")),
        (Some(_), None) if decision.keys_wanted => {
            "nobody known yet; a real request would wait for newer keys of the token's issuer".to_owned()
        }
        (Some(_), None) => "nobody known".to_owned(),
    }
}

fn lane(resolved: &Resolved) -> String {
    let name = resolved.lane.as_ref().map_or(crate::lane::BASE, |lane| lane.as_str());
    let why = match resolved.why {
        Why::Route => "the route has it".to_owned(),
        Why::Header => "the caller chose it by the header".to_owned(),
        Why::Baggage => "the caller chose it by baggage".to_owned(),
        Why::Rule(index) => format!("lanes.rules[{index}] fits"),
        Why::Nothing if resolved.chooser => "the caller chose none, and no rule fits".to_owned(),
        Why::Nothing => "the caller may not choose, and no rule fits".to_owned(),
    };
    let strict = if resolved.strict { "; strict: no other endpoints may serve it" } else { "" };
    format!("{name}: {why}{strict}")
}

fn limits(compiled: &CompiledRoute, decision: &Decision) -> String {
    let (Some(limits), Some(taken)) = (&compiled.limits, &decision.limited) else {
        return "none".to_owned();
    };
    let [(_, policy), (_, left)] = limits.headers(taken);
    let text = |value: &http::HeaderValue| value.to_str().unwrap_or_default().to_owned();
    let verdict = if limits.refusal(taken).is_some() { "used up" } else { "enough left" };
    format!("{verdict}: {} of {}", text(&left), text(&policy))
}

fn injection(decision: &Decision) -> String {
    let findings = decision.findings.iter();
    let found: Vec<String> =
        findings.map(|one| format!("{} in the {}", one.family.as_str(), one.location.as_str())).collect();
    if found.is_empty() { "nothing found; the body was not looked at".to_owned() } else { found.join(", ") }
}

fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Forward(forwarding) => {
            let copied =
                forwarding.mirror.as_ref().map(|mirror| format!(", and a copy to {}", mirror.cluster.name));
            let path = forwarding.path.as_deref();
            let path = path.map_or_else(|| "as it is".to_owned(), |path| format!("with the path {path}"));
            format!("forwarded {path}{}", copied.unwrap_or_default())
        }
        Outcome::Redirect { status, location } => format!("redirected with {status} to {location}"),
        Outcome::Respond => "answered by the route itself".to_owned(),
        Outcome::Preflight(headers) => {
            let said =
                headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap_or_default()));
            format!("a CORS preflight, answered with {}", said.collect::<Vec<_>>().join("; "))
        }
        Outcome::SignIn(path) => format!("sent to sign in at {path}"),
        Outcome::Refuse(refusal) => {
            let after =
                refusal.retry_after.map(|after| format!("; again after {:.1} s", after.as_secs_f64()));
            let (status, code) = (refusal.code.status(), refusal.code.as_str());
            format!("refused with {status} {code}: {}{}", refusal.detail, after.unwrap_or_default())
        }
    }
}

fn described(cluster: &CompiledCluster, route: &CompiledRoute) -> String {
    let balance = match &cluster.cluster.balance {
        Balance::RoundRobin => "round robin",
        Balance::LeastConnections => "least connections",
        Balance::P2cEwma => "the better of two by lot",
        Balance::ConsistentHash(_) => "by hash",
    };
    let split = route.route.forward().is_some_and(|forward| forward.split.len() > 1);
    let drawn = if split { format!(" (by lot of {})", route.route.action) } else { String::new() };
    format!("{}{drawn}, {balance}", cluster.cluster.name)
}

/// The endpoint, and how it comes to it.
fn pick(
    cluster: &CompiledCluster,
    lane: &Resolved,
    ask: &Ask<'_>,
    now: Duration,
) -> (Option<String>, String) {
    let key = cluster.hash_by().map(|by| balance::hash_key(by, ask.path, ask.query, ask.headers, ask.client));
    let lanes = lane.candidates();
    let preview = cluster.preview(&PickAsk { lanes: &lanes, key: key.unwrap_or(0), tried: &[], now });
    let looks = preview.lanes.iter().map(|look| {
        let name = look.lane.as_deref().unwrap_or(crate::lane::BASE);
        format!("{name} has {} of {} healthy", look.endpoints.living, look.endpoints.of)
    });
    let mut found = looks.collect::<Vec<_>>().join(", then ");
    if preview.panic {
        found.push_str("; too few are healthy, so all of the base are used");
    }
    match preview.picked {
        Ok((index, member)) => {
            let endpoint = member.target.to_string();
            let lane = preview.lanes.get(index).and_then(|look| look.lane.as_deref());
            let lane = lane.unwrap_or(crate::lane::BASE);
            let host = member.host.as_deref().filter(|host| !endpoint.starts_with(host));
            let host = host.map(|host| format!(" ({host})")).unwrap_or_default();
            (Some(endpoint.clone()), format!("{endpoint}{host} of {lane}: {found}"))
        }
        Err(why) => {
            let why = match why {
                NoPick::Unavailable => "none is usable".to_owned(),
                NoPick::Unresolved => "no name is resolved yet".to_owned(),
                NoPick::Busy => "all have as many requests as they may".to_owned(),
                NoPick::Open(wait) => format!("the circuit breaker is open for {:.1} s", wait.as_secs_f64()),
            };
            (None, format!("none, {why}: {found}"))
        }
    }
}
