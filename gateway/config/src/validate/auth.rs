//! Who may pass a route.

use super::{
    Problems,
    route::{methods, plain_path},
};
use crate::settings::{AuthMethod, AuthRuleSettings, AuthSettings, Settings};
use agw_core::resource::{AuthMethods, AuthPolicy, AuthRule};
use http::HeaderName;

pub(super) fn policy(at: &str, auth: &AuthSettings, all: &Settings, problems: &mut Problems) -> AuthPolicy {
    if !auth.required && !auth.roles.is_empty() {
        problems.add(format!("{at}.roles"), "roles cannot be asked for while required is false");
    }
    if !auth.required && !auth.claims.is_empty() {
        problems.add(format!("{at}.claims"), "claims cannot be asked for while required is false");
    }
    for (claim, values) in &auth.claims {
        if values.is_empty() {
            problems.add(format!("{at}.claims.{claim}"), "there is no value; nobody could pass");
        }
    }
    let methods = ways(at, auth, all, problems);
    browsers(at, auth, methods, problems);
    AuthPolicy {
        required: auth.required,
        methods,
        issuers: auth.issuers.clone(),
        roles: auth.roles.clone(),
        claims: auth.claims.clone().into_iter().collect(),
        rules: rules(at, &auth.rules, problems),
        cookie: auth.cookie.clone(),
        sign_in: auth.sign_in.clone(),
    }
}

fn ways(at: &str, auth: &AuthSettings, all: &Settings, problems: &mut Problems) -> AuthMethods {
    let has_issuers = !all.jwt_issuers.is_empty();
    let named = |method| auth.methods.contains(&method);
    let methods = if auth.methods.is_empty() {
        AuthMethods { key: true, jwt: has_issuers, basic: false }
    } else {
        AuthMethods {
            key: named(AuthMethod::Key),
            jwt: named(AuthMethod::Jwt),
            basic: named(AuthMethod::Basic),
        }
    };
    if methods.jwt && !has_issuers {
        problems.add(format!("{at}.methods"), "there are no jwt_issuers whose tokens could be believed");
    }
    if methods.basic && all.consumers.iter().all(|consumer| consumer.password_sha256.is_empty()) {
        problems.add(format!("{at}.methods"), "no consumer has a password_sha256");
    }
    for (index, name) in auth.issuers.iter().enumerate() {
        let at = format!("{at}.issuers[{index}]");
        if !all.jwt_issuers.iter().any(|issuer| issuer.name == *name) {
            problems.add(at, format!("there is no jwt_issuer named {name:?}"));
        } else if !methods.jwt {
            problems.add(at, "methods does not have jwt, so no token is believed");
        }
    }
    methods
}

fn browsers(at: &str, auth: &AuthSettings, methods: AuthMethods, problems: &mut Problems) {
    if let Some(cookie) = &auth.cookie {
        // A cookie's name is a token, as a header's name is.
        if HeaderName::from_bytes(cookie.as_bytes()).is_err() {
            problems.add(format!("{at}.cookie"), format!("{cookie:?} is not a cookie name"));
        }
        if !methods.key && !methods.jwt {
            problems.add(format!("{at}.cookie"), "it may carry a key or a token; methods has neither");
        }
    }
    if let Some(sign_in) = &auth.sign_in {
        problems.ok(format!("{at}.sign_in"), plain_path(sign_in));
        if sign_in.starts_with("//") {
            problems.add(format!("{at}.sign_in"), "this leads to another host; write a path");
        }
        if auth.cookie.is_none() || !auth.required {
            problems
                .add(format!("{at}.sign_in"), "sign_in needs a cookie to come back with, and required: true");
        }
    }
}

fn rules(at: &str, rules: &[AuthRuleSettings], problems: &mut Problems) -> Vec<AuthRule> {
    let rules = rules.iter().enumerate();
    rules
        .map(|(index, rule)| AuthRule {
            methods: methods(&format!("{at}.rules[{index}].methods"), &rule.methods, problems),
            roles: rule.roles.clone(),
        })
        .collect()
}
