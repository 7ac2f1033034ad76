//! Which other sites' pages may call.

use super::{Problems, methods};
use crate::settings::CorsSettings;
use agw_core::resource::{Cors, OriginPattern};
use http::{HeaderName, HeaderValue};

/// The Fetch standard's browsers take no more.
const MAX_AGE_S_MAX: u64 = 86_400;

pub(super) fn check(at: &str, settings: &CorsSettings, problems: &mut Problems) -> Cors {
    if settings.origins.is_empty() {
        problems.add(format!("{at}.origins"), "there are none; add one, e.g. https://app.example.com");
    }
    let origins = settings.origins.iter().enumerate();
    let origins: Vec<OriginPattern> = origins
        .filter_map(|(index, text)| problems.ok(format!("{at}.origins[{index}]"), OriginPattern::parse(text)))
        .collect();
    if settings.credentials && origins.contains(&OriginPattern::Any) {
        problems.add(format!("{at}.credentials"), "not together with the origin *; name the origins");
    }
    problems.range(format!("{at}.max_age_s"), settings.max_age_s.into(), 0, MAX_AGE_S_MAX);
    Cors {
        origins,
        methods: methods(&format!("{at}.methods"), &settings.methods, problems),
        headers: names(&format!("{at}.headers"), &settings.headers, problems),
        expose: names(&format!("{at}.expose"), &settings.expose, problems),
        credentials: settings.credentials,
        max_age_s: settings.max_age_s,
    }
}

/// The names as one header value; `None` when there are none.
fn names(at: &str, names: &[String], problems: &mut Problems) -> Option<HeaderValue> {
    for (index, name) in names.iter().enumerate() {
        if HeaderName::from_bytes(name.as_bytes()).is_err() {
            problems.add(format!("{at}[{index}]"), format!("{name:?} is not a header name"));
        }
    }
    if names.is_empty() { None } else { HeaderValue::from_str(&names.join(", ")).ok() }
}
