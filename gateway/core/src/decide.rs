//! What to do with a request: route, answer a preflight, authenticate, find the lane, limit, look at the size, and then what the
//! route is for.

use crate::{
    auth::{self, Verdict},
    caller::Caller,
    cluster::CompiledCluster,
    cors,
    facts::Facts,
    injection::{self, Finding},
    lane,
    limit::Taken,
    path, redirect,
    refusal::{Code, Refusal},
    resource::{Action, Forward},
    route::{Considered, Lookup, Probe},
    routing::{CompiledForward, CompiledRoute, Routing},
};
use http::{HeaderMap, Method};
use std::{net::IpAddr, sync::Arc, time::Duration};

#[cfg(test)]
mod tests;

/// What decisions need to know of a request.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// Its method.
    pub method: &'a Method,
    /// The `Host` value or authority, with or without port.
    pub host: &'a str,
    /// The path as it arrived, without the query.
    pub path: &'a str,
    /// What follows the question mark.
    pub query: Option<&'a str>,
    /// All headers.
    pub headers: &'a HeaderMap,
    /// Who is at the other end of the connection.
    pub client: IpAddr,
    /// The announced body size; `None` for a stream or no body.
    pub content_length: Option<u64>,
    /// A random number, for all that is decided by lot.
    pub lot: u64,
}

/// What to do, and what was found out on the way; the latter is there for the log even when the request is refused.
#[derive(Debug)]
pub struct Decision {
    /// The route, if one matched.
    pub route: Option<Arc<CompiledRoute>>,
    /// The caller, if known.
    pub consumer: Option<Arc<Caller>>,
    /// Whether its token names a key that is not known yet: once keys were fetched again, the answer may be another.
    pub keys_wanted: bool,
    /// Its lane; the base as long as the caller was not authenticated.
    pub lane: lane::Resolved,
    /// What was taken from the limits of the route, if it came to that. Those still open must be settled before the outcome holds.
    pub limited: Option<Taken>,
    /// What looks like an attack in its head, if the route wants to know.
    pub findings: Vec<Finding>,
    /// What to do.
    pub outcome: Outcome,
    /// Whether this only says what would be decided, and nothing is counted.
    rehearsed: bool,
}

/// What to do with a request.
#[derive(Debug)]
pub enum Outcome {
    /// Send it on.
    Forward(Forwarding),
    /// Send the client to another address.
    Redirect {
        /// Of the answer.
        status: u16,
        /// The `Location`.
        location: String,
    },
    /// Answer it as the route says.
    Respond,
    /// Answer a CORS preflight with 204 and these headers.
    Preflight(cors::Headers),
    /// Send the browser to this path of ours.
    SignIn(String),
    /// Answer it ourselves.
    Refuse(Refusal),
}

/// Where a request goes.
#[derive(Debug)]
pub struct Forwarding {
    /// The path for the upstream, the query is to be kept; `None` when it stays as it arrived.
    pub path: Option<String>,
    /// Where it goes.
    pub cluster: Arc<CompiledCluster>,
    /// Where a copy goes.
    pub mirror: Option<Arc<CompiledCluster>>,
}

/// Decides about one request. `now` comes from a clock that never goes back.
#[must_use]
pub fn decide(routing: &Routing, ask: &Ask<'_>, now: Duration) -> Decision {
    run(routing, ask, now, false)
}

/// What [`decide`] would say now. Nothing is taken from any limit.
#[must_use]
pub fn rehearse(routing: &Routing, ask: &Ask<'_>, now: Duration) -> Decision {
    run(routing, ask, now, true)
}

fn run(routing: &Routing, ask: &Ask<'_>, now: Duration, rehearsed: bool) -> Decision {
    let mut decision = Decision {
        rehearsed,
        route: None,
        consumer: None,
        keys_wanted: false,
        lane: lane::Resolved::default(),
        limited: None,
        findings: Vec::new(),
        outcome: Outcome::Respond,
    };
    decision.outcome = steps(routing, ask, now, &mut decision).unwrap_or_else(Outcome::Refuse);
    decision
}

/// The routes in order of preference, each with what became of it; decides nothing and counts nothing.
///
/// # Errors
/// The path is refused before any route is looked at.
pub fn explain_route<'r>(
    routing: &'r Routing,
    ask: &Ask<'_>,
) -> Result<Vec<Considered<'r, Arc<CompiledRoute>>>, Refusal> {
    let path = path::normalise(ask.path)?;
    Ok(routing.table.explain(&probe(ask, &path)))
}

