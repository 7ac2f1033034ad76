//! Signing in: a token becomes a cookie. Whether it opens anything is the gateway's to say.

use super::layout::{Page, Refresh, Visitor};
use axum::{
    Form, Router,
    extract::{DefaultBodyLimit, rejection::FormRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use maud::html;
use serde::Deserialize;

#[cfg(test)]
mod tests;

const COOKIE: &str = "aetherius_token";
/// Browsers take cookies of 4096 bytes with their name and attributes.
const TOKEN_BYTES_MAX: usize = 3800;
/// A form with the longest token, every byte of it escaped, and room to say that it is too long.
const FORM_BYTES_MAX: usize = 64 << 10;

pub(crate) fn router() -> Router {
    Router::new()
        .route(super::SIGN_IN, get(show).post(sign_in))
        .route("/ui/sign-out", get(sign_out).post(sign_out))
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
}

#[derive(Deserialize)]
struct SignIn {
    #[serde(default)]
    token: String,
}

/// Who comes here with a token was sent here because it opened nothing: a valid one has no reason to come.
async fn show(headers: HeaderMap) -> Response {
    if !has_token(&headers) {
        return form(None).into_response();
    }
    let forget = format!("{COOKIE}=; Max-Age=0; {}", attributes(&headers));
    let page =
        form(Some("Your token was not accepted. It may be mistyped or no longer valid; paste it again."));
    ([(header::SET_COOKIE, forget)], page).into_response()
}

fn has_token(headers: &HeaderMap) -> bool {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.any(|(name, value)| name == COOKIE && !value.is_empty())
}

async fn sign_in(headers: HeaderMap, form: Result<Form<SignIn>, FormRejection>) -> Response {
    // Another site's form could sign people in as somebody else, who then sees what they do.
    if headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site") {
        return refused("This form was sent by another site. Sign in here instead.");
    }
    let Ok(Form(SignIn { token })) = form else {
        return refused("The form could not be read. Paste the token and nothing else.");
    };
    match check(token.trim()) {
        Ok(token) => with_cookie(&format!("{COOKIE}={token}; {}", attributes(&headers)), super::HOME),
        Err(message) => refused(message),
    }
}

async fn sign_out(headers: HeaderMap) -> Response {
    with_cookie(&format!("{COOKIE}=; Max-Age=0; {}", attributes(&headers)), super::SIGN_IN)
}

/// Over TLS the cookie stays there; without it, it could not be set.
fn attributes(headers: &HeaderMap) -> &'static str {
    if headers.get("x-forwarded-proto").is_some_and(|proto| proto == "https") {
        "HttpOnly; SameSite=Strict; Path=/; Secure"
    } else {
        "HttpOnly; SameSite=Strict; Path=/"
    }
}

fn with_cookie(cookie: &str, to: &str) -> Response {
    ([(header::SET_COOKIE, cookie), (header::CACHE_CONTROL, "no-store")], Redirect::to(to)).into_response()
}

/// The token, if it can be carried in a cookie (RFC 6265, section 4.1.1).
fn check(token: &str) -> Result<&str, &'static str> {
    let fits = |b: u8| matches!(b, 0x21 | 0x23..=0x2b | 0x2d..=0x3a | 0x3c..=0x5b | 0x5d..=0x7e);
    if token.is_empty() {
        return Err("The token is empty. Paste the token that you were given.");
    }
    if token.len() > TOKEN_BYTES_MAX {
        return Err("This is too long for a token. Paste the token and nothing else.");
    }
    if !token.bytes().all(fits) {
        return Err(
            "A token has no spaces, line breaks, quotes, commas or semicolons. Paste the token and nothing else.",
        );
    }
    Ok(token)
}

fn refused(message: &'static str) -> Response {
    (StatusCode::BAD_REQUEST, form(Some(message))).into_response()
}

fn form(message: Option<&str>) -> Page {
    let body = html! {
        section.narrow {
            h1 { "Sign in" }
            p.soft { "With the token that was printed when Aetherius was first started, or one that you were given since." }
            form.stacked method="post" action=(super::SIGN_IN) {
                label for="token" { "Token" }
                input #token name="token" type="password" required autocomplete="current-password" autofocus
                    aria-describedby=[message.map(|_| "message")] aria-invalid=[message.map(|_| "true")];
                @if let Some(message) = message { p #message.bad role="alert" { (message) } }
                button type="submit" { "Sign in" }
            }
        }
    };
    Page { title: "Sign in".to_owned(), refresh: Refresh::Never, visitor: Visitor::Unknown, body }
}
