//! Lanes.

use super::{Problems, network::networks};
use crate::settings::{LaneRuleSettings, LaneSettings, NamedValue, RouteLaneSettings};
use agw_core::lane::{Choosers, LANE_TRACE, Lane, LanePolicy, LaneRule, RouteLane, baggage::BAGGAGE};
use http::{HeaderName, header};

#[cfg(test)]
mod tests;

/// Headers that a lane cannot travel in, for they mean something else or end at the next hop.
const TAKEN: [HeaderName; 13] = [
    header::AUTHORIZATION,
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::CONTENT_TYPE,
    header::COOKIE,
    header::HOST,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    HeaderName::from_static("keep-alive"),
    BAGGAGE,
    LANE_TRACE,
];

pub(super) fn check(settings: &LaneSettings, problems: &mut Problems) -> LanePolicy {
    let header = header_name("lanes.header", &settings.header, problems);
    if let Some(header) = header.as_ref().filter(|header| TAKEN.contains(header)) {
        problems.add("lanes.header", format!("{header} has a meaning of its own; choose another header"));
    }
    let header = header.unwrap_or_else(|| LanePolicy::default().header);
    let choosers = &settings.choosers;
    if choosers.roles.iter().any(String::is_empty) {
        problems.add("lanes.choosers.roles", "a role is empty; give it a name");
    }
    let rules = settings.rules.iter().enumerate();
    LanePolicy {
        choosers: Choosers {
            everybody: choosers.everybody,
            roles: choosers.roles.clone(),
            networks: networks("lanes.choosers.ips", &choosers.ips, problems),
        },
        rules: rules
            .filter_map(|(index, settings)| {
                rule(&format!("lanes.rules[{index}]"), settings, &header, problems)
            })
            .collect(),
        header,
    }
}

pub(super) fn route_lane(
    at: &str,
    settings: Option<&RouteLaneSettings>,
    problems: &mut Problems,
) -> RouteLane {
    let Some(settings) = settings else {
        return RouteLane::default();
    };
    let lane = settings.lane.as_ref();
    let lane = lane.and_then(|lane| problems.ok(format!("{at}.lane"), Lane::parse(lane)));
    RouteLane { lane, strict: settings.strict }
}

fn rule(
    at: &str,
    settings: &LaneRuleSettings,
    lane_header: &HeaderName,
    problems: &mut Problems,
) -> Option<LaneRule> {
    let lane = problems.ok(format!("{at}.lane"), Lane::parse(&settings.lane));
    let header = settings.header.as_ref().and_then(|header| {
        let at = format!("{at}.header.name");
        let name = header_name(&at, &header.name, problems)?;
        if name == lane_header || name == BAGGAGE {
            problems.add(at, "by this header callers choose; say under choosers who may");
        }
        Some((name, header.value.clone()))
    });
    let cookie = settings.cookie.as_ref().map(|cookie| {
        // A cookie's name is a token, as a header's name is.
        if HeaderName::from_bytes(cookie.name.as_bytes()).is_err() {
            problems.add(format!("{at}.cookie.name"), format!("{:?} is not a cookie name", cookie.name));
        }
        pair(cookie)
    });
    if settings.claim.as_ref().is_some_and(|claim| claim.name.is_empty()) {
        problems.add(format!("{at}.claim.name"), "give it a name");
    }
    if settings.percent.is_some_and(|percent| !(0.0..=100.0).contains(&percent)) {
        problems.add(format!("{at}.percent"), "allowed is 0 to 100");
    }
    if settings.header.is_none() && cookie.is_none() && settings.claim.is_none() && settings.percent.is_none()
    {
        let conditions = "there is no condition; give header, cookie, claim or percent (100 is everybody)";
        problems.add(at, conditions);
    }
    let claim = settings.claim.as_ref().map(pair);
    Some(LaneRule { lane: lane?, header, cookie, claim, percent: settings.percent })
}

fn pair(named: &NamedValue) -> (String, String) {
    (named.name.clone(), named.value.clone())
}

pub(super) fn header_name(at: &str, text: &str, problems: &mut Problems) -> Option<HeaderName> {
    let name = HeaderName::from_bytes(text.as_bytes());
    problems.ok(at, name.map_err(|_| format!("{text:?} is not a header name")))
}