fn steps(routing: &Routing, ask: &Ask<'_>, now: Duration, found: &mut Decision) -> Result<Outcome, Refusal> {
    let path = path::normalise(ask.path)?;
    if let Some(preflight) = preflight(routing, ask, &path, found)? {
        return Ok(Outcome::Preflight(preflight));
    }
    let compiled = find(routing, ask, &path)?;
    found.route = Some(Arc::clone(compiled));
    let route = &compiled.route;

    if route.ip.as_ref().is_some_and(|rules| !rules.permits(ask.client)) {
        return Err(Refusal::new(Code::Forbidden, "this route is not open to your address"));
    }
    if let Some(policy) = &route.auth {
        match auth::authenticate(policy, &routing.keyring, ask.method, ask.headers) {
            Verdict::Known(caller) => found.consumer = Some(caller),
            Verdict::Anonymous => {}
            Verdict::Unknown { refusal, sign_in, keys_wanted } => {
                found.keys_wanted = keys_wanted;
                return sign_in.map(Outcome::SignIn).ok_or(refusal);
            }
        }
    }
    let facts = Facts { headers: ask.headers, client: ask.client, caller: found.consumer.as_deref() };
    found.lane = lane::resolve(&routing.lanes, &route.lane, &facts);
    if let Some(policy) = &route.auth {
        auth::authorise(policy, facts.caller, ask.method)?;
    }
    if let Some(limits) = &compiled.limits {
        let taken = if found.rehearsed { limits.look(&facts, now) } else { limits.take(&facts, now) };
        let refusal = limits.refusal(&taken);
        found.limited = Some(taken);
        if let Some(refusal) = refusal {
            return Err(refusal);
        }
    }
    if ask.content_length.is_some_and(|bytes| bytes > route.body_bytes_max) {
        return Err(too_large(route.body_bytes_max));
    }
    if let Some(policy) = &route.injection {
        found.findings = injection::inspect_head(policy.families, ask.path, ask.query, ask.headers);
        if policy.blocks && !found.findings.is_empty() {
            return Err(injection::refusal());
        }
    }
    match (&route.action, &compiled.forward) {
        (Action::Forward(forward), Some(compiled_forward)) => {
            let path = route_path(ask, &path, forward, compiled)?;
            if let Some(budget) = compiled_forward.retry_budget.as_ref().filter(|_| !found.rehearsed) {
                budget.request();
            }
            Ok(Outcome::Forward(forwarding(ask.lot, path, forward, compiled_forward)))
        }
        (Action::Redirect(redirect), _) => Ok(Outcome::Redirect {
            status: redirect.status,
            location: redirect::location(redirect, &route.path, ask.host, &path, ask.query)?,
        }),
        // A route that forwards is compiled with what it needs.
        (Action::Respond(_) | Action::Forward(_), _) => Ok(Outcome::Respond),
    }
}

fn route_path(
    ask: &Ask<'_>,
    path: &str,
    forward: &Forward,
    compiled: &CompiledRoute,
) -> Result<Option<String>, Refusal> {
    let rewritten = forward.rewrite.apply(&compiled.route.path, path)?;
    Ok((rewritten != ask.path).then(|| rewritten.into_owned()))
}

fn forwarding(lot: u64, path: Option<String>, forward: &Forward, compiled: &CompiledForward) -> Forwarding {
    // Other digits than those the split looks at, so that a mirror gets its share of each cluster's requests.
    let copied =
        forward.mirror.as_ref().is_some_and(|mirror| (lot >> 32) % 1_000_000 < mirror.per_million.into());
    Forwarding {
        path,
        cluster: Arc::clone(compiled.split.pick(lot & u64::from(u32::MAX))),
        mirror: compiled.mirror.clone().filter(|_| copied),
    }
}

/// The headers of the answer, when this is a preflight to a route that answers such.
fn preflight(
    routing: &Routing,
    ask: &Ask<'_>,
    path: &str,
    found: &mut Decision,
) -> Result<Option<cors::Headers>, Refusal> {
    let Some(method) = cors::announced(ask.method, ask.headers) else { return Ok(None) };
    let probe = Probe { method: &method, preflight: true, ..probe(ask, path) };
    let Lookup::Found(compiled) = routing.table.lookup(&probe) else { return Ok(None) };
    let Some(cors) = &compiled.route.cors else { return Ok(None) };
    found.route = Some(Arc::clone(compiled));
    cors.preflight(&compiled.route, ask.headers).map(Some)
}

fn probe<'a>(ask: &Ask<'a>, path: &'a str) -> Probe<'a> {
    let Ask { method, host, query, headers, .. } = *ask;
    Probe { method, host, path, query, headers, preflight: false }
}

/// The refusal of a body larger than a route's `body_bytes_max`.
#[must_use]
pub fn too_large(body_bytes_max: u64) -> Refusal {
    Refusal::new(
        Code::BodyTooLarge,
        format!("the request body is larger than {body_bytes_max} bytes; send less"),
    )
}

fn find<'r>(routing: &'r Routing, ask: &Ask<'_>, path: &str) -> Result<&'r Arc<CompiledRoute>, Refusal> {
    match routing.table.lookup(&probe(ask, path)) {
        Lookup::Found(compiled) => Ok(compiled),
        Lookup::Nothing => {
            Err(Refusal::new(Code::NoRoute, "no route serves this host and path; check the address"))
        }
        Lookup::OtherMethods(methods) => {
            let allow: Vec<&str> = methods.iter().map(Method::as_str).collect();
            let detail = "this path is not served with this method; see the Allow header";
            Err(Refusal { allow: Some(allow.join(", ")), ..Refusal::new(Code::MethodNotAllowed, detail) })
        }
    }
}
