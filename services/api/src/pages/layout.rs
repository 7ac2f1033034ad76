//! What all pages share.

use super::text::clean;
use aetherius_rpc::Problem;
use axum::{
    http::{HeaderName, header},
    response::{Html, IntoResponse, Response},
};
use maud::{DOCTYPE, Markup, PreEscaped, html};

const STYLE: &str = include_str!("style.css");

/// What a browser may do with our pages: show them, and send our forms back to us.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Seconds after which a page on which something happens is loaded again.
const REFRESH_S: u32 = 5;

/// A page.
pub(crate) struct Page {
    pub(crate) title: String,
    pub(crate) refresh: Refresh,
    pub(crate) visitor: Visitor,
    pub(crate) body: Markup,
}

/// Whether a page is loaded again by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refresh {
    WhileSomethingHappens,
    Never,
}

/// Who looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Visitor {
    Known,
    Unknown,
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let headers: [(HeaderName, &str); 4] = [
            (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::REFERRER_POLICY, "no-referrer"),
            (header::CACHE_CONTROL, "no-store"),
        ];
        (headers, Html(self.render().into_string())).into_response()
    }
}

impl Page {
    fn render(self) -> Markup {
        let Self { title, refresh, visitor, body } = self;
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    @if refresh == Refresh::WhileSomethingHappens { meta http-equiv="refresh" content=(REFRESH_S); }
                    title { (clean(&title)) " · Aetherius" }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    a.skip href="#main" { "Skip to content" }
                    header.bar {
                        a.brand href=(super::HOME) { "Aetherius" }
                        @if visitor == Visitor::Known {
                            nav aria-label="Main" { a href=(super::HOME) { "Incidents" } }
                            form method="post" action="/ui/sign-out" { button.quiet type="submit" { "Sign out" } }
                        }
                    }
                    main #main tabindex="-1" { (body) }
                }
            }
        }
    }
}

/// A problem, for people.
pub(crate) fn problem(problem: &Problem) -> Page {
    let advice = match problem.status {
        404 => "It may have been removed, or it belongs to another project.",
        403 => "Sign in with a token that has one of these roles.",
        503 | 504 => "This page loads itself again until the service answers.",
        500 => "Nothing was changed. The log tells more.",
        _ => "Go back and try again.",
    };
    let body = html! {
        section.narrow {
            p.kind { (problem.status) }
            h1 { (problem.title) }
            p { (clean(&problem.detail)) }
            p.soft { (advice) }
            p { a href=(super::HOME) { "All incidents" } }
        }
    };
    let refresh =
        if matches!(problem.status, 503 | 504) { Refresh::WhileSomethingHappens } else { Refresh::Never };
    Page { title: problem.title.clone(), refresh, visitor: Visitor::Known, body }
}
