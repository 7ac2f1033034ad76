//! The requests a route serves.

use super::{Problems, plain_path};
use crate::settings::{MatchSettings, ValueMatchSettings};
use agw_core::{
    path::Template,
    pattern::Pattern,
    resource::PathMatch,
    route::condition::{HeaderMatch, QueryMatch, ValueTest},
};
use http::HeaderName;

/// A route without a condition on the path serves every path.
pub(super) fn path(at: &str, matches: &MatchSettings, problems: &mut Problems) -> PathMatch {
    let given = [
        ("path", &matches.path),
        ("path_prefix", &matches.path_prefix),
        ("path_template", &matches.path_template),
        ("path_regex", &matches.path_regex),
    ];
    let mut given = given.into_iter().filter_map(|(field, text)| Some((field, text.as_deref()?)));
    let every = PathMatch::Prefix("/".to_owned());
    let Some((field, text)) = given.next() else { return every };
    for (other, _) in given {
        problems.add(format!("{at}.match.{other}"), format!("{field} is given too; leave one of them out"));
    }
    problems.ok(format!("{at}.match.{field}"), path_match(field, text)).unwrap_or(every)
}

fn path_match(field: &str, text: &str) -> Result<PathMatch, String> {
    match field {
        "path_regex" => Pattern::new(text).map(PathMatch::Regex),
        "path_template" => {
            let template = Template::parse(text)?;
            plain_path(&text.replace(['{', '}', '*'], "x")).map_err(|_| {
                format!("{text:?} never matches; between its parameters a path is plain text")
            })?;
            Ok(PathMatch::Template(template))
        }
        "path_prefix" => plain_path(text).map(|()| PathMatch::Prefix(text.to_owned())),
        _ => plain_path(text).map(|()| PathMatch::Exact(text.to_owned())),
    }
}

pub(super) fn headers(at: &str, matches: &MatchSettings, problems: &mut Problems) -> Vec<HeaderMatch> {
    let conditions = matches.headers.iter().enumerate();
    let checked = conditions.filter_map(|(index, condition)| {
        let at = format!("{at}.match.headers[{index}]");
        let name = HeaderName::from_bytes(condition.name.as_bytes())
            .map_err(|_| format!("{:?} is not a header name", condition.name));
        let name = problems.ok(format!("{at}.name"), name);
        let test = problems.ok(at, value_test(condition));
        Some(HeaderMatch { name: name?, test: test? })
    });
    checked.collect()
}

pub(super) fn query(at: &str, matches: &MatchSettings, problems: &mut Problems) -> Vec<QueryMatch> {
    let conditions = matches.query.iter().enumerate();
    let checked = conditions.filter_map(|(index, condition)| {
        let at = format!("{at}.match.query[{index}]");
        if condition.name.is_empty() {
            problems.add(format!("{at}.name"), "give the name of a query parameter");
        }
        let test = problems.ok(at, value_test(condition));
        Some(QueryMatch { name: condition.name.clone(), test: test? })
    });
    checked.collect()
}

fn value_test(condition: &ValueMatchSettings) -> Result<ValueTest, String> {
    match (&condition.exact, &condition.regex, condition.present) {
        (Some(exact), None, None) => Ok(ValueTest::Exact(exact.clone())),
        (None, Some(regex), None) => Pattern::new(regex).map(ValueTest::Regex),
        (None, None, Some(true)) => Ok(ValueTest::Present),
        (None, None, Some(false)) => Ok(ValueTest::Absent),
        _ => Err("give one of exact, regex and present".to_owned()),
    }
}
