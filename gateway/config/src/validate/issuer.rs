//! Whose tokens are believed.

use super::Problems;
use crate::{
    config::{JwtIssuer, KeySource},
    settings::{JwtIssuerSettings, Settings},
};
use agw_core::jwt::{Algorithm, TokenPolicy, jwks, secret};
use std::{fs, path::Path, time::Duration};

pub(super) fn check(settings: &Settings, dir: &Path, problems: &mut Problems) -> Vec<JwtIssuer> {
    let issuers = &settings.jwt_issuers;
    problems.names("jwt_issuers", issuers.iter().map(|issuer| issuer.name.as_str()));
    let issuers = issuers.iter().enumerate();
    issuers
        .filter_map(|(index, issuer)| check_one(&format!("jwt_issuers[{index}]"), issuer, dir, problems))
        .collect()
}

fn check_one(at: &str, issuer: &JwtIssuerSettings, dir: &Path, problems: &mut Problems) -> Option<JwtIssuer> {
    problems.range(format!("{at}.refresh_s"), issuer.refresh_s, 1, 3600);
    problems.range(format!("{at}.leeway_s"), issuer.leeway_s, 0, 300);
    for (field, claim) in [("roles_claim", &issuer.roles_claim), ("project_claim", &issuer.project_claim)] {
        if claim.is_empty() {
            problems.add(format!("{at}.{field}"), "name a claim");
        }
    }
    let (keys, usable) = keys(at, issuer, dir, problems)?;
    let revoked_file = issuer.revoked_file.as_ref().map(|file| dir.join(file));
    if let Some(path) = &revoked_file {
        let readable = fs::read_to_string(path).map_err(|error| cannot_read(path, &error));
        problems.ok(format!("{at}.revoked_file"), readable);
    }
    Some(JwtIssuer {
        policy: TokenPolicy {
            name: issuer.name.clone(),
            issuer: issuer.issuer.clone(),
            audiences: issuer.audiences.clone(),
            algorithms: algorithms(at, &issuer.algorithms, &usable, problems),
            roles_claim: issuer.roles_claim.clone(),
            project_claim: issuer.project_claim.clone(),
            leeway_s: issuer.leeway_s,
        },
        keys,
        revoked_file,
        refresh: Duration::from_secs(issuer.refresh_s),
    })
}

/// Where the keys are, and the algorithms they can be for.
fn keys(
    at: &str,
    issuer: &JwtIssuerSettings,
    dir: &Path,
    problems: &mut Problems,
) -> Option<(KeySource, Vec<Algorithm>)> {
    let public = || Algorithm::ALL.into_iter().filter(|algorithm| !algorithm.is_hmac()).collect();
    match (&issuer.jwks_file, &issuer.jwks_url, &issuer.secret_file) {
        (Some(file), None, None) => {
            let path = dir.join(file);
            let read = fs::read(&path).map_err(|error| cannot_read(&path, &error));
            let parsed = read.and_then(|bytes| jwks::parse(&bytes));
            problems.ok(format!("{at}.jwks_file"), parsed)?;
            Some((KeySource::File(path), public()))
        }
        (None, Some(url), None) => {
            problems.ok(format!("{at}.jwks_url"), fetchable(url))?;
            Some((KeySource::Url(url.clone()), public()))
        }
        (None, None, Some(file)) => {
            let path = dir.join(file);
            let read = fs::read_to_string(&path).map_err(|error| cannot_read(&path, &error));
            let key = problems.ok(format!("{at}.secret_file"), read.and_then(|text| secret::parse(&text)))?;
            Some((KeySource::Secret(path), secret::algorithms(&key)))
        }
        _ => {
            problems.add(at, "give exactly one of jwks_file, jwks_url and secret_file");
            None
        }
    }
}

fn algorithms(at: &str, names: &[String], usable: &[Algorithm], problems: &mut Problems) -> Vec<Algorithm> {
    let names = names.iter().enumerate();
    names
        .filter_map(|(index, name)| {
            let known = name.parse::<Algorithm>().ok().filter(|algorithm| usable.contains(algorithm));
            let allowed = || usable.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            let wrong = || format!("{name:?} cannot be checked with these keys; possible are {}", allowed());
            problems.ok(format!("{at}.algorithms[{index}]"), known.ok_or_else(wrong))
        })
        .collect()
}

fn fetchable(url: &str) -> Result<(), String> {
    let parsed: Option<http::Uri> = url.parse().ok();
    let fits = parsed.is_some_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some_and(|host| !host.is_empty())
    });
    if fits { Ok(()) } else { Err(format!("{url:?} cannot be fetched; write http:// or https://")) }
}

fn cannot_read(path: &Path, error: &std::io::Error) -> String {
    format!("cannot read {}: {error}", path.display())
}
