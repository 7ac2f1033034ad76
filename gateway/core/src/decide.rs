//! What to do with a request: route, then authenticate, then find the lane, then limit, then look at the size.

use crate::{
    auth::{self, Verdict},
    caller::Caller,
    facts::Facts,
    injection::{self, Finding},
    lane,
    limit::Taken,
    path,
    refusal::{Code, Refusal},
    resource::PathMatch,
    route::Lookup,
    routing::{CompiledRoute, Routing},
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
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Send it on with this path.
    Forward {
        /// For the upstream; the query is to be kept.
        path: String,
    },
    /// Send the browser to this path of ours.
    SignIn(String),
    /// Answer it ourselves.
    Refuse(Refusal),
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
        outcome: Outcome::Forward { path: String::new() },
    };
    decision.outcome = steps(routing, ask, now, &mut decision).unwrap_or_else(Outcome::Refuse);
    decision
}

fn steps(routing: &Routing, ask: &Ask<'_>, now: Duration, found: &mut Decision) -> Result<Outcome, Refusal> {
    let path = path::normalise(ask.path)?;
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
    let prefix = match &route.path {
        PathMatch::Exact(path) | PathMatch::Prefix(path) => path,
    };
    Ok(Outcome::Forward { path: route.rewrite.apply(prefix, &path).into_owned() })
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
    match routing.table.lookup(ask.method, ask.host, path) {
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
